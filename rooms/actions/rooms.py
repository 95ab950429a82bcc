"""Direct chats and group rooms: rooms with a membership of their own."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed, NotFound
from accounts.models import Member
from consent.models import GuardianLink
from consent.queries.schools import in_time
from rooms.actions.courses import make_room, scope_of
from rooms.actions.enrollments import bump_roster
from rooms.models import Course, Enrollment, Room, RoomMember
from rooms.queries.standings import active_enrollments


def open_direct_room(actor: Actor, course: Course, *, with_member: Member, about: Member | None = None) -> Room:
    """The one-to-one chat of the actor and somebody, made at the first time (S10).

    Instructor and student of the course; or instructor and linked parent, `about` the parent's child in it.
    Raises: NotFound (not in the course), NotAllowed (the table "who may start"), FieldInvalid (about).
    """
    if actor.member_id is None or actor.member_id == with_member.pk:
        raise NotAllowed
    return direct_room(actor, course, actor.member_id, with_member.pk, about=about.pk if about else None)


def direct_room(actor: Actor, course: Course, one: int, other: int, *, about: int | None = None) -> Room:
    """The chat of two named people, for whoever may speak for both: the demo, an import."""
    student = _record_of(course, one, other, about)
    pair_key = ":".join(str(part) for part in (course.pk, *sorted((one, other)), *([about] if about else [])))
    known = Room.objects.filter(pair_key=pair_key).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return _make_direct(actor, course, (one, other), student, pair_key)
    except IntegrityError:  # both opened it at the same moment: one room
        return Room.objects.get(pair_key=pair_key)


def _record_of(course: Course, one: int, other: int, about: int | None) -> int:
    """Whose record the chat is, if these two may have one."""
    rows = active_enrollments(timezone.now()).filter(course=course, member__in=(one, other))
    roles = dict(rows.values_list("member_id", "role"))
    staff = [member for member, role in roles.items() if role in Enrollment.STAFF]
    students = [member for member, role in roles.items() if role == Enrollment.Role.STUDENT]
    if len(roles) == 2 and staff and students and about is None:
        return students[0]
    if len(roles) == 1 and staff and about is not None:
        return _child_of(course, ({one, other} - set(staff)).pop(), about)
    raise NotAllowed if roles else NotFound


def _child_of(course: Course, parent: int, child: int) -> int:
    links = GuardianLink.objects.filter(
        in_time(timezone.now()), guardian=parent, child=child, state=GuardianLink.State.ACTIVE
    )
    if not links.exists() or not active_enrollments(timezone.now()).filter(course=course, member=child).exists():
        raise FieldInvalid(_("Choose your own child, in this course."), field="about")
    return child


def _make_direct(actor: Actor, course: Course, pair: tuple[int, int], student: int, pair_key: str) -> Room:
    bump_access(pair, reason="room opened")
    room = make_room(course, kind=Room.Kind.DIRECT, student_id=student, pair_key=pair_key)
    now = timezone.now()
    for seat, member in enumerate(pair, start=1):
        RoomMember.objects.create(room=room, member_id=member, seat=seat, joined_at=now)
    audit.record(actor, "room.open_direct", room, scope=scope_of(course), subject=student)
    return room


def seat_in_group(actor: Actor, room: Room, members: Sequence[Member]) -> None:
    """Let members of the course into a group room; in a school an instructor is always inside (S9).

    Raises: NotFound (not in the course), FieldInvalid (no instructor).
    """
    with transaction.atomic():
        bump_access([member.pk for member in members], reason="group")
        rows = active_enrollments(timezone.now()).filter(course=room.course_id)
        seats = {row.member_id: row for row in rows}
        if any(member.pk not in seats for member in members):
            raise NotFound
        inside = {*room.members.values_list("member_id", flat=True), *(member.pk for member in members)}
        if not any(seats[m].role == Enrollment.Role.INSTRUCTOR for m in inside if m in seats):
            raise FieldInvalid(_("A group needs an instructor inside."), field="members")
        now = timezone.now()
        for member in members:
            RoomMember.objects.get_or_create(
                room=room, member=member, defaults={"seat": seats[member.pk].seat, "joined_at": now}
            )
        bump_roster(room.course)
        audit.record(actor, "room.seat", room, scope=scope_of(room.course), members=[m.pk for m in members])
