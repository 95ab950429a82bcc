"""Links between guardians and children."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import FieldInvalid, NotFound
from accounts.models import Access, AuditEntry
from consent.actions.guardians import end_link, link_guardian
from consent.models import Grant, GuardianLink
from consent.queries.children import children_of
from tests.accounts.engine import running_hub
from tests.cast import SYSTEM, acting, link_of, make_guardian, make_member, make_school, make_staff, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("S21")]


def test_the_school_links_a_guardian(school_admin, young_student, stranger, school):
    link = link_guardian(acting(school_admin), stranger, young_student)
    assert (link.state, link.slot) == (GuardianLink.State.ACTIVE, 1)
    assert children_of(stranger.pk) == [young_student]
    entry = AuditEntry.objects.get(action="guardian.linked")
    assert (entry.scope, entry.subject, entry.data["guardian"]) == (str(school.pk), young_student.pk, stranger.pk)


def test_a_link_ends_at_the_childs_majority(school, agreement):
    majority_on = timezone.localdate() + dt.timedelta(days=9)
    child = make_student(school, age=17, majority_on=majority_on)
    guardian = make_guardian(child)
    with time_machine.travel(majority_on - dt.timedelta(days=1)):
        assert children_of(guardian.pk) == [child]
    with time_machine.travel(majority_on + dt.timedelta(days=1)):
        assert children_of(guardian.pk) == []


@pytest.mark.django_db(transaction=True)
def test_a_link_that_ends_moves_the_guardians_access_at_once(parent, young_student):
    link = link_of(parent, young_student)
    before = Access.objects.get(pk=parent.pk).epoch
    with running_hub() as heard:
        end_link(SYSTEM, link)
        assert heard.all_access() == [frozenset({parent.pk})]
        assert end_link(SYSTEM, link) == link
        assert heard.all_access() == []
    assert Access.objects.get(pk=parent.pk).epoch == before + 1
    assert children_of(parent.pk) == []


def test_a_place_that_became_free_can_be_taken(parent, young_student, stranger):
    end_link(SYSTEM, link_of(parent, young_student))
    link_guardian(SYSTEM, stranger, young_student, slot=1)
    link_guardian(SYSTEM, parent, young_student, slot=2)
    assert children_of(parent.pk) == children_of(stranger.pk) == [young_student]


@pytest.mark.parametrize(
    ("field", "values"),
    [("slot", {"slot": 1}), ("slot", {"slot": 0}), ("slot", {"slot": 5})],
)
def test_a_place_that_is_taken_or_absent_is_refused(parent, young_student, stranger, field, values):
    with pytest.raises(FieldInvalid) as refused:
        link_guardian(SYSTEM, stranger, young_student, **values)
    assert refused.value.field == field


def test_one_guardian_has_one_place(parent, young_student):
    with pytest.raises(FieldInvalid) as refused:
        link_guardian(SYSTEM, parent, young_student, slot=2)
    assert refused.value.field == "guardian"


def test_a_child_is_nobodys_guardian(young_student, student, school):
    for guardian in (young_student, student):
        with pytest.raises(FieldInvalid) as refused:
            link_guardian(SYSTEM, guardian, young_student)
        assert refused.value.field == "guardian"


def test_nobody_else_links(young_student, stranger, instructor, supervisor, parent, student):
    other = make_staff(make_school("Another School"), "Ada Other", Grant.Kind.SCHOOL_ADMIN)
    link = link_of(parent, young_student)
    for member in (stranger, instructor, supervisor, parent, student, young_student, other):
        with pytest.raises(NotFound):
            link_guardian(acting(member), make_member(), young_student, slot=2)
        with pytest.raises(NotFound):
            end_link(acting(member), link)
    assert GuardianLink.objects.get().state == GuardianLink.State.ACTIVE
