"""The cast's people, for the tests of this package."""

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

__all__ = [
    "agreement",
    "instructor",
    "parent",
    "school",
    "school_admin",
    "stranger",
    "student",
    "supervisor",
    "unconsented_student",
    "young_student",
]
