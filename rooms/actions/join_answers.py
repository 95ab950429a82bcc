"""What students answer who join a course: kept, corrected, deleted (S1, S5). What is asked: rooms.actions.courses.

Invariants: what is not asked for is not stored, whoever posts it; nobody of 13 or under, or of unknown age in a school,
answers anything; an answer lasts no longer than its question, the place in the course and the account. Each change is
on record, by the name of the question and never by the answer.
"""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actions.profiles import check_field
from accounts.actor import Actor
from accounts.errors import NotAllowed, NotFound
from accounts.models import MemberState
from rooms.actions.courses import held, scope_of
from rooms.models import Enrollment, JoinAnswer
from rooms.queries.join_answers import may_be_asked, questions_of

Answers = Mapping[str, str]
NO_ANSWERS: Answers = {}


# What is answered


def checked_answers(asked: Collection[str], answers: Answers) -> dict[str, str]:
    """Those that were asked for and say something, cleaned as names are; all else is dropped. Raises FieldInvalid, by
    the name of the question."""
    plain = {question: _plain(answers.get(question, "")) for question in asked}
    for question, value in plain.items():
        check_field(question, value)
    return {question: value for question, value in plain.items() if value}


def _plain(value: str) -> str:
    return " ".join(part for part in value.split(" ") if part)


def keep_answers(actor: Actor, enrollment: Enrollment, given: Answers) -> None:
    """Those of somebody who has just joined, inside the transaction that lets them in: the course is locked by it."""
    asked = questions_of(held(enrollment.course)) if given else []
    _keep(actor, enrollment, {question: given[question] for question in asked if question in given})


def correct_answers(actor: Actor, enrollment: Enrollment, answers: Answers) -> None:
    """One's own, to what the course asks now: written anew, or deleted where nothing is written. Raises NotFound for
    anybody else's and after leaving, NotAllowed (young), FieldInvalid."""
    _must_be_theirs(actor, enrollment)
    with transaction.atomic():
        bump_access([enrollment.member_id], reason="join answers")
        asked = questions_of(held(enrollment.course))
        if not Enrollment.objects.filter(pk=enrollment.pk, state=Enrollment.State.ACTIVE).exists():
            raise NotFound
        given = checked_answers(asked, answers)
        known = dict(enrollment.answers.values_list("question", "value"))
        _keep(actor, enrollment, {key: value for key, value in given.items() if known.get(key) != value})
        for question in sorted(known.keys() & set(asked) - given.keys()):
            _delete(actor, enrollment.answers.get(question=question))


def _must_be_theirs(actor: Actor, enrollment: Enrollment) -> None:
    if actor.member_id != enrollment.member_id:
        raise NotFound
    if enrollment.role != Enrollment.Role.STUDENT or not may_be_asked(enrollment.member):
        raise NotAllowed


def _keep(actor: Actor, enrollment: Enrollment, given: Answers) -> None:
    for question, value in given.items():
        values = {"value": value, "at": timezone.now()}
        JoinAnswer.objects.update_or_create(enrollment=enrollment, question=question, defaults=values)
    if given:
        _note(actor, enrollment, "join_answer.kept", sorted(given))


def delete_answer(actor: Actor, answer_id: int) -> None:
    """One's own, at any time, at any age and after leaving too. Raises NotFound."""
    with transaction.atomic():
        bump_access([actor.member_id] if actor.member_id is not None else [], reason="join answers")
        answer = JoinAnswer.objects.filter(pk=answer_id, enrollment__member=actor.member_id).first()
        if answer is None:
            raise NotFound
        _delete(actor, answer)


def _delete(actor: Actor, answer: JoinAnswer) -> None:
    answer.delete()
    _note(actor, answer.enrollment, "join_answer.deleted", [answer.question])


def _note(actor: Actor, enrollment: Enrollment, action: str, questions: list[str]) -> None:
    course = enrollment.course
    audit.record(actor, action, course, scope=scope_of(course), subject=enrollment.member_id, questions=questions)


# What ends


def forget_answers(actor: Actor, enrollment: Enrollment) -> None:
    """Of somebody who leaves the course, inside that transaction: the course was asked for them, and it is over."""
    questions = sorted(enrollment.answers.values_list("question", flat=True))
    if questions:
        enrollment.answers.all().delete()
        _note(actor, enrollment, "join_answer.deleted", questions)


def forget_answers_of_the_closed() -> int:
    """Of accounts that are closed for good; the clock's. Returns of how many places in courses."""
    over = (MemberState.CLOSED, MemberState.ERASED)
    answered = JoinAnswer.objects.filter(enrollment__member__state__in=over).values("enrollment")
    rows = list(Enrollment.objects.filter(pk__in=answered).select_related("course").order_by("pk"))
    for row in rows:
        with transaction.atomic():
            forget_answers(Actor.system("account closed"), row)
    return len(rows)
