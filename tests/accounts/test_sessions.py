"""A session begins with a key and an id that nobody knew, and once ended it is dead on the server."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.backends.base import UpdateError
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from accounts.actions.members import change_state
from accounts.actions.sessions import (
    address_prefix,
    browser_family,
    end_all_sessions,
    end_session,
    forget_sessions,
    see_session,
    sign_out,
    start_session,
)
from accounts.actor import Actor
from accounts.errors import NotFound
from accounts.models import Access, AuditEntry, Member, MemberState, Session, SessionStore, SpentKey
from accounts.queries.sessions import member_of_session, members_of_sessions, sessions_of
from chatserver.door import visits_by_key
from tests.accounts.engine import running_hub
from tests.cast import PASSWORD, SYSTEM, acting, browser_of, make_member

pytestmark = pytest.mark.django_db


def key_of(client: Client) -> str:
    return client.cookies["session"].value


def row_of(client: Client) -> Session:
    return Session.objects.get(pk=key_of(client))


def request_of(client: Client) -> HttpRequest:
    """A request as the middleware hands it to a view."""
    from django.contrib.auth.middleware import get_user

    request = HttpRequest()
    request.META["REMOTE_ADDR"] = "192.0.2.7"
    cookie = client.cookies.get("session")
    request.session = SessionStore(cookie.value if cookie else None)
    request.user = get_user(request)
    return request


def test_a_session_knows_its_member():
    member = make_member()
    client = browser_of(member)
    who = member_of_session(key_of(client))
    assert who is not None
    assert (who.member, who.session_id, who.epoch) == (member, str(row_of(client).public_id), 1)


def test_a_save_touches_no_column_of_ours():
    client = browser_of(make_member())
    before = {"browser_family": "Firefox", "address_prefix": "192.0.2.0/24"}
    long_ago = timezone.now() - dt.timedelta(days=3)
    Session.objects.filter(pk=key_of(client)).update(created_at=long_ago, last_seen_at=long_ago, **before)
    was = row_of(client)
    store = SessionStore(key_of(client))
    store["draft"] = 1
    store.save()
    now = row_of(client)
    columns = ("public_id", "member_id", "created_at", "last_seen_at", "ended_at", "browser_family", "address_prefix")
    assert [getattr(now, name) for name in columns] == [getattr(was, name) for name in columns]
    assert SessionStore(key_of(client))["draft"] == 1


@pytest.mark.row("S6")
def test_signing_in_makes_a_new_key_and_a_new_id():
    """Whoever planted a session in a browser beforehand knows neither."""
    client = Client()
    planted = SessionStore()
    planted["planted"] = True
    planted.save()
    client.cookies["session"] = str(planted.session_key)
    planted_id = Session.objects.get(pk=planted.session_key).public_id
    make_member("Paula", sign_in_name="paula")
    client.post("/sign-in/", {"login": "paula", "password": PASSWORD})
    assert key_of(client) != planted.session_key
    assert row_of(client).public_id != planted_id
    assert not SessionStore().exists(str(planted.session_key))


def test_signing_in_as_somebody_else_ends_the_session_before():
    first, second = make_member(), make_member()
    client = browser_of(first)
    request = request_of(client)
    began = start_session(request, second)
    assert member_of_session(key_of(client)) is None
    assert began.member == second
    assert began.address_prefix == "192.0.2.0/24"
    assert row_of(client).ended_at is not None


def test_a_new_password_keeps_this_session_under_a_new_key_and_ends_all_others():
    member = make_member()
    here, there = browser_of(member), browser_of(member)
    was = row_of(here)
    request = request_of(here)
    member.set_password("eight green pears")
    member.save(update_fields=["password"])
    update_session_auth_hash(request, member)
    request.session.save()
    assert member_of_session(was.session_key) is None
    assert member_of_session(key_of(there)) is None
    who = member_of_session(str(request.session.session_key))
    assert who is not None
    assert who.session_id == str(was.public_id)
    assert Session.objects.get(public_id=was.public_id).created_at == was.created_at


# Ending


@pytest.mark.row("S6")
def test_signed_out_the_old_cookie_is_dead():
    member = make_member()
    client = browser_of(member)
    key, request = key_of(client), request_of(client)
    sign_out(request)
    assert not request.user.is_authenticated
    assert member_of_session(key) is None
    assert not SessionStore().exists(key)
    assert SessionStore(key).load() == {}
    stolen = Client()
    stolen.cookies["session"] = key
    assert stolen.get("/rooms/").headers["Location"].startswith("/sign-in/")


def test_the_page_signs_out_too():
    client = browser_of(make_member())
    key = key_of(client)
    client.post("/sign-out/")
    assert member_of_session(key) is None
    assert AuditEntry.objects.get(action="session.ended").data["why"] == "signed_out"


def test_a_request_under_way_does_not_bring_an_ended_session_back():
    client = browser_of(make_member())
    under_way = SessionStore(key_of(client))
    under_way["draft"] = 1
    end_session(acting(Member.objects.get()), row_of(client).public_id)
    with pytest.raises(UpdateError):
        under_way.save()
    with pytest.raises(UpdateError):
        under_way.cycle_key()
    assert row_of(client).session_data == ""


@pytest.mark.row("S6")
def test_a_member_ends_one_of_their_sessions_from_another():
    member = make_member()
    here, there = browser_of(member), browser_of(member)
    end_session(acting(member), str(row_of(there).public_id))
    assert member_of_session(key_of(there)) is None
    assert member_of_session(key_of(here)) is not None
    assert sessions_of(member.pk) == [row_of(here)]
    assert Access.objects.get(pk=member.pk).epoch == 2


def test_nobody_ends_the_session_of_another(stranger):
    member = make_member()
    client = browser_of(member)
    tries: list[tuple[Actor, Any]] = [
        (acting(stranger), row_of(client).public_id),
        (acting(stranger), uuid4()),
        (acting(stranger), "no id"),
        (SYSTEM, row_of(client).public_id),
    ]
    for actor, session_id in tries:
        with pytest.raises(NotFound):
            end_session(actor, session_id)
    assert member_of_session(key_of(client)) is not None


def test_all_sessions_end_but_the_one_that_is_named():
    member, other = make_member(), make_member()
    here, there, everywhere, others = browser_of(member), browser_of(member), browser_of(member), browser_of(other)
    end_all_sessions(acting(member), member.pk, why="new password", but=row_of(here).public_id)
    alive = members_of_sessions([key_of(client) for client in (here, there, everywhere, others)])
    assert {key: who.member for key, who in alive.items()} == {key_of(here): member, key_of(others): other}


@pytest.mark.django_db(transaction=True)
def test_the_engine_hears_which_sessions_ended():
    member = make_member()
    here, there = browser_of(member), browser_of(member)
    ids = [str(row_of(here).public_id), str(row_of(there).public_id)]
    with running_hub() as heard:
        end_session(acting(member), ids[0])
        assert heard.all_sessions() == [frozenset(ids[:1])]
        end_all_sessions(acting(member), member.pk, why="lost device")
        assert heard.all_sessions() == [frozenset(ids[1:])]
        assert heard.all_access() == [frozenset({member.pk})] * 2


# Who is signed in


@pytest.mark.parametrize(
    "spoil",
    [
        lambda member, row: Session.objects.filter(pk=row.pk).update(ended_at=timezone.now()),
        lambda member, row: Session.objects.filter(pk=row.pk).update(expire_date=timezone.now()),
        lambda member, row: Session.objects.filter(pk=row.pk).update(session_data="forged"),
        lambda member, row: Member.objects.filter(pk=member.pk).update(state=MemberState.CLOSED),
        lambda member, row: Member.objects.filter(pk=member.pk).update(state=MemberState.DEACTIVATED),
        lambda member, row: Member.objects.filter(pk=member.pk).update(password="another"),
    ],
    ids=["ended", "expired", "forged", "closed", "deactivated", "new password"],
)
def test_a_session_that_no_longer_counts_is_nobodys(spoil):
    member = make_member()
    client = browser_of(member)
    assert member_of_session(key_of(client)) is not None
    spoil(member, row_of(client))
    assert member_of_session(key_of(client)) is None


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_keys_is_one_statement(django_assert_num_queries, count):
    keys = [key_of(browser_of(make_member())) for _ in range(count)]
    with django_assert_num_queries(1):
        assert len(members_of_sessions([*keys, "unknown"])) == count


def test_a_suspended_member_keeps_the_session_and_meets_the_gate():
    member = make_member()
    client = browser_of(member)
    change_state(SYSTEM, member, MemberState.SUSPENDED, reason="test")
    assert member_of_session(key_of(client)) is not None


# Seen


def test_a_session_in_use_is_noted_at_most_once_a_minute(django_assert_num_queries):
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        client = browser_of(make_member())
        clock.shift(dt.timedelta(seconds=59))
        request = request_of(client)
        with django_assert_num_queries(0):
            see_session(request)
        clock.shift(dt.timedelta(seconds=1))
        see_session(request)
        row = row_of(client)
        assert row.last_seen_at == timezone.now()
        assert row.expire_date == timezone.now() + dt.timedelta(days=1), "used, it lives on for another day"


def test_nobody_signed_in_is_not_seen():
    see_session(request_of(Client()))
    assert not Session.objects.exists()


def test_expired_rows_are_removed():
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        browser_of(make_member())
        assert forget_sessions() == 0
        clock.shift(dt.timedelta(days=1, seconds=1))
        assert forget_sessions() == 1


@pytest.mark.parametrize(
    ("user_agent", "family"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox"),
        ("Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "Chrome"),
        ("Mozilla/5.0 AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", "Safari"),
        ("curl/8.5.0", "Other"),
        ("", "Other"),
    ],
)
def test_a_browser_is_kept_as_its_family(user_agent, family):
    assert browser_family(user_agent) == family


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("", ""),
        ("no address", ""),
    ],
)
def test_an_address_is_kept_as_its_prefix(address: Any, prefix: Any):
    assert address_prefix(address) == prefix


# Kept sessions: a key that renews itself


KEPT_SINCE = "2026-11-23T10:00:00Z"
TWELVE_HOURS = dt.timedelta(hours=12)


def kept_browser_of(member: Member) -> Client:
    client = Client()
    client.post("/sign-in/", {"login": member.sign_in_name, "password": PASSWORD, "remember": "on"})
    client.get("/")
    assert row_of(client).kept
    return client


def tab_of(client: Client, key: str = "") -> Client:
    """A tab that has sent a request already: with the key that the browser had then."""
    tab = Client()
    tab.cookies["session"] = key or key_of(client)
    return tab


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


@pytest.mark.row("S6")
def test_a_kept_session_gets_a_new_key_from_time_to_time_and_stays_the_same_session():
    with time_machine.travel(KEPT_SINCE, tick=False) as clock:
        client = kept_browser_of(make_member())
        was = row_of(client)
        clock.shift(TWELVE_HOURS - dt.timedelta(seconds=1))
        assert is_in(client)
        assert key_of(client) == was.session_key
        clock.shift(dt.timedelta(seconds=1))
        assert is_in(client)
        assert key_of(client) != was.session_key
        assert row_of(client).public_id == was.public_id
        assert row_of(client).expire_date == timezone.now() + dt.timedelta(days=30)
        assert client.cookies["session"]["max-age"] == 30 * 24 * 3600
        assert is_in(client)


def test_a_session_that_ends_with_the_browser_keeps_its_key():
    with time_machine.travel(KEPT_SINCE, tick=False) as clock:
        client = browser_of(make_member())
        key = key_of(client)
        clock.shift(TWELVE_HOURS)
        assert is_in(client)
        assert key_of(client) == key


@pytest.mark.row("S6")
def test_an_old_key_used_again_ends_the_session_for_both():
    with time_machine.travel(KEPT_SINCE, tick=False) as clock:
        client = kept_browser_of(make_member())
        thief = tab_of(client)
        clock.shift(TWELVE_HOURS)
        assert is_in(client)
        assert is_in(client), "the new key came back"
        clock.shift(dt.timedelta(seconds=61))
        assert not is_in(thief)
        assert row_of(client).ended_why == "key_reused"
        assert not is_in(client)
    assert AuditEntry.objects.get(action="session.ended").data["why"] == "key_reused"


def test_the_thief_who_renews_first_is_thrown_out_when_the_member_comes_back():
    with time_machine.travel(KEPT_SINCE, tick=False) as clock:
        client = kept_browser_of(make_member())
        thief = tab_of(client)
        clock.shift(TWELVE_HOURS)
        assert is_in(thief)
        assert is_in(thief)
        clock.shift(dt.timedelta(seconds=61))
        assert not is_in(client)
        assert not is_in(thief)


def test_a_key_from_two_renewals_ago_ends_the_session_too():
    with time_machine.travel(KEPT_SINCE, tick=False) as clock:
        client = kept_browser_of(make_member())
        thief = tab_of(client)
        for _ in range(2):
            clock.shift(TWELVE_HOURS)
            assert is_in(client)
            assert is_in(client)
        assert not is_in(thief)
        assert not is_in(client)


def test_two_tabs_at_the_moment_of_renewal_both_stay_signed_in():
    with time_machine.travel(KEPT_SINCE, tick=False) as clock:
        client = kept_browser_of(make_member())
        second, third = tab_of(client), tab_of(client)
        clock.shift(TWELVE_HOURS)
        assert is_in(client)
        assert is_in(second), "sent before the new key came"
        assert key_of(second) == key_of(client)
        assert is_in(client)
        clock.shift(dt.timedelta(seconds=60))
        assert is_in(third)
        assert key_of(third) == key_of(client)


def test_an_answer_that_was_lost_on_its_way_signs_nobody_out():
    with time_machine.travel(KEPT_SINCE, tick=False) as clock:
        client = kept_browser_of(make_member())
        old = key_of(client)
        clock.shift(TWELVE_HOURS)
        assert is_in(client)
        clock.shift(dt.timedelta(days=3))
        again = tab_of(client, old)
        assert is_in(again)
        assert key_of(again) == key_of(client)


def test_a_request_under_way_saves_under_the_key_of_the_tab_that_was_quicker():
    with time_machine.travel(KEPT_SINCE, tick=False) as clock:
        client = kept_browser_of(make_member())
        under_way, late = SessionStore(key_of(client)), SessionStore(key_of(client))
        under_way["draft"], late["draft"] = 1, 2
        clock.shift(TWELVE_HOURS)
        assert is_in(client)
        under_way.save()
        late.renew_key()
        late.save()
        assert {under_way.session_key, late.session_key} == {key_of(client)}
        assert SessionStore(key_of(client))["draft"] == 2


def test_a_new_password_leaves_no_way_back_by_a_spent_key():
    with time_machine.travel(KEPT_SINCE, tick=False) as clock:
        member = make_member()
        client = kept_browser_of(member)
        old = key_of(client)
        clock.shift(TWELVE_HOURS)
        assert is_in(client)
        member.set_password("eight green pears")
        member.save(update_fields=["password"])
        assert not is_in(tab_of(client, old))
        assert not is_in(client)


def test_spent_keys_go_with_their_session():
    with time_machine.travel(KEPT_SINCE, tick=False) as clock:
        client = kept_browser_of(make_member())
        clock.shift(TWELVE_HOURS)
        assert is_in(client)
        assert SpentKey.objects.count() == 1
        clock.shift(dt.timedelta(days=31))
        forget_sessions()
        assert not SpentKey.objects.exists()


def test_the_door_takes_a_key_that_is_being_renewed_and_ends_what_was_stolen():
    with time_machine.travel(KEPT_SINCE, tick=False) as clock:
        client = kept_browser_of(make_member())
        old, public_id = key_of(client), str(row_of(client).public_id)
        clock.shift(TWELVE_HOURS)
        assert is_in(client)
        visits = visits_by_key([old, key_of(client), "unknown"])
        assert {key: visit.session for key, visit in visits.items()} == dict.fromkeys([old, key_of(client)], public_id)
        assert [visit.session for visit in visits_by_key([old]).values()] == [public_id]
        assert is_in(client)
        clock.shift(dt.timedelta(seconds=61))
        assert visits_by_key([old]) == {}
        assert visits_by_key([key_of(client)]) == {}
        assert row_of(client).ended_why == "key_reused"


# Shared devices


@pytest.mark.row("S6")
def test_a_shared_device_keeps_nothing_whatever_was_ticked():
    member = make_member()
    client = Client()
    form = {"login": member.sign_in_name, "password": PASSWORD, "remember": "on", "shared": "on"}
    with time_machine.travel(KEPT_SINCE, tick=False) as clock:
        client.post("/sign-in/", form)
        row = row_of(client)
        assert (row.kept, row.shared) == (False, True)
        assert row.expire_date == timezone.now() + dt.timedelta(hours=4)
        assert client.cookies["session"]["max-age"] == ""
        clock.shift(dt.timedelta(hours=3))
        assert is_in(client)
        assert row_of(client).expire_date == timezone.now() + dt.timedelta(hours=4)
        clock.shift(dt.timedelta(hours=4))
        assert not is_in(client)
