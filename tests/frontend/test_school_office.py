"""The office of a school: what needs somebody now, its people in a word, duties that are given and ended on record."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry, Member
from consent.actions.schools import create_school, end_grant, give_grant, join_school
from consent.models import Grant, School, SchoolAgreement, SchoolMembership
from tests.cast import (
    SYSTEM,
    acting,
    browser_of,
    confirmed_browser_of,
    make_agreement,
    make_member,
    make_staff,
    make_student,
)

Kind = Grant.Kind


@pytest.fixture
def ruth(school_admin: Member) -> Client:
    return confirmed_browser_of(school_admin)


def at(school: School, what: str = "") -> str:
    return f"/school/{school.pk}/" + (f"{what}/" if what else "")


@pytest.fixture
def colin(school: School) -> Member:
    member = make_member("Colin Trask")
    join_school(SYSTEM, school, member, kind=SchoolMembership.Kind.INSTRUCTOR)
    return member


def test_today_says_who_waits_at_the_door_and_what_is_missing(
    ruth: Client, school: School, colin: Member, unconsented_student: Member
) -> None:
    page = ruth.get(at(school)).text
    for words in ("Colin Trask registered as an instructor", "No supervisor is named", "1 family has not answered"):
        assert words in page
    assert page.index("Colin Trask registered") < page.index("1 family has not answered")
    assert "No agreement is in force" not in page


def test_today_is_quiet_when_nothing_is_to_be_done(ruth: Client, school: School, agreement: SchoolAgreement) -> None:
    make_staff(school, "Tomás Ibarra", Kind.SUPERVISOR, Kind.MODERATOR)
    page = ruth.get(at(school)).text
    assert "Nothing needs you now." in page
    assert "Tomás Ibarra" in page


def test_an_agreement_that_ends_soon_is_said_before_it_does(ruth: Client, school: School) -> None:
    assert "No agreement is in force" in ruth.get(at(school)).text
    make_agreement(school, ends_on=timezone.localdate() + dt.timedelta(days=20))
    assert "The agreement ends soon" in ruth.get(at(school)).text


def test_people_are_found_by_name_with_their_state_in_a_word(
    ruth: Client, school: School, colin: Member, student: Member, unconsented_student: Member
) -> None:
    students = ruth.get(at(school, "people")).text
    assert students.index("Sofia Novak") < students.index("Marcus Okafor"), "who waits comes first"
    assert "Waiting" in students
    assert "Can enter" in students
    assert "Colin Trask" not in students
    assert "Not confirmed" in ruth.get(at(school, "people"), {"tab": "instructors"}).text
    found = ruth.get(at(school, "people"), {"q": "marc"}).text
    assert "Marcus Okafor" in found
    assert "Sofia Novak" not in found
    assert "Nobody here is called “zz”." in ruth.get(at(school, "people"), {"q": "zz"}).text


def test_a_lost_device_is_helped_from_the_list_of_people(
    ruth: Client, school: School, school_admin: Member, supervisor: Member
) -> None:
    colleague = make_staff(school, "Rita Other", Kind.SCHOOL_ADMIN)
    page = ruth.get(at(school, "people"), {"tab": "staff"}).text
    assert f'href="{at(school, f"people/{supervisor.pk}/two-factor")}"' in page
    for beyond in (school_admin, colleague):  # they have one as well, and it is the operator's matter
        assert f"people/{beyond.pk}/two-factor" not in page
    said = {"reason": "stood in front of me"}
    assert (
        "has no second step now" in ruth.post(at(school, f"people/{supervisor.pk}/two-factor"), said, follow=True).text
    )
    assert "two-factor" not in ruth.get(at(school, "people"), {"tab": "staff"}).text


@pytest.mark.parametrize("page", ["", "people", "roles"])
def test_a_page_takes_as_many_statements_for_three_as_for_one(
    ruth: Client, school: School, agreement: SchoolAgreement, page: str
) -> None:
    counts = []
    for number in (1, 2):
        for _ in range(number):
            make_student(school, age=13)
            make_staff(school, "Somebody Here", Kind.MODERATOR)
        ruth.get(at(school, page))
        with CaptureQueriesContext(connection) as asked:
            assert ruth.get(at(school, page)).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def given(member: Member, kind: str, **changes: str) -> dict[str, str]:
    return {"member": str(member.pk), "kind": kind, "ends_on": "", **changes}


@pytest.mark.row("S1")
def test_a_duty_is_given_and_ended_with_who_and_when(ruth: Client, school: School, school_admin: Member) -> None:
    tomas = make_staff(school, "Tomás Ibarra")
    page = ruth.post(at(school, "roles"), given(tomas, Kind.SUPERVISOR), follow=True).text
    assert "Given, and on record." in page
    assert "by Ruth Lindqvist" in page
    grant = Grant.objects.get(member=tomas)
    assert (grant.kind, grant.given_by, grant.ends_at) == (Kind.SUPERVISOR, school_admin, None)
    page = ruth.post(at(school, f"roles/{grant.pk}/end"), follow=True).text
    assert "Tomás Ibarra is no longer supervisor here" in page
    grant.refresh_from_db()
    assert grant.ends_at is not None
    actions = AuditEntry.objects.filter(scope=str(school.pk), subject=tomas.pk).values_list("action", flat=True)
    assert {"grant.given", "grant.ended"} <= set(actions)


def test_a_duty_may_end_by_itself_after_its_last_day(ruth: Client, school: School) -> None:
    tomas, last = make_staff(school, "Tomás Ibarra"), timezone.localdate() + dt.timedelta(days=3)
    ruth.post(at(school, "roles"), given(tomas, Kind.MODERATOR, ends_on=last.isoformat()))
    ends_at = Grant.objects.get(member=tomas).ends_at
    assert ends_at is not None
    assert timezone.localtime(ends_at).date() == last + dt.timedelta(days=1)


@pytest.mark.row("S1")
@pytest.mark.parametrize("kind", [Kind.SCHOOL_ADMIN, Kind.OPERATOR, "owner", ""])
def test_no_administrator_makes_another_or_an_operator(ruth: Client, school: School, kind: str) -> None:
    tomas = make_staff(school, "Tomás Ibarra")
    assert ruth.post(at(school, "roles"), given(tomas, kind)).status_code == 422
    assert not Grant.objects.filter(member=tomas).exists()


@pytest.mark.row("S1")
def test_nobody_outside_the_schools_grown_ups_is_given_a_duty(
    ruth: Client, school: School, student: Member, stranger: Member
) -> None:
    for member in (student, stranger):
        assert ruth.post(at(school, "roles"), given(member, Kind.MODERATOR)).status_code == 422
        assert not Grant.objects.filter(member=member).exists()


def test_a_duty_of_another_school_and_that_of_an_administrator_are_not_ended_here(
    ruth: Client, school: School, school_admin: Member
) -> None:
    elsewhere = create_school(SYSTEM, name="Hollow Creek School", time_zone="America/Chicago")
    other = make_staff(elsewhere, "Avery Moss", Kind.MODERATOR)
    own = Grant.objects.get(member=school_admin, kind=Kind.SCHOOL_ADMIN)
    assert ruth.post(at(school, f"roles/{Grant.objects.get(member=other).pk}/end")).status_code == 404
    assert ruth.post(at(school, f"roles/{own.pk}/end")).status_code == 403
    assert Grant.objects.filter(ends_at__isnull=False).count() == 0


@pytest.mark.parametrize("page", ["", "people", "roles"])
def test_the_office_is_not_there_for_others(school: School, stranger: Member, instructor: Member, page: str) -> None:
    for member in (stranger, instructor):
        assert confirmed_browser_of(member).get(at(school, page)).status_code == 404


def test_whose_duty_has_ended_finds_no_office_any_more(ruth: Client, school: School, school_admin: Member) -> None:
    assert ruth.get(at(school)).status_code == 200
    end_grant(SYSTEM, Grant.objects.get(member=school_admin, kind=Kind.SCHOOL_ADMIN))
    assert ruth.get(at(school)).status_code == 404


def test_roles_ask_for_the_password_again(school: School, school_admin: Member) -> None:
    response = browser_of(school_admin).get(at(school, "roles"))
    assert response.headers["Location"].startswith("/account/confirm-password/")


def test_an_operator_may_still_name_an_administrator(school: School, stranger: Member) -> None:
    operator = make_member("Olga Operator")
    give_grant(SYSTEM, operator, Kind.OPERATOR)
    give_grant(acting(operator), stranger, Kind.SCHOOL_ADMIN, school=school)
    assert Grant.objects.filter(member=stranger, kind=Kind.SCHOOL_ADMIN, school=school).exists()
