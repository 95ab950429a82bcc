"""Inviting by email: a result for each address, what is refused as a whole, and that no address outlives its mail."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.conf import LazySettings
from django.utils import timezone

from accounts.actions.mail_stops import resume_mail, stop_mail
from accounts.actor import Actor
from accounts.errors import AppError, FieldInvalid, NotAllowed, NotFound
from accounts.mail.outbox import Pace, claim_due, mark_refused
from accounts.mail.rendering import message_of
from accounts.mail.stops import stop_of
from accounts.models import AuditEntry, MailOutbox, Member
from chatserver.clock import TASKS
from consent.actions.schools import give_grant
from consent.models import Grant, School, SchoolAgreement
from rooms.actions.courses import archive_course
from rooms.actions.invitation_mails import Letter
from rooms.actions.invitations import (
    Outcome,
    Result,
    decline_invitation,
    forget_invitations,
    invite,
    revoke_invitation,
    send_again,
)
from rooms.actions.joining import redeem
from rooms.actions.registrations import Birth, Person, Stub, register_grown, register_stub
from rooms.models import Course, Enrollment, Invitation, Room
from rooms.queries.invitations import invitation_of, invitations_of, invited
from rooms.queries.offers import Offer, offer_again, offer_of, offer_of_invitation
from tests.cast import acting, make_agreement, make_member, make_student
from tests.rooms.locks import SECONDS
from tests.rooms.tables import refused
from tests.rooms.writers import closing, deadlocks
from tests.rooms_cast import ASSISTANT, INSTRUCTOR, can_enter, join, make_course

pytestmark = pytest.mark.row("S13")

LONG = f"ana@{'.'.join(['x' * 60] * 4)}.example.org"  # 259 characters: RFC 5321 has room for 254
TEXT = "Hello,\n\nI invite you to Algebra I.\n\nMs. Rivera"


def letter(**changes: Any) -> Letter:
    return Letter(**{"role": "student", "is_young": False, "text": TEXT, **changes})


def asked(instructor: Member, course: Course, pasted: str = "ana@example.org", **changes: Any) -> list[Result]:
    return invite(acting(instructor), course, pasted, letter(**changes))


def outcomes(results: list[Result]) -> list[tuple[str, str]]:
    return [(result.typed, result.outcome.value) for result in results]


def the_only(course: Course) -> Invitation:
    return invitations_of(course).select_related("course__school").get()


def mails() -> list[MailOutbox]:
    return list(MailOutbox.objects.filter(kind="invitation").order_by("created_at"))


def code(mail: MailOutbox | None = None) -> str:
    return str((mail or mails()[-1]).payload["code"])


def offer(mail: MailOutbox | None = None) -> Offer:
    return offer_of_invitation(code(mail))


def unwanted(mail: MailOutbox) -> None:
    stop_mail(Actor.anonymous(via="mail"), stop_of(mail.payload["stop_url"].rstrip("/").rpartition("/")[2]))


# A result for each


def test_each_address_has_its_result_in_the_order_of_the_paste(
    course: Course, instructor: Member, co_instructor: Member
) -> None:
    Member.objects.filter(pk=co_instructor.pk).update(email="chen@example.org")
    asked(instructor, course, "old@example.org, lund@example.org")
    unwanted(mails()[1])
    revoke_invitation(acting(instructor), invitations_of(course).get(address="lund@example.org"))
    pasted = (
        'Lena <lena@example.org>; CHEN@example.org\nyusuf@juniper "Lund, K." <lund@example.org> '
        "old@example.org lena@example.org"
    )
    results = asked(instructor, course, pasted)
    assert outcomes(results) == [
        ("lena@example.org", "sent"),
        ("chen@example.org", "member"),
        ("yusuf@juniper", "bad"),
        ("lund@example.org", "unwanted"),
        ("old@example.org", "invited"),
    ]
    assert results[1].why == "Mr. Chen"
    assert results[2].why == "This is no address. One looks like ana@example.org."
    assert [mail.address for mail in mails()] == ["old@example.org", "lena@example.org"]


def test_the_mail_names_who_invites_and_holds_nothing_of_their_own_address(course: Course, instructor: Member) -> None:
    asked(instructor, course)
    mail = mails()[0]
    message = message_of(mail)
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert (mail.recipient, mail.payload["inviter"], message["To"]) == (None, "Ms. Rivera", "ana@example.org")
    assert "> I invite you to Algebra I." in text
    assert code(mail) in text
    assert message["List-Unsubscribe"] == f"<{mail.payload['stop_url']}>"
    assert message["Reply-To"] is None
    assert "rivera@example.org" not in message.as_string()
    assert instructor.email == "rivera@example.org"  # there is something to leak


@pytest.mark.parametrize(
    ("pasted", "faulty"),
    [
        ("<ana@example.org, evil@example.org>", "ana@example.org, evil@example.org"),
        ("ana@example.org%0aBcc:evil@example.org", "ana@example.org%0aBcc:evil@example.org"),
        ("ana@example.org\u2028Bcc:evil@example.org", "ana@example.org\u2028Bcc:evil@example.org"),
        ("Bcc: evil@example.org", "Bcc: evil@example.org"),
        (LONG, LONG[:80]),
    ],
)
def test_two_recipients_in_one_field_and_headers_get_a_sentence_and_no_mail(
    course: Course, instructor: Member, pasted: str, faulty: str
) -> None:
    results = asked(instructor, course, f"bo@example.org\r\n{pasted}")
    assert outcomes(results) == [("bo@example.org", "sent"), (faulty, "bad")]
    assert results[1].why
    assert [mail.address for mail in mails()] == ["bo@example.org"]


def test_members_of_other_courses_and_strangers_get_the_same_result(
    course: Course, school: School, instructor: Member
) -> None:
    make_student(school, "Noah Berg", email="noah@example.org", email_verified=True)
    make_member("Ines Vale", email="ines@example.org", email_verified=True)
    results = asked(instructor, course, "noah@example.org ines@example.org nobody@example.org")
    assert {(result.outcome, result.why) for result in results} == {(Outcome.SENT, "")}


# Refused as a whole: nothing is half-done


@pytest.mark.parametrize(
    ("pasted", "text", "field"),
    [
        (" ".join(f"a{n}@example.org" for n in range(5000)), TEXT, "addresses"),
        ("", TEXT, "addresses"),
        (" ,;\n", TEXT, "addresses"),
        ("ana@example.org " * 20_000, TEXT, "addresses"),
        ("ana@example.org", " ", "text"),
        ("ana@example.org", "x" * 2001, "text"),
        ("ana@example.org", "Hello\x07", "text"),
        ("ana@example.org", "Hello \u202egnp.exe", "text"),
    ],
)
def test_what_can_not_be_sent_is_refused_and_nobody_is_written_to(
    course: Course, instructor: Member, pasted: str, text: str, field: str
) -> None:
    with refused(FieldInvalid) as error:
        asked(instructor, course, pasted, text=text)
    assert error.value.field == field
    assert (mails(), invitations_of(course).count()) == ([], 0)


@pytest.mark.row("S7")
def test_a_text_that_asks_for_secrets_is_refused_with_every_place_named(course: Course, instructor: Member) -> None:
    text = "Hello,\nplease send me your password.\nAnd tell us your social security number!"
    with refused(FieldInvalid) as error:
        asked(instructor, course, text=text)
    assert error.value.field == "text"
    assert "“send me your password”" in error.value.text
    assert "“tell us your social security number”" in error.value.text
    assert asked(instructor, course, text="We never ask for your password.")[0].outcome == Outcome.SENT


def test_a_day_has_its_number_over_all_instructors_and_courses(
    course: Course, school: School, instructor: Member, co_instructor: Member, settings: LazySettings
) -> None:
    settings.INVITATIONS_A_DAY = 5
    give_grant(Actor.system("test"), co_instructor, Grant.Kind.INSTRUCTOR, school=school)
    other = make_course(school, "Biology")
    join(other, co_instructor, INSTRUCTOR)
    asked(instructor, course, "a@example.org b@example.org")
    asked(co_instructor, other, "a@example.org b@example.org")
    with refused(FieldInvalid) as error:
        asked(instructor, course, "c@example.org d@example.org")
    assert "1 of today's" in error.value.text
    assert outcomes(asked(instructor, course, "a@example.org c@example.org")) == [
        ("a@example.org", "invited"),
        ("c@example.org", "sent"),
    ]
    with time_machine.travel(timezone.now() + dt.timedelta(hours=25)):
        assert len(asked(co_instructor, course, "d@example.org e@example.org")) == 2


# Who may


@pytest.mark.parametrize("who", ["student", "assistant", "parent", "school_admin", "stranger"])
def test_nobody_but_its_instructors_invites_sends_again_or_revokes(
    course: Course, instructor: Member, who: str, request: pytest.FixtureRequest
) -> None:
    asked(instructor, course)
    row = the_only(course)
    member = request.getfixturevalue(who)
    error = NotAllowed if who in ("student", "assistant") else NotFound
    for act in (send_again, revoke_invitation):
        with refused(error):
            act(acting(member), row)
    with refused(error):
        asked(member, course)


def test_an_instructor_of_another_course_finds_nothing(course: Course, school: School, instructor: Member) -> None:
    asked(instructor, course)
    other = make_member("Other Teacher")
    give_grant(Actor.system("test"), other, Grant.Kind.INSTRUCTOR, school=school)
    theirs = make_course(school, "Biology")
    join(theirs, other, INSTRUCTOR)
    with refused(NotFound):
        asked(other, course)
    with refused(NotFound):
        invitation_of(theirs, the_only(course).pk)
    with refused(NotFound):
        revoke_invitation(acting(other), the_only(course))


@pytest.mark.row("S1")
def test_an_unconfirmed_instructor_invites_nobody_even_beside_a_confirmed_one(
    course: Course, school: School, instructor: Member
) -> None:
    other = make_member("Not Yet")
    join(course, other, INSTRUCTOR)
    with refused(NotAllowed) as error:
        asked(other, course)
    assert error.value.text == "You can't invite anybody yet. You have to be confirmed as an instructor first."
    instructor.grants.update(ends_at=timezone.now())
    with refused(NotAllowed) as error:
        asked(instructor, course)
    assert "The school has to confirm" in error.value.text


@pytest.mark.parametrize("role", [INSTRUCTOR, ASSISTANT])
def test_staff_are_invited_by_who_may_appoint_them_and_come_in_when_the_school_knows_them(
    course: Course, school: School, room: Room, instructor: Member, role: str
) -> None:
    substitute = make_member("Sub Stitute")
    give_grant(Actor.system("test"), substitute, Grant.Kind.INSTRUCTOR, school=school)
    join(course, substitute, INSTRUCTOR, until=timezone.now() + dt.timedelta(days=3))
    with refused(NotAllowed):
        asked(substitute, course, role=role)
    assert asked(substitute, course, "pupil@example.org")[0].outcome == Outcome.SENT
    asked(instructor, course, role=role)
    member = make_member("Ana Lund", email="ana@example.org", email_verified=True)
    with refused(NotAllowed):
        redeem(acting(member), offer(), member)
    give_grant(Actor.system("test"), member, Grant.Kind.INSTRUCTOR, school=school)
    assert redeem(acting(member), offer(), member).role == role


def test_nobody_is_invited_into_a_record(course: Course, instructor: Member) -> None:
    archive_course(acting(instructor), course)
    course.refresh_from_db()
    with refused(NotAllowed):
        asked(instructor, course)


# Young students


@pytest.mark.row("S18")
def test_without_an_agreement_not_even_the_address_of_a_young_student_is_stored(
    course: Course, instructor: Member
) -> None:
    results = asked(instructor, course, "child@example.org, nonsense, other@example.org", is_young=True)
    assert outcomes(results) == [("", "needs_agreement"), ("nonsense", "bad"), ("", "needs_agreement")]
    assert stored("child@example.org") == []
    assert (mails(), invitations_of(course).count()) == ([], 0)


@pytest.mark.row("S18")
def test_with_an_agreement_a_young_student_is_invited_and_the_family_is_asked_first(
    course: Course, agreement: SchoolAgreement, instructor: Member, room: Room
) -> None:
    asked(instructor, course, "child@example.org", is_young=True)
    assert the_only(course).age == Invitation.Age.YOUNG
    stub = Stub("Mia", "K", "mia.fox7", 7, "family@example.org", "en")
    child = register_stub(Actor.anonymous(), offer(), stub, birth=Birth(timezone.localdate().year - 12, 3))
    assert (the_only(course).used_by, child.email, can_enter(child, room)) == (child, None, False)


@pytest.mark.row("S18")
def test_an_independent_course_invites_nobody_of_13_or_under(db: None) -> None:
    teacher = make_member("Ida Pendent")
    give_grant(Actor.system("test"), teacher, Grant.Kind.INSTRUCTOR)
    course = make_course()
    join(course, teacher, INSTRUCTOR)
    assert outcomes(asked(teacher, course, is_young=True)) == [("", "needs_agreement")]
    assert outcomes(asked(teacher, course)) == [("ana@example.org", "sent")]


@pytest.mark.row("S18")
def test_when_the_agreement_ends_young_addresses_go_and_none_is_written_to(
    course: Course, school: School, instructor: Member
) -> None:
    agreement = make_agreement(school)
    asked(instructor, course, "child@example.org", is_young=True)
    asked(instructor, course, "grown@example.org")
    SchoolAgreement.objects.filter(pk=agreement.pk).update(ended_at=timezone.now())
    row = invitation_of(course, invitations_of(course).get(age="young").pk)
    with refused(NotAllowed) as error:
        send_again(acting(instructor), row)
    assert "agreement" in error.value.text
    forget_invitations()
    assert [row.address for row in invitations_of(course)] == ["grown@example.org"]


# Used once, by whom it was sent to


def test_whoever_has_the_address_comes_in_and_it_is_used_up(course: Course, instructor: Member, room: Room) -> None:
    asked(instructor, course)
    member = make_member("Ana Lund", email="ana@example.org", email_verified=True)
    held = offer()
    assert (held.kind, held.role, held.address) == ("invitation", "student", "ana@example.org")
    redeem(acting(member), held, member)
    row = the_only(course)
    assert (row.state, row.used_by, can_enter(member, room)) == ("used", member, True)
    assert [(each.state, each.name) for each in invited([row])] == [("joined", "Ana Lund")]
    with refused(NotFound):
        offer_of_invitation(code())


def test_how_the_code_is_typed_makes_no_difference(course: Course, instructor: Member) -> None:
    asked(instructor, course)
    for typed in (code(), code().lower(), code().replace("-", " "), f" {code()} "):
        assert offer_of(typed).id == the_only(course).pk


def test_another_address_does_not_come_in_unless_the_instructor_said_so(course: Course, instructor: Member) -> None:
    asked(instructor, course)
    asked(instructor, course, "open@example.org", is_bound=False)
    bound, free = (offer(mail) for mail in mails())
    member = make_member("Bo Ek", email="bo@example.org", email_verified=True)
    with refused(NotAllowed) as error:
        redeem(acting(member), bound, member)
    assert "another email address" in error.value.text
    assert redeem(acting(member), free, member).state == "active"


def test_registering_by_it_confirms_the_address_it_was_sent_to(course: Course, instructor: Member, room: Room) -> None:
    asked(instructor, course)
    person = Person("Ana", "L", "", "ana@example.org", "seven green pears fall", "en")
    member = register_grown(Actor.anonymous(), offer(), person, birth=Birth(1990, 3), address="10.0.0.1")
    assert (member.email, can_enter(member, room)) == ("ana@example.org", True)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_instant_one_comes_in(course: Course, instructor: Member) -> None:
    asked(instructor, course, is_bound=False)
    people, held, before = [make_member() for _ in range(6)], offer(), deadlocks()

    def attempt(member: Member) -> str:
        try:
            redeem(acting(member), held, member)
        except AppError as error:
            return error.code
        return "in"

    assert sorted(at_once(attempt, people)) == ["in"] + ["not_found"] * 5
    assert Enrollment.objects.filter(course=course, role="student").count() == 1
    assert deadlocks() == before


@pytest.mark.django_db(transaction=True)
def test_of_many_who_invite_the_same_address_at_the_same_instant_one_does(
    course: Course, school: School, instructor: Member, settings: LazySettings
) -> None:
    settings.INVITATIONS_A_DAY = 4
    before = deadlocks()
    pasted = ["ana@example.org one@example.org", "ana@example.org two@example.org", "ana@example.org three@example.org"]
    results = at_once(lambda text: outcomes(asked(instructor, course, text)), pasted)
    assert sum(("ana@example.org", "sent") in each for each in results) == 1
    assert sum(("ana@example.org", "invited") in each for each in results) == 2
    assert sorted(mail.address for mail in mails()) == sorted({mail.address for mail in mails()})
    assert deadlocks() == before


@pytest.mark.django_db(transaction=True)
def test_the_number_of_a_day_holds_at_the_same_instant(
    course: Course, instructor: Member, settings: LazySettings
) -> None:
    settings.INVITATIONS_A_DAY = 3

    def attempt(text: str) -> str:
        try:
            asked(instructor, course, text)
        except FieldInvalid as error:
            return error.field or ""
        return "sent"

    results = at_once(attempt, [f"a{n}@example.org b{n}@example.org" for n in range(4)])
    assert sorted(results) == ["addresses"] * 3 + ["sent"]
    assert len(mails()) == 2


def at_once(act: Any, each: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(len(each)) as pool:
        return [done.result(SECONDS) for done in [pool.submit(closing(act), one) for one in each]]


# Again, revoked, declined, unwanted


def test_sent_again_is_a_new_link_and_the_old_one_is_dead(course: Course, instructor: Member) -> None:
    asked(instructor, course)
    first = code()
    with refused(NotAllowed):
        send_again(acting(instructor), the_only(course))  # only just sent
    with time_machine.travel(timezone.now() + dt.timedelta(days=10)):
        send_again(acting(instructor), the_only(course))
        assert offer().id == the_only(course).pk
        assert the_only(course).expires_at > timezone.now() + dt.timedelta(days=29)
    assert code() != first
    with refused(NotFound):
        offer_of_invitation(first)


def test_an_invitation_is_sent_three_times_at_most(course: Course, instructor: Member) -> None:
    asked(instructor, course)
    now = timezone.now()
    for day in (1, 2):
        with time_machine.travel(now + dt.timedelta(days=day)):
            send_again(acting(instructor), the_only(course))
    with time_machine.travel(now + dt.timedelta(days=3)), refused(NotAllowed):
        send_again(acting(instructor), the_only(course))


def test_of_two_who_send_again_one_does(course: Course, instructor: Member) -> None:
    asked(instructor, course)
    seen = the_only(course)
    with time_machine.travel(timezone.now() + dt.timedelta(days=1)):
        send_again(acting(instructor), seen)
        with refused(NotFound):
            send_again(acting(instructor), seen)


def test_a_revoked_one_lets_nobody_in_and_its_waiting_mail_never_leaves(course: Course, instructor: Member) -> None:
    asked(instructor, course)
    held = offer()
    revoke_invitation(acting(instructor), the_only(course))
    assert mails() == []
    for ask in (lambda: offer_again(held.remembered), lambda: revoke_invitation(acting(instructor), the_only(course))):
        with refused(NotFound):
            ask()
    assert asked(instructor, course)[0].outcome == Outcome.SENT  # and it can be sent anew


def test_a_declined_one_is_over_and_seen_as_that(course: Course, instructor: Member) -> None:
    asked(instructor, course)
    held = offer()
    decline_invitation(Actor.anonymous(), held)
    assert [each.state for each in invited([the_only(course)])] == ["declined"]
    with refused(NotFound):
        decline_invitation(Actor.anonymous(), held)


def test_who_wants_no_more_is_not_written_to_by_anybody_until_they_take_it_back(
    course: Course, school: School, instructor: Member
) -> None:
    asked(instructor, course)
    mail = mails()[0]
    stop = stop_of(mail.payload["stop_url"].rstrip("/").rpartition("/")[2])
    unwanted(mail)
    other = make_course(school, "Biology")
    join(other, instructor, INSTRUCTOR)
    assert asked(instructor, other)[0].outcome == Outcome.UNWANTED
    with time_machine.travel(timezone.now() + dt.timedelta(days=1)), refused(NotAllowed):
        send_again(acting(instructor), the_only(course))
    resume_mail(Actor.anonymous(via="mail"), stop)
    assert asked(instructor, other)[0].outcome == Outcome.SENT


# Nothing outlives its purpose


def stored(text: str) -> list[str]:
    """Tables with a row that holds the text anywhere."""
    found = []
    for model in apps.get_models():
        rows = model._default_manager.values()
        if any(text in str(value).lower() for row in rows for value in row.values()):
            found.append(model._meta.label_lower)
    return sorted(found)


def test_no_address_stays_after_30_days(course: Course, instructor: Member) -> None:
    pasted = "canary-open@example.org canary-used@example.org canary-revoked@example.org canary-refused@example.org"
    asked(instructor, course, f"{pasted} canary-stopped@example.org canary bad@", is_bound=False)
    rows = {row.address: row for row in invitations_of(course).select_related("course")}
    sent = {mail.address: mail for mail in mails()}
    member = make_member()
    redeem(acting(member), offer(sent["canary-used@example.org"]), member)
    revoke_invitation(acting(instructor), rows["canary-revoked@example.org"])
    unwanted(sent["canary-stopped@example.org"])
    refused_mail = next(mail for mail in claim_due(Pace()) if mail.address == "canary-refused@example.org")
    mark_refused(refused_mail, "no such mailbox")
    MailOutbox.objects.update(state=MailOutbox.State.SENT)
    assert stored("canary") == ["accounts.mailoutbox", "accounts.refusedaddress", "rooms.invitation"]
    with time_machine.travel(timezone.now() + dt.timedelta(days=30, minutes=1)):
        assert TASKS["forget_invitations"].run() == 5
        assert stored("canary") == []
        assert [(row.state, row.address_hash, row.text) for row in invitations_of(course)] == [("used", "", "")]
        assert asked(instructor, course, "canary-stopped@example.org")[0].outcome == Outcome.UNWANTED


def test_the_record_names_no_address(course: Course, instructor: Member) -> None:
    asked(instructor, course)
    revoke_invitation(acting(instructor), the_only(course))
    entries = AuditEntry.objects.filter(action__startswith="invitation.").order_by("pk")
    assert [entry.action for entry in entries] == ["invitation.send", "invitation.revoke"]
    assert entries[0].data["count"] == 1
    assert not any("ana@" in str(entry.data) for entry in entries)


def test_after_30_days_it_opens_nothing_though_the_clock_has_not_come(course: Course, instructor: Member) -> None:
    asked(instructor, course)
    held = offer()
    with time_machine.travel(timezone.now() + dt.timedelta(days=30, minutes=1)):
        with refused(NotFound):
            offer_again(held.remembered)
        assert asked(instructor, course)[0].outcome == Outcome.SENT


# As its instructors see it


@pytest.mark.parametrize("state", ["suspended", "closed", "deactivated"])
def test_a_mail_that_was_withheld_for_what_an_account_is_reads_as_sent(
    course: Course, instructor: Member, state: str
) -> None:
    make_member("Ana Lund", email="ana@example.org", email_verified=True)
    asked(instructor, course, "ana@example.org nobody@example.org")
    MailOutbox.objects.filter(address="ana@example.org").update(state=MailOutbox.State.WITHHELD)
    MailOutbox.objects.filter(address="nobody@example.org").update(state=MailOutbox.State.SENT)
    assert {each.state for each in invited(list(invitations_of(course)))} == {"sent"}


def test_what_waits_and_what_came_back_is_told(course: Course, instructor: Member) -> None:
    asked(instructor, course)
    assert [each.state for each in invited([the_only(course)])] == ["waiting"]
    mark_refused(claim_due(Pace())[0], "no such mailbox")
    assert [each.state for each in invited([the_only(course)])] == ["not_arrived"]


def test_a_list_of_one_and_of_three_takes_the_same_statements(
    course: Course, instructor: Member, django_assert_num_queries: Any
) -> None:
    for pasted in ("one@example.org", "two@example.org three@example.org"):
        asked(instructor, course, pasted)
        rows = list(invitations_of(course))
        with django_assert_num_queries(2):
            invited(rows)
