"""The cast's people and their class, for the tests of every package."""

from tests.cast import (
    agreement,
    instructor,
    parent,
    school,
    school_admin,
    stranger,
    student,
    supervisor,
    unconsented_student,
    young_student,
)
from tests.rooms_cast import assistant, classmate, co_instructor, course, other_parent, room

__all__ = [
    "agreement",
    "assistant",
    "classmate",
    "co_instructor",
    "course",
    "instructor",
    "other_parent",
    "parent",
    "room",
    "school",
    "school_admin",
    "stranger",
    "student",
    "supervisor",
    "unconsented_student",
    "young_student",
]
