"""The second step: a code counts once, and what happens to it is on record."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.utils import timezone

from accounts.actions.two_factor import (
    app_address,
    new_secret,
    pass_second_step,
    renew_recovery_codes,
    turn_off_two_factor,
    turn_on_two_factor,
)
from accounts.errors import FieldInvalid, NotAllowed, TooManyTries
from accounts.mail.kinds import KINDS
from accounts.mail.rendering import rendered
from accounts.models import Access, AuditEntry, MailOutbox, Member
from accounts.queries.sessions import sessions_of
from accounts.queries.two_factor import second_step_of, with_second_step
from tests.cast import TOTP_SECRET, acting, browser_of, make_member, set_up

pytestmark = pytest.mark.django_db

NOW = "2026-11-24T10:00:10Z"
HOME = "192.0.2.7"
HALF_A_MINUTE = dt.timedelta(seconds=30)


def code_now(secret: str = TOTP_SECRET, *, later: int = 0) -> str:
    """What the app shows now, or `later` half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30 + later))


def passes(member: Member, code: str, address: str = HOME) -> bool:
    try:
        pass_second_step(member, code=code, address=address)
    except FieldInvalid:
        return False
    return True


def turned_on(member: Member) -> tuple[str, list[str]]:
    secret = new_secret()
    return secret, turn_on_two_factor(acting(member), member, secret=secret, code=code_now(secret))


@pytest.fixture
def member() -> Member:
    return set_up(make_member())


def test_the_code_of_the_app_passes_with_a_clock_half_a_minute_off(member: Member) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        for later in (-1, 0, 1):
            clock.shift(dt.timedelta(minutes=5))
            assert passes(member, code_now(later=later))
        clock.shift(dt.timedelta(minutes=5))
        assert not passes(member, code_now(later=2))
        assert not passes(member, code_now(later=-2))


def test_a_code_counts_once_and_no_older_one_after_it(member: Member) -> None:
    with time_machine.travel(NOW, tick=False):
        before, now = code_now(later=-1), code_now()
        assert passes(member, now)
        assert not passes(member, now)
        assert not passes(member, before)
        assert passes(member, code_now(later=1))


