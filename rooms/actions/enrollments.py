"""Who is in a course. A seat is given once and kept for ever; coming back is the same row and the same seat."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actor import Actor
from accounts.errors import NotFound
from accounts.models import Member
from rooms.actions.courses import scope_of
from rooms.actions.log import append_event
from rooms.models import Course, Enrollment, EventKind, ReadMark, Room, RoomMember


def enroll(
    actor: Actor,
    course: Course,
    member: Member,
    *,
    role: str,
    until: datetime | None = None,
    joined_at: datetime | None = None,
    source: str = "teacher",
) -> Enrollment:
    """Put a member into a course, or back into it. What was written before counts as read.

    In again: only the role and `until` change. The caller has asked the gate and the permission to invite.
    """
    with transaction.atomic():
        bump_access([member.pk], reason="enrolled")
        enrollment = Enrollment.objects.filter(course=course, member=member).first()
        if enrollment is None:
            enrollment = _new(course, member, role, until, joined_at or timezone.now(), source)
        else:
            _again(enrollment, role, until)
        bump_roster(course)
        _mark_past_as_read(course, member)
        _tell_rooms(enrollment, EventKind.MEMBER_JOINED, actor)
        audit.record(actor, "course.enroll", course, scope=scope_of(course), subject=member.pk, role=role)
    return enrollment


def _new(
    course: Course, member: Member, role: str, until: datetime | None, joined_at: datetime, source: str
) -> Enrollment:
    Course.objects.filter(pk=course.pk).update(last_seat=F("last_seat") + 1)
    course.refresh_from_db(fields=["last_seat"])
    return Enrollment.objects.create(
        course=course,
        member=member,
        role=role,
        seat=course.last_seat,
        joined_at=joined_at,
        until=until,
        source=source,
    )


def _again(enrollment: Enrollment, role: str, until: datetime | None) -> None:
    enrollment.role, enrollment.until, enrollment.left_at = role, until, None
    enrollment.state = Enrollment.State.ACTIVE
    enrollment.save(update_fields=["role", "until", "left_at", "state"])


def end_enrollment(actor: Actor, course: Course, member: Member, *, removed: bool = False) -> Enrollment:
    """Take a member out: the sockets lose the course's rooms at once, nothing else closes. Raises NotFound."""
    with transaction.atomic():
        bump_access([member.pk], reason="left")
        enrollment = Enrollment.objects.filter(course=course, member=member, state=Enrollment.State.ACTIVE).first()
        if enrollment is None:
            raise NotFound
        enrollment.state = Enrollment.State.REMOVED if removed else Enrollment.State.LEFT
        enrollment.left_at = timezone.now()
        enrollment.save(update_fields=["state", "left_at"])
        bump_roster(course)
        _tell_rooms(enrollment, EventKind.MEMBER_LEFT, actor)
        audit.record(actor, "course.leave", course, scope=scope_of(course), subject=member.pk, removed=removed)
    return enrollment


def hide_member(child_id: int, *, at: datetime) -> None:
    """Classmates no longer see the child nor what the child wrote. Inside the transaction of the consent's record."""
    for enrollment in _enrolled(child_id).filter(hidden_at__isnull=True):
        enrollment.hidden_at = at
        _show_or_hide(enrollment, EventKind.MEMBER_HIDDEN)


def show_member(child_id: int) -> None:
    """They see both again. A child who comes in for the first time only appears in the roster."""
    for enrollment in _enrolled(child_id):
        if enrollment.hidden_at is not None:
            enrollment.hidden_at = None
            _show_or_hide(enrollment, EventKind.MEMBER_SHOWN)
        else:
            bump_roster(enrollment.course)


def _enrolled(child_id: int) -> QuerySet[Enrollment]:
    return Enrollment.objects.filter(member=child_id).select_related("course").order_by("course")


def _show_or_hide(enrollment: Enrollment, kind: EventKind) -> None:
    enrollment.save(update_fields=["hidden_at"])
    bump_roster(enrollment.course)
    _tell_rooms(enrollment, kind, Actor.system("consent"))


def bump_roster(course: Course) -> None:
    """The names behind the seats have changed: pages fetch them again."""
    Course.objects.filter(pk=course.pk).update(roster_version=F("roster_version") + 1)


def _tell_rooms(enrollment: Enrollment, kind: EventKind, actor: Actor) -> None:
    """One entry in the log of every room where this person has a seat, by room id as the lock order says."""
    rooms = dict.fromkeys(_course_rooms(enrollment.course_id), enrollment.seat)
    seated = RoomMember.objects.filter(member=enrollment.member_id, room__course=enrollment.course_id)
    rooms |= dict(seated.values_list("room_id", "seat"))
    for room_id in sorted(rooms):
        append_event(room_id, kind, actor_id=actor.member_id, seat=0, data={"seat": rooms[room_id]})


def _course_rooms(course_id: int) -> list[int]:
    return list(Room.objects.filter(course=course_id, kind=Room.Kind.COURSE).values_list("pk", flat=True))


def _mark_past_as_read(course: Course, member: Member) -> None:
    """Somebody new begins with nothing unread; a room made later begins at zero by itself."""
    now = timezone.now()
    for room in course.rooms.filter(kind=Room.Kind.COURSE).select_related("head"):
        head = room.head
        if head.message_count:
            ReadMark.objects.get_or_create(
                member=member, room=room, defaults={"seq": head.last_seq, "number": head.message_count, "at": now}
            )
