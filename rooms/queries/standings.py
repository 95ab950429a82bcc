"""Where a member stands in each room: what they may see and do there. The one place that decides it.

Rights are facts: an enrolment, a seat in a group or direct room, a guardian's link, a supervisor's grant. The strongest
wins. A fixed number of statements, however many members ask at once: the door asks for all handshakes that wait.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Member, MemberState
from consent.models import Grant, GuardianLink, School
from consent.queries.schools import in_time
from rooms.events import GUARDIAN, GUARDIAN_OWN, PEER, STAFF
from rooms.models import Enrollment, Room, RoomMember
from rooms.queries.mutes import Muting, mutings
from rooms.queries.unread import NOTHING_READ, Unread, unread_of

PARENT, SUPERVISOR = "parent", "supervisor"
ADULT_EDIT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Standing:
    """A member in a room. `seat` 0: reads without a seat (guardian, supervisor). `until`: access ends by itself.

    `children`: the member's linked children who are in the room, with their seats there.
    """

    member_id: int
    room: Room
    view: str
    seat: int
    role: str
    children: tuple[int, ...] = ()
    child_seats: tuple[int, ...] = ()
    unread: Unread = NOTHING_READ
    mute: Muting | None = None
    until: datetime | None = None

    @property
    def muted_until(self) -> datetime | None:
        return self.mute.until if self.mute is not None else None

    @property
    def is_staff(self) -> bool:
        return self.role in Enrollment.STAFF

    @property
    def may(self) -> tuple[str, ...]:
        """The commands that make sense here for this member; the actions ask again. Removing is always possible."""
        if not self.seat:
            return ()
        moderate = ("moderate",) if self.is_staff else ()
        is_closed = self.room.state != Room.State.OPEN
        if is_closed or (self.room.posting == Room.Posting.STAFF and not self.is_staff):
            return ("remove", *moderate)
        return ("send", "edit", "remove", *moderate)

    @property
    def can_be_muted(self) -> bool:
        """A pause holds in all rooms of its course; in a chat of two a child can always reach the teacher."""
        return self.role == Enrollment.Role.STUDENT and self.room.kind != Room.Kind.DIRECT

    @property
    def edit_seconds(self) -> int:
        """How long after sending one's own message may be changed (U19)."""
        school = self.room.course.school
        if school is None:
            return ADULT_EDIT_SECONDS
        return school.staff_edit_seconds if self.is_staff else school.student_edit_seconds

    @property
    def own_child_only(self) -> bool:
        return masks_others(self.room)


def masks_others(room: Room) -> bool:
    school = room.course.school
    return school is not None and school.masking == School.Masking.OWN_CHILD_ONLY


def standings_of(
    member_ids: Collection[int], *, now: datetime | None = None, archived: bool = False
) -> dict[int, dict[int, Standing]]:
    """member → room → standing, for every room each of them can read now. Ten statements.

    `archived`: the rooms that are records instead of those in the lists (rooms/queries/records.py)."""
    now = now or timezone.now()
    facts = _Facts(member_ids, now, archived=archived)
    found = {member: {s.room.pk: s for s in _strongest(_standings(member, facts))} for member in member_ids}
    unread, mutes = unread_of(member_ids), mutings(now, member__in=member_ids)
    muted = {(mute.member_id, mute.course_id): mute for mute in mutes}
    return {
        member: {
            room: replace(
                standing,
                unread=unread.get(member, {}).get(room, NOTHING_READ),
                mute=muted.get((member, standing.room.course_id)) if standing.can_be_muted else None,
            )
            for room, standing in standings.items()
        }
        for member, standings in found.items()
    }


def active_enrollments(now: datetime) -> QuerySet[Enrollment]:
    return Enrollment.objects.filter(state=Enrollment.State.ACTIVE).filter(Q(until__isnull=True) | Q(until__gt=now))


def active_links(now: datetime) -> QuerySet[GuardianLink]:
    return GuardianLink.objects.filter(in_time(now), state=GuardianLink.State.ACTIVE)


class _Facts:
    """Everything that decides where a set of people stands."""

    def __init__(self, member_ids: Collection[int], now: datetime, *, archived: bool) -> None:
        self.links = _links(member_ids, now)
        people = {*member_ids, *(child for links in self.links.values() for child in links)}
        self.enrolled: dict[int, list[Enrollment]] = defaultdict(list)
        for enrollment in active_enrollments(now).filter(member__in=people).select_related("member"):
            self.enrolled[enrollment.member_id].append(enrollment)
        self.seated: dict[int, list[RoomMember]] = defaultdict(list)
        seats = RoomMember.objects.filter(member__in=people, left_at__isnull=True)
        seats = seats.filter(_is_record("room__") if archived else ~_is_record("room__"))
        for seat in seats.select_related("room__course__school", "room__head"):
            self.seated[seat.member_id].append(seat)
        courses = {enrollment.course_id for rows in self.enrolled.values() for enrollment in rows}
        self.rooms: dict[int, list[Room]] = defaultdict(list)
        for room in _rooms(archived).filter(course__in=courses, kind=Room.Kind.COURSE):
            self.rooms[room.course_id].append(room)
        self.supervised = _supervised(member_ids, now, archived)

    def enrollment(self, member: int, course: int) -> Enrollment | None:
        return next((row for row in self.enrolled[member] if row.course_id == course), None)


def _rooms(archived: bool) -> QuerySet[Room]:
    which = _is_record() if archived else ~_is_record()
    return Room.objects.filter(which).select_related("course__school", "head")


