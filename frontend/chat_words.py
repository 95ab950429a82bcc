"""The sentences of the chat page, in the reader's language: the browser fills in names and numbers (words.js).

`{name}` places are the browser's. A sentence that depends on a number is one form per plural category. Spanish says
*tú* to students and *usted* to everybody else: where the two differ, the sentence stands here once for each, and
`to_student` chooses. Invariant: whatever a module asks for by `say("key")` stands here (a test compares them).
"""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext, pgettext

from frontend.emojis import emojis

Forms = dict[str, str]
Word = str | Forms


def forms(of: Callable[[int], str]) -> Forms:
    """A sentence by plural category: English and Spanish have these two for whole numbers below a million."""
    return {"one": of(1), "other": of(2)}


def chat_words(*, to_student: bool) -> dict[str, Word]:
    """All words of the page, in the language that is active."""
    return {
        **connection_words(to_student=to_student),
        **writing_words(to_student=to_student),
        **message_words(to_student=to_student),
        **key_words(),
        **removal_words(to_student=to_student),
        **moderation_words(),
        **room_words(to_student=to_student),
        **reader_words(to_student=to_student),
        "emojis": emojis(),
    }


def connection_words(*, to_student: bool) -> dict[str, Word]:
    def lost(n: int) -> str:
        student = npgettext(
            "to a student",
            "No connection. Keep writing: {n} message will be sent when you are back.",
            "No connection. Keep writing: {n} messages will be sent when you are back.",
            n,
        )
        adult = npgettext(
            "to an adult",
            "No connection. Keep writing: {n} message will be sent when you are back.",
            "No connection. Keep writing: {n} messages will be sent when you are back.",
            n,
        )
        return student if to_student else adult

    return {
        "connected": _("Connected"),
        "reconnecting": _("Reconnecting"),
        "play_lesson": _("Play the lesson"),
        "no_connection": pgettext("to a student", "No connection. Keep writing: it will be sent when you are back.")
        if to_student
        else pgettext("to an adult", "No connection. Keep writing: it will be sent when you are back."),
        "no_connection_n": forms(lost),
        "connected_again": _("Connected."),
        "connected_with": _("Connected. {news}."),
        "n_sent": forms(lambda n: ngettext("{n} sent", "{n} sent", n)),
        "n_new": forms(lambda n: ngettext("{n} new", "{n} new", n)),
        "needs_connection": _("No connection: that has to wait until it is back."),
        "edit_needs_connection": _("No connection: the change is not saved yet. The text is still here."),
        "room_not_opened": _(
            "This room could not be opened. Without a connection only rooms that were open before can."
        ),
        "room_gone": _("This room is no longer open to you."),
        "reload_did_not_help": _(
            "This page and the server don't fit together, and loading it again did not help ({code})."
        ),
    }


def writing_words(*, to_student: bool) -> dict[str, Word]:
    def too_fast(n: int) -> str:
        student = npgettext(
            "to a student",
            "That was quick. Your message is still here; you can send it in {n} second.",
            "That was quick. Your message is still here; you can send it in {n} seconds.",
            n,
        )
        adult = npgettext(
            "to an adult",
            "That was quick. Your message is still here; you can send it in {n} second.",
            "That was quick. Your message is still here; you can send it in {n} seconds.",
            n,
        )
        return student if to_student else adult

    return {
        "write_to": _("Write to {room}"),
        "message_room": _("Message {room}"),
        "send": _("Send"),
        "save": _("Save"),
        "cancel": _("Cancel"),
        "bold": _("Bold"),
        "code": _("Code"),
        "emoji": _("Emoji"),
        "markdown_works": _("Markdown works here"),
        "enter_sends": _("Enter sends, Shift+Enter makes a line"),
        "ctrl_enter_sends": _("Ctrl+Enter sends, Enter makes a line"),
        "esc_cancels": _("Esc cancels"),
        "people": _("People"),
        "editing": _("Changing a message"),
        "reply_to": _("Reply to {name}"),
        "n_left": forms(lambda n: ngettext("{n} character left", "{n} characters left", n)),
        "n_too_many": forms(lambda n: ngettext("{n} character too many", "{n} characters too many", n)),
        "too_fast": forms(too_fast),
        "paused_you": pgettext("to a student", "{name} paused you until {time}: {reason}. You can read."),
        "write_again_in": pgettext("to a student", "You can write again in {left}."),
        "only_names_write": _("Only {names} write here. Everybody else reads along."),
        "room_is_closed": _("This room is closed. What was said stays readable."),
        "you_are_reading": pgettext("to an adult", "You are reading; you can’t write here"),
        "you_are_reading_dot": pgettext("to an adult", "You are reading; you can’t write here."),
        "one_typing": _("{a} is typing"),
        "two_typing": _("{a} and {b} are typing"),
        "several_typing": _("Several people are typing"),
    }


