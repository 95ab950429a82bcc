"""Who sees which field of whom (S3, S4): every viewer with every field under every audience."""

import datetime as dt
from collections.abc import Mapping

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.members import change_state
from accounts.actions.profiles import WRITTEN, choose_audience, close_all, delete_field, keep_field
from accounts.errors import FieldInvalid, NotAllowed, NotFound
from accounts.models import AuditEntry, Member, MemberState, ProfileField
from consent.models import SchoolAgreement, Scope
from rooms.actions.enrollments import end_enrollment
from rooms.actions.profiles import correct_name
from rooms.models import Course
from rooms.queries.profiles import VIEWS, own_lines, profile_seen, seen_as
from tests.cast import SYSTEM, acting, make_guardian, make_member
from tests.rooms_cast import ASSISTANT, INSTRUCTOR, join, make_classmate, make_course

Field, Audience = ProfileField.Field, ProfileField.Audience
pytestmark = pytest.mark.django_db

# By hand, from S3 and S4. An audience reaches these; the two exceptions stand below.
REACHED: Mapping[str, set[str]] = {
    Audience.ME: {"self"},
    Audience.MY_INSTRUCTORS: {"self", "instructor"},
    Audience.MY_COURSES: {"self", "instructor", "assistant", "classmate"},
    Audience.MEMBERS: {"self", "instructor", "assistant", "classmate", "other_parent", "stranger", "other_instructor"},
    Audience.EVERYONE: {
        "self", "instructor", "assistant", "classmate", "other_parent", "stranger", "other_instructor", "anybody",
    },
}  # fmt: skip
ALWAYS: Mapping[str, set[str]] = {Field.NAME: {"instructor", "parent"}, Field.EMAIL: {"instructor", "parent"}}
VALUES = {
    Field.PRONOUNS: "canary-he, him",
    Field.SCHOOL: "canary-Juniper Bend",
    Field.FIELD_OF_STUDY: "canary-Chemistry",
    Field.GRADUATION_YEAR: "2027",
    Field.EMPLOYER: "canary-Library",
    Field.FIELD_OF_WORK: "canary-Archives",
    Field.ABOUT: "canary-I play the trumpet.",
}


@pytest.fixture
def owner(course: Course, instructor: Member) -> Member:
    """16, in Algebra; every field is filled in and closed."""
    member = make_classmate(course, "Tobias Reyes", email="canary-tobias@example.org", email_verified=True)
    for field, value in VALUES.items():
        keep_field(acting(member), member, field, value)
    return member


@pytest.fixture
def viewers(course: Course, instructor: Member, owner: Member, stranger: Member) -> dict[str, Member | None]:
    elsewhere, assistant, classmate = make_member("Elsewhere"), make_member("Ann Assistant"), make_classmate(course)
    join(make_course(course.school, title="Biology"), elsewhere, INSTRUCTOR)
    join(course, assistant, ASSISTANT)
    return {
        "self": owner,
        "instructor": instructor,
        "assistant": assistant,
        "classmate": classmate,
        "parent": make_guardian(owner),
        "other_parent": make_guardian(classmate),
        "other_instructor": elsewhere,
        "stranger": stranger,
        "anybody": None,
    }


def seen_by(viewer: Member | None, owner: Member) -> set[str]:
    """The fields that reach the viewer."""
    try:
        seen = profile_seen(viewer.pk if viewer is not None else None, owner.pk)
    except NotFound:
        return set()
    return {line.field for line in seen.lines}


def opened(owner: Member, field: str, audience: str) -> None:
    choose_audience(acting(owner), owner, field, audience)


@pytest.mark.row("S3")
@pytest.mark.row("S4")
@pytest.mark.parametrize("audience", Audience.values)
@pytest.mark.parametrize("field", [Field.NAME, Field.EMAIL, *WRITTEN])
def test_a_field_reaches_its_audience_and_the_two_exceptions(
    owner: Member, viewers: dict[str, Member | None], field: str, audience: str
) -> None:
    opened(owner, field, audience)
    reached = {name for name, viewer in viewers.items() if field in seen_by(viewer, owner)}
    assert reached == REACHED[audience] | {"parent"} | ALWAYS.get(field, set())


