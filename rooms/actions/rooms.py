"""Direct chats and group rooms: rooms with a membership of their own."""

from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.access import bump_access
from accounts.actor import Actor
from accounts.errors import FieldInvalid, NotAllowed, NotFound
from accounts.models import Member
from rooms import permissions
from rooms.actions.courses import make_room, room_title, scope_of
from rooms.actions.enrollments import bump_roster, seat_in_room
from rooms.actions.log import append_event
from rooms.models import Course, Enrollment, EventKind, Room, RoomMember
from rooms.queries.seats import with_families
from rooms.queries.standings import active_enrollments, active_links, supervisors


def open_direct_room(actor: Actor, course: Course, *, with_member: Member, about: Member | None = None) -> Room:
    """The one-to-one chat of the actor and somebody, made at the first time (S10).

    Instructor and student of the course; or instructor and linked parent, `about` the parent's child in it. An
    assistant alone with a student or a parent: not in a school.
    Raises: NotFound (nobody of the course), NotAllowed (the table "who may start"), FieldInvalid (about).
    """
    if actor.member_id is None or not _knows(course, actor.member_id, with_member.pk):
        raise NotFound
    if actor.member_id == with_member.pk:
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
    staff = [member for member, role in roles.items() if role in _may_be_alone(course)]
    students = [member for member, role in roles.items() if role == Enrollment.Role.STUDENT]
    if len(roles) == 2 and staff and students and about is None:
        _look_after_minor(course, students[0])
        return students[0]
    if len(roles) == 1 and staff and about is not None:
        return _child_of(course, ({one, other} - set(staff)).pop(), about)
    raise NotAllowed


def _may_be_alone(course: Course) -> tuple[str, ...]:
    """In a school an assistant has an instructor inside, which a chat of two has not (flows, "who may start")."""
    return Enrollment.STAFF if course.school_id is None else (Enrollment.Role.INSTRUCTOR,)


def _look_after_minor(course: Course, student: int) -> None:
    """An independent instructor and a minor: once a parent is linked (S1)."""
    if course.school_id is not None:
        return
    now = timezone.now()
    is_minor = Member.objects.filter(pk=student, majority_on__gt=now.date()).exists()
    if is_minor and not active_links(now).filter(child=student).exists():
        raise NotAllowed


def _knows(course: Course, actor: int, other: int) -> bool:
    """Whether the course is the actor's, by an enrolment or a child's, and the other one somebody they meet in it:
    who is enrolled and, for staff, the families."""
    now = timezone.now()
    roles = dict(active_enrollments(now).filter(course=course).values_list("member_id", "role"))

    def has_child_inside(member: int) -> bool:
        return active_links(now).filter(guardian=member, child__in=roles).exists()

    is_inside = actor in roles or has_child_inside(actor)
    return is_inside and (other in roles or (roles.get(actor) in Enrollment.STAFF and has_child_inside(other)))


def _child_of(course: Course, parent: int, child: int) -> int:
    now = timezone.now()
    is_linked = active_links(now).filter(guardian=parent, child=child).exists()
    if not is_linked or not active_enrollments(now).filter(course=course, member=child).exists():
        raise FieldInvalid(_("Choose your own child, in this course."), field="about")
    return child


def _make_direct(actor: Actor, course: Course, pair: tuple[int, int], student: int, pair_key: str) -> Room:
    bump_access(_readers(course, pair, student), reason="room opened")
    room = make_room(course, kind=Room.Kind.DIRECT, student_id=student, pair_key=pair_key)
    now = timezone.now()
    for seat, member in enumerate(pair, start=1):
        RoomMember.objects.create(room=room, member_id=member, seat=seat, joined_at=now)
    audit.record(actor, "room.open_direct", room, scope=scope_of(course), subject=student)
    return room


