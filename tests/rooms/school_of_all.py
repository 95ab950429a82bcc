"""A school with everybody in it, once: who there is, and by hand what each may do in every room.

The table is written down, not derived: the tests hold the code against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from accounts.actions.members import change_state
from accounts.models import Member, MemberState
from consent.actions.consents import withdraw_consent
from consent.actions.guardians import end_link, link_guardian
from consent.models import Grant, School, SchoolAgreement, Scope
from rooms.actions.enrollments import end_enrollment
from rooms.models import Course, Room
from tests.cast import SYSTEM, link_of, make_guardian, make_member, make_school, make_staff, make_student
from tests.rooms_cast import (
    ASSISTANT,
    INSTRUCTOR,
    in_state,
    join,
    make_classmate,
    make_course,
    make_direct,
    make_group,
    make_room,
    written,
)

WRITE, LEAD, TIDY, TIDY_AND_LEAD, READ = (
    {"send", "edit", "remove"},
    {"send", "edit", "remove", "moderate"},
    {"remove"},
    {"remove", "moderate"},
    set[str](),
)

STAFF_OF_COURSE = ("instructor", "co_instructor", "assistant")
CHILDREN_INSIDE = ("student", "classmate", "young", "masked")
FAMILIES = ("parent", "other_parent", "masked_parent", "hidden_parent", "parent_of_two")
OUTSIDE = (
    *("waiting", "hidden", "left", "suspended", "waiting_parent", "former_parent", "suspended_parent"),
    *("school_admin", "moderator", "other_instructor", "other_supervisor", "stranger"),
)


def _class(staff: set[str], students: set[str]) -> dict[str, tuple[str, set[str]]]:
    return {
        **dict.fromkeys(STAFF_OF_COURSE, ("staff", staff)),
        **dict.fromkeys(CHILDREN_INSIDE, ("peer", students)),
        **dict.fromkeys(FAMILIES, ("guardian", READ)),
    }


# room → person → (view, what they may do); who isn't named has nothing there
TABLE: Mapping[str, Mapping[str, tuple[str, set[str]]]] = {
    "general": _class(LEAD, WRITE),
    "announcements": _class(LEAD, TIDY),
    "closed": _class(TIDY_AND_LEAD, TIDY),
    "archived": {},
    "group": {
        "instructor": ("staff", LEAD),
        "student": ("peer", WRITE),
        "young": ("peer", WRITE),
        "parent": ("guardian", READ),
        "parent_of_two": ("guardian", READ),
    },
    "unlinked_chat": {  # with the student, to whom no parent is linked
        "instructor": ("staff", LEAD),
        "student": ("peer", WRITE),
        "supervisor": ("staff", READ),
    },
    "linked_chat": {  # with the young one
        "instructor": ("staff", LEAD),
        "young": ("peer", WRITE),
        "parent": ("guardian", READ),
        "parent_of_two": ("guardian", READ),
    },
    "about": {"instructor": ("staff", LEAD), "parent": ("peer", WRITE)},  # the young one
    "former_about": {"instructor": ("staff", LEAD)},  # with a parent whose link has ended
    "elsewhere": {"other_instructor": ("staff", LEAD)},
}
ROOMS = tuple(TABLE)
PEOPLE = (*STAFF_OF_COURSE, *CHILDREN_INSIDE, *FAMILIES, "supervisor", *OUTSIDE)

# Names that occur nowhere else: what must not be seen is looked for by them.
NAMES = {
    "student": "Quillon Aardwolf",
    "classmate": "Jessamy Bandicoot",
    "young": "Thisbe Caracal",
    "masked": "Orlagh Dugong",
    "waiting": "Fenella Echidna",
    "hidden": "Lysander Fossa",
    "left": "Ptolemy Gerenuk",
    "suspended": "Zebedee Hoatzin",
    "parent": "Ottoline Caracal",
    "other_parent": "Barnaby Bandicoot",
    "masked_parent": "Sunniva Dugong",
    "hidden_parent": "Caspian Fossa",
}


@dataclass(frozen=True)
class Everybody:
    course: Course
    people: Mapping[str, Member]
    rooms: Mapping[str, Room]

    def who(self, member_id: int) -> str:
        return next(name for name, member in self.people.items() if member.pk == member_id)


@pytest.fixture
def everybody(school: School, agreement: SchoolAgreement, instructor: Member) -> Everybody:
    course = make_course(school)
    people = {"instructor": instructor}
    join(course, instructor, INSTRUCTOR)
    people |= _staff(school, course)
    people |= _children(course)
    people |= _families(people)
    rooms = _rooms(course, people)
    _talk(rooms, people)
    _turn(course, people)
    in_state(rooms["closed"], "closed")
    in_state(rooms["archived"], "archived")
    return Everybody(course, people, rooms)


def _staff(school: School, course: Course) -> dict[str, Member]:
    people = {
        "co_instructor": make_member("Martin Chen"),
        "assistant": make_member("Theo Assis"),
        "supervisor": make_staff(school, "Tomás Ibarra", Grant.Kind.SUPERVISOR),
        "school_admin": make_staff(school, "Ruth Lindqvist", Grant.Kind.SCHOOL_ADMIN),
        "moderator": make_staff(school, "Avery Moss", Grant.Kind.MODERATOR),
        "other_instructor": make_member("Leo Sato"),
        "stranger": make_member("Sam Stranger"),
    }
    join(course, people["co_instructor"], INSTRUCTOR)
    join(course, people["assistant"], ASSISTANT)
    return people | {"other_supervisor": make_staff(make_school("Another"), "Una Other", Grant.Kind.SUPERVISOR)}


def _children(course: Course) -> dict[str, Member]:
    assert course.school is not None
    people = {
        "student": make_classmate(course, NAMES["student"]),
        "classmate": make_classmate(course, NAMES["classmate"]),
        "young": make_classmate(course, NAMES["young"], age=13, scopes=[Scope.USE, Scope.VISIBLE_TO_PEERS]),
        "masked": make_classmate(course, NAMES["masked"], age=13),
        "hidden": make_classmate(course, NAMES["hidden"], age=13, scopes=[Scope.USE, Scope.VISIBLE_TO_PEERS]),
        "left": make_classmate(course, NAMES["left"]),
        "suspended": make_classmate(course, NAMES["suspended"]),
        "waiting": make_student(course.school, NAMES["waiting"], age=13),
    }
    join(course, people["waiting"])
    return people


def _families(people: Mapping[str, Member]) -> dict[str, Member]:
    of_two = make_guardian(people["young"], slot=3)
    link_guardian(SYSTEM, of_two, people["masked"], slot=3)
    return {
        "parent": make_guardian(people["young"], NAMES["parent"]),
        "other_parent": make_guardian(people["classmate"], NAMES["other_parent"]),
        "masked_parent": make_guardian(people["masked"], NAMES["masked_parent"]),
        "hidden_parent": make_guardian(people["hidden"], NAMES["hidden_parent"]),
        "waiting_parent": make_guardian(people["waiting"]),
        "former_parent": make_guardian(people["classmate"], slot=2),
        "suspended_parent": make_guardian(people["classmate"], slot=3),
        "parent_of_two": of_two,
    }


def _rooms(course: Course, people: Mapping[str, Member]) -> dict[str, Room]:
    teacher, elsewhere = people["instructor"], make_course(course.school, "Biology")
    join(elsewhere, people["other_instructor"], INSTRUCTOR)
    return {
        "general": make_room(course),
        "announcements": make_room(course, "Announcements", posting=Room.Posting.STAFF),
        "closed": make_room(course, "Quiz review"),
        "archived": make_room(course, "Last year"),
        "group": make_group(course, teacher, people["student"], people["young"], people["left"]),
        "unlinked_chat": make_direct(course, teacher, people["student"]),
        "linked_chat": make_direct(course, teacher, people["young"]),
        "about": make_direct(course, people["parent"], teacher, about=people["young"]),
        "former_about": make_direct(course, people["former_parent"], teacher, about=people["classmate"]),
        "elsewhere": make_room(elsewhere, "General"),
    }


def _talk(rooms: Mapping[str, Room], people: Mapping[str, Member]) -> None:
    for who in (*STAFF_OF_COURSE, *CHILDREN_INSIDE, "hidden", "left", "suspended"):
        written(rooms["general"], people[who], f"words of {who}")
    for room in ("group", "unlinked_chat", "linked_chat", "about", "former_about"):
        written(rooms[room], people["instructor"], "a word between us")


def _turn(course: Course, people: Mapping[str, Member]) -> None:
    """After they have been there: who is held, gone or linked no longer."""
    withdraw_consent(SYSTEM, people["hidden"], grantor="A. Parent")
    end_enrollment(SYSTEM, course, people["left"])
    end_link(SYSTEM, link_of(people["former_parent"], people["classmate"]))
    for who in ("suspended", "suspended_parent"):
        change_state(SYSTEM, people[who], MemberState.SUSPENDED, reason="test")