def _is_record(prefix: str = "") -> Q:
    """Archived, or in an archived course: in no list and on no socket."""
    archived = {f"{prefix}state": Room.State.ARCHIVED}
    return Q(**archived) | Q(**{f"{prefix}course__archived_at__isnull": False})


def _links(member_ids: Collection[int], now: datetime) -> dict[int, dict[int, datetime | None]]:
    """guardian → child → when the link ends by itself."""
    found: dict[int, dict[int, datetime | None]] = defaultdict(dict)
    links = active_links(now).filter(guardian__in=member_ids)
    for guardian, child, ends_at in links.order_by("child").values_list("guardian_id", "child_id", "ends_at"):
        found[guardian][child] = ends_at
    return found


def _supervised(
    member_ids: Collection[int], now: datetime, archived: bool
) -> dict[int, list[tuple[Room, datetime | None]]]:
    """supervisor → rooms, each with the end of the duty."""
    schools: dict[int, dict[int, datetime | None]] = defaultdict(dict)
    grants = supervisors(now).filter(member__in=member_ids)
    for member, school, ends_at in grants.values_list("member_id", "school_id", "ends_at"):
        schools[school][member] = ends_at
    rooms: dict[int, list[tuple[Room, datetime | None]]] = defaultdict(list)
    if schools:
        for room in _rooms(archived).filter(is_supervised(now), course__school__in=schools):
            for member, ends_at in schools[room.course.school_id or 0].items():
                rooms[member].append((room, ends_at))
    return rooms


def supervisors(now: datetime) -> QuerySet[Grant]:
    return Grant.objects.filter(in_time(now), kind=Grant.Kind.SUPERVISOR, school__isnull=False)


def is_supervised(now: datetime) -> Q:
    """A school's supervisor reads the chats of a minor with staff where no parent is linked (S10).

    Unknown age in a school is a minor's; a parent's own chat about a child is nobody else's.
    """
    linked = active_links(now).values("child")
    is_minor = Q(student__majority_on__gt=now.date()) | Q(student__majority_on__isnull=True, student__is_k12=True)
    is_inside = Exists(RoomMember.objects.filter(room=OuterRef("pk"), member=OuterRef("student")))
    has_supervisor = Q(course__school__in=supervisors(now).values("school"))
    return Q(kind=Room.Kind.DIRECT) & is_minor & ~Q(student__in=linked) & Q(is_inside) & has_supervisor


def _standings(member: int, facts: _Facts) -> Iterator[Standing]:
    yield from _by_enrollment(member, facts)
    yield from _by_seat(member, facts)
    for child in facts.links[member]:
        yield from _by_child(member, child, facts)
    for room, ends_at in facts.supervised[member]:
        yield Standing(member, room, STAFF, 0, SUPERVISOR, until=ends_at)


def _by_enrollment(member: int, facts: _Facts) -> Iterator[Standing]:
    for row in facts.enrolled[member]:
        view = STAFF if row.role in Enrollment.STAFF else PEER
        for room in facts.rooms[row.course_id]:
            yield Standing(member, room, view, row.seat, row.role, until=row.until)


def _by_seat(member: int, facts: _Facts) -> Iterator[Standing]:
    """Group and direct rooms. A parent has a seat in the chat about a child, for as long as the link holds."""
    for seat in facts.seated[member]:
        row = facts.enrollment(member, seat.room.course_id)
        if row is not None:
            view = STAFF if row.role in Enrollment.STAFF else PEER
            yield Standing(member, seat.room, view, seat.seat, row.role, until=row.until)
        elif seat.room.student_id in facts.links[member]:
            ends_at = facts.links[member][seat.room.student_id]
            yield Standing(member, seat.room, PEER, seat.seat, PARENT, until=ends_at)


def _by_child(member: int, child: int, facts: _Facts) -> Iterator[Standing]:
    """What a linked parent reads along: the rooms of a child who was let in once. Whatever holds the child at the gate
    later takes nothing from the family (S20)."""
    for row in facts.enrolled[child]:
        if was_let_in(row.member):
            until = earliest(row.until, facts.links[member][child])
            for room in facts.rooms[row.course_id]:
                yield _along(member, child, row.seat, room, until)
            for seat in facts.seated[child]:
                if seat.room.course_id == row.course_id:
                    yield _along(member, child, seat.seat, seat.room, until)


def was_let_in(member: Member) -> bool:
    return member.state not in (MemberState.AWAITING_CONSENT, MemberState.ERASED)


def _along(member: int, child: int, seat: int, room: Room, until: datetime | None) -> Standing:
    kind = GUARDIAN_OWN if masks_others(room) else GUARDIAN
    return Standing(member, room, f"{kind}:{seat}", 0, PARENT, (child,), (seat,), until=until)


def _strongest(standings: Iterator[Standing]) -> Sequence[Standing]:
    """One standing a room, the first: with a seat before without. Children of the member are joined to it."""
    best: dict[int, Standing] = {}
    for standing in standings:
        room = standing.room.pk
        best[room] = _joined(best[room], standing) if room in best else standing
    return list(best.values())


def _joined(known: Standing, other: Standing) -> Standing:
    """Two children in one room make one view with both seats; a teacher whose child is in the class stays staff."""
    view = known.view
    if view.startswith(GUARDIAN):
        view = ",".join([view, *map(str, other.child_seats)])
    return replace(
        known,
        view=view,
        children=known.children + other.children,
        child_seats=known.child_seats + other.child_seats,
        until=earliest(known.until, other.until),
    )


def earliest(*instants: datetime | None) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)
