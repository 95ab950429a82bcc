"""Where a member is signed in: seen and ended by them, and by nobody else (S6)."""

import datetime as dt
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import AuditEntry, Member, Session
from accounts.queries.sessions import sessions_of
from rooms.models import Draft, Room
from tests.cast import PASSWORD, browser_of, confirmed_browser_of, make_member
from tests.frontend.pages import named
from tests.rooms.test_save_draft import kept

PAGE = "/account/sessions/"
SIGN_IN = "/sign-in/"


def row_of(client: Client) -> Session:
    return Session.objects.get(pk=client.cookies[settings.SESSION_COOKIE_NAME].value)


def buttons(client: Client) -> list[str]:
    """What may be ended, as the page offers it."""
    return [field["value"] for field in named(client.get(PAGE), "button") if field.get("name") == "end"]


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


@pytest.fixture
def here(stranger: Member) -> Client:
    return confirmed_browser_of(stranger)


@pytest.fixture
def there(stranger: Member) -> Client:
    client = Client(headers={"User-Agent": "Mozilla/5.0 (Android 15; Mobile) Gecko/140.0 Firefox/140.0"})
    client.post(SIGN_IN, {"login": stranger.sign_in_name, "password": PASSWORD}, REMOTE_ADDR="198.51.100.7")
    return client


@pytest.mark.row("S6")
def test_each_place_is_named_with_what_is_known_of_it(here: Client, there: Client) -> None:
    text = here.get(PAGE).text
    assert "Firefox" in text
    assert "address begins with 198.51.100" in text
    assert "198.51.100.7" not in text
    assert "2 places" in text
    assert text.count("You are here") == 1
    assert buttons(here) == [str(row_of(there).public_id), "others", "all"]


def test_what_is_somebody_elses_is_not_named(here: Client) -> None:
    other = browser_of(make_member())
    assert str(row_of(other).public_id) not in here.get(PAGE).text
    assert buttons(here) == ["all"]


@pytest.mark.row("S6")
def test_one_place_is_ended_from_another(here: Client, there: Client) -> None:
    ended = row_of(there)
    assert here.post(PAGE, {"end": str(ended.public_id)}).headers["Location"] == PAGE
    page = here.get(PAGE).text
    assert "1 device is signed out." in page
    assert "ended from the list of devices" in page
    assert (is_in(here), is_in(there)) == (True, False)
    assert AuditEntry.objects.get(action="session.ended").object_id == str(ended.public_id)


@pytest.mark.row("S6")
def test_all_others_are_ended_at_once(here: Client, there: Client, stranger: Member) -> None:
    third, somebody_else = browser_of(stranger), browser_of(make_member())
    here.post(PAGE, {"end": "others"})
    assert [is_in(client) for client in (here, there, third, somebody_else)] == [True, False, False, True]


@pytest.mark.row("S6")
def test_all_are_ended_this_one_too(here: Client, there: Client, stranger: Member) -> None:
    response = here.post(PAGE, {"end": "all"})
    assert (response.headers["Location"], response.headers["Clear-Site-Data"]) == (SIGN_IN, '"storage"')
    assert [is_in(client) for client in (here, there)] == [False, False]
    assert sessions_of(stranger.pk) == []
    assert AuditEntry.objects.filter(action="session.ended").count() == 2


def test_this_place_is_signed_out_when_it_is_the_one(here: Client, there: Client) -> None:
    assert here.post(PAGE, {"end": str(row_of(here).public_id)}).headers["Location"] == SIGN_IN
    assert (is_in(here), is_in(there)) == (False, True)


def test_drafts_go_with_the_last_place(young_student: Member, room: Room) -> None:
    kept(room, young_student)
    browser_of(young_student)
    client = confirmed_browser_of(young_student)
    assert Draft.objects.exists()
    client.post(PAGE, {"end": "all"})
    assert not Draft.objects.exists()


@pytest.mark.parametrize("which", ["another's", "nobody's", "", "no id", "x" * 5000])
def test_what_isnt_theirs_is_not_found_and_not_ended(here: Client, which: str) -> None:
    other = browser_of(make_member())
    ids = {"another's": str(row_of(other).public_id), "nobody's": str(uuid4())}
    assert here.post(PAGE, {"end": ids.get(which, which)}).status_code == 404
    assert is_in(other)


def test_a_form_without_a_recent_password_ends_nothing_and_says_so(stranger: Member, there: Client) -> None:
    client = browser_of(stranger)
    response = client.post(PAGE, {"end": "others"}, headers={"Referer": f"http://testserver{PAGE}"})
    assert response.headers["Location"] == "/account/confirm-password/?next=%2Faccount%2Fsessions%2F"
    assert "Nothing was changed yet: the password comes first." in client.get(response.headers["Location"]).text
    assert is_in(there)


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_places_is_the_same_number_of_statements(
    stranger: Member, here: Client, count: int, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    for _ in range(count):
        browser_of(stranger)
        ended = browser_of(stranger)
        Session.objects.filter(pk=row_of(ended).pk).update(ended_at=dt.datetime.now(dt.UTC), ended_why="signed_out")
    with django_assert_num_queries(18):  # type: ignore[operator]
        assert here.get(PAGE).text.count('data-size="small" name="end"') == count


# Staying signed in


def keep(client: Client, **form: str) -> int:
    return client.post("/account/sessions/keep/", form).status_code


@pytest.mark.row("S6")
def test_this_place_is_kept_or_not_as_the_member_wishes(here: Client) -> None:
    assert keep(here, keep="on") == 302
    assert row_of(here).kept
    assert here.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 30 * 24 * 3600
    keep(here)
    assert not row_of(here).kept
    assert here.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == ""


@pytest.mark.row("S6")
def test_a_young_students_place_is_never_kept(young_student: Member) -> None:
    client = confirmed_browser_of(young_student)
    assert "Keep me signed in here" not in client.get(PAGE).text
    assert keep(client, keep="on") == 403
    assert not row_of(client).kept


@pytest.mark.row("S1")
def test_a_young_student_whose_card_was_seen_is_led_to_the_teacher_and_to_no_password(
    young_student: Member, stranger: Member
) -> None:
    page = confirmed_browser_of(young_student).get(PAGE).text
    assert "Has somebody seen your card" in page
    assert "/account/password/" not in page
    assert "/account/password/" in confirmed_browser_of(stranger).get(PAGE).text


# Shared devices


@pytest.fixture
def library(stranger: Member) -> Client:
    client = Client()
    form = {"login": stranger.sign_in_name, "password": PASSWORD, "remember": "on", "shared": "on"}
    client.post(SIGN_IN, form)
    return client


@pytest.mark.row("S6")
def test_a_shared_device_is_signed_out_in_one_tap_and_keeps_nothing(library: Client, here: Client) -> None:
    tap = 'class="plain-form" method="post" action="/sign-out/"'
    assert tap in library.get("/settings/").text
    assert tap not in here.get("/settings/").text
    assert "shared device, keeps nothing" in library.get(PAGE).text
    response = library.post("/sign-out/")
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert {name: cookie.value for name, cookie in library.cookies.items()} == dict.fromkeys(
        [settings.SESSION_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, settings.CSRF_COOKIE_NAME], ""
    )


def test_a_shared_device_is_not_kept_by_asking_later(library: Client) -> None:
    assert keep(library, keep="on") == 403
    assert not row_of(library).kept
