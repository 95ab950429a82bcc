"""From seats to members, and from members to those who read along with them."""

from collections.abc import Collection

from django.utils import timezone

from consent.queries.children import guardians_of
from rooms.models import Course, Room, RoomMember
from rooms.queries.standings import active_enrollments, supervisors


def members_at(room: Room, seats: Collection[int]) -> tuple[int, ...]:
    """The members who sit there now; seats that are nobody's, or nobody's any longer, are left out."""
    if not seats:
        return ()
    enrolled = active_enrollments(timezone.now()).filter(course=room.course_id)
    if room.kind == Room.Kind.COURSE:
        return tuple(enrolled.filter(seat__in=seats).values_list("member_id", flat=True))
    seated = RoomMember.objects.filter(room=room, seat__in=seats, left_at__isnull=True)
    if room.kind == Room.Kind.GROUP:
        seated = seated.filter(member__in=enrolled.values("member"))
    return tuple(seated.values_list("member_id", flat=True))


def with_families(member_ids: Collection[int]) -> set[int]:
    """The members and their linked guardians: what opens or closes to one does so to the others."""
    guardians = guardians_of(member_ids)
    return {*member_ids, *(guardian.pk for each in guardians.values() for guardian in each)}


def everybody_of(course: Course) -> set[int]:
    """Whose pages show the rooms of the course: who is in it, and who reads along."""
    enrolled = active_enrollments(timezone.now()).filter(course=course)
    return with_families(list(enrolled.values_list("member_id", flat=True)))


def everybody_and_supervisors_of(course: Course) -> set[int]:
    """Those too who may read its one-to-one chats."""
    duties = supervisors(timezone.now()).filter(school=course.school_id)
    return everybody_of(course) | set(duties.values_list("member_id", flat=True))


def everybody_in(room: Room) -> set[int]:
    """Whose pages show the room."""
    if room.kind == Room.Kind.COURSE:
        return everybody_of(room.course)
    return with_families(list(room.members.filter(left_at__isnull=True).values_list("member_id", flat=True)))
