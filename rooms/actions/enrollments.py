"""Who is in a course. A seat is given once and kept for ever; coming back is the same row and the same seat."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed, NotFound
from accounts.models import Member, MemberState
from consent.gate import Allow
from consent.queries.facts import decisions_of
from rooms import permissions
from rooms.actions.courses import scope_of
from rooms.actions.drafts import forget_drafts
from rooms.actions.join_answers import forget_answers
from rooms.actions.log import append_event
from rooms.actions.reads import mark_as_read
from rooms.models import Course, Enrollment, EventKind, Room, RoomHead, RoomMember
from rooms.queries.courses import leading
from rooms.queries.seats import with_families
from rooms.queries.standings import active_enrollments

LONGEST_SUBSTITUTE = timedelta(days=366)


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

    In again: only the role and `until` change; in already: the same once more. The caller has asked the gate, and the
    permission to invite or to appoint; whether anybody may come in is asked here.
    Raises: NotAllowed (archived, unconfirmed, not for a young student).
    """
    with transaction.atomic():
        bump_access(with_families([member.pk]), reason="enrolled")
        if not actor.is_system:
            permissions.can_be_joined(course, member)
            if role in Enrollment.STAFF:
                permissions.can_be_staff(course, member, role)
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

    Raises: NotFound, NotAllowed (somebody else, for who isn't staff), FieldInvalid (the last instructor).
    """
    if actor.member_id != member.pk:
        permissions.must_be_staff(actor, course)
    with transaction.atomic():
        leaders = set(leading(course).values_list("member_id", flat=True))
        bump_access(with_families(leaders if member.pk in leaders else [member.pk]), reason="left")
        others = list(leading(course).exclude(member=member))  # under their locks: two can't leave it alone at once
        enrollment = Enrollment.objects.filter(course=course, member=member, state=Enrollment.State.ACTIVE).first()
        if enrollment is None:
            raise NotFound
        if not actor.is_system:
            permissions.can_take_out(actor, course, enrollment)
            _must_stay_led(course, enrollment, others)
        enrollment.state = Enrollment.State.REMOVED if removed else Enrollment.State.LEFT
        enrollment.left_at = timezone.now()
        enrollment.save(update_fields=["state", "left_at"])
        forget_drafts(member.pk, course_id=course.pk)
        bump_roster(course)
        _tell_rooms([enrollment], EventKind.MEMBER_LEFT, actor)
        _follow_in_groups(actor, enrollment, others)
        if not removed:  # by oneself, and no way back but joining anew; the audit is the last lock
            forget_answers(actor, enrollment)
        audit.record(actor, "course.leave", course, scope=scope_of(course), subject=member.pk, removed=removed)
    return enrollment


def end_enrollments(member_id: int, *, at: datetime) -> None:
    """Out of every course, since the account ends. Inside that transaction, after its access rows are locked."""
    ending = list(_enrolled(member_id).filter(state=Enrollment.State.ACTIVE))
    actor = Actor.system("account cancelled")
    for enrollment in ending:
        enrollment.state, enrollment.left_at = Enrollment.State.LEFT, at
        enrollment.save(update_fields=["state", "left_at"])
        bump_roster(enrollment.course)
    forget_drafts(member_id)
    _tell_rooms(ending, EventKind.MEMBER_LEFT, actor)
    for enrollment in ending:
        forget_answers(actor, enrollment)
        course = enrollment.course
        audit.record(actor, "course.leave", course, scope=scope_of(course), subject=member_id, removed=False)


def _must_stay_led(course: Course, leaving: Enrollment, others: Sequence[Enrollment]) -> None:
    if leaving.leads and not others and course.archived_at is None:
        raise FieldInvalid(
            _("A course needs an instructor who stays. Add another one first, or archive the course."), field="member"
        )


def _follow_in_groups(actor: Actor, leaving: Enrollment, others: Sequence[Enrollment]) -> None:
    """In a school a group is never without an instructor: where this was the last, another of the course sits down
    (S9). The rooms' heads are locked already: the one who leaves had a seat there."""
    if not leaving.leads or not others or leaving.course.school_id is None:
        return
    left = RoomMember.objects.filter(member=leaving.member_id, left_at__isnull=True)
    rooms = Room.objects.filter(course=leaving.course_id, kind=Room.Kind.GROUP, members__in=left)
    led = RoomMember.objects.filter(member__in=[row.member_id for row in others], left_at__isnull=True)
    for room in rooms.exclude(pk__in=led.values("room")).order_by("pk"):
        seat_in_room(actor, room, others[0])


def seat_in_room(actor: Actor, room: Room, enrollment: Enrollment) -> None:
    """In a group room, or in again; what was written before counts as read. Inside the caller's transaction."""
    RoomMember.objects.update_or_create(
        room=room,
        member_id=enrollment.member_id,
        defaults={"left_at": None},
        create_defaults={"seat": enrollment.seat, "joined_at": timezone.now()},
    )
    mark_as_read(RoomHead.objects.get(room=room), enrollment.member_id)
    append_event(room.pk, EventKind.MEMBER_JOINED, actor_id=actor.member_id, data={"seat": enrollment.seat})


def bring_back(actor: Actor, course: Course, member: Member) -> Enrollment:
    """Undo a removal: the same row, seat and groups. Who left by themselves comes back by themselves.

    Raises: NotFound (nobody was removed), NotAllowed.
    """
    permissions.must_be_staff(actor, course)
    row = course.enrollments.filter(member=member, state=Enrollment.State.REMOVED).first()
    if row is None:
        raise NotFound
    if row.is_staff:
        permissions.must_lead(actor, course)
    if row.until is not None and row.until <= timezone.now():
        raise NotAllowed(_("The time of this substitute is over. Add them again with a new day."))
    return enroll(actor, course, member, role=row.role, until=row.until)


def appoint_staff(
    actor: Actor, course: Course, member: Member, *, role: str, until: datetime | None = None
) -> Enrollment:
    """A co-instructor, an assistant, or either until a time, after which their access ends by itself (a substitute).

    Raises: NotFound (nobody whom the school knows), NotAllowed, FieldInvalid (role, until).
    """
    permissions.must_lead(actor, course)
    if role not in Enrollment.STAFF:
        raise FieldInvalid(_("Choose instructor or assistant."), field="role")
    now = timezone.now()
    if until is not None and not now < until <= now + LONGEST_SUBSTITUTE:
        raise FieldInvalid(_("Choose a time within the next year."), field="until")
    known = active_enrollments(now).filter(course=course, member=member).first()
    if known is not None and known.leads:  # taken back by taking them out, never by the way
        raise NotAllowed
    permissions.can_appoint(course, member, role)
    return enroll(actor, course, member, role=role, until=until)


def hide_member(child_id: int, *, at: datetime) -> None:
    """Classmates no longer see the child nor what the child wrote. Inside the transaction of the consent's record.

    A child who was never let in has been seen by nobody.
    """
    unseen = (MemberState.AWAITING_CONSENT, MemberState.ERASED)
    seen = list(_enrolled(child_id).filter(hidden_at__isnull=True).exclude(member__state__in=unseen))
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
