"""protocol.decode: a frame or BadFrame, whatever bytes come (V13, V35)."""

import json
import math

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatserver import protocol
from chatserver.protocol import BadFrame, decode
from tests.socket_client import uuid7

TYPES = [str(frame.__struct_config__.tag) for frame in protocol.CLIENT_FRAMES]
NAMES = sorted({field.encode_name for frame in protocol.CLIENT_FRAMES for field in msgspec.structs.fields(frame)})

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)
plausible = st.sampled_from([0, 1, 7, -1, 2**53, 2**53 + 1, 2**63, 10**30, "", "here", "away", uuid7(), True, [], {}])
fields = st.dictionaries(st.sampled_from(NAMES), plausible | values, max_size=8)
frames = st.builds(lambda t, rest: {**rest, "t": t}, st.sampled_from(TYPES) | values, fields)


def outcome(payload: bytes) -> protocol.ClientFrame | BadFrame:
    """Anything but these two is a crash and fails the test."""
    try:
        return decode(payload)
    except BadFrame as problem:
        bad = problem
    assert bad.code in ("invalid_frame", "unknown_command")
    assert bad.ref is None or 0 <= bad.ref <= protocol.MOST_REF
    assert protocol.framed(protocol.Error(bad.ref, bad.code, "It is refused."))  # it can be said
    return bad


@settings(max_examples=600, deadline=None)
@given(st.binary(max_size=300))
@example(b"[" * 49_152)
@example(b'{"ref":' + b"[" * 20_000 + b"]" * 20_000 + b"}")
@example(b'{"ref":' + b"9" * 40_000 + b"}")
@example(b'{"ref":1' + b"0" * 400 + b',"t":"message.send"}')
@example(b'{"ref":-1e999}')
@example(b'{"t":"hello","ref":1,"last":{"' + b"1" * 5_000 + b'":1}}')
@example(b'{"t":"message.send","text":"\\ud800"}')
@example(b"\xef\xbb\xbf{}")
def test_no_bytes_are_a_crash(payload: bytes) -> None:
    outcome(payload)


@settings(max_examples=600, deadline=None)
@given(frames | values)
def test_no_json_is_a_crash_and_what_passes_has_its_types(value: object) -> None:
    found = outcome(json.dumps(value).encode())
    if not isinstance(found, BadFrame):
        assert isinstance(value, dict)
        assert found.__struct_config__.tag == value["t"]
        again = msgspec.json.encode(found)
        assert decode(again) == found


@settings(max_examples=300, deadline=None)
@given(frames, st.data())
def test_a_damaged_frame_is_no_crash(value: dict[str, object], data: st.DataObject) -> None:
    payload = bytearray(json.dumps(value).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(payload) - 1))
        payload[at] = data.draw(st.integers(0, 255))
    outcome(bytes(payload))


@given(st.integers(0, protocol.MOST_REF), st.sampled_from(["message.eat", "message.send", "room.history"]))
def test_the_ref_of_a_wrong_frame_is_found(ref: int, t: str) -> None:
    bad = outcome(json.dumps({"t": t, "ref": ref, "room": "x"}).encode())
    assert isinstance(bad, BadFrame)
    assert (bad.ref, bad.is_hopeless) == (ref, False)


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_what_is_no_json_number_is_refused(number: float) -> None:
    assert isinstance(outcome(json.dumps({"t": "typing", "room": number}).encode()), BadFrame)
