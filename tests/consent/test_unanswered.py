"""The mail to the parent, the parent's no by its link, and the stub that nobody answers about (S18)."""

import datetime as dt
import re

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.test import Client

from accounts.errors import FieldInvalid, NotAllowed, NotFound, TooManyTries
from accounts.mail.rendering import message_of
from accounts.models import Access, AuditEntry, MailOutbox, Member, MemberState, Session
from chatserver.clock import TASKS
from consent.actions.answering import find_request
from consent.actions.class_cards import issue_cards
from consent.actions.consents import record_consent
from consent.actions.ledger import verify_consents
from consent.actions.requests import ask_again, ask_family
from consent.actions.stubs import erase_unanswered, refuse_by_link
from consent.gate import Allow, Deny, Reason
from consent.models import ClassCard, ConsentRequest, ParentalConsent, RequestCode, SchoolMembership
from consent.queries.facts import decisions_of
from tests.cast import SYSTEM, acting, browser_of, make_agreement, make_consent, make_school, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("S18")]
ASKED, DUE = "2026-11-20T18:00:00Z", dt.datetime(2026, 12, 20, 18, tzinfo=dt.UTC)  # noon in Chicago
ADDRESS = "olena@example.org"


@pytest.fixture
def child() -> Member:
    """Asked for on Friday at noon, in Chicago."""
    with time_machine.travel(ASKED, tick=False):
        school = make_school(phone="555 0100")
        make_agreement(school)
        member = make_student(school, "Sofia Novak", age=13)
        Member.objects.filter(pk=member.pk).update(password=make_password(None))  # as one who registers with a code
        member.refresh_from_db()
        ask_family(SYSTEM, member, channel="email", address=ADDRESS)
    return member


def mailed(locale: str = "en") -> tuple[str, str]:
    """The text of the newest mail, and its code."""
    row = MailOutbox.objects.filter(kind="consent_request", locale=locale).latest("created_at")
    part = message_of(row).get_body(("plain",))
    assert part is not None
    return " ".join(str(part.get_content()).split()), row.payload["code"]


def found(typed: str) -> ConsentRequest:
    return find_request(typed, device="one", address="203.0.113.7")


def reason(child: Member) -> Reason | None:
    decision = decisions_of([child.pk])[child.pk]
    return decision.code if isinstance(decision, Deny) else None


def kept_about(child: Member) -> list[object]:
    """What says who somebody is, or how to reach the family."""
    child.refresh_from_db()
    details = [child.name, child.given_name, child.course_name, child.sign_in_name, child.email, child.protected_until]
    addresses = list(ConsentRequest.objects.filter(address__isnull=False).values_list("address", flat=True))
    mails = list(MailOutbox.objects.values_list("address", flat=True))
    grades = list(SchoolMembership.objects.filter(grade__isnull=False).values_list("grade", flat=True))
    return [*details, *addresses, *mails, *grades, *ClassCard.objects.all(), *RequestCode.objects.all()]


def nothing_but(child: Member) -> list[object]:
    return ["—", "—", "—", f"-{child.pk}", None, None]


# The mail


def test_the_parent_is_mailed_with_the_request_in_the_words_of_the_notice(child: Member) -> None:
    row = MailOutbox.objects.get()
    assert (row.address, row.recipient, row.state, row.cause_id) == (
        ADDRESS,
        None,
        "due",
        str(child.consent_requests.get().pk),
    )
    assert str(message_of(row)["Subject"]) == "Sofia's class chat: your yes or no"
    text, code = mailed()
    assert "Hello. Sofia's class at Juniper Bend School uses ClassTrak, a chat for courses." in text
    assert "Without an answer by December 20 we delete Sofia's details. We never ask for passwords, account IDs" in text
    assert f"/consent/?language=en#{code}" in text
    assert RequestCode.objects.get().key not in text
    assert not RequestCode.objects.filter(key__contains=code.replace("-", "")).exists(), "the code is kept nowhere"


def test_in_the_language_of_the_request(child: Member) -> None:
    with time_machine.travel(ASKED, tick=False):
        ask_family(SYSTEM, child, channel="email", address="otra@example.org", language="es")
    text, _ = mailed("es")
    assert "Sofia tiene 13 años o menos, así que nada se abre hasta que usted decida." in text
    assert "Sin respuesta antes del 20 de diciembre, borramos los datos de Sofia." in text
    assert "¿Duda de que sea real? Llame a la escuela al número que ya conoce." in text


