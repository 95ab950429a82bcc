"""What a course asks students who join, and what they answered (S1).

Invariant: an answer is to a question of its course, by a student who is older than 13; nothing else is stored. It is
no part of a profile and has no audience: the instructors of the course read it, the student and the linked parents.
"""

from typing import ClassVar

from django.db import models

from accounts.models import ProfileField
from rooms.models.courses import Enrollment

Field = ProfileField.Field


class Question(models.TextChoices):
    """The fixed list, in the order of the pages; each is called as the profile calls the same thing."""

    SCHOOL = Field.SCHOOL.value, Field.SCHOOL.label
    FIELD_OF_STUDY = Field.FIELD_OF_STUDY.value, Field.FIELD_OF_STUDY.label
    GRADUATION_YEAR = Field.GRADUATION_YEAR.value, Field.GRADUATION_YEAR.label
    EMPLOYER = Field.EMPLOYER.value, Field.EMPLOYER.label


class JoinAnswer(models.Model):
    enrollment = models.ForeignKey(Enrollment, models.PROTECT, related_name="answers")
    question = models.CharField(max_length=20, choices=Question.choices)
    value = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["enrollment", "question"], name="answered_once")]

    def __str__(self) -> str:
        return f"{self.question} of {self.enrollment_id}"

    @property
    def label(self) -> str:
        return str(Question(self.question).label)
