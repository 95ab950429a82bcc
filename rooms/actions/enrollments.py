"""Who is in a course. A seat is given once and kept for ever; coming back is the same row and the same seat."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actor import Actor
from accounts.errors import NotFound
from accounts.models import Member, MemberState
from consent.gate import Allow
from consent.queries.facts import decisions_of
from rooms import permissions
from rooms.actions.courses import scope_of
from rooms.actions.drafts import forget_drafts
from rooms.actions.log import append_event
from rooms.actions.reads import mark_as_read
from rooms.models import Course, Enrollment, EventKind, Room, RoomHead, RoomMember
from rooms.queries.seats import with_families


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

    In again: only the role and `until` change; in already: the same once more. The caller has asked the gate and the
    permission to invite.
    """
    with transaction.atomic():
        bump_access(with_families([member.pk]), reason="enrolled")
        enrollment = Enrollment.objects.filter(course=course, member=member).first()
        was_in = enrollment is not None and enrollment.is_active_at(timezone.now())
        if enrollment is None:
            enrollment = _new(course, member, role, until, joined_at or timezone.now(), source)
        elif was_in and (enrollment.role, enrollment.until) == (role, until):
            return enrollment
        else:
            _again(enrollment, role, until)
        bump_roster(course)
        if not was_in:
            _mark_past_as_read(enrollment)
            _tell_rooms([enrollment], EventKind.MEMBER_JOINED, actor)
        audit.record(actor, "course.enroll", course, scope=scope_of(course), subject=member.pk, role=role)
    return enrollment


def _new(
    course: Course, member: Member, role: str, until: datetime | None, joined_at: datetime, source: str
) -> Enrollment:
    Course.objects.filter(pk=course.pk).update(last_seat=F("last_seat") + 1)
    course.refresh_from_db(fields=["last_seat"])
    hidden = _enrolled(member.pk).filter(hidden_at__isnull=False).first()  # in this course too, then
    return Enrollment.objects.create(
        course=course,
        member=member,
        role=role,
        seat=course.last_seat,
        joined_at=joined_at,
        until=until,
        hidden_at=hidden.hidden_at if hidden is not None else None,
        source=source,
    )


def _again(enrollment: Enrollment, role: str, until: datetime | None) -> None:
    enrollment.role, enrollment.until, enrollment.left_at = role, until, None
    enrollment.state = Enrollment.State.ACTIVE
    enrollment.save(update_fields=["role", "until", "left_at", "state"])


def end_enrollment(actor: Actor, course: Course, member: Member, *, removed: bool = False) -> Enrollment:
    """Take a member out, or leave: the sockets, the family's too, lose the course's rooms at once, nothing else closes.

    Raises: NotFound, NotAllowed (somebody else, for who isn't staff).
    """
    if actor.member_id != member.pk:
        permissions.must_be_staff(actor, course)
    with transaction.atomic():
        bump_access(with_families([member.pk]), reason="left")
        enrollment = Enrollment.objects.filter(course=course, member=member, state=Enrollment.State.ACTIVE).first()
        if enrollment is None:
            raise NotFound
        enrollment.state = Enrollment.State.REMOVED if removed else Enrollment.State.LEFT
        enrollment.left_at = timezone.now()
        enrollment.save(update_fields=["state", "left_at"])
        forget_drafts(member.pk, course_id=course.pk)
        bump_roster(course)
        _tell_rooms([enrollment], EventKind.MEMBER_LEFT, actor)
        audit.record(actor, "course.leave", course, scope=scope_of(course), subject=member.pk, removed=removed)
    return enrollment


def hide_member(child_id: int, *, at: datetime) -> None:
    """Classmates no longer see the child nor what the child wrote. Inside the transaction of the consent's record.

    A child who was never let in has been seen by nobody.
    """
    seen = list(_enrolled(child_id).filter(hidden_at__isnull=True).exclude(member__state=MemberState.AWAITING_CONSENT))
    for enrollment in seen:
        enrollment.hidden_at = at
        bump_roster(enrollment.course)
    _show_or_hide(seen, EventKind.MEMBER_HIDDEN)


def show_member(child_id: int) -> None:
    """They see both again. A child who comes in for the first time only appears in the roster."""
    enrollments = list(_enrolled(child_id))
    hidden = [enrollment for enrollment in enrollments if enrollment.hidden_at is not None]
    for enrollment in hidden:
        enrollment.hidden_at = None
    for enrollment in enrollments:
        bump_roster(enrollment.course)
    _show_or_hide(hidden, EventKind.MEMBER_SHOWN)


def show_whom_the_gate_lets_in(*, now: datetime | None = None) -> int:
    """Show those who were hidden and whom the gate lets in without a new record: a 14th birthday, a new agreement.

    The clock's. Returns how many.
    """
    hidden = Enrollment.objects.filter(hidden_at__isnull=False).values_list("member_id", flat=True).distinct()
    decisions = decisions_of(list(hidden), now=now)
    allowed = sorted(member for member, decision in decisions.items() if isinstance(decision, Allow))
    for member in allowed:
        with transaction.atomic():
            bump_access([member], reason="shown again")
            show_member(member)
    return len(allowed)


def _enrolled(child_id: int) -> QuerySet[Enrollment]:
    return Enrollment.objects.filter(member=child_id).select_related("course").order_by("course")


def _show_or_hide(enrollments: Sequence[Enrollment], kind: EventKind) -> None:
    for enrollment in enrollments:
        enrollment.save(update_fields=["hidden_at"])
    _tell_rooms(enrollments, kind, Actor.system("consent"))


def bump_roster(course: Course) -> None:
    """The names behind the seats have changed: pages fetch them again."""
    Course.objects.filter(pk=course.pk).update(roster_version=F("roster_version") + 1)


def _tell_rooms(enrollments: Iterable[Enrollment], kind: EventKind, actor: Actor) -> None:
    """One entry in the log of every room where this person has a seat, by room id as the lock order says."""
    seats: dict[int, int] = {}
    for enrollment in enrollments:
        seats |= _seats_of(enrollment)
    for room_id in sorted(seats):
        append_event(room_id, kind, actor_id=actor.member_id, seat=0, data={"seat": seats[room_id]})


def _seats_of(enrollment: Enrollment) -> dict[int, int]:
    """room → the person's seat, of every room of the course where there is one."""
    rooms = Room.objects.filter(course=enrollment.course_id, kind=Room.Kind.COURSE)
    seated = RoomMember.objects.filter(member=enrollment.member_id, room__course=enrollment.course_id)
    return dict.fromkeys(rooms.values_list("pk", flat=True), enrollment.seat) | dict(
        seated.values_list("room_id", "seat")
    )


def _mark_past_as_read(enrollment: Enrollment) -> None:
    """Whoever comes, or comes back, begins with nothing unread; a room made later begins at zero by itself."""
    for head in RoomHead.objects.filter(room__in=_seats_of(enrollment), message_count__gt=0):
        mark_as_read(head, enrollment.member_id)
