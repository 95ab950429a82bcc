"""Who may do what in a room. Each answers by raising the error that a person reads, or by returning."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.actor import Actor
from accounts.errors import EditWindowOver, Muted, NotAllowed, NotFound, RoomClosed
from consent.models import Grant, School
from consent.queries.schools import has_grant
from rooms.models import Course, Enrollment, Message, Room
from rooms.queries.places import places_for
from rooms.queries.standings import Standing, active_enrollments


def reach(member_id: int | None, room_id: int) -> Standing:
    """The room through the member, whom the gate lets in. What is not theirs is not found, just as what does not
    exist."""
    standing = places_for(member_id).standings.get(room_id) if member_id is not None else None
    if standing is None:
        raise NotFound
    return standing


def can_post(standing: Standing, now: datetime) -> None:
    if not standing.seat:
        raise NotAllowed
    if standing.room.state != Room.State.OPEN:
        raise RoomClosed
    if standing.room.posting == Room.Posting.STAFF and not standing.is_staff:
        raise NotAllowed
    if standing.muted_until is not None and standing.muted_until > now:
        raise Muted(until=standing.muted_until)


def can_edit(standing: Standing, message: Message, now: datetime) -> None:
    """One's own, not removed, within the school's window (U19)."""
    can_post(standing, now)
    if message.author_id != standing.member_id or message.removed_at is not None:
        raise NotAllowed
    if now - message.at > timedelta(seconds=standing.edit_seconds):
        raise EditWindowOver


def can_remove(standing: Standing, message: Message) -> bool:
    """One's own at any time; a student's by staff, who give a reason. Returns whether it is a moderation."""
    if message.author_id == standing.member_id and standing.seat:
        return False
    if standing.is_staff and _is_student(standing, message.author_id):
        return True
    raise NotAllowed


def can_open_removed(standing: Standing) -> None:
    """Instructors, in the rooms of their course. In a chat of two what is removed is gone for the other one: it takes
    a reason and a second person (S17, S41)."""
    if standing.role != Enrollment.Role.INSTRUCTOR or standing.room.kind == Room.Kind.DIRECT:
        raise NotAllowed


def can_moderate(standing: Standing) -> None:
    if not standing.is_staff:
        raise NotAllowed


def can_mute(standing: Standing, member_id: int) -> None:
    can_moderate(standing)
    if not _is_student(standing, member_id):
        raise NotAllowed


def must_be_staff(actor: Actor, course: Course) -> None:
    """Somebody else's course is not found."""
    if actor.is_system:
        return
    row = active_enrollments(timezone.now()).filter(course=course, member=actor.member_id).first()
    if row is None:
        raise NotFound
    if not row.is_staff:
        raise NotAllowed


def can_create_course(actor: Actor, school: School | None) -> None:
    """A confirmed instructor, of the school or of no school (S1); the school's administrator."""
    if actor.is_system:
        return
    school_id = school.pk if school is not None else None
    kinds = (Grant.Kind.INSTRUCTOR, Grant.Kind.SCHOOL_ADMIN)
    if not any(has_grant(actor.member_id, kind, school_id) for kind in kinds):
        raise NotAllowed


def _is_student(standing: Standing, member_id: int) -> bool:
    return Enrollment.objects.filter(
        course=standing.room.course_id, member=member_id, role=Enrollment.Role.STUDENT
    ).exists()
