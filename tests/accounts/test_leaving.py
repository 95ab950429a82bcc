"""Leaving by oneself and coming back (S5)."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.actions.leaving import DAYS_TO_COME_BACK, close_the_left, deactivate
from accounts.actions.members import change_state
from accounts.errors import FieldInvalid, NotAllowed
from accounts.models import AuditEntry, Member, MemberState, Session
from tests.cast import PASSWORD, SYSTEM, acting, browser_of, confirmed_browser_of, make_member, set_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(db: None) -> Member:
    return make_member("Paula Kim", sign_in_name="paula")


def gone(member: Member) -> Member:
    return deactivate(acting(member), member, typed=member.sign_in_name)


def sign_in(client: Client) -> int:
    return client.post("/sign-in/", {"login": "paula", "password": PASSWORD}).status_code


def state_of(member: Member) -> str:
    return Member.objects.values_list("state", flat=True).get(pk=member.pk)


@pytest.mark.row("S5")
def test_leaving_ends_every_session_and_is_on_record(member: Member) -> None:
    elsewhere = browser_of(member)
    here = confirmed_browser_of(member)
    assert here.post("/account/leave/", {"typed": "Paula"}).headers["Location"] == "/sign-in/"
    assert "To come back, sign in within 30 days." in here.get("/sign-in/").text
    assert state_of(member) == MemberState.DEACTIVATED
    assert not Session.objects.filter(member=member, ended_at__isnull=True).exists()
    assert [client.get("/account/").status_code for client in (here, elsewhere)] == [302, 302]
    assert (
        AuditEntry.objects.filter(action="member.state_changed", subject=member.pk).latest("position").data["why"]
        == "left"
    )


def test_what_is_typed_wrong_changes_nothing(member: Member) -> None:
    page = confirmed_browser_of(member).post("/account/leave/", {"typed": "leave"})
    assert page.status_code == 422
    assert "Type the sign-in name exactly as it stands there. Nothing was changed." in page.text
    assert state_of(member) == MemberState.ACTIVE


def test_the_password_comes_first(member: Member) -> None:
    assert (
        browser_of(member)
        .post("/account/leave/", {"typed": "paula"})
        .headers["Location"]
        .startswith("/account/confirm-password/")
    )
    assert state_of(member) == MemberState.ACTIVE


@pytest.mark.row("S5")
def test_signing_in_within_30_days_brings_it_back(member: Member) -> None:
    gone(member)
    with time_machine.travel(timezone.now() + dt.timedelta(days=DAYS_TO_COME_BACK - 1)):
        client = Client()
        assert sign_in(client) == 302
        assert client.get("/account/").status_code == 200
    assert state_of(member) == MemberState.ACTIVE
    assert Member.objects.get(pk=member.pk).left_at is None


def test_after_30_days_it_is_closed(member: Member) -> None:
    gone(member)
    assert close_the_left() == 0
    with time_machine.travel(timezone.now() + dt.timedelta(days=DAYS_TO_COME_BACK, minutes=1)):
        assert sign_in(Client()) == 200
        assert state_of(member) == MemberState.DEACTIVATED
        assert close_the_left() == 1
    assert state_of(member) == MemberState.CLOSED
    assert sign_in(Client()) == 200


def test_with_a_second_step_the_password_alone_brings_nothing_back(member: Member) -> None:
    gone(set_up(member))
    client = Client()
    assert sign_in(client) == 302
    assert state_of(member) == MemberState.DEACTIVATED
    assert client.get("/account/").status_code == 302


def test_what_others_closed_stays_closed(member: Member) -> None:
    change_state(SYSTEM, member, MemberState.DEACTIVATED, reason="by the school")
    assert sign_in(Client()) == 200
    assert state_of(member) == MemberState.DEACTIVATED


def test_a_young_student_can_not_leave_by_themselves(young_student: Member) -> None:
    with pytest.raises(NotAllowed):
        gone(young_student)
    page = confirmed_browser_of(young_student).get("/account/leave/")
    assert "Until you are 14 your parents decide about this, not you." in page.text
    assert '<button class="button" data-kind="danger"' not in page.text


def test_nobody_leaves_for_another(member: Member, stranger: Member) -> None:
    with pytest.raises(NotAllowed):
        deactivate(acting(stranger), member, typed="paula")
    with pytest.raises(FieldInvalid):
        deactivate(acting(member), member, typed="")
    assert state_of(member) == MemberState.ACTIVE
