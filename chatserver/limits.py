"""How much one socket, one member and one room may send. Buckets of this process; sign-in is counted in the database.

`CHATSERVER_LIMITS=bench` switches them off, for a database that holds invented people alone.
"""

from django.conf import settings

from realtime.limits import MESSAGES_PER_MEMBER, MESSAGES_PER_ROOM, TYPING, Buckets, Rate

FRAMES = (Rate(200, 10),)  # of any kind, from one socket: ten times what a person can do
DRAFTS = (Rate(30, 60),)  # a page saves every five seconds, and once when it is left


class Limits:
    def __init__(self) -> None:
        on = settings.LIMITS_ON
        self._frames = FRAMES if on else ()
        self._typing = Buckets(TYPING)
        self._drafts = Buckets(DRAFTS if on else ())
        self._members = Buckets(MESSAGES_PER_MEMBER if on else ())
        self._rooms = Buckets(MESSAGES_PER_ROOM if on else ())

    def of_socket(self) -> Buckets:
        """The frames of one socket: a bucket that goes with it. Its key is None."""
        return Buckets(self._frames)

    def of_typing(self, member_id: int, room_id: int) -> float:
        return self._typing.take((member_id, room_id))

    def of_draft(self, member_id: int) -> float:
        return self._drafts.take(member_id)

    def of_message(self, member_id: int, room_id: int) -> float:
        """0.0 when the message may go, otherwise the seconds to wait; what is refused counts for nothing."""
        wait = max(self._members.peek(member_id), self._rooms.peek(room_id))
        if wait == 0.0:
            self._members.take(member_id)
            self._rooms.take(room_id)
        return wait
