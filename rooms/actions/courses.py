"""Making courses and their rooms."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actor import Actor
from accounts.errors import FieldInvalid
from consent.models import School
from rooms import permissions
from rooms.models import Course, Room, RoomHead
from rooms.queries.seats import with_families
from rooms.queries.standings import active_enrollments


def create_course(actor: Actor, school: School | None, *, title: str, short_title: str = "") -> Course:
    """A private course without anybody in it yet. Raises NotAllowed, FieldInvalid (title)."""
    permissions.can_create_course(actor, school)
    title = title.strip()
    if not 1 <= len(title) <= 120:
        raise FieldInvalid(_("Give the course a title of at most 120 characters."), field="title")
    try:
        return _insert(actor, school, title, short_title.strip() or title)
    except IntegrityError:  # another course of this title at the same moment: now it can be seen
        return _insert(actor, school, title, short_title.strip() or title)


def _insert(actor: Actor, school: School | None, title: str, short_title: str) -> Course:
    with transaction.atomic():
        slug, now = _free_slug(title), timezone.now()
        course = Course.objects.create(school=school, title=title, short_title=short_title, slug=slug, created_at=now)
        audit.record(actor, "course.create", course, scope=scope_of(course))
    return course


def _free_slug(title: str) -> str:
    base = slugify(title)[:70] or "course"
    taken = set(Course.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


def add_room(
    actor: Actor, course: Course, *, title: str, kind: str = Room.Kind.COURSE, posting: str = Room.Posting.ALL
) -> Room:
    """A course or group room. Who is in a group room is `rooms.actions.rooms.seat_in_group`'s.

    Raises: NotFound, NotAllowed, FieldInvalid (title, kind).
    """
    permissions.must_be_staff(actor, course)
    title = title.strip()
    if not 1 <= len(title) <= 80:
        raise FieldInvalid(_("Give the room a title of at most 80 characters."), field="title")
    if kind not in (Room.Kind.COURSE, Room.Kind.GROUP):
        raise FieldInvalid(field="kind")
    with transaction.atomic():
        if kind == Room.Kind.COURSE:
            bump_access(_everybody(course), reason="room opened")
        room = make_room(course, kind=kind, title=title, posting=posting)
        audit.record(actor, "room.create", room, scope=scope_of(course))
    return room


def make_room(course: Course, **fields: object) -> Room:
    """A room and its head, inside the caller's transaction."""
    position = course.rooms.count()
    room = Room.objects.create(course=course, position=position, created_at=timezone.now(), **fields)
    RoomHead.objects.create(room=room)
    return room


def _everybody(course: Course) -> set[int]:
    """Whose pages get a new room of the course: those who are in it, and who reads along."""
    enrolled = active_enrollments(timezone.now()).filter(course=course)
    return with_families(list(enrolled.values_list("member_id", flat=True)))


def scope_of(course: Course) -> str:
    """Which chain of the audit log a change of this course belongs to."""
    return str(course.school_id or "site")