@pytest.mark.row("S3")
def test_whoever_shares_nothing_finds_nothing(owner: Member, viewers: dict[str, Member | None]) -> None:
    for name in ("stranger", "other_parent", "other_instructor", "anybody"):
        viewer = viewers[name]
        with pytest.raises(NotFound):
            profile_seen(viewer.pk if viewer else None, owner.pk)
    with pytest.raises(NotFound):
        profile_seen(owner.pk, 10**9)


def test_a_classmate_reads_the_name_in_courses_and_nothing_that_is_closed(
    owner: Member, viewers: dict[str, Member | None]
) -> None:
    classmate = viewers["classmate"]
    assert classmate is not None
    seen = profile_seen(classmate.pk, owner.pk)
    assert (seen.name, list(seen.lines)) == ("Tobias R.", [])
    assert [(place.role, place.title) for place in seen.places] == [("student", "Algebra I")]


@pytest.mark.row("S3")
@pytest.mark.parametrize("audience", Audience.values)
def test_see_as_is_what_they_really_see(owner: Member, viewers: dict[str, Member | None], audience: str) -> None:
    for field in (Field.NAME, Field.EMAIL, *WRITTEN):
        opened(owner, field, audience)
    real = {"classmate": "classmate", "instructor": "instructor", "parent": "parent", "other-parent": "other_parent"}
    for view in VIEWS:
        viewer = viewers[real.get(view, "anybody")]
        preview = seen_as(owner, view)
        assert {line.field for line in preview.lines} == seen_by(viewer, owner), view
        if preview.is_found:
            seen = profile_seen(viewer.pk if viewer else None, owner.pk)
            assert (preview.name, list(preview.places)) == (seen.name, list(seen.places)), view
        assert {line.field for line in [*preview.lines, *preview.hidden]} == {line.field for line in own_lines(owner)}


@pytest.mark.row("S4")
def test_whose_course_ended_sees_no_more_than_anybody(owner: Member, course: Course, instructor: Member) -> None:
    assert {Field.NAME, Field.EMAIL} <= seen_by(instructor, owner)
    end_enrollment(acting(owner), course, owner)
    assert seen_by(instructor, owner) == set()


def test_of_who_is_not_here_only_the_exceptions_are_seen(owner: Member, viewers: dict[str, Member | None]) -> None:
    opened(owner, Field.ABOUT, Audience.EVERYONE)
    assert Field.ABOUT in seen_by(viewers["stranger"], owner)
    change_state(SYSTEM, owner, MemberState.SUSPENDED, reason="test")
    assert seen_by(viewers["stranger"], owner) == seen_by(viewers["anybody"], owner) == set()
    assert seen_by(viewers["instructor"], owner) == {Field.NAME, Field.EMAIL}
    assert Field.ABOUT in seen_by(viewers["parent"], owner)


@pytest.mark.row("S3")
def test_a_young_student_is_known_to_peers_only_with_the_scope(
    course: Course, instructor: Member, agreement: SchoolAgreement
) -> None:
    peer, hidden = make_classmate(course), make_classmate(course, "Devon Kim", age=13)
    shown = make_classmate(course, "Lena Park", age=13, scopes=[Scope.USE, Scope.VISIBLE_TO_PEERS])
    assert profile_seen(peer.pk, shown.pk).name == "Lena P."
    assert profile_seen(instructor.pk, hidden.pk).name == "Devon K."
    with pytest.raises(NotFound):
        profile_seen(peer.pk, hidden.pk)
    assert not seen_as(hidden, "classmate").is_found
    assert seen_as(shown, "classmate").name == "Lena P."


