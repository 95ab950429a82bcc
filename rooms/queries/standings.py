"""Where a member stands in each room: what they may see and do there. The one place that decides it.

Rights are facts: an enrolment, a seat in a group or direct room, a guardian's link, a supervisor's grant. The strongest
wins. A fixed number of statements, however many members ask at once: the door asks for all handshakes that wait.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import MemberState
from consent.models import Grant, GuardianLink, School
from consent.queries.schools import in_time
from rooms.events import GUARDIAN, GUARDIAN_OWN, PEER, STAFF
from rooms.models import Enrollment, Mute, Room, RoomMember
from rooms.queries.unread import NOTHING_READ, Unread, unread_of

PARENT, SUPERVISOR = "parent", "supervisor"
ADULT_EDIT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Standing:
    """A member in a room. `seat` 0: reads without a seat (guardian, supervisor). `until`: access ends by itself."""

    member_id: int
    room: Room
    view: str
    seat: int
    role: str
    children: tuple[int, ...] = ()
    unread: Unread = NOTHING_READ
    muted_until: datetime | None = None
    until: datetime | None = None

    @property
    def is_staff(self) -> bool:
        return self.role in Enrollment.STAFF

    @property
    def is_guardian(self) -> bool:
        return bool(self.children)

    @property
    def may(self) -> tuple[str, ...]:
        """The commands that make sense here for this member; the actions ask again."""
        if not self.seat or self.room.state != Room.State.OPEN:
            return ()
        if self.is_staff:
            return ("send", "edit", "remove", "moderate")
        if self.room.posting == Room.Posting.STAFF:
            return ("remove",)
        return ("send", "edit", "remove")

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


def standings_of(member_ids: Collection[int], *, now: datetime | None = None) -> dict[int, dict[int, Standing]]:
    """member → room → standing, for every room each of them can read now. Ten statements."""
    now = now or timezone.now()
    facts = _Facts(member_ids, now)
    found = {member: {s.room.pk: s for s in _strongest(_standings(member, facts))} for member in member_ids}
    unread, mutes = unread_of(member_ids), _mutes(member_ids, now)
    return {
        member: {
            room: replace(
                standing,
                unread=unread.get(member, {}).get(room, NOTHING_READ),
                muted_until=mutes.get((member, room)),
            )
            for room, standing in standings.items()
        }
        for member, standings in found.items()
    }


def standing_in(member_id: int, room_id: int) -> Standing | None:
    """A member's standing in one room; None where there is nothing for them, whether or not the room exists."""
    return standings_of([member_id])[member_id].get(room_id)


def active_enrollments(now: datetime) -> QuerySet[Enrollment]:
    return Enrollment.objects.filter(state=Enrollment.State.ACTIVE).filter(Q(until__isnull=True) | Q(until__gt=now))


class _Facts:
    """Everything that decides where a set of people stands."""

    def __init__(self, member_ids: Collection[int], now: datetime) -> None:
        self.children = _children(member_ids, now)
        people = {*member_ids, *(child for children in self.children.values() for child in children)}
        self.enrolled: dict[int, list[Enrollment]] = defaultdict(list)
        for enrollment in active_enrollments(now).filter(member__in=people).select_related("member"):
            self.enrolled[enrollment.member_id].append(enrollment)
        self.seated: dict[int, list[RoomMember]] = defaultdict(list)
        seats = RoomMember.objects.filter(member__in=people, left_at__isnull=True)
        for seat in seats.exclude(room__state=Room.State.ARCHIVED).select_related("room__course__school", "room__head"):
            self.seated[seat.member_id].append(seat)
        courses = {enrollment.course_id for rows in self.enrolled.values() for enrollment in rows}
        self.rooms: dict[int, list[Room]] = defaultdict(list)
        for room in _open_rooms().filter(course__in=courses, kind=Room.Kind.COURSE):
            self.rooms[room.course_id].append(room)
        self.supervised = _supervised(member_ids, now)

    def enrollment(self, member: int, course: int) -> Enrollment | None:
        return next((row for row in self.enrolled[member] if row.course_id == course), None)


