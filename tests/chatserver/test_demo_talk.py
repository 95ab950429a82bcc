"""The demo school as data: nobody speaks where they may not, and the numbers of the screens follow from it."""

import re
from collections import Counter
from functools import partial

import pytest

from chatserver.demo.lesson import LESSON, ROOM, SECONDS
from chatserver.demo.people import CARDS, COURSES, PARENTS, PEOPLE, STUDENTS, WAITING, Course, Moment, Person, Room
from chatserver.demo.talk import END, START, TALK, UNREAD, Say, seconds, written
from rooms.text import TEXT_CHARS, clean, render

ROOMS: dict[str, tuple[Course, Room]] = {room.key: (course, room) for course in COURSES for room in course.rooms}
SAID = [(key, say) for key, says in TALK.items() for say in says]
EVERY_TEXT = [text for _, say in SAID for text in (say.text, *(edit.text for edit in say.edits))]


def moment(day: int, at: str) -> tuple[int, int]:
    return day, seconds(at)


def after(first: Moment, then: tuple[int, int]) -> bool:
    return moment(first.day, first.at) <= then


def may_enter(person: Person, then: tuple[int, int]) -> bool:
    """As the gate would decide: 13 or under needs a yes that is the newest answer of the family."""
    answers = [consent for consent in person.consents if after(consent.moment, then)]
    return not person.is_young or bool(answers and answers[-1].kind == "grant")


def who_may_write(room_key: str, then: tuple[int, int]) -> set[str]:
    course, room = ROOMS[room_key]
    here = {
        each.who
        for each in course.members
        if after(each.since, then) and (each.until is None or not after(each.until, then))
    }
    if room.kind != "course":
        here = set(room.members) & (here | {parent.key for parent in PARENTS})
    if room.posting == "staff":
        here &= set(course.who("instructor"))
    return {key for key in here if may_enter(PEOPLE[key], then)}


def parents_of(children: set[str]) -> set[str]:
    return {
        person.key
        for person in PEOPLE.values()
        for link in person.links
        if link.child in children and link.ended is None
    }


def put_in(text: str) -> str:
    return written(text, seat=lambda _key: 7, weekday=lambda _day, language: {"en": "Monday", "es": "lunes"}[language])


# The talk


def test_every_speaker_may_write_there_at_that_time():
    wrong = [(key, say) for key, say in SAID if say.who not in who_may_write(key, moment(say.day, say.at))]
    assert wrong == []


def test_who_waits_for_a_yes_says_nothing():
    waiting = {person.key for person in STUDENTS if person.state == "awaiting_consent"}
    assert waiting == {"sofia", "ravi", "mina"} == {request.child for request in WAITING}
    assert not waiting & {say.who for _, say in SAID}


def test_caleb_is_silent_between_the_no_and_the_next_yes():
    days = [say.day for _, say in SAID if say.who == "caleb"]
    last = max(moment(say.day, say.at) for _, say in SAID if say.who == "caleb" and say.day <= -9)
    assert -8 not in days
    assert moment(-9, "10:35") < last < moment(-9, "10:42")
    assert -7 in days


def test_who_is_away_says_nothing():
    assert not {key for key, say in SAID if say.day == -3 and say.who == "devon"}
    assert not {key for key, say in SAID if say.day == -3 and say.who == "rivera"}
    assert {say.day for _, say in SAID if say.who == "haddad"} == {-3}


def test_the_talk_of_a_room_is_in_order():
    for key, says in TALK.items():
        moments = [moment(say.day, say.at) for say in says]
        assert moments == sorted(moments), key
        assert all(START <= say.day <= END for say in says), key
        assert all(seconds("6:30") <= seconds(say.at) <= seconds("22:00") for say in says), key


def test_today_ends_before_the_first_lesson():
    assert max(seconds(say.at) for _, say in SAID if say.day == 0) == seconds("8:12")


@pytest.mark.parametrize("key", TALK)
def test_an_answer_names_an_earlier_message_of_the_room(key):
    labels: set[str] = set()
    for say in TALK[key]:
        assert say.reply_to is None or say.reply_to in labels, say
        assert say.label not in labels, say
        labels |= {say.label} if say.label else set()


def test_a_mention_names_somebody_in_the_room():
    for key, say in SAID:
        course, room = ROOMS[key]
        here = set(room.members) or {each.who for each in course.members}
        assert set(re.findall(r"@\{([a-z-]+)\}", say.text)) <= here, say


def test_edits_and_removals_come_after_the_message_and_by_who_may():
    for key, say in SAID:
        times = [seconds(say.at), *(seconds(edit.at) for edit in say.edits)]
        assert times == sorted(times), say
        if say.removed:
            assert seconds(say.removed.at) > times[-1], say
            staff = set(ROOMS[key][0].who("instructor"))
            assert say.removed.by == say.who or (say.removed.by in staff and say.removed.reason), say


