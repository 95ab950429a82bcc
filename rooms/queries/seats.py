"""From seats to members: what mentions and moderation need."""

from collections.abc import Collection

from rooms.models import Enrollment, Room, RoomMember


def members_at(room: Room, seats: Collection[int]) -> tuple[int, ...]:
    """The members who sit there now; seats that are nobody's are left out."""
    if not seats:
        return ()
    if room.kind == Room.Kind.DIRECT:
        rows = RoomMember.objects.filter(room=room, seat__in=seats, left_at__isnull=True)
        return tuple(rows.values_list("member_id", flat=True))
    enrolled = Enrollment.objects.filter(course=room.course_id, seat__in=seats, state=Enrollment.State.ACTIVE)
    return tuple(enrolled.values_list("member_id", flat=True))