def _open_rooms() -> QuerySet[Room]:
    return Room.objects.exclude(state=Room.State.ARCHIVED).select_related("course__school", "head")


def _children(member_ids: Collection[int], now: datetime) -> dict[int, list[int]]:
    children: dict[int, list[int]] = defaultdict(list)
    links = GuardianLink.objects.filter(in_time(now), guardian__in=member_ids, state=GuardianLink.State.ACTIVE)
    for guardian, child in links.order_by("child").values_list("guardian_id", "child_id"):
        children[guardian].append(child)
    return children


def _supervised(member_ids: Collection[int], now: datetime) -> dict[int, list[Room]]:
    """A school's supervisor reads a minor's one-to-one chats where no parent is linked (S10)."""
    schools: dict[int, list[int]] = defaultdict(list)
    grants = Grant.objects.filter(in_time(now), member__in=member_ids, kind=Grant.Kind.SUPERVISOR)
    for member, school in grants.values_list("member_id", "school_id"):
        if school is not None:
            schools[school].append(member)
    rooms: dict[int, list[Room]] = defaultdict(list)
    if schools:
        for room in _open_rooms().filter(unlinked_minor(now), course__school__in=schools):
            for member in schools[room.course.school_id or 0]:
                rooms[member].append(room)
    return rooms


def unlinked_minor(now: datetime) -> Q:
    """Direct rooms of a minor to whom no parent is linked."""
    linked = GuardianLink.objects.filter(in_time(now), state=GuardianLink.State.ACTIVE).values("child")
    is_minor = Q(student__majority_on__isnull=True) | Q(student__majority_on__gt=now.date())
    return Q(kind=Room.Kind.DIRECT) & Q(student__isnull=False) & is_minor & ~Q(student__in=linked)


def _standings(member: int, facts: _Facts) -> Iterator[Standing]:
    yield from _by_enrollment(member, facts)
    yield from _by_seat(member, facts)
    for child in facts.children[member]:
        yield from _by_child(member, child, facts)
    for room in facts.supervised[member]:
        yield Standing(member, room, STAFF, 0, SUPERVISOR)


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
        elif seat.room.student_id in facts.children[member]:
            yield Standing(member, seat.room, PEER, seat.seat, PARENT)


def _by_child(member: int, child: int, facts: _Facts) -> Iterator[Standing]:
    """What a linked parent reads along: the rooms of a child who is in now."""
    for row in facts.enrolled[child]:
        if row.hidden_at is None and row.member.state == MemberState.ACTIVE:
            for room in facts.rooms[row.course_id]:
                yield _along(member, child, row.seat, room)
            for seat in facts.seated[child]:
                if seat.room.course_id == row.course_id:
                    yield _along(member, child, seat.seat, seat.room)


def _along(member: int, child: int, seat: int, room: Room) -> Standing:
    kind = GUARDIAN_OWN if masks_others(room) else GUARDIAN
    return Standing(member, room, f"{kind}:{seat}", 0, PARENT, children=(child,))


def _strongest(standings: Iterator[Standing]) -> Sequence[Standing]:
    """One standing a room: with a seat before without; two children in one room make one view with both seats."""
    best: dict[int, Standing] = {}
    for standing in standings:
        known = best.setdefault(standing.room.pk, standing)
        if known is not standing and known.children and standing.children:
            view = f"{known.view},{standing.view.partition(':')[2]}"
            best[standing.room.pk] = replace(known, view=view, children=known.children + standing.children)
    return list(best.values())


def _mutes(member_ids: Collection[int], now: datetime) -> dict[tuple[int, int], datetime]:
    rows = Mute.objects.filter(member__in=member_ids, until__gt=now).order_by("until")
    return {(member, room): until for member, room, until in rows.values_list("member_id", "room_id", "until")}