@pytest.mark.row("S3")
@pytest.mark.row("S5")
def test_a_young_student_writes_and_opens_nothing_but_puts_the_name_right(
    course: Course, instructor: Member, agreement: SchoolAgreement
) -> None:
    child = make_classmate(course, "Devon Kim", age=13)
    for act in (
        lambda: keep_field(acting(child), child, Field.ABOUT, "me"),
        lambda: choose_audience(acting(child), child, Field.NAME, Audience.EVERYONE),
        lambda: delete_field(acting(child), child, Field.ABOUT),
    ):
        with pytest.raises(NotAllowed):
            act()
    before = Course.objects.get(pk=course.pk).roster_version
    correct_name(acting(child), child, name="Devin Kim", given_name="Devin")
    assert Member.objects.get(pk=child.pk).course_name == "Devin K."
    assert Course.objects.get(pk=course.pk).roster_version > before
    entry = AuditEntry.objects.get(action="member.name_corrected", subject=child.pk)
    assert entry.data["fields"] == ["course_name", "given_name", "name"]
    assert "Devin" not in str(entry.data)


def test_what_was_opened_before_counts_no_more_while_somebody_is_young(course: Course, owner: Member) -> None:
    opened(owner, Field.NAME, Audience.EVERYONE)
    Member.objects.filter(pk=owner.pk).update(protected_until=timezone.localdate() + dt.timedelta(days=9))
    assert seen_by(None, owner) == set()


@pytest.mark.row("S5")
def test_each_change_is_on_record_without_its_value(owner: Member) -> None:
    opened(owner, Field.ABOUT, Audience.MEMBERS)
    delete_field(acting(owner), owner, Field.ABOUT)
    assert Field.ABOUT not in {line.field for line in own_lines(owner)}
    entries = AuditEntry.objects.filter(subject=owner.pk, action__startswith="profile.").order_by("position")
    assert [entry.action for entry in entries][-2:] == ["profile.audience_chosen", "profile.field_deleted"]
    assert "canary" not in str([entry.data for entry in entries])


@pytest.mark.row("S3")
def test_all_is_closed_at_once(owner: Member, viewers: dict[str, Member | None]) -> None:
    opened(owner, Field.ABOUT, Audience.MEMBERS)
    opened(owner, Field.NAME, Audience.EVERYONE)
    close_all(acting(owner), owner)
    assert seen_by(viewers["stranger"], owner) == set()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field.GRADUATION_YEAR, "soon"),
        (Field.GRADUATION_YEAR, "٢٠٢٧"),
        (Field.PRONOUNS, "x" * 41),
        (Field.EMPLOYER, "two\nlines"),
        (Field.ABOUT, "turned \u202e round"),
    ],
)
def test_what_does_not_fit_changes_nothing(owner: Member, field: str, value: str) -> None:
    before = own_lines(owner)
    with pytest.raises(FieldInvalid):
        keep_field(acting(owner), owner, field, value)
    assert own_lines(owner) == before


def test_nobody_writes_for_another(owner: Member, instructor: Member) -> None:
    for act in (
        lambda: keep_field(acting(instructor), owner, Field.ABOUT, "x"),
        lambda: choose_audience(acting(instructor), owner, Field.ABOUT, Audience.EVERYONE),
        lambda: delete_field(acting(instructor), owner, Field.ABOUT),
        lambda: correct_name(acting(instructor), owner, name="X Y", given_name="X"),
        lambda: keep_field(acting(owner), owner, Field.EMAIL, "x@example.org"),
        lambda: delete_field(acting(owner), owner, Field.NAME),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_name_among_adults_is_the_full_name_and_staff_keep_theirs(stranger: Member, instructor: Member) -> None:
    correct_name(acting(stranger), stranger, name="Samira Stranger", given_name="Samira")
    assert stranger.course_name == "Samira Stranger"
    correct_name(acting(instructor), instructor, name="Marisol R. Soto", given_name="Marisol", course_name="Ms. Soto")
    assert Member.objects.get(pk=instructor.pk).course_name == "Ms. Soto"


def test_three_fields_and_three_courses_cost_what_one_does(
    owner: Member, course: Course, instructor: Member, viewers: dict[str, Member | None]
) -> None:
    with CaptureQueriesContext(connection) as one:
        profile_seen(instructor.pk, owner.pk)
    for title in ("Biology 2", "Chemistry"):
        other = make_course(course.school, title=title)
        join(other, instructor, INSTRUCTOR)
        join(other, owner)
    with CaptureQueriesContext(connection) as three:
        profile_seen(instructor.pk, owner.pk)
    assert len(three) == len(one)
