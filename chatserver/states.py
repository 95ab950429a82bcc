"""From what the door found to the socket's own frames. Pure."""

from django.utils import timezone, translation

from accounts.queries.settings import settings_of
from chatserver import protocol
from chatserver.door import Visit
from realtime.config import EngineConfig
from rooms.events import wire_time
from rooms.queries.states import course_states, room_states
from rooms.text import TEXT_CHARS

VERSION = "0.1.0"


def ready(visit: Visit, ref: int) -> protocol.Ready:
    member = visit.member
    with translation.override(member.locale):
        return protocol.Ready(
            ref=ref,
            protocol=protocol.PROTOCOL,
            server=protocol.Server(VERSION, wire_time(timezone.now())),
            member=protocol.Me(member.pk, member.course_name, member.sign_in_name, settings_of(member)),
            limits=limits(visit),
            rooms=room_states(visit.places),
            courses=course_states(visit.places),
            notices=[],
            drafts=[draft for draft in visit.drafts if draft.room in visit.standings],
        )


def access_changed(visit: Visit) -> protocol.AccessChanged:
    with translation.override(visit.member.locale):
        return protocol.AccessChanged(room_states(visit.places), course_states(visit.places))


def settings_changed(before: Visit, visit: Visit) -> protocol.SettingsChanged | None:
    """None: the member has chosen nothing new."""
    settings = settings_of(visit.member)
    return None if settings == settings_of(before.member) else protocol.SettingsChanged(settings)


def limits(visit: Visit) -> protocol.Limits:
    edit_seconds = max((standing.edit_seconds for standing in visit.standings.values()), default=0)
    return protocol.Limits(TEXT_CHARS, EngineConfig().text_frame_bytes, edit_seconds)
