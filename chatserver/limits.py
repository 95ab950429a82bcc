"""How much one member and one room may send, and how often one session and one address may come. Buckets of this
process; sign-in is counted in the database.

`CHATSERVER_LIMITS=bench` switches them off, for a database that holds invented people alone.
"""

import time
from collections.abc import Callable

from django.conf import settings

from accounts.actions.attempts import network_of
from realtime.limits import MESSAGES_PER_MEMBER, MESSAGES_PER_ROOM, TYPING, Buckets, Rate

FRAMES = (
    Rate(400, 10),
)  # of any kind, from all sockets of one member: ten times what a person with two devices can do
ARRIVALS = (Rate(100, 10),)  # of one session: whoever was cut for sending too much, and comes back without waiting
CONNECTS = (Rate(600, 60),)  # of one address: twenty classes, or one whose network drops everybody twenty times
CONNECTS_LISTED = (Rate(2_000, 60),)  # of one on a school's list: the whole school after a restart
DRAFTS = (Rate(30, 60),)  # a page saves every five seconds, and once when it is left


class Limits:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        on = settings.LIMITS_ON
        self._frames = Buckets(FRAMES if on else ())
        self._arrivals = Buckets(ARRIVALS if on else ())
        self._connects = Buckets(CONNECTS if on else (), clock=clock)
        self._connects_listed = Buckets(CONNECTS_LISTED if on else (), clock=clock)
        self._typing = Buckets(TYPING)
        self._drafts = Buckets(DRAFTS if on else ())
        self._members = Buckets(MESSAGES_PER_MEMBER if on else ())
        self._rooms = Buckets(MESSAGES_PER_ROOM if on else ())

    def of_frame(self, member_id: int) -> float:
        """A new socket brings no new bucket: coming back doesn't help a flood."""
        return self._frames.take(member_id)

    def of_arrival(self, session_key: str) -> float:
        return self._arrivals.take(session_key)

    def of_connect(self, address: str, *, is_listed: bool) -> float:
        """Who comes by no network, as a proxy on this machine may, has no address to be counted by."""
        if not address:
            return 0.0
        return (self._connects_listed if is_listed else self._connects).take(network_of(address))

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
