"""A child, or the school, asks the family again: once a day, by the school's clock."""

import datetime as dt

import pytest
import time_machine

from accounts.errors import FieldInvalid, NotFound, TooFast
from accounts.models import AuditEntry
from consent.actions.requests import ask_again, ask_family
from consent.models import ConsentRequest
from consent.queries.children import gate_view
from tests.cast import SYSTEM, acting, make_agreement, make_consent, make_school, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("S18")]


@pytest.fixture
def child():
    """Asked for on Friday at noon, in Chicago."""
    with time_machine.travel("2026-11-20T18:00:00Z", tick=False):
        school = make_school()
        make_agreement(school)
        member = make_student(school, "Sofia Novak", age=13)
        ask_family(SYSTEM, member, channel="email", address="olena@example.org")
    return member


def test_once_a_day_by_the_schools_clock(child):
    with time_machine.travel("2026-11-23T14:10:00Z", tick=False) as clock:
        request = ask_again(acting(child), child)
        assert ConsentRequest.objects.get(pk=request.pk).asked_again_at == request.asked_again_at
        assert AuditEntry.objects.get(action="consent.asked_again").actor == child.pk
        assert not gate_view(child.pk).may_ask_again
        with pytest.raises(TooFast) as refused:
            ask_again(acting(child), child)
        assert refused.value.retry_after_seconds == (15 * 60 + 50) * 60 + 1, "until midnight in Chicago"
        assert refused.value.text == "You can ask once a day. Tomorrow you can ask again."
        clock.move_to("2026-11-24T06:00:00Z")
        assert gate_view(child.pk).may_ask_again
        ask_again(acting(child), child)


def test_not_on_the_day_of_the_first_request(child):
    with time_machine.travel("2026-11-20T20:00:00Z", tick=False), pytest.raises(TooFast):
        ask_again(acting(child), child)


def test_not_after_the_request_is_over(child):
    with time_machine.travel("2026-12-20T18:00:00Z", tick=False):
        assert not gate_view(child.pk).may_ask_again
        with pytest.raises(NotFound):
            ask_again(acting(child), child)


def test_not_after_the_answer(child):
    with time_machine.travel("2026-11-23T14:00:00Z", tick=False):
        make_consent(child)
        with pytest.raises(NotFound):
            ask_again(acting(child), child)


def test_nobody_else_asks(child, stranger, student, instructor):
    for member in (stranger, student, instructor):
        with time_machine.travel("2026-11-23T14:00:00Z", tick=False), pytest.raises(NotFound):
            ask_again(acting(member), child)


def test_only_the_school_notes_a_request(child, stranger):
    with pytest.raises(NotFound):
        ask_family(acting(stranger), child, channel="letter")
    with pytest.raises(NotFound):
        ask_family(acting(child), child, channel="letter")
    with pytest.raises(FieldInvalid):
        ask_family(SYSTEM, child, channel="pigeon")
    assert ConsentRequest.objects.count() == 1


def test_the_family_has_thirty_days(child):
    request = ConsentRequest.objects.get()
    assert request.expires_at - request.sent_at == dt.timedelta(days=30)
