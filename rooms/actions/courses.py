"""Courses: made, described, archived; what they ask who joins; and the rooms that come with them.

Invariant: who leads a course is in it from the transaction that makes it; what is archived changes no more until it is
brought back.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed
from accounts.models import Member
from consent.models import School
from rooms import permissions
from rooms.models import Course, Enrollment, JoinAnswer, Question, Room, RoomHead
from rooms.queries.seats import everybody_and_supervisors_of, everybody_of

TITLE_CHARS, SHORT_TITLE_CHARS, ROOM_TITLE_CHARS, DESCRIPTION_CHARS = 120, 60, 80, 2000
NOT_ON_THE_LIST = _("Choose from the list: nothing else can be asked.")


def create_course(
    actor: Actor, school: School | None, *, title: str, short_title: str = "", description: str = ""
) -> Course:
    """A private course without anybody in it yet. Raises NotAllowed, FieldInvalid (title, description)."""
    permissions.can_create_course(actor, school)
    return _make(actor, school, _said(title, short_title, description), teacher=None, rooms=())


def start_course(
    actor: Actor,
    school: School | None,
    *,
    title: str,
    short_title: str = "",
    description: str = "",
    rooms: Sequence[tuple[str, str]],
    questions: Collection[str] = (),
) -> Course:
    """A private course that the actor teaches, with its first rooms: (title, who posts), and what it asks students who
    join. An unconfirmed instructor's meets nobody until the school confirms (S1). Raises NotAllowed, FieldInvalid
    (title, description, rooms, questions)."""
    permissions.can_create_course(actor, school)
    if actor.member_id is None:
        raise NotAllowed
    said = {**_said(title, short_title, description), "questions": checked_questions(questions)}
    if not rooms:
        raise FieldInvalid(_("A course begins with one room at least."), field="rooms")
    named = [(room_title(name), posting) for name, posting in rooms]
    return _make(actor, school, said, teacher=actor.member_id, rooms=named)


def _said(title: str, short_title: str, description: str) -> dict[str, str]:
    title, description = title.strip(), description.strip()
    if not 1 <= len(title) <= TITLE_CHARS:
        raise FieldInvalid(_("Give the course a title of at most 120 characters."), field="title")
    short_title = short_title.strip() or title
    if len(description) > DESCRIPTION_CHARS:
        raise FieldInvalid(_("At most 2,000 characters fit here."), field="description")
    return {"title": title, "short_title": short_title[:SHORT_TITLE_CHARS], "description": description}


def _make(
    actor: Actor,
    school: School | None,
    said: dict[str, Any],
    *,
    teacher: int | None,
    rooms: Sequence[tuple[str, str]],
) -> Course:
    try:
        return _insert(actor, school, said, teacher, rooms)
    except IntegrityError:  # another course of this title at the same moment: now it can be seen
        return _insert(actor, school, said, teacher, rooms)


def _insert(
    actor: Actor, school: School | None, said: dict[str, Any], teacher: int | None, rooms: Sequence[tuple[str, str]]
) -> Course:
    with transaction.atomic():
        bump_access([teacher] if teacher is not None else [], reason="course started")
        slug, now = _free_slug(said["title"]), timezone.now()
        course = Course.objects.create(school=school, slug=slug, created_at=now, **said)
        for title, posting in rooms:
            make_room(course, kind=Room.Kind.COURSE, title=title, posting=posting)
        if teacher is not None:
            _seat_teacher(course, teacher)
        audit.record(actor, "course.create", course, scope=scope_of(course))
    return course


def _seat_teacher(course: Course, teacher: int) -> None:
    """The first seat; nothing was written before, and nobody is there to be told."""
    Enrollment.objects.create(
        course=course,
        member=Member.objects.get(pk=teacher),
        role=Enrollment.Role.INSTRUCTOR,
        seat=1,
        joined_at=course.created_at,
    )
    course.last_seat = 1
    course.save(update_fields=["last_seat"])


def change_course(actor: Actor, course: Course, *, title: str, short_title: str = "", description: str = "") -> Course:
    """What it is called and what it is about; open pages follow. Raises NotFound, NotAllowed, FieldInvalid."""
    permissions.must_lead(actor, course)
    said = _said(title, short_title, description)
    changed = sorted(name for name, value in said.items() if getattr(course, name) != value)
    if not changed:
        return course
    with transaction.atomic():
        bump_access(everybody_of(course), reason="course renamed")
        Course.objects.filter(pk=course.pk).update(**said)
        audit.record(actor, "course.change", course, scope=scope_of(course), changed=changed)
    course.refresh_from_db()
    return course


def choose_questions(actor: Actor, course: Course, questions: Collection[str]) -> Course:
    """What students are asked who join from now on, from the fixed list; the answers to what is asked no longer are
    deleted. Raises NotFound, NotAllowed, FieldInvalid (questions)."""
    permissions.must_lead(actor, course)
    chosen = checked_questions(questions)
    with transaction.atomic():
        if held(course).questions == chosen:
            return course
        Course.objects.filter(pk=course.pk).update(questions=chosen)
        gone = JoinAnswer.objects.filter(enrollment__course=course).exclude(question__in=chosen).delete()[0]
        audit.record(actor, "course.ask", course, scope=scope_of(course), questions=chosen, deleted_count=gone)
    course.questions = chosen
    return course


def checked_questions(questions: Collection[str]) -> list[str]:
    """In the order of the list. Raises FieldInvalid for one that isn't on it."""
    if not set(questions) <= set(Question.values):
        raise FieldInvalid(NOT_ON_THE_LIST, field="questions")
    return [question.value for question in Question if question in questions]


