"""Class cards, by the teacher of the child's course or the school.

Invariant: a card is made or taken back only through a course of the actor's in which the child studies.
"""

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotFound
from consent.actions import class_cards
from consent.actions.class_cards import FreshCard
from rooms.queries.class_cards import card_students, course_for_cards

MOST = 60  # at once: a class and a half


def make_cards(actor: Actor, course_id: int, member_ids: Collection[int], *, seen: int) -> list[FreshCard]:
    """New cards for chosen students, by the name the class knows; what they had is dead. Raises NotFound, FieldInvalid
    (`students`, `seen`)."""
    course, school = course_for_cards(actor, course_id)
    wanted = set(member_ids)
    students = list(card_students(course).filter(pk__in=wanted))
    if len(students) != len(wanted):
        raise NotFound
    if not 1 <= len(students) <= MOST:
        raise FieldInvalid(_("Choose who gets a card: from 1 to %(most)d students."), field="students", most=MOST)
    fresh = {card.member.pk: card for card in class_cards.issue_cards(actor, school, students, seen=seen)}
    return [fresh[student.pk] for student in students]


def revoke_card(actor: Actor, course_id: int, member_id: int) -> str:
    """The card is lost: it opens nothing from now on. The child's name, for the page. Raises NotFound."""
    course, school = course_for_cards(actor, course_id)
    child = card_students(course).filter(pk=member_id).first()
    if child is None:
        raise NotFound
    class_cards.revoke_card(actor, school, child)
    return child.course_name