@pytest.mark.parametrize("code", ["", "000000", "12345", "1234567", "abcdef", "٠٠٠٠٠٠", "0" * 100_000])
def test_what_is_no_code_does_not_pass(member: Member, code: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert code_now() != "000000"
        assert not passes(member, code)


def test_a_code_is_read_as_people_write_it(member: Member) -> None:
    with time_machine.travel(NOW, tick=False):
        code = code_now()
        assert passes(member, f" {code[:3]} {code[3:]} ")


def test_another_persons_code_does_not_pass(member: Member) -> None:
    with time_machine.travel(NOW, tick=False):
        secret, codes = turned_on(make_member())
        assert not passes(member, code_now(secret, later=1))
        assert not passes(member, codes[0])


def test_wrong_codes_are_limited_and_the_right_one_has_to_wait_too(member: Member) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(5):
            assert not passes(member, "000000")
        with pytest.raises(TooManyTries):
            pass_second_step(member, code=code_now(), address=HOME)
        assert passes(member, code_now(), address="198.51.100.9"), "nobody locks the owner out from elsewhere"
        clock.shift(dt.timedelta(minutes=15, seconds=1))
        assert passes(member, code_now())


def test_a_guesser_of_many_addresses_is_stopped_as_well(member: Member) -> None:
    for number in range(30):
        assert not passes(member, "000000", address=f"198.51.100.{number}")
    with pytest.raises(TooManyTries):
        pass_second_step(member, code=code_now(), address="203.0.113.1")


def test_each_recovery_code_counts_once_and_is_on_record() -> None:
    with time_machine.travel(NOW, tick=False):
        member = make_member()
        _, codes = turned_on(member)
        assert len(set(codes)) == 10
        step = second_step_of(member.pk)
        assert step is not None
        assert step.codes_left == 10
        assert passes(member, f"{codes[3][:4]} {codes[3][4:]}")
        assert not passes(member, codes[3])
        assert AuditEntry.objects.filter(action="two_factor.recovery_code_used", subject=member.pk).count() == 1
        step = second_step_of(member.pk)
        assert step is not None
        assert step.codes_left == 9


def test_new_recovery_codes_make_the_old_ones_void() -> None:
    with time_machine.travel(NOW, tick=False):
        member = make_member()
        _, old = turned_on(member)
        new = renew_recovery_codes(acting(member), member)
        assert not set(old) & set(new)
        assert not passes(member, old[0])
        assert passes(member, new[0])


# On and off


def test_turning_it_on_takes_a_right_code_and_ends_every_other_place() -> None:
    with time_machine.travel(NOW, tick=False):
        member, secret = make_member(), new_secret()
        browser_of(member)
        with pytest.raises(FieldInvalid):
            turn_on_two_factor(acting(member), member, secret=secret, code="000000")
        assert second_step_of(member.pk) is None
        assert len(sessions_of(member.pk)) == 1
        code = code_now(secret)
        turn_on_two_factor(acting(member), member, secret=secret, code=code)
        assert sessions_of(member.pk) == []
        assert not passes(member, code), "the code that turned it on is used"
        assert Access.objects.get(pk=member.pk).epoch > 1
        assert AuditEntry.objects.filter(action="two_factor.turned_on", subject=member.pk).exists()


def test_what_is_stored_opens_nothing() -> None:
    member = make_member()
    secret, codes = turned_on(member)
    stored = str(list(Authenticator.objects.filter(user=member).values("data")))
    assert "counter" in stored
    assert [each for each in (secret, *codes) if each in stored] == []
    assert secret in app_address(member, secret)


def test_a_secret_stored_under_another_key_lets_nobody_in(member: Member, settings: Any) -> None:
    settings.SECRET_KEY = "another"
    assert not passes(member, code_now())
    settings.SECRET_KEY_FALLBACKS = []
    assert with_second_step([member.pk]) == {member.pk}, "it isn't gone either"


def test_off_the_password_alone_opens_the_account(member: Member) -> None:
    turn_off_two_factor(acting(member), member)
    assert second_step_of(member.pk) is None
    assert not passes(member, code_now())
    assert AuditEntry.objects.filter(action="two_factor.turned_off", subject=member.pk).exists()


def test_nobody_touches_the_second_step_of_another(member: Member, stranger: Member) -> None:
    for act in (turn_off_two_factor, renew_recovery_codes):
        with pytest.raises(NotAllowed):
            act(acting(stranger), member)
    with pytest.raises(NotAllowed):
        turn_on_two_factor(acting(stranger), member, secret=TOTP_SECRET, code=code_now())
    with pytest.raises(NotAllowed):
        renew_recovery_codes(acting(stranger), stranger)
    assert second_step_of(member.pk) is not None


def test_whatever_happens_to_it_is_told_by_mail() -> None:
    member = make_member(email="cara@example.org", email_verified=True)
    _, codes = turned_on(member)
    assert passes(member, codes[0])
    turn_off_two_factor(acting(member), member)
    told = list(MailOutbox.objects.filter(recipient=member.pk))
    assert sorted(mail.payload["what"] for mail in told) == ["recovery_code_used", "turned_off", "turned_on"]
    assert {mail.address for mail in told} == {"cara@example.org"}


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("turned_on", "An authenticator app was set up"),
        ("turned_off", "was turned off"),
        ("reset", "has taken the second step"),
        ("recovery_code_used", "one of your recovery codes"),
    ],
)
def test_the_mail_says_what_happened_and_what_to_do(what: str, words: str) -> None:
    mail = rendered(KINDS["second_step_changed"], {"what": what}, locale="en")
    assert words in " ".join(mail.text.split())
    assert "choose a new password at once" in " ".join(mail.text.split())