def message_words(*, to_student: bool) -> dict[str, Word]:
    return {
        "you": pgettext("to a student", "You") if to_student else pgettext("to an adult", "You"),
        "somebody": _("Somebody"),
        "role_instructor": _("Instructor"),
        "role_assistant": _("Assistant"),
        "role_parent": _("Parent"),
        "role_supervisor": _("Supervisor"),
        "today": _("Today"),
        "new": _("New"),
        "edited_at": _("edited {time}"),
        "versions": _("Earlier versions"),
        "version_at": _("Until {time}"),
        "close": _("Close"),
        "sending": _("sending"),
        "sends_when_back": pgettext("to a student", "sends when you are back")
        if to_student
        else pgettext("to an adult", "sends when you are back"),
        "sends_soon": _("sends in a moment"),
        "sent": _("sent"),
        "not_sent": _("not sent"),
        "try_again": _("Try again"),
        "copy": _("Copy"),
        "copied": _("Copied."),
        "delete": _("Delete"),
        "reply": _("Reply"),
        "edit": _("Change"),
        "copy_text": _("Copy text"),
        "remove": _("Remove"),
        "pause_writing": _("Pause writing for 10 minutes"),
        "actions_for": _("Actions for {name}, {time}"),
        "earlier_message": _("An earlier message"),
        "removed_quote": _("A removed message"),
        "code_of": _("{language}: code"),
        "messages_in": _("Messages in {room}"),
        "new_messages": forms(lambda n: ngettext("{n} new message", "{n} new messages", n)),
        "new_since": forms(lambda n: ngettext("{n} new since {since}", "{n} new since {since}", n)),
        "new_before": forms(lambda n: ngettext("{n} new message further up", "{n} new messages further up", n)),
        "jump": _("Jump there"),
        "mark_read": _("Mark as read"),
        "marked_read": _("Marked as read."),
        "mark_unread": _("Mark unread from here"),
        "marked_unread": _("Marked as unread from here."),
        "to_latest": _("To the latest"),
        "message_not_there": message_not_there(to_student=to_student),
    }


def message_not_there(*, to_student: bool) -> str:
    """Of an address that leads to what was never there, or isn't for this reader: one answer for both."""
    student = pgettext(
        "to a student", "That message isn't here, or you can't read it. These are the messages nearest to it."
    )
    adult = pgettext(
        "to an adult", "That message isn't here, or you can't read it. These are the messages nearest to it."
    )
    return student if to_student else adult


def key_words() -> dict[str, Word]:
    return {
        "how_keys_work": _(
            "Up and Down lead from message to message, Enter into one. The question mark lists all keys."
        ),
        "keys_title": _("Keys for messages"),
        "keys_walk": _("From message to message"),
        "keys_ends": _("To the first, to the newest"),
        "keys_into": _("Into a message: what can be done with it, and its links"),
        "keys_within": _("From one to the next"),
        "keys_out": _("Back to the message, and from there to writing"),
        "keys_areas": _("To the next part of the page"),
    }