def _readers(course: Course, pair: tuple[int, int], student: int) -> set[int]:
    """Whose pages get the new chat: the two, and who reads along with a student."""
    if student not in pair:
        return set(pair)
    duties = supervisors(timezone.now()).filter(school=course.school_id)
    return {*pair, *with_families([student]), *duties.values_list("member_id", flat=True)}


def open_group(actor: Actor, course: Course, *, title: str, members: Sequence[Member]) -> Room:
    """A group room with its people; in a school an instructor inside from the first moment: who opens it, if it is one.

    Raises: NotFound (not in the course), NotAllowed, FieldInvalid (title, members).
    """
    permissions.must_be_staff(actor, course)
    title = room_title(title)
    wanted = [member.pk for member in members]
    if actor.member_id is not None and permissions.enrollment_of(actor, course).leads:
        wanted.append(actor.member_id)
    with transaction.atomic():
        bump_access(with_families(wanted), reason="group")
        bump_roster(course)
        room = make_room(course, kind=Room.Kind.GROUP, title=title)
        _let_in(actor, room, wanted)
        audit.record(actor, "room.create", room, scope=scope_of(course), members=sorted(set(wanted)))
    return room


def seat_in_group(actor: Actor, room: Room, members: Sequence[Member]) -> None:
    """Let members of the course into a group room; in a school an instructor is always inside (S9).

    Raises: NotFound (not in the course), NotAllowed, FieldInvalid (no instructor).
    """
    permissions.must_be_staff(actor, room.course)
    if room.kind != Room.Kind.GROUP or room.state == Room.State.ARCHIVED:  # a chat of two stays one
        raise NotAllowed
    wanted = [member.pk for member in members]
    with transaction.atomic():
        bump_access(with_families(wanted), reason="group")
        bump_roster(room.course)
        _let_in(actor, room, wanted)
        audit.record(actor, "room.seat", room, scope=scope_of(room.course), members=wanted)


def _let_in(actor: Actor, room: Room, wanted: Sequence[int]) -> None:
    enrolled = {row.member_id: row for row in active_enrollments(timezone.now()).filter(course=room.course_id)}
    if any(member not in enrolled for member in wanted):
        raise NotFound
    inside = set(room.members.filter(left_at__isnull=True).values_list("member_id", flat=True))
    _need_instructor(room, [enrolled[member] for member in {*inside, *wanted} if member in enrolled])
    for member in sorted(set(wanted) - inside):
        seat_in_room(actor, room, enrolled[member])


def take_out_of_group(actor: Actor, room: Room, member: Member) -> None:
    """Somebody leaves a group room, and nothing else. In a school an instructor stays inside (S9).

    Raises: NotFound (not in the group), NotAllowed, FieldInvalid (the last instructor).
    """
    permissions.must_be_staff(actor, room.course)
    if room.kind != Room.Kind.GROUP:
        raise NotAllowed
    with transaction.atomic():
        bump_access(with_families([member.pk]), reason="group")
        seat = room.members.filter(member=member, left_at__isnull=True).first()
        if seat is None:
            raise NotFound
        bump_roster(room.course)
        seat.left_at = timezone.now()
        seat.save(update_fields=["left_at"])
        if room.state != Room.State.ARCHIVED:
            _need_instructor(room, _inside(room))
        append_event(room.pk, EventKind.MEMBER_LEFT, actor_id=actor.member_id, data={"seat": seat.seat})
        audit.record(actor, "room.unseat", room, scope=scope_of(room.course), subject=member.pk)


def _inside(room: Room) -> list[Enrollment]:
    seated = room.members.filter(left_at__isnull=True)
    return list(active_enrollments(timezone.now()).filter(course=room.course_id, member__in=seated.values("member")))


def _need_instructor(room: Room, inside: Iterable[Enrollment]) -> None:
    """One who stays: a substitute's access ends by itself."""
    if room.course.school_id is not None and not any(row.leads for row in inside):
        raise FieldInvalid(_("A group needs an instructor inside."), field="members")
