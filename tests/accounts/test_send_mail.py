"""The door: what can't be a mail is refused with a sentence, what can is one row, whoever asks how often."""

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.errors import FieldInvalid, NotAllowed
from accounts.mail import KINDS, Kind, MailClass, send_mail
from accounts.mail.door import one_address
from accounts.mail.kinds import declare
from accounts.mail.permissions import CHILD_RULES, withheld_because
from accounts.mail.waking import QUEUED
from accounts.models import MailOutbox, MailStop, Member, MemberState
from accounts.queries.mail_stops import subject_of
from consent.models import School, Scope
from tests.accounts.mail_cast import payload_of, queue_mail
from tests.cast import make_consent, make_member, make_student, years_from_now


def test_outside_of_a_transaction_no_mail_is_queued(transactional_db: None) -> None:
    with pytest.raises(RuntimeError):
        send_mail("test", address="ana@example.org", period="1", payload=payload_of("test"))
    assert not MailOutbox.objects.exists()


def test_a_mail_whose_cause_is_rolled_back_never_was(transactional_db: None) -> None:
    QUEUED.clear()
    with transaction.atomic():
        queue_mail()
        transaction.set_rollback(True)
    assert not MailOutbox.objects.exists()
    assert not QUEUED.is_set()


def test_the_sender_of_this_process_is_woken_by_the_commit(transactional_db: None) -> None:
    QUEUED.clear()
    with transaction.atomic():
        send_mail("test", address="ana@example.org", period="1", payload=payload_of("test"))
        assert not QUEUED.is_set()
    assert QUEUED.is_set()


def test_a_mail_is_there_once_for_kind_recipient_and_period(stranger: Member, student: Member) -> None:
    first = queue_mail(recipient=stranger.pk)
    assert queue_mail(recipient=stranger.pk, text="Other words") == first
    assert queue_mail(recipient=stranger.pk, period="tuesday") != first
    assert queue_mail(recipient=student.pk) != first
    outside = queue_mail()
    assert queue_mail() == outside
    assert queue_mail(address="ben@example.org") != outside
    assert MailOutbox.objects.count() == 5


@pytest.mark.parametrize(
    "address",
    [
        "ana@example.org, eve@example.net",
        "ana@example.org eve@example.net",
        "ana@example.org;eve@example.net",
        "ana@example.org\neve@example.net",
        "ana@example.org\r\nBcc: eve@example.net",
        "ana@example.org\x00",
        "Ana <ana@example.org>",
        '"ana,eve"@example.org',
        "ana@example.org\u2028x",
        "ana",
        "@example.org",
        "ana@",
        "",
        "ána@example.org\u202e",
    ],
)
def test_what_is_not_one_address_is_refused_with_a_sentence(address: str, db: None) -> None:
    with pytest.raises(FieldInvalid) as refused:
        queue_mail(address=address)
    assert refused.value.field == "address"
    assert "ana@example.org" in refused.value.text
    assert not MailOutbox.objects.exists()


def test_an_address_is_stored_in_lower_case() -> None:
    assert one_address(" Ana@Example.ORG ") == "ana@example.org"


@pytest.mark.parametrize("name", ["course", "inviter"])
@pytest.mark.parametrize("word", ["Algebra\r\nBcc: eve@example.net", "Algebra\nx", "a\x0bb", "a\u2029b", "\u202eabc"])
def test_a_name_that_could_begin_another_header_is_refused(name: str, word: str, db: None) -> None:
    with pytest.raises(FieldInvalid) as refused:
        queue_mail("invitation", **{name: word})
    assert refused.value.field == name
    assert not MailOutbox.objects.exists()


@pytest.mark.row("S7")
@pytest.mark.parametrize("text", ["Please send me your password.", "Envíeme su número de tarjeta, por favor."])
def test_a_text_that_asks_for_a_secret_is_no_mail(text: str, db: None) -> None:
    with pytest.raises(FieldInvalid) as refused:
        queue_mail("invitation", text=f"Welcome!\n\n{text}")
    assert refused.value.field == "text"
    assert not MailOutbox.objects.exists()


def test_a_payload_that_the_template_does_not_know_is_a_mistake_of_ours(db: None) -> None:
    with transaction.atomic(), pytest.raises(ValueError, match="needs"):
        send_mail("test", address="ana@example.org", period="1", payload={"site": "x", "more": "y"})
    with transaction.atomic(), pytest.raises(ValueError, match="no mail of the kind"):
        send_mail("advert", address="ana@example.org", period="1", payload={})


# By class


@pytest.fixture
def promotion(monkeypatch: pytest.MonkeyPatch) -> str:
    """A kind that the product doesn't have."""
    monkeypatch.setitem(KINDS, "offer", Kind("offer", MailClass.PROMOTION, frozenset()))
    return "offer"


