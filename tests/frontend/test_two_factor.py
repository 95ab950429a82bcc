"""Signing in with a second step, and the pages where it is set up."""

import re
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from accounts.actions.two_factor import renew_recovery_codes, turn_off_two_factor
from accounts.models import Member, Session
from accounts.queries.sessions import sessions_of
from accounts.queries.two_factor import second_step_of
from consent.actions.schools import give_grant
from consent.models import Grant, School
from frontend.views.admission import OF_DUTY
from rooms.actions.rooms import open_direct_room
from rooms.models import Course
from rooms.queries.places import places_for
from tests.accounts.test_two_factor import NOW, code_now, turned_on
from tests.cast import PASSWORD, SYSTEM, acting, browser_of, confirmed_browser_of, make_member, set_up
from tests.frontend.pages import named
from tests.frontend.test_cookies import every_address

CODE = "/sign-in/code/"
PAGE = "/account/two-factor/"
SET_UP = "/account/two-factor/set-up/"
Kind = Grant.Kind


@pytest.fixture
def careful(db: None) -> Member:
    """Has a second step without needing one."""
    return set_up(make_member("Cara Careful"))


def sign_in(member: Member, **more: str) -> Client:
    """With the right password."""
    client = Client()
    response = client.post("/sign-in/", {"login": member.sign_in_name, "password": PASSWORD} | more)
    assert response.status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_after_the_password_comes_the_code(careful: Member) -> None:
    with time_machine.travel(NOW, tick=False):
        client = sign_in(careful, next="/settings/")
        assert not is_in(client)
        assert sessions_of(careful.pk) == []
        assert client.get(CODE).status_code == 200
        assert client.post(CODE, {"code": "000000"}).status_code == 422
        assert not is_in(client)
        assert client.post(CODE, {"code": code_now()}).headers["Location"] == "/settings/"
        assert is_in(client)
        assert client.get(PAGE).status_code == 200, "the password counts as just typed"


def test_going_back_from_the_code_begins_anew_for_whoever_comes_next(careful: Member, stranger: Member) -> None:
    client = sign_in(careful)
    assert client.get("/sign-in/").status_code == 200
    assert client.get(CODE).headers["Location"] == "/sign-in/", "the password that was typed counts no more"
    client.post("/sign-in/", {"login": stranger.sign_in_name, "password": PASSWORD})
    assert is_in(client)


def test_a_code_that_signed_in_signs_nobody_in_again(careful: Member) -> None:
    with time_machine.travel(NOW, tick=False):
        code = code_now()
        sign_in(careful).post(CODE, {"code": code})
        client = sign_in(careful)
        assert "This code isn&#x27;t right, or it was used already." in client.post(CODE, {"code": code}).text
        assert not is_in(client)


def test_a_recovery_code_signs_in_once(db: None) -> None:
    member = make_member()
    _, codes = turned_on(member)
    assert [is_in(_with_code(member, codes[0])) for _ in range(2)] == [True, False]


def _with_code(member: Member, code: str) -> Client:
    client = sign_in(member)
    client.post(CODE, {"code": code})
    return client


def test_the_code_alone_opens_nothing(careful: Member, stranger: Member) -> None:
    client = Client()
    assert client.get(CODE).headers["Location"] == "/sign-in/"
    assert client.post(CODE, {"code": code_now()}).headers["Location"] == "/sign-in/"
    assert not is_in(client)
    assert is_in(sign_in(stranger)), "whoever has no second step is asked for none"


def test_what_was_wished_at_the_password_holds_after_the_code(careful: Member) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        wishes: tuple[dict[str, str], ...] = ({"remember": "on"}, {"shared": "on", "remember": "on"}, {})
        found = []
        for wish in wishes:
            clock.shift(60)
            client = sign_in(careful, **wish)
            client.post(CODE, {"code": code_now()})
            row = Session.objects.get(pk=client.cookies[settings.SESSION_COOKIE_NAME].value)
            found.append((row.kept, row.shared))
        assert found == [(True, False), (False, True), (False, False)]


def test_too_many_wrong_codes_are_stopped(careful: Member) -> None:
    client = sign_in(careful)
    for _ in range(5):
        client.post(CODE, {"code": "000000"})
    assert "Too many tries." in client.post(CODE, {"code": code_now()}).text


# Setting it up


def secret_on(client: Client) -> str:
    text = client.get(SET_UP).text
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", text)
    assert found is not None
    assert 'class="qr"' in text
    return found[1].replace(" ", "")


def test_it_is_set_up_with_the_first_code_and_the_recovery_codes_are_shown_once(stranger: Member) -> None:
    client = confirmed_browser_of(stranger)
    assert "Set it up" in client.get(PAGE).text
    secret = secret_on(client)
    assert secret_on(client) == secret, "the picture stays while the app is looked for"
    assert client.post(SET_UP, {"code": "000000"}).status_code == 422
    assert second_step_of(stranger.pk) is None
    text = client.post(SET_UP, {"code": code_now(secret)}).text
    codes = re.findall(r"<li><code>(\d{4} \d{4})</code></li>", text)
    assert len(codes) == 10
    page = client.get(PAGE).text
    assert "10 recovery codes are left." in page
    assert [code for code in codes if code in page or code in client.get(SET_UP).text] == []
    assert secret_on(client) != secret