def test_no_mail_for_a_letter_and_none_where_the_request_fails(child: Member) -> None:
    ask_family(SYSTEM, child, channel="letter")
    with pytest.raises(FieldInvalid):
        ask_family(SYSTEM, child, channel="email", address="a@example.org, b@example.org")
    assert MailOutbox.objects.count() == 1
    assert ConsentRequest.objects.count() == 2


def test_asking_again_mails_once_a_day_and_both_links_work(child: Member) -> None:
    _, first = mailed()
    with time_machine.travel("2026-11-23T14:00:00Z", tick=False):
        ask_again(acting(child), child)
        _, second = mailed()
        assert MailOutbox.objects.count() == 2
        assert first != second
        assert found(first) == found(second.lower().replace("-", " "))
        assert ConsentRequest.objects.get().expires_at == DUE, "a child's reminder gives no more time"


# The code


def test_a_code_that_is_wrong_used_or_over_is_one_answer_and_tries_are_limited(child: Member) -> None:
    _, code = mailed()
    with time_machine.travel("2026-12-20T17:59:00Z", tick=False):
        assert found(code).child == child
    with time_machine.travel("2026-12-20T18:00:00Z", tick=False):
        sentences = []
        for typed in (code, "BCDF-GHJK-LMNP-QRST", "x"):
            with pytest.raises(FieldInvalid) as refused:
                found(typed)
            sentences.append(re.sub(r"\d tr\w+", "", refused.value.text))
        assert len(set(sentences)) == 1
        assert refused.value.text.endswith("2 tries left. For a new one, ask the teacher or the school office.")
        for _ in range(2):
            with pytest.raises(FieldInvalid):
                found("x")
        with pytest.raises(TooManyTries) as stopped:
            found(code)
        assert stopped.value.text.endswith(" minutes, or ask the school for a new code.")


# The no


def test_a_no_deletes_the_stub_at_once_and_the_childs_page_says_so(child: Member) -> None:
    _, code = mailed()
    with time_machine.travel("2026-11-23T14:00:00Z", tick=False):
        issue_cards(SYSTEM, child.school_memberships.get().school, [child], seen=0)
        browser = browser_of(child)
        assert browser.get("/gate/state/").json()["code"] == "consent_waiting"
        epoch = Access.objects.get(pk=child.pk).epoch
        refuse_by_link(acting(make_student(make_school("Other"), "Pia Reich")), found(code).pk)
        assert kept_about(child) == [*nothing_but(child), 8]  # the grade is the other student's
        assert Access.objects.get(pk=child.pk).epoch > epoch
        assert reason(child) == Reason.ACCOUNT_ERASED
        page = browser.get("/gate/").text
    assert "Your parent or guardian said no, so we deleted what we had about you." in page
    record = ParentalConsent.objects.get()
    assert (record.kind, record.method, record.scopes, record.grantor) == ("withdraw", "email", [], "")
    assert verify_consents() == []
    assert set(AuditEntry.objects.filter(subject=child.pk).values_list("action", flat=True)) >= {
        "consent.asked",
        "consent.refused",
        "member.erased",
    }
    with pytest.raises(NotFound):
        refuse_by_link(SYSTEM, ConsentRequest.objects.get().pk)


def test_the_childs_own_account_says_neither(child: Member) -> None:
    _, code = mailed()
    with time_machine.travel("2026-11-23T14:00:00Z", tick=False):
        with pytest.raises(NotAllowed):
            refuse_by_link(acting(child), found(code).pk)
        with pytest.raises(FieldInvalid):  # and no link ever makes a yes
            record_consent(SYSTEM, child, scopes=["use"], grantor="O", capacity="parent", method="email", evidence="x")
    assert reason(child) == Reason.CONSENT_WAITING
    assert not ParentalConsent.objects.exists()


