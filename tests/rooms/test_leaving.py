"""Nobody leaves what has nobody else: a course, a school, the site (S5, S35)."""

import pytest
from django.test import Client

from accounts.errors import NotAllowed
from accounts.models import MailOutbox, Member, MemberState
from consent.actions.schools import give_grant
from consent.models import Grant, School
from rooms.actions.leaving import leave
from rooms.models import Course, Enrollment
from tests.cast import SYSTEM, acting, confirmed_browser_of, make_guardian, make_member, make_school
from tests.rooms_cast import join

pytestmark = pytest.mark.django_db
LEAVES, KEPT = 302, 403


def tries_to_leave(member: Member) -> int:
    return confirmed_browser_of(member).post("/account/leave/", {"typed": member.sign_in_name}).status_code


def leave_page(member: Member) -> str:
    client: Client = confirmed_browser_of(member)
    return client.get("/account/leave/").text


@pytest.mark.row("S5")
def test_who_leads_a_course_alone_stays_until_somebody_else_leads_it(course: Course, instructor: Member) -> None:
    assert tries_to_leave(instructor) == KEPT
    assert course.title in leave_page(instructor)
    join(course, make_member("Ana Sato"), Enrollment.Role.INSTRUCTOR)
    assert tries_to_leave(instructor) == LEAVES


@pytest.mark.row("S5")
def test_a_schools_only_administrator_stays_until_another_is_named(school: School, school_admin: Member) -> None:
    other_school = make_school("North Fork")
    give_grant(SYSTEM, make_member(), Grant.Kind.SCHOOL_ADMIN, school=other_school)
    assert tries_to_leave(school_admin) == KEPT
    page = leave_page(school_admin)
    assert school.name in page
    assert other_school.name not in page
    give_grant(SYSTEM, make_member(), Grant.Kind.SCHOOL_ADMIN, school=school)
    assert tries_to_leave(school_admin) == LEAVES


@pytest.mark.row("S5")
def test_the_only_operator_stays_and_one_who_has_left_is_nobody() -> None:
    first, second = make_member("Olga Pell"), make_member("Ivo Marsh")
    give_grant(SYSTEM, first, Grant.Kind.OPERATOR)
    assert tries_to_leave(first) == KEPT
    assert "The whole site" in leave_page(first)
    give_grant(SYSTEM, second, Grant.Kind.OPERATOR)
    leave(acting(second), second, typed=second.sign_in_name)
    assert second.state == MemberState.DEACTIVATED
    with pytest.raises(NotAllowed):
        leave(acting(first), first, typed=first.sign_in_name)


@pytest.mark.row("S5", "S21")
def test_linked_parents_are_told_by_mail_and_nobody_is_where_nobody_is_linked(student: Member) -> None:
    other = make_member("Ivo Marsh")
    make_guardian(student, "Ana Vega", email="ana@example.org", locale="es")
    make_guardian(student, "Luis Vega", slot=2)  # without an address
    leave(acting(other), other, typed=other.sign_in_name)
    assert not MailOutbox.objects.exists()
    leave(acting(student), student, typed=student.sign_in_name)
    mail = MailOutbox.objects.get()
    assert (mail.kind, mail.address, mail.locale) == ("child_left", "ana@example.org", "es")
    assert mail.payload["child"] == student.given_name
