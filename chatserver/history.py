"""What the hub reads when a socket comes back, or when the bus has lost something: the log, as one view sees it."""

from collections.abc import Collection

from chatserver.dispatch import Bridge
from chatserver.protocol import Gap, framed
from realtime import topics
from realtime.hub import REPLAY_FRAMES, Head, View
from rooms.events import Withheld, frame_for
from rooms.queries.log import entries_of, heads_of


class RoomHistory:
    """realtime.hub.History over the database, which is the truth."""

    def __init__(self, bridge: Bridge) -> None:
        self._run_sync = bridge.run_sync

    async def heads(self, names: Collection[str]) -> dict[str, Head]:
        rooms = {topics.room_id(name): name for name in names}
        heads = await self._run_sync(heads_of, list(rooms))
        return {rooms[room]: head for room, head in heads.items()}

    async def frames(self, topic: str, view: View, after: int, upto: int) -> list[bytes]:
        return await self._run_sync(_frames, topics.room_id(topic), view, after, upto)

    def gap(self, topic: str, head: Head) -> bytes:
        return framed(Gap(topics.room_id(topic), head.first_seq, head.last_seq))


def _frames(room_id: int, view: View, after: int, upto: int) -> list[bytes]:
    """One for each seq. What is no longer stored (purged, while the topic here still counts on it) is withheld."""
    upto = min(upto, after + REPLAY_FRAMES)
    entries = {entry.seq: entry for entry in entries_of(room_id, after=after, upto=upto, limit=REPLAY_FRAMES)}
    if not entries:
        return []
    return [
        frame_for(entries[seq], view) if seq in entries else framed(Withheld(room_id, seq, seq))
        for seq in range(after + 1, upto + 1)
    ]
