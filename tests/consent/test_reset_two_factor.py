"""A lost device: the second step is taken away by whoever answers for the person, and by nobody else."""

import pytest
from django.core.management import CommandError, call_command

from accounts.errors import FieldInvalid, NotFound
from accounts.models import AuditEntry, Member
from accounts.queries.sessions import sessions_of
from accounts.queries.two_factor import second_step_of
from consent.actions.schools import give_grant
from consent.actions.two_factor import reset_two_factor
from consent.models import Grant, School
from tests.cast import SYSTEM, acting, browser_of, make_member, make_school, make_staff, set_up

Kind = Grant.Kind
REASON = "stood in front of me"


@pytest.fixture
def operator(db: None) -> Member:
    member = set_up(make_member("Olga Operator"))
    give_grant(SYSTEM, member, Kind.OPERATOR)
    return member


def test_the_administrator_resets_one_of_the_schools_people(
    school: School, school_admin: Member, supervisor: Member
) -> None:
    browser_of(supervisor)
    reset_two_factor(acting(school_admin), supervisor, reason=f"  {REASON} ", school=school)
    assert second_step_of(supervisor.pk) is None
    assert sessions_of(supervisor.pk) == []
    entry = AuditEntry.objects.get(action="two_factor.reset")
    assert (entry.actor, entry.subject, entry.scope) == (school_admin.pk, supervisor.pk, str(school.pk))
    assert entry.data["why"] == REASON


def test_the_operator_resets_an_administrator(operator: Member, school_admin: Member) -> None:
    reset_two_factor(acting(operator), school_admin, reason=REASON)
    assert second_step_of(school_admin.pk) is None


def test_nobody_else_resets_anybody(school: School, school_admin: Member, supervisor: Member, operator: Member) -> None:
    colleague = make_staff(school, "Rita Other", Kind.SCHOOL_ADMIN)
    elsewhere = make_school("Another")
    other_admin = make_staff(elsewhere, "Una Other", Kind.SCHOOL_ADMIN)
    wide = make_staff(school, "Wanda Wide", Kind.MODERATOR)
    give_grant(SYSTEM, wide, Kind.MODERATOR, school=elsewhere)
    refused: list[tuple[Member, Member, School | None]] = [
        (school_admin, colleague, school),
        (school_admin, school_admin, school),
        (operator, operator, None),
        (other_admin, supervisor, elsewhere),
        (other_admin, supervisor, school),
        (school_admin, supervisor, None),
        (school_admin, operator, school),
        (school_admin, wide, school),
        (supervisor, colleague, school),
    ]
    for actor, member, place in refused:
        with pytest.raises(NotFound):
            reset_two_factor(acting(actor), member, reason=REASON, school=place)
        assert second_step_of(member.pk) is not None


def test_a_reason_is_needed(school: School, school_admin: Member, supervisor: Member) -> None:
    with pytest.raises(FieldInvalid):
        reset_two_factor(acting(school_admin), supervisor, reason="  ", school=school)
    assert second_step_of(supervisor.pk) is not None


def test_the_command_does_it_for_the_operator(school_admin: Member, supervisor: Member, stranger: Member) -> None:
    call_command("two_factor", "reset", school_admin.sign_in_name.upper(), reason=REASON)
    assert second_step_of(school_admin.pk) is None
    Member.objects.filter(pk=supervisor.pk).update(email="tomas@example.org")
    call_command("two_factor", "reset", "Tomas@example.org", reason=REASON)
    assert second_step_of(supervisor.pk) is None
    for name in (stranger.sign_in_name, "nobody", ""):
        with pytest.raises(CommandError):
            call_command("two_factor", "reset", name, reason=REASON)