def held(course: Course) -> Course:
    """As it is now, and as it stays until this transaction ends."""
    return Course.objects.select_for_update(no_key=True).get(pk=course.pk)


def archive_course(actor: Actor, course: Course) -> Course:
    """From now on a record: out of every list, off every socket, read by those who were in it. Nothing is deleted.

    Raises NotFound, NotAllowed (archived already, too).
    """
    permissions.must_lead(actor, course)
    return _set_archived(actor, course, is_archived=True)


def restore_course(actor: Actor, course: Course) -> Course:
    """Bring it back as it was, each room as it was. Raises NotFound, NotAllowed."""
    if not (actor.is_system or permissions.enrollment_of(actor, course).leads):
        raise NotAllowed
    return _set_archived(actor, course, is_archived=False)


def _set_archived(actor: Actor, course: Course, *, is_archived: bool) -> Course:
    with transaction.atomic():
        readers = everybody_and_supervisors_of(course)
        bump_access(readers, reason="course archived" if is_archived else "course restored")
        course.archived_at = timezone.now() if is_archived else None
        course.save(update_fields=["archived_at"])
        audit.record(actor, "course.archive" if is_archived else "course.restore", course, scope=scope_of(course))
    return course


def _free_slug(title: str) -> str:
    base = slugify(title)[:70] or "course"
    taken = set(Course.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


def add_room(
    actor: Actor, course: Course, *, title: str, kind: str = Room.Kind.COURSE, posting: str = Room.Posting.ALL
) -> Room:
    """A course or group room. Who is in a group room is `rooms.actions.rooms.seat_in_group`'s.

    Raises: NotFound, NotAllowed, FieldInvalid (title, kind, posting).
    """
    permissions.must_be_staff(actor, course)
    title = room_title(title)
    if kind not in (Room.Kind.COURSE, Room.Kind.GROUP):
        raise FieldInvalid(field="kind")
    must_be_posting(posting)
    with transaction.atomic():
        if kind == Room.Kind.COURSE:
            bump_access(everybody_of(course), reason="room opened")
        room = make_room(course, kind=kind, title=title, posting=posting)
        audit.record(actor, "room.create", room, scope=scope_of(course))
    return room


def make_room(course: Course, **fields: object) -> Room:
    """A room and its head, inside the caller's transaction."""
    position = course.rooms.count()
    room = Room.objects.create(course=course, position=position, created_at=timezone.now(), **fields)
    RoomHead.objects.create(room=room)
    return room


def room_title(title: str) -> str:
    title = title.strip()
    if not 1 <= len(title) <= ROOM_TITLE_CHARS:
        raise FieldInvalid(_("Give the room a title of at most 80 characters."), field="title")
    return title


def scope_of(course: Course) -> str:
    """Which chain of the audit log a change of this course belongs to."""
    return str(course.school_id or "site")


def must_be_posting(posting: str) -> None:
    if posting not in Room.Posting.values:
        raise FieldInvalid(field="posting")