def removal_words(*, to_student: bool) -> dict[str, Word]:
    """Who sees what of a removed message: words that say it as it is (S17)."""
    return {
        "removed_by_author": _("{name} removed this message."),
        "removed_by_staff": _("{remover} removed a message."),
        "removed_by_a_student": _("A student removed a message."),
        "removed_by_you": pgettext(
            "to a student", "You removed this at {time}. Only you and those who keep the record still see it:"
        )
        if to_student
        else pgettext(
            "to an adult", "You removed this at {time}. Only you and those who keep the record still see it:"
        ),
        "removed_yours_by_staff": _("{remover} removed this message of yours at {time}."),
        "removed_yours_because": pgettext("to a student", "{remover} removed your message: {reason}"),
        "removed_by_own_child": _(
            "{given} removed this at {time}. {others} no longer sees it. "
            "You do, because a linked parent sees everything:"
        ),
        "removed_of_own_child_by_staff": _(
            "{remover} removed this message of {given} at {time}. {others} no longer sees it. "
            "You do, because a linked parent sees everything:"
        ),
        "removed_of_own_child_because": _(
            "{remover} removed this message of {given} at {time}. The reason: “{reason}” {others} no longer sees it. "
            "You do, because a linked parent sees everything:"
        ),
        "the_class": _("The class"),
        "the_teacher": _("The teacher"),
        "staff_member": _("A teacher"),
        "remove_title": _("Remove this message?"),
        "remove_truth": pgettext(
            "to a student",
            "It disappears for the class at once. Your parents' archive and the school's record keep it, "
            "and someone may have read it already.",
        )
        if to_student
        else pgettext(
            "to an adult",
            "It disappears for the class at once. The parents' archive and the school's record keep it, "
            "and someone may have read it already.",
        ),
        "remove_truth_direct": pgettext(
            "to a student",
            "It disappears from this chat at once. Your parents' archive and the school's record keep it, "
            "and someone may have read it already.",
        )
        if to_student
        else pgettext(
            "to an adult",
            "It disappears from this chat at once. The parents' archive and the school's record keep it, "
            "and someone may have read it already.",
        ),
        "keep_it": _("Keep it"),
        "removed_for_class": _("Removed for the class."),
        "removed_here": _("Removed."),
        "undo": _("Undo"),
    }


def moderation_words() -> dict[str, Word]:
    return {
        "remove_students": _(
            "The class sees that you removed a message, and not whose it was. {name} sees that it was this one, "
            "and the linked parents still read it. The reason goes on record."
        ),
        "remove_students_direct": _(
            "{name} sees that you removed this message, and the linked parents still read it. "
            "The reason goes on record."
        ),
        "reason_read_by": _("The reason. {name} and the linked parents read it; classmates don't."),
        "reason_read_by_direct": _("The reason. {name} and the linked parents read it."),
        "reason_more": _("In your words (optional)"),
        "rule_kind": _("Be kind."),
        "rule_topic": _("Stay on the topic."),
        "rule_private": _("Leave private things out."),
        "pause_title": forms(lambda n: ngettext("Pause {name} for {n} minute?", "Pause {name} for {n} minutes?", n)),
        "pause_truth": _(
            "{name} can read along in every room of {course} and write in none of them until it is over. One-to-one "
            "chats stay open. The class isn't told. The reason goes on record."
        ),
        "pause": _("Pause"),
        "paused_until": _("{name} can write again at {time}."),
        "paused_now": _("Paused"),
        "paused_by": _("until {time}, by {name}: {reason}"),
        "let_write_again": _("Let write again"),
        "let_name_write_again": _("Let write again: {name}"),
        "may_write_again": _("{name} can write again."),
        "open_removed": _("See what it said"),
        "open_removed_title": _("See what the removed message said?"),
        "open_removed_truth": _("It goes on record that you looked, and when."),
        "removed_message": _("The removed message"),
    }


def room_words(*, to_student: bool) -> dict[str, Word]:
    return {
        "rooms": _("Rooms"),
        "course_page": _("Course page"),
        "people_of_course": _("People"),
        "new_room": _("New room"),
        "go_to_room": _("Go to {room}"),
        "details": _("Details"),
        "close_details": _("Close details"),
        "group_rooms": _("Rooms"),
        "group_students": _("Chats with students"),
        "group_teachers": pgettext("to a student", "Your teachers")
        if to_student
        else pgettext("to an adult", "Your chats with teachers"),
        "group_parents": _("Chats with parents"),
        "group_children": _("Conversations you read along"),
        "your_family": _("Your family"),
        "your_account": _("Your account, {name}"),
        "for_parents": _("For parents"),
        "parent_about": _("{parent}, about {child}"),
        "private_course": forms(lambda n: ngettext("Private course · {n} member", "Private course · {n} members", n)),
        "public_course": forms(lambda n: ngettext("Public course · {n} member", "Public course · {n} members", n)),
        "course_for_you": forms(lambda n: ngettext("{title}, {n} for you", "{title}, {n} for you", n)),
        "unread": _("unread:"),
        "has_new": _("new messages"),
        "has_draft": _("with a draft"),
        "drafts": _("Drafts"),
        "waits_for_consent": _("waiting for consent"),
        "is_here": _("{name} is here"),
        "people_in_room": _("people in this room"),
        "room_is_new": _("This room is new"),
        "room_is_new_staff": _("Write the first message: what is it for, and what should students bring?"),
        "room_is_new_write": _("Nobody has written here yet. A first question is a good beginning."),
        "room_is_new_read": _("Nobody has written here yet. What is written appears here at once."),
        "write_first": _("Write the first message"),
        "who_can_read_it": _("Who can read it"),
        "what_holds_here": _("What holds here"),
        "only_staff_write": _("Only teachers write here. Everybody else reads along."),
        "class_rules": _(
            "The class rules hold here as everywhere: be kind, stay on the topic, leave private things out."
        ),
    }