@pytest.mark.row("S25")
def test_no_kind_of_the_product_is_promotional() -> None:
    assert {kind.mail_class for kind in KINDS.values()} == set(MailClass) - {MailClass.PROMOTION}


@pytest.mark.row("S25")
@pytest.mark.parametrize(
    "fields",
    [
        {"is_k12": True},
        {"is_k12": True, "majority_on": years_from_now(-1)},
        {"majority_on": years_from_now(2)},
        {"protected_until": years_from_now(1)},
        {"age_known": False},
    ],
    ids=["in school", "grown up in school", "under age", "young", "of unknown age"],
)
def test_promotion_is_refused_by_class_to_students_and_whoever_may_be_a_child(
    promotion: str, fields: dict[str, Any], db: None
) -> None:
    member = make_member(email="kid@example.org", **fields)
    for recipient in (member.pk, None):
        with pytest.raises(NotAllowed):
            queue_mail(promotion, address="kid@example.org", recipient=recipient)
    assert not MailOutbox.objects.exists()


@pytest.mark.row("S25")
def test_promotion_is_refused_to_an_address_that_nobody_knows(promotion: str, db: None) -> None:
    with pytest.raises(NotAllowed):
        queue_mail(promotion)
    adult = make_member(email="ana@example.org")
    assert queue_mail(promotion, recipient=adult.pk).state == "due"


@pytest.mark.row("S25")
def test_a_class_that_was_promotional_too_late_is_withheld_at_hand_over(promotion: str, db: None) -> None:
    adult = make_member(email="ana@example.org")
    row = queue_mail(promotion, recipient=adult.pk)
    assert withheld_because(row, KINDS[promotion], adult) == ""
    adult.is_k12 = True
    assert withheld_because(row, KINDS[promotion], adult) == "promotional mail, and not to a grown-up"


def test_two_kinds_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="already"):
        declare(Kind("test", MailClass.COURSE, frozenset()))


# At hand-over


def because(kind: str, member: Member) -> str:
    row = queue_mail(kind, address=member.email or "ana@example.org", recipient=member.pk, period=str(timezone.now()))
    return withheld_because(row, KINDS[kind], member)


@pytest.mark.parametrize("state", MemberState.values)
def test_a_closed_account_gets_no_mail_and_one_that_is_held_only_its_own(state: str, db: None) -> None:
    member = make_member(email="ana@example.org", state=state)
    expected = {"closed": (False, False), "erased": (False, False), "active": (True, True)}.get(state, (True, False))
    assert (because("reset_password", member) == "", because("course_notice", member) == "") == expected


@pytest.mark.row("S18", "S20", "S25")
def test_a_young_student_gets_no_mail_before_the_family_has_said_yes_to_mail(school: School, agreement: object) -> None:
    child = make_student(school, age=13, email="kid@example.org")
    kinds = ("course_notice", "verify_address", "reset_password", "invitation")
    assert all(because(kind, child) for kind in kinds)
    make_consent(child, scopes=[Scope.USE])
    assert {because(kind, child) for kind in kinds} == {"no family has said yes to mail for this child"}
    make_consent(child, scopes=[Scope.USE, Scope.EMAIL_TO_CHILD])
    assert {because(kind, child) for kind in kinds} == {""}


def test_while_nobody_answers_for_children_the_answer_is_no(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    child = make_member(email="kid@example.org", protected_until=years_from_now(1))
    monkeypatch.delitem(CHILD_RULES, "consent")
    assert because("reset_password", child) != ""
    monkeypatch.setitem(CHILD_RULES, "consent", lambda child_id: True)
    assert because("reset_password", child) == ""


def test_an_address_of_a_child_is_a_childs_also_where_no_account_is_named(db: None) -> None:
    from accounts.mail.permissions import member_of

    child = make_member(email="kid@example.org", protected_until=years_from_now(1))
    row = queue_mail("invitation", address="Kid@example.org")
    assert withheld_because(row, KINDS["invitation"], member_of(row.recipient, row.address)) != ""
    assert member_of(None, "kid@example.org") == child


def test_who_wants_no_more_course_mail_still_gets_mail_about_the_account(db: None) -> None:
    member = make_member(email="ana@example.org")
    MailStop.objects.create(subject=subject_of(member.pk, "ana@example.org"), mail_class="course")
    assert because("course_notice", member) != ""
    assert because("reset_password", member) == ""


def test_every_kind_has_a_template_and_every_template_a_kind() -> None:
    folder = Path(__file__).resolve().parents[2] / "accounts" / "templates" / "email"
    assert {path.stem for path in folder.glob("*.txt")} - {"layout"} == set(KINDS)