def test_the_removed_messages():
    removed = {(key, say.who, say.removed.by): (say.text, say.removed) for key, say in SAID if say.removed}
    assert set(removed) == {
        ("algebra/general", "jada", "jada"),
        ("algebra/general", "noah", "noah"),
        ("biology/general", "ewan", "sato"),
        ("biology/sato-devon", "devon", "devon"),
    }
    assert removed["biology/sato-devon", "devon", "devon"][0] == "what r u doing for lab grades btw"
    text, removal = removed["algebra/general", "jada", "jada"]
    said = next(say for say in TALK["algebra/general"] if say.text == text)
    assert text == "ugh this quiz is gonna be impossible lol"
    assert seconds(removal.at) - seconds(said.at) == 20


def test_the_edited_messages():
    edited = {(key, say.who) for key, say in SAID if say.edits}
    assert edited == {("algebra/general", "rivera"), ("algebra/announcements", "rivera"), ("writing/drafts", "bruno")}


def test_general_ends_with_the_conversation_of_this_morning():
    today = [
        (say.at, say.who, say.text.split("\n")[0], say.reply_to) for say in TALK["algebra/general"] if say.day == 0
    ]
    assert today == [
        (
            "8:02",
            "rivera",
            "Good morning! Warm-up before the bell: solve for x, and show how you complete the square.",
            None,
        ),
        ("8:04", "jada", "I added 9 to both sides, so (x + 3)² = 16, and x = 1 or x = −7 ✅", None),
        ("8:07", "liam", "Why 9 and not 36? I took half of 6 first.", "nine"),
        ("8:09", "kenji", "Half of 6 is 3, and 3² is 9. My sketch of it as a real square:", None),
        (
            "8:12",
            "rivera",
            "That drawing is exactly why it has its name. @{liam} does it help?",
            None,
        ),
    ]


def test_there_is_enough_to_page_and_none_of_it_is_filler():
    assert 900 <= len(SAID) <= 1400
    assert len(TALK["algebra/general"]) >= 250
    assert TALK["algebra/review"] == ()
    long = Counter(say.text.lower() for _, say in SAID if len(say.text) > 12)
    assert [text for text, count in long.items() if count > 1] == []


def test_texts_are_stored_as_they_are_written():
    for text in map(put_in, EVERY_TEXT):
        assert clean(text) == text
        assert 0 < len(text) < TEXT_CHARS / 10
        assert not re.search(r"[{}]", re.sub(r"```.*?```", "", text, flags=re.DOTALL)), text


def test_no_weekday_is_written_out_since_the_talk_moves():
    names = "mon|tues|wednes|thurs|fri|satur|sun"
    days = rf"\b({names})days?\b|week-?ends?|\b(lunes|martes|miércoles|jueves|viernes|domingos?)\b"
    assert [text for text in EVERY_TEXT if re.search(days, text, re.IGNORECASE)] == []
    offsets = [int(day) for text in EVERY_TEXT for day in re.findall(r"\{(?:day|dia)([+-]\d+)\}", text)]
    assert offsets
    assert all(START <= day <= 5 for day in offsets)


def test_no_day_next_to_another_is_written_out_since_a_weekend_may_lie_between():
    fixed = [text for text in EVERY_TEXT if re.search(r"\b(tomorr?ow|ayer|anteayer)\b(?!\})", text, re.IGNORECASE)]
    assert fixed == []
    assert [text for text in EVERY_TEXT if "{tomorrow}" in text or "{Tomorrow}" in text]


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [("tomorrow", "tomorrow", "on Monday"), ("Yesterday", "Yesterday", "On Monday"), ("ayer", "ayer", "el lunes")],
)
def test_what_is_next_is_called_so_unless_a_weekend_lies_between(word, near, far):
    days = {"en": "Monday", "es": "lunes"}
    say = partial(written, f"{{{word}}}", seat=lambda _: 7, weekday=lambda _, each: days[each])
    assert say(adjoins=lambda *_: True) == near
    assert say(adjoins=lambda *_: False) == far


@pytest.mark.parametrize("absent", ["pinned", "under people", "course page", "i mark this", "attach", "upload"])
def test_nobody_speaks_of_what_the_product_does_not_have(absent):
    assert [text for text in EVERY_TEXT if absent in text.lower()] == []


def test_links_lead_to_example_domains_alone_and_no_number_of_a_phone_is_given():
    links = re.findall(r"https?://([^/\s]+)", "\n".join(EVERY_TEXT))
    assert links
    assert all(host.endswith(".example") for host in links)
    assert not re.search(r"\b\d{3}[ -]\d{4}\b|@\w+\.", "\n".join(EVERY_TEXT))