def test_opening_the_link_and_bringing_the_code_changes_nothing_and_the_button_does(child: Member) -> None:
    _, code = mailed()
    with time_machine.travel("2026-11-23T14:00:00Z", tick=False):
        parent = Client()
        before = AuditEntry.objects.count()
        assert parent.get("/consent/?language=es").status_code == 200
        assert parent.get("/consent/notice/").headers["Location"] == "/consent/"
        arrived = parent.post("/consent/?language=es", {"code": code})
        assert arrived.headers["Location"] == "/consent/notice/?language=es"
        notice = parent.get("/consent/notice/").text
        assert "Sofia&#x27;s class chat: your yes or no" in notice.replace("'", "&#x27;")
        assert "Tell the office of Juniper Bend School" in notice
        assert "555 0100" in notice
        assert "El chat de la clase de Sofia: usted decide" in parent.get(arrived.headers["Location"]).text
        assert AuditEntry.objects.count() == before
        assert reason(child) == Reason.CONSENT_WAITING
        said = parent.post("/consent/notice/").text
        assert "details and your address are deleted" in said
        assert reason(child) == Reason.ACCOUNT_ERASED
        assert parent.post("/consent/", {"code": code}).status_code == 422
        assert parent.post("/consent/notice/").headers["Location"] == "/consent/"


def test_on_a_device_where_the_child_is_signed_in_there_is_no_button(child: Member) -> None:
    _, code = mailed()
    with time_machine.travel("2026-11-23T14:00:00Z", tick=False):
        browser = browser_of(child)
        browser.post("/consent/", {"code": code})
        page = browser.get("/consent/notice/").text
        assert "is signed in on this device" in page
        assert "No, delete the details" not in page
        assert browser.post("/consent/notice/").status_code == 403
    assert reason(child) == Reason.CONSENT_WAITING


# No answer


def test_after_thirty_days_without_an_answer_the_stub_is_deleted_by_the_clock(child: Member) -> None:
    browser = browser_of(child)
    just_before, at = DUE - dt.timedelta(seconds=1), DUE
    with time_machine.travel(just_before, tick=False):
        assert TASKS["erase_unanswered"].run() == 0
        assert reason(child) == Reason.CONSENT_WAITING
        assert MailOutbox.objects.filter(address=ADDRESS).exists()
    with time_machine.travel(at + dt.timedelta(seconds=30), tick=False):
        assert TASKS["erase_unanswered"].run() == 1
        assert kept_about(child) == nothing_but(child)
        assert child.state == MemberState.ERASED
        assert not Session.objects.filter(member=child.pk, ended_at__isnull=True).exists()
        assert browser.get("/gate/state/").status_code == 401
        assert not ParentalConsent.objects.exists(), "nobody said anything"
        assert erase_unanswered() == 0
    request = ConsentRequest.objects.get()
    assert (request.state, request.address) == ("expired", None)
    assert AuditEntry.objects.filter(subject=child.pk, action="consent.unanswered").count() == 1


def test_not_where_there_was_an_answer(child: Member) -> None:
    with time_machine.travel("2026-11-23T14:00:00Z", tick=False):
        make_consent(child)
        assert not MailOutbox.objects.filter(kind="consent_request").exists(), "the way to the parent goes with it"
        assert not RequestCode.objects.exists()
    with time_machine.travel(DUE, tick=False):
        assert erase_unanswered() == 0
        assert isinstance(decisions_of([child.pk])[child.pk], Allow)


def test_not_where_the_school_has_asked_again_meanwhile(child: Member) -> None:
    with time_machine.travel("2026-12-18T18:00:00Z", tick=False):
        ask_again(SYSTEM, child)
        assert "Without an answer by January 17" in mailed()[0]
    with time_machine.travel(DUE, tick=False):
        assert erase_unanswered() == 0
        assert reason(child) == Reason.CONSENT_WAITING
    with time_machine.travel("2027-01-17T18:00:00Z", tick=False):
        assert erase_unanswered() == 1
        assert reason(child) == Reason.ACCOUNT_ERASED


@pytest.mark.parametrize("changed", [{"protected_until": dt.date(2026, 12, 19)}, {"state": MemberState.ACTIVE}])
def test_whoever_is_no_stub_any_more_is_not_deleted_but_the_address_is(
    child: Member, changed: dict[str, object]
) -> None:
    Member.objects.filter(pk=child.pk).update(**changed)
    with time_machine.travel(DUE, tick=False):
        assert erase_unanswered() == 1
    child.refresh_from_db()
    assert child.name == "Sofia Novak"
    assert ConsentRequest.objects.get().address is None
    assert not MailOutbox.objects.exists()
