"""A member's own drafts. Asked for by member alone: there is no way to another one's."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Exists, OuterRef
from msgspec import Struct

from rooms.events import wire_time
from rooms.models import Draft, Message


class DraftState(Struct, omit_defaults=True):
    """What the member is writing in a room. Mentions are seats, as in a message."""

    room: int
    text: str
    at: str
    reply_to: int | None = None


def drafts_of(member_ids: Collection[int]) -> dict[int, list[DraftState]]:
    """member → drafts, the newest first. One statement.

    What was sent since is none any longer, even if the page was gone before it could say so.
    """
    sent = Message.objects.filter(
        author=OuterRef("member"), room=OuterRef("room"), at__gte=OuterRef("at"), text=OuterRef("text")
    )
    found: dict[int, list[DraftState]] = defaultdict(list)
    for draft in Draft.objects.filter(~Exists(sent), member__in=member_ids).order_by("-at", "room"):
        found[draft.member_id].append(draft_state(draft))
    return found


def draft_state(draft: Draft) -> DraftState:
    return DraftState(draft.room_id, draft.text, wire_time(draft.at), draft.reply_to)
