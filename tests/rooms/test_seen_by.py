"""The one rule of who sees what: every kind of event in every view, live and replayed alike."""

import json
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from realtime.frames import unframe
from rooms.events import EVENTS, LogEntry, MessageBody, Removed, Withheld, frame_for, frames_of, own_seats, seen_by
from rooms.models import EventKind

AUTHOR, SIBLING, OTHER = 7, 9, 4
AT = timezone.now()
MESSAGE_KINDS = [kind for kind in EventKind if kind.startswith("message.")]
OTHER_KINDS = [kind for kind in EventKind if not kind.startswith("message.")]

STAFF, PEER = "staff", "peer"
GUARDIANS = [f"guardian:{AUTHOR}", f"guardian:{SIBLING}", f"guardian:{SIBLING},{AUTHOR}", f"guardian:{OTHER},{SIBLING}"]
OWN = [view.replace("guardian", "guardian_own") for view in GUARDIANS]
VIEWS = [STAFF, PEER, *GUARDIANS, *OWN]


def body(**fields: Any) -> MessageBody:
    known = {"seq": 5, "number": 3, "by": AUTHOR, "at": "2026-11-20T10:00:00.000Z", "cid": "c", "version": 1}
    return MessageBody(**{**known, "text": "my words", **fields})


def entry(kind: str, **fields: Any) -> LogEntry:
    data = {"seat": AUTHOR, "title": "General", "posting": "all", "state": "open"}
    message = body() if kind.startswith("message.") else None
    return LogEntry(
        **{"room": 1, "seq": 6, "at": AT, "kind": kind, "seat": 0, "message": message, "data": data, **fields}
    )


def sees(view: str, made: LogEntry) -> bool:
    """Whether the view sees it; if not, it gets exactly the one seq withheld, and no more."""
    seen = seen_by(made, view)
    if isinstance(seen, Withheld):
        assert json.loads(payload(frame_for(made, view))) == {"t": "withheld", "room": 1, "from": 6, "to": 6}
        return False
    assert seen.__struct_config__.tag == made.kind
    return True


def payload(frame: bytes) -> str:
    (text,) = unframe(frame)
    return text


def test_every_kind_of_the_log_is_an_event_of_the_wire() -> None:
    assert {event.__struct_config__.tag for event in EVENTS} == set(EventKind.values)


@pytest.mark.row("S22")
@pytest.mark.parametrize("kind", EventKind)
def test_every_view_sees_every_event_of_a_child_who_is_in(kind: str) -> None:
    assert [sees(view, entry(kind)) for view in (STAFF, PEER, *GUARDIANS)] == [True] * 6


@pytest.mark.row("S20")
@pytest.mark.parametrize("kind", MESSAGE_KINDS)
def test_a_hidden_child_s_messages_stay_with_staff_and_the_own_family(kind: str) -> None:
    made = entry(kind, author_is_hidden=True)
    assert {view: sees(view, made) for view in VIEWS} == {
        STAFF: True,
        PEER: False,
        f"guardian:{AUTHOR}": True,
        f"guardian:{SIBLING}": False,
        f"guardian:{SIBLING},{AUTHOR}": True,
        f"guardian:{OTHER},{SIBLING}": False,
        f"guardian_own:{AUTHOR}": True,
        f"guardian_own:{SIBLING}": False,
        f"guardian_own:{SIBLING},{AUTHOR}": True,
        f"guardian_own:{OTHER},{SIBLING}": False,
    }


@pytest.mark.row("S22")
@pytest.mark.parametrize("kind", MESSAGE_KINDS)
def test_own_child_only_keeps_back_other_children_s_words_and_nobody_else_s(kind: str) -> None:
    made = entry(kind, own_child_only=True)
    assert [sees(view, made) for view in OWN] == [True, False, True, False]
    by_staff = entry(kind, own_child_only=True, author_is_student=False)
    assert [sees(view, by_staff) for view in OWN] == [True] * 4
    assert [sees(view, made) for view in (STAFF, PEER)] == [True, True]


@pytest.mark.parametrize("kind", OTHER_KINDS)
@pytest.mark.parametrize("view", VIEWS)
def test_what_is_about_no_message_goes_to_all(kind: str, view: str) -> None:
    assert sees(view, entry(kind, author_is_hidden=True, own_child_only=True))


@pytest.mark.parametrize("kind", MESSAGE_KINDS)
@pytest.mark.parametrize("view", VIEWS)
def test_an_event_of_a_purged_message_is_withheld_from_all(kind: str, view: str) -> None:
    assert not sees(view, entry(kind, message=None))


@pytest.mark.row("S22")
@pytest.mark.parametrize("kind", EventKind)
def test_no_event_names_anybody_by_more_than_a_seat(kind: str) -> None:
    frame = json.loads(payload(frame_for(entry(kind), STAFF)))
    assert set(frame) <= {"t", "room", "seq", "at", "by", "cid", "message", "seat", "title", "posting", "state"}
    assert set(frame.get("message", {})) <= {"seq", "number", "by", "at", "cid", "version", "text"}


def test_the_seats_of_a_view_are_read_from_it() -> None:
    assert own_seats("guardian:7,9") == own_seats("guardian_own:9,7") == {7, 9}
    assert own_seats("staff") == own_seats("peer") == frozenset()


# Live and replayed alike

seats = st.integers(1, 12)
removals = st.none() | st.builds(
    Removed, by_kind=st.sampled_from(["author", "staff"]), at=st.just("x"), by=st.none() | seats
)
bodies = st.builds(
    body,
    by=seats,
    text=st.none() | st.text(max_size=20),
    html=st.none() | st.just("<p>x</p>"),
    reply_to=st.none() | st.integers(1, 4),
    removed=removals,
)


@st.composite
def entries(draw: st.DrawFn) -> LogEntry:
    kind = draw(st.sampled_from(list(EventKind)))
    message = draw(st.none() | bodies) if kind.startswith("message.") else None
    return entry(
        kind,
        message=message,
        author_is_hidden=draw(st.booleans()),
        author_is_student=draw(st.booleans()),
        own_child_only=draw(st.booleans()),
    )


@st.composite
def views(draw: st.DrawFn, *, own_child_only: bool) -> str:
    """What there is in a room: guardians of one kind, with one child or more."""
    kind = draw(st.sampled_from([STAFF, PEER, "guardian"]))
    if kind != "guardian":
        return kind
    children = draw(st.lists(seats, min_size=1, max_size=3, unique=True))
    return ("guardian_own:" if own_child_only else "guardian:") + ",".join(map(str, children))


@pytest.mark.row("S20")
@given(data=st.data(), made=entries())
def test_a_live_frame_is_the_replayed_one_in_every_view(data: st.DataObject, made: LogEntry) -> None:
    view = data.draw(views(own_child_only=made.own_child_only))
    assert frames_of(made).for_view(view) == frame_for(made, view)


@given(made=entries())
def test_what_changes_earlier_replays_says_so(made: LogEntry) -> None:
    assert frames_of(made).rewrites == (
        made.kind not in ("message.sent", "member.joined", "member.left", "room.changed")
    )
