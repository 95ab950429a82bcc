"""A course's pages: started, described, its rooms and people; what each person finds there, and what they don't."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from consent.actions.schools import give_grant, join_school
from consent.models import Grant, School, SchoolAgreement, SchoolMembership
from frontend.views import course_people
from rooms.actions.course_rooms import archive_room
from rooms.actions.enrollments import enroll
from rooms.models import Course, Enrollment, Room
from tests.cast import SYSTEM, acting, browser_of, make_member, make_staff
from tests.frontend.pages import named
from tests.frontend.test_every_page import faults
from tests.rooms_cast import can_enter, make_classmate, make_group, make_room, written

PAGES = ("", "people/", "people/?tab=staff", "people/?tab=gone", "rooms/", "settings/", "people/add/")


@pytest.fixture
def teacher(instructor: Member, school: School) -> Member:
    """The instructor of Algebra I, confirmed."""
    give_grant(SYSTEM, instructor, Grant.Kind.INSTRUCTOR, school=school)
    return instructor


def status(member: Member, address: str) -> int:
    return browser_of(member).get(address).status_code


def post(who: Member, address: str, **values: object):
    return browser_of(who).post(address, values)


# Starting


@pytest.mark.row("S8")
def test_an_instructor_starts_a_course_and_lands_on_its_page(teacher: Member, school: School) -> None:
    values = {"title": "Chess club", "school": school.pk, "description": "Openings.", "announcements": "on"}
    answer = post(teacher, "/courses/new/", **values)
    course = Course.objects.get(title="Chess club")
    assert answer.headers["Location"] == f"/courses/{course.pk}/"
    page = browser_of(teacher).get(f"/courses/{course.pk}/").text
    assert "Private: only members and linked parents" in page
    assert "Openings." in page
    assert list(course.rooms.order_by("pk").values_list("title", "posting")) == [
        ("General", "all"),
        ("Announcements", "staff"),
    ]


def test_what_is_missing_is_said_and_nothing_is_started(teacher: Member, school: School) -> None:
    before = Course.objects.count()
    answer = post(teacher, "/courses/new/", title=" ", school=school.pk)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert Course.objects.count() == before


@pytest.mark.row("S1")
def test_somebody_unconfirmed_reads_why_nobody_comes(school: School, agreement: SchoolAgreement) -> None:
    member = make_member("Nora New")
    join_school(SYSTEM, school, member, kind=SchoolMembership.Kind.INSTRUCTOR, source="member")
    assert "/courses/new/" in browser_of(member).get("/").text
    assert "has not confirmed yet that you are an instructor there" in browser_of(member).get("/courses/new/").text
    post(member, "/courses/new/", title="Chess club", school=school.pk)
    course = Course.objects.get(title="Chess club")
    page = browser_of(member).get(f"/courses/{course.pk}/").text
    assert "Nobody can come in yet." in page
    give_grant(SYSTEM, member, Grant.Kind.INSTRUCTOR, school=school)
    assert "Nobody can come in yet." not in browser_of(member).get(f"/courses/{course.pk}/").text


@pytest.mark.row("S1")
def test_to_others_there_is_no_page_to_start_one(
    young_student: Member, parent: Member, stranger: Member, supervisor: Member
) -> None:
    for member in (young_student, parent, stranger, supervisor):
        assert status(member, "/courses/new/") == 404
        assert post(member, "/courses/new/", title="Mine").status_code == 404


def test_a_school_that_is_not_theirs_is_no_choice(teacher: Member, school: School) -> None:
    answer = post(teacher, "/courses/new/", title="Chess club", school="none")
    assert answer.status_code == 422
    assert not Course.objects.filter(title="Chess club").exists()


# What holds for every page


@pytest.mark.parametrize("page", PAGES)
def test_each_page_is_whole(page: str, course: Course, room: Room, teacher: Member, young_student: Member) -> None:
    make_classmate(course, "Maximiliana Featherstonehaugh-Cholmondeley of the Upper Valley")
    assert faults(browser_of(teacher).get(f"/courses/{course.pk}/{page}")) == []
    if page in ("", "people/"):
        assert faults(browser_of(young_student).get(f"/courses/{course.pk}/{page}")) == []


def test_the_pages_beside_a_course_are_whole(course: Course, room: Room, teacher: Member, parent: Member) -> None:
    group = make_group(course, teacher)
    addresses = ["/courses/", "/courses/new/", f"/courses/{course.pk}/rooms/{group.pk}/"]
    for address in addresses:
        assert faults(browser_of(teacher).get(address)) == []
    assert faults(browser_of(parent).get("/courses/")) == []
    archive_room(acting(teacher), group)
    assert faults(browser_of(teacher).get(f"/courses/{course.pk}/rooms/{group.pk}/record/")) == []


@pytest.mark.parametrize("page", PAGES)
def test_each_page_speaks_spanish(page: str, course: Course, room: Room, teacher: Member) -> None:
    Member.objects.filter(pk=teacher.pk).update(locale="es")
    text = browser_of(teacher).get(f"/courses/{course.pk}/{page}").text
    assert "Página del curso" in text
    for english in ("Course page", "People", "Save", "Remove", "Bring back", "New room", "Add staff", "Waiting"):
        assert english not in text


# Who finds what


@pytest.mark.row("S8")
@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_finds_nothing_of_a_course_just_as_of_an_absent_one(
    page: str, course: Course, room: Room, teacher: Member, stranger: Member, school_admin: Member
) -> None:
    assert status(teacher, f"/courses/{course.pk}/{page}") == 200
    for outsider in (stranger, school_admin):
        answers = [browser_of(outsider).get(f"/courses/{pk}/{page}") for pk in (course.pk, course.pk + 1000)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert "Algebra" not in answers[0].text


@pytest.mark.row("S8")
@pytest.mark.parametrize("page", ["rooms/", "settings/", "people/add/"])
def test_what_is_staff_s_is_not_open_to_students_and_parents(
    page: str, course: Course, room: Room, teacher: Member, young_student: Member, parent: Member
) -> None:
    for member in (young_student, parent):
        assert status(member, f"/courses/{course.pk}/") == 200
        assert status(member, f"/courses/{course.pk}/{page}") == 403


def test_without_signing_in_everything_leads_to_the_door(course: Course, client) -> None:
    for page in PAGES:
        assert client.get(f"/courses/{course.pk}/{page}").headers["Location"].startswith("/sign-in/")


@pytest.mark.row("S3")
@pytest.mark.row("S4")
def test_addresses_and_full_names_are_for_instructors_alone(
    course: Course, room: Room, teacher: Member, young_student: Member, parent: Member
) -> None:
    make_classmate(course, "Jada Amos", email="jada@example.org")
    address = f"/courses/{course.pk}/people/"
    for_staff, for_peers, for_parents = (
        browser_of(member).get(address).text for member in (teacher, young_student, parent)
    )
    assert "jada@example.org" in for_staff
    assert "Jada Amos" in for_staff
    for page in (for_peers, for_parents):
        assert "jada@example.org" not in page
        assert "Amos" not in page
    assert "Jada A." in for_peers
    assert "Jada" not in for_parents
    assert re.search(r"Student \d", for_parents)


@pytest.mark.row("S20")
def test_who_waits_is_in_no_list_of_classmates(
    course: Course, room: Room, teacher: Member, young_student: Member, unconsented_student: Member
) -> None:
    address = f"/courses/{course.pk}/people/"
    assert "Sofia Novak" in browser_of(teacher).get(address).text
    assert "Sofia" not in browser_of(young_student).get(address).text


# What there is to do


def test_staff_read_what_needs_them(
    course: Course, room: Room, teacher: Member, young_student: Member, unconsented_student: Member
) -> None:
    page = browser_of(teacher).get(f"/courses/{course.pk}/").text
    assert "1 student can&#x27;t enter yet" in page or "1 student can't enter yet" in page
    assert "1 student has no parent linked" in page
    assert "What needs you" not in browser_of(young_student).get(f"/courses/{course.pk}/").text


def test_people_are_found_by_name_and_by_state(
    course: Course, room: Room, teacher: Member, young_student: Member, unconsented_student: Member
) -> None:
    client, address = browser_of(teacher), f"/courses/{course.pk}/people/"

    def names(query: str) -> list[str]:
        return [name for name in ("Devon Kim", "Sofia Novak") if name in client.get(address + query).text]

    assert names("") == ["Devon Kim", "Sofia Novak"]
    assert names("?q=devon") == ["Devon Kim"]
    assert names("?state=waiting") == ["Sofia Novak"]
    assert "Nobody here is called “Xaver”." in client.get(f"{address}?q=Xaver").text


def test_a_long_list_has_pages_that_keep_what_was_looked_for(
    course: Course, room: Room, teacher: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course_people, "PEOPLE_A_PAGE", 1)
    for _ in range(2):
        enroll(SYSTEM, course, make_classmate(course, "Jada & Amos"), role="student")
    page = browser_of(teacher).get(f"/courses/{course.pk}/people/", {"q": "jada &"}).text
    assert 'rel="next" href="?tab=students&amp;q=jada+%26&amp;page=2"' in page


def test_a_short_title_that_nobody_gave_follows_the_title(course: Course, room: Room, teacher: Member) -> None:
    client, address = browser_of(teacher), f"/courses/{course.pk}/settings/"
    client.post(address, {"title": "Geometry, " + "long " * 20, "short_title": "", "description": ""})
    (shown,) = [field for field in named(client.get(address), "input") if field.get("name") == "short_title"]
    client.post(address, {"title": "Geometry", "short_title": shown.get("value", ""), "description": ""})
    course.refresh_from_db()
    assert (course.title, course.short_title) == ("Geometry", "Geometry")


@pytest.mark.row("S14")
def test_removing_says_so_once_with_the_way_back(
    course: Course, room: Room, teacher: Member, young_student: Member
) -> None:
    client = browser_of(teacher)
    people = f"/courses/{course.pk}/people/"
    page = client.post(f"{people}{young_student.pk}/remove/", follow=True).text
    assert "Devon K. is out of the course: on every device, at once." in page
    assert f"{people}{young_student.pk}/restore/" in page
    assert not can_enter(young_student, room)
    assert "is out of the course" not in client.get(people).text
    assert "Removed" in client.get(f"{people}?tab=gone").text
    assert (
        "Devon K. is out of the course already." in client.post(f"{people}{young_student.pk}/remove/", follow=True).text
    )
    page = client.post(f"{people}{young_student.pk}/restore/", follow=True).text
    assert "Devon K. is back, with the same seat and the same groups." in page
    assert can_enter(young_student, room)


@pytest.mark.row("S9")
def test_the_only_instructor_is_told_why_leaving_is_not_possible(course: Course, room: Room, teacher: Member) -> None:
    answer = browser_of(teacher).post(f"/courses/{course.pk}/people/{teacher.pk}/remove/", follow=True)
    assert "A course needs an instructor who stays." in answer.text
    assert can_enter(teacher, room)


BUTTONS = ("archive/", "restore/", "people/{child}/remove/", "people/{child}/restore/", "rooms/{room}/archive/")


@pytest.mark.row("S8")
@pytest.mark.parametrize("button", BUTTONS)
def test_nobody_but_staff_presses_a_button(
    button: str, course: Course, room: Room, teacher: Member, young_student: Member, stranger: Member
) -> None:
    classmate = make_classmate(course, "Jada Amos")
    address = f"/courses/{course.pk}/{button.format(child=young_student.pk, room=room.pk)}"
    assert post(classmate, address).status_code in (403, 404)
    assert post(stranger, address).status_code == 404
    assert browser_of(teacher).get(address).status_code == 405
    assert Enrollment.objects.get(course=course, member=young_student).state == "active"
    room.refresh_from_db()
    assert room.state == "open"


@pytest.mark.row("S8")
def test_a_student_promotes_nobody_by_a_form(
    course: Course, room: Room, young_student: Member, teacher: Member
) -> None:
    answer = post(
        young_student, f"/courses/{course.pk}/people/add/", member=young_student.pk, role="instructor", until=""
    )
    assert answer.status_code == 403
    assert Enrollment.objects.get(course=course, member=young_student).role == "student"


@pytest.mark.row("S9")
def test_a_substitute_is_added_until_a_time(course: Course, room: Room, teacher: Member, school: School) -> None:
    substitute = make_staff(school, "Farid Haddad", Grant.Kind.INSTRUCTOR)
    values = {"member": substitute.pk, "role": "instructor", "until": "2199-01-01T15:30"}
    assert post(teacher, f"/courses/{course.pk}/people/add/", **values).status_code == 422
    values["until"] = ""
    answer = browser_of(teacher).post(f"/courses/{course.pk}/people/add/", values, follow=True)
    assert "Added. The rooms are open to them at once." in answer.text
    assert can_enter(substitute, room)


# Rooms


@pytest.mark.row("S9")
def test_a_room_is_opened_renamed_closed_and_archived(
    course: Course, room: Room, teacher: Member, young_student: Member
) -> None:
    client, rooms = browser_of(teacher), f"/courses/{course.pk}/rooms/"
    client.post(rooms, {"title": "Field trip", "kind": "course", "writers": "staff"})
    made = Room.objects.get(title="Field trip")
    assert (made.kind, made.posting, made.state) == ("course", "staff", "open")
    assert can_enter(young_student, made)
    client.post(f"{rooms}{made.pk}/", {"title": "Museum trip", "writers": "nobody"})
    made.refresh_from_db()
    assert (made.title, made.posting, made.state) == ("Museum trip", "staff", "closed")
    page = client.post(f"{rooms}{made.pk}/archive/", follow=True).text
    assert "Museum trip is archived: out of the list, and still to be read." in page
    assert not can_enter(young_student, made)
    client.post(f"{rooms}{made.pk}/restore/")
    assert can_enter(young_student, made)


@pytest.mark.row("S9")
def test_a_group_has_its_people_and_an_instructor(
    course: Course, room: Room, teacher: Member, young_student: Member
) -> None:
    other = make_classmate(course, "Jada Amos")
    client, rooms = browser_of(teacher), f"/courses/{course.pk}/rooms/"
    values = {"title": "Lab", "kind": "group", "writers": "all", "members": [young_student.pk]}
    client.post(rooms, values)
    group = Room.objects.get(title="Lab")
    assert [can_enter(member, group) for member in (teacher, young_student, other)] == [True, True, False]
    client.post(f"{rooms}{group.pk}/seat/", {"member": other.pk})
    assert can_enter(other, group)
    client.post(f"{rooms}{group.pk}/unseat/", {"member": young_student.pk})
    assert not can_enter(young_student, group)
    answer = client.post(f"{rooms}{group.pk}/unseat/", {"member": teacher.pk}, follow=True)
    assert "A group needs an instructor inside." in answer.text


def test_a_chat_of_two_and_a_room_of_elsewhere_have_no_page_there(course: Course, room: Room, teacher: Member) -> None:
    elsewhere = make_room(Course.objects.create(title="Other", slug="other", created_at=course.created_at))
    assert status(teacher, f"/courses/{course.pk}/rooms/{room.pk}/") == 200
    assert status(teacher, f"/courses/{course.pk}/rooms/{elsewhere.pk}/") == 404


@pytest.mark.row("S9")
def test_a_record_is_read_by_those_who_could_read_the_room(
    course: Course, room: Room, teacher: Member, young_student: Member, parent: Member, stranger: Member
) -> None:
    make_room(course, "Another")
    group = make_group(course, teacher, young_student)
    written(group, young_student, "what we found")
    address = f"/courses/{course.pk}/rooms/{group.pk}/record/"
    assert status(teacher, address) == 404
    archive_room(acting(teacher), group)
    for member in (teacher, young_student, parent):
        assert "what we found" in browser_of(member).get(address).text
    for member in (stranger, make_classmate(course, "Jada Amos")):
        assert status(member, address) == 404


@pytest.mark.row("S8")
def test_an_archived_course_is_on_its_own_list_and_comes_back(
    course: Course, room: Room, teacher: Member, young_student: Member
) -> None:
    written(room, young_student, "goodbye")
    client = browser_of(teacher)
    page = client.post(f"/courses/{course.pk}/archive/", follow=True).text
    assert "Algebra I, period 3 is archived. It stays readable here." in page
    assert not can_enter(young_student, room)
    for member in (teacher, young_student):
        assert "This course is archived" in browser_of(member).get(f"/courses/{course.pk}/").text
        assert "goodbye" in browser_of(member).get(f"/courses/{course.pk}/rooms/{room.pk}/record/").text
    assert post(young_student, f"/courses/{course.pk}/restore/").status_code == 403
    client.post(f"/courses/{course.pk}/restore/")
    assert can_enter(young_student, room)


# Fixed numbers of statements


@pytest.mark.parametrize("page", ["", "people/", "rooms/"])
def test_a_page_takes_the_same_statements_for_one_person_and_for_three(
    page: str, course: Course, room: Room, teacher: Member, young_student: Member
) -> None:
    client, counts = browser_of(teacher), []
    for number in (1, 3):
        while course.enrollments.filter(role="student").count() < number:
            make_room(course, f"Room {number}")
            enroll(SYSTEM, course, make_classmate(course), role="student")
        client.get(f"/courses/{course.pk}/{page}")  # what is remembered of the readers
        with CaptureQueriesContext(connection) as statements:
            assert client.get(f"/courses/{course.pk}/{page}").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]