def test_new_recovery_codes_and_off(stranger: Member) -> None:
    client = confirmed_browser_of(set_up(stranger))
    renew_recovery_codes(acting(stranger), stranger)
    assert re.findall(r"<li><code>(\d{4} \d{4})</code></li>", client.post(f"{PAGE}codes/").text)
    assert client.post(f"{PAGE}off/").headers["Location"] == PAGE
    assert second_step_of(stranger.pk) is None
    assert client.post(f"{PAGE}codes/").status_code == 403


def test_a_page_of_it_asks_for_the_password_first(careful: Member) -> None:
    client = Client()
    client.force_login(careful, backend="allauth.account.auth_backends.AuthenticationBackend")
    for address in (PAGE, SET_UP):
        assert client.get(address).headers["Location"].startswith("/account/confirm-password/")
    for address in (SET_UP, f"{PAGE}codes/", f"{PAGE}off/"):
        assert client.post(address, {"code": code_now()}).headers["Location"].startswith("/account/confirm-password/")
    assert second_step_of(careful.pk) is not None


# Duties need it


@pytest.mark.parametrize("kind", [Kind.MODERATOR, Kind.SUPERVISOR, Kind.SCHOOL_ADMIN, Kind.OPERATOR])
def test_whoever_looks_after_others_sets_it_up_before_the_duty_opens(
    stranger: Member, school: School, kind: Grant.Kind
) -> None:
    give_grant(SYSTEM, stranger, kind, school=None if kind == Kind.OPERATOR else school)
    client = confirmed_browser_of(stranger)
    for address in ("/duties/", f"/school/{school.pk}/consents/"):
        assert client.get(address).headers["Location"] == PAGE
    assert "First set up the second step." in client.get(PAGE).text
    assert client.get("/settings/").status_code == 200, "what is their own stays open"
    client.post(SET_UP, {"code": code_now(secret_on(client))})
    assert client.get("/duties/").status_code == 200
    assert client.get(f"/school/{school.pk}/consents/").status_code == (200 if kind == Kind.SCHOOL_ADMIN else 404)
    assert "Turn it off" not in client.get(PAGE).text
    assert client.post(f"{PAGE}off/").status_code == 403
    assert second_step_of(stranger.pk) is not None


def test_an_instructor_may_and_needn_t(instructor: Member) -> None:
    client = confirmed_browser_of(instructor)
    assert client.get("/duties/").status_code != 302
    assert "First set up" not in client.get(PAGE).text


def test_the_demo_s_people_look_around_without_one(stranger: Member, school: School, settings: Any) -> None:
    give_grant(SYSTEM, stranger, Kind.SCHOOL_ADMIN, school=school)
    settings.DEMO = True
    assert confirmed_browser_of(stranger).get(f"/school/{school.pk}/consents/").status_code == 200


def test_the_field_says_what_goes_into_it(careful: Member) -> None:
    client = sign_in(careful)
    fields = [field for field in named(client.get(CODE), "input") if field.get("name") == "code"]
    assert [(field["autocomplete"], field["inputmode"]) for field in fields] == [("one-time-code", "numeric")]


# A lost device


def test_the_office_takes_the_second_step_away_with_a_reason(
    school: School, school_admin: Member, supervisor: Member, stranger: Member
) -> None:
    address = f"/school/{school.pk}/people/{supervisor.pk}/two-factor/"
    assert browser_of(school_admin).get(address).headers["Location"].startswith("/account/confirm-password/")
    client = confirmed_browser_of(school_admin)
    assert "Take the second step away" in client.get(address).text
    assert client.post(address, {"reason": " "}).status_code == 422
    assert second_step_of(supervisor.pk) is not None
    assert client.post(address, {"reason": "stood in front of me"}).headers["Location"] == address
    assert second_step_of(supervisor.pk) is None
    assert "has no second step now" in client.get(address).text
    assert client.get(address.replace(str(supervisor.pk), str(stranger.pk))).status_code == 404
    assert confirmed_browser_of(stranger).get(address).status_code == 404


def test_a_supervisor_reads_along_only_with_the_second_step(
    supervisor: Member, instructor: Member, young_student: Member, course: Course
) -> None:
    chat = open_direct_room(acting(instructor), course, with_member=young_student)
    client = confirmed_browser_of(supervisor)
    assert list(places_for(supervisor.pk).standings) == [chat.pk]
    assert client.get(f"/rooms/{chat.pk}/").status_code == 200
    turn_off_two_factor(acting(supervisor), supervisor)
    assert dict(places_for(supervisor.pk).standings) == {}
    assert client.get(f"/rooms/{chat.pk}/").status_code == 404


def test_no_page_of_a_duty_is_forgotten(stranger: Member, school: School) -> None:
    for kind in (Kind.MODERATOR, Kind.SUPERVISOR, Kind.SCHOOL_ADMIN):
        give_grant(SYSTEM, stranger, kind, school=school)
    give_grant(SYSTEM, stranger, Kind.OPERATOR)
    client = confirmed_browser_of(stranger)
    pages = [page for page in every_address() if page.startswith(OF_DUTY) and page != "/operator/set-up/"]
    assert len(pages) > 10
    open_ones = [page for page in pages if is_open(client.get(page)) or is_open(client.post(page))]
    assert open_ones == []


def is_open(response: Any) -> bool:
    return response.status_code != 405 and response.headers.get("Location") != PAGE