def reader_words(*, to_student: bool) -> dict[str, Word]:
    """Who can read a room now: the line above the composer and the panel (words of the reader line)."""
    return {
        "n_students": forms(lambda n: ngettext("{n} student", "{n} students", n)),
        "n_parents": forms(lambda n: ngettext("{n} parent", "{n} parents", n)),
        "a_teacher": _("a teacher"),
        "can_read_room": _("{list} can read this. Moderators only with a reason on record."),
        "your_n_linked_parents": forms(lambda n: ngettext("your linked parent", "your {n} linked parents", n)),
        "n_linked_parents": forms(lambda n: ngettext("{n} linked parent", "{n} linked parents", n)),
        "n_other_parents": forms(lambda n: ngettext("{n} other linked parent", "{n} other linked parents", n)),
        "the_supervisor": _("the school's supervisor"),
        "can_read_direct": _("{list} can read this. The school's supervisor may check it; you can see when."),
        "can_read_direct_staff": _(
            "{list} can read this. The school's supervisor may check it; the family can see when."
        ),
        "can_read_direct_unlinked": _("{list} can read this. No parent is linked."),
        "can_read_direct_parent": _("{list} can read this. It is about {child}. The school's supervisor may check it."),
        "it_is_about": _("It is about {child}"),
        "can_read_direct_along": pgettext(
            "to an adult", "{list} can read this. The school's supervisor may check it; you can see when."
        ),
        "you_first": pgettext("to a student, first of a list", "You")
        if to_student
        else pgettext("to an adult, first of a list", "You"),
        "you_in_list": pgettext("to an adult, within a list", "you"),
        "who_can_read_now": _("Who can read this room now"),
        "students_in_course": forms(lambda n: ngettext("{n} student in this room.", "{n} students in this room.", n)),
        "n_wait_for_consent": forms(lambda n: ngettext("{n} more waits for consent.", "{n} more wait for consent.", n)),
        "you_alone": _("You, and no classmates yet"),
        "you_and_classmates": forms(lambda n: ngettext("You and {n} classmate", "You and {n} classmates", n)),
        "you_and": pgettext("to a student", "You and {name}")
        if to_student
        else pgettext("to an adult", "You and {name}"),
        "parents_of_students": forms(
            lambda n: ngettext("{n} parent of those students", "{n} parents of those students", n)
        ),
        "readable_by_parents": forms(
            lambda n: ngettext("Readable by {n} linked parent", "Readable by {n} linked parents", n)
        ),
        "supervisor_reads": _("The school's supervisor reads along, because no parent is linked"),
        "supervisor_may": _("The school's supervisor, only with a reason on record"),
        "moderators_with_reason": _("Moderators, only with a reason on record"),
        "your_linked_parents": pgettext("to a student", "Your linked parents"),
        "they_read_what_you_read": pgettext("to a student", "They read what you read here, and everything of yours."),
        "your_parents_read": forms(
            lambda n: npgettext(
                "to a student", "Your linked parent can read here", "Your {n} linked parents can read here", n
            )
        ),
        "here_now": _("Here now"),
        "here": _("here"),
        "nobody_here": _("Nobody else is here right now."),
        "n_more_here": forms(lambda n: ngettext("{n} more here", "{n} more here", n)),
    }