def test_what_a_message_can_look_like_occurs():
    html = "\n".join(render(put_in(text)).html or "" for text in EVERY_TEXT)
    for tag in (
        'class="language-python"',
        "<strong>",
        "<em>",
        "<ul>",
        "<ol>",
        "<blockquote>",
        "<a href",
        'class="mention"',
    ):
        assert tag in html


def test_children_write_short():
    lengths = sorted(len(say.text) for _, say in SAID if PEOPLE[say.who].grade)
    assert lengths[len(lengths) // 2] <= 60


def test_every_room_with_talk_exists_and_unread_is_within_it():
    assert set(TALK) <= set(ROOMS)
    assert all(room.kind == "direct" and "sofia" in room.members for key, (_, room) in ROOMS.items() if key not in TALK)
    for (who, key), count in UNREAD.items():
        assert 0 < count <= len(TALK[key])
        assert all(say.who != who for say in TALK[key][-count:]), (who, key)


# The people


def test_keys_and_sign_in_names_are_unique():
    assert len({person.sign_in_name for person in PEOPLE.values()}) == len(PEOPLE)
    assert all(person.sign_in_name.isascii() and person.sign_in_name.islower() for person in PEOPLE.values())
    addresses = [person.email for person in PEOPLE.values() if person.email]
    assert len(set(addresses)) == len(addresses)
    assert all(re.fullmatch(r"[a-z.-]+@(juniperbend\.example|example\.org)", address) for address in addresses)


def test_the_school_is_as_large_as_told():
    assert len(STUDENTS) == 34
    assert {course.key: len(course.who("student")) for course in COURSES} == {
        "algebra": 26,
        "biology": 14,
        "writing": 12,
        "chemistry": 7,
    }


def test_a_child_of_thirteen_or_under_has_a_yes_of_a_linked_parent_or_waits():
    for child in STUDENTS:
        if child.is_young:
            assert child.consents or child.state == "awaiting_consent", child.key
        for consent in child.consents:
            link = next(link for link in PEOPLE[consent.grantor].links if link.child == child.key)
            assert link.capacity == consent.capacity


@pytest.mark.parametrize(("key", "students", "parents"), [("algebra", 24, 19), ("biology", 14, 11)])
def test_who_reads_a_course_as_the_screens_say(key, students, parents):
    course = next(course for course in COURSES if course.key == key)
    inside = {who for who in course.who("student") if may_enter(PEOPLE[who], moment(0, "8:12"))}
    assert len(inside) == students
    assert len(parents_of(inside) - set(course.who("instructor"))) == parents


def test_five_of_algebra_have_nobody_linked():
    course = COURSES[0]
    alone = {who for who in course.who("student") if not parents_of({who})} - {"sofia", "ravi"}
    assert alone == {"noah", "elif", "aaliyah", "oskar", "rafael"}


def test_groups_and_chats_with_a_student_have_an_instructor_inside():
    for course, room in ROOMS.values():
        if room.kind == "course":
            assert room.members == ()
            continue
        assert set(room.members) & set(course.who("instructor")), room.key
        assert (room.about in course.who("student")) == (room.kind == "direct"), room.key
        if room.kind == "direct":
            other = next(iter(set(room.members) - set(course.who("instructor"))))
            assert room.about == other or room.about in {link.child for link in PEOPLE[other].links}, room.key


def test_the_cards_of_the_sign_in_page():
    assert [(PEOPLE[card.who].shown_name, card.caption) for card in CARDS] == [
        ("Ms. Rivera", "Instructor"),
        ("Devon K.", "Student, 13"),
        ("Tobias R.", "Student, 17"),
        ("Paula Kim", "Parent of two"),
        ("Avery Moss", "Moderator"),
        ("Ruth Lindqvist", "Administrator"),
        ("Sofia N.", "Student, 13, waiting for a yes at home"),
    ]


# The lesson


def test_six_classmates_play_the_lesson_in_ninety_seconds():
    assert len({line.who for line in LESSON}) == 6
    assert {line.who for line in LESSON} <= who_may_write(ROOM, moment(0, "8:13"))
    assert [line.second for line in LESSON] == sorted(line.second for line in LESSON)
    assert LESSON[0].second > LESSON[0].typing_seconds
    assert LESSON[-1].second <= SECONDS


def test_nobody_types_two_lines_of_the_lesson_at_once():
    sent: dict[str, float] = {}
    for line in LESSON:
        assert line.second - line.typing_seconds >= sent.get(line.who, 0)
        sent[line.who] = line.second


def test_written_puts_seats_and_weekdays_in():
    say = Say(0, "8:00", "rivera", "@{mei-lin}: {day+2}, {dia-1}")
    days = {(2, "en"): "Wednesday", (-1, "es"): "viernes"}
    assert (
        written(say.text, seat={"mei-lin": 19}.__getitem__, weekday=lambda *of: days[of]) == "@[19]: Wednesday, viernes"
    )
