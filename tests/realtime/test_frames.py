"""Frames: what we build any client reads, and the fast path takes exactly what a whole masked text is."""

from hypothesis import given
from hypothesis import strategies as st

from realtime.frames import NOT_TEXT, text_frame, unframe, unmask, whole_text
from tests.realtime.server_process import client_frame

LONGEST = 48 * 1024


@given(st.lists(st.text(max_size=300)))
def test_texts_come_back_from_their_frames(texts: list[str]):
    assert list(unframe(b"".join(text_frame(text.encode()) for text in texts))) == texts


def test_each_form_of_length():
    for size, head in ((0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)):
        frame = text_frame(b"x" * size)
        assert len(frame) == head + size
        assert list(unframe(frame)) == ["x" * size]


@given(st.binary(max_size=1000), st.binary(min_size=4, max_size=4))
def test_a_whole_masked_text_is_taken(payload: bytes, mask: bytes):
    assert whole_text(client_frame(payload, mask=mask), LONGEST) == payload


@given(st.binary(max_size=300), st.binary(min_size=1, max_size=20), st.integers(0, 400))
def test_anything_less_or_more_than_one_frame_is_left_to_the_parser(payload: bytes, more: bytes, cut: int):
    frame = client_frame(payload)
    assert whole_text(frame + more, LONGEST) is None
    if cut < len(frame):
        assert whole_text(frame[:cut], LONGEST) is None


@given(st.binary(max_size=200))
def test_no_bytes_at_all_raise(segment: bytes):
    taken = whole_text(segment, LONGEST)
    assert taken is None or client_frame(taken, mask=segment[-len(taken) - 4 :][:4]) == segment


def test_other_opcodes_fragments_and_too_long_ones_are_left_to_the_parser():
    for opcode in (0, 2, 8, 9, 10):
        assert whole_text(client_frame(b"x", opcode=opcode), LONGEST) is None
    assert whole_text(client_frame(b"x", final=False), LONGEST) is None
    assert whole_text(client_frame(b"x" * LONGEST), LONGEST) == b"x" * LONGEST
    assert whole_text(client_frame(b"x" * (LONGEST + 1)), LONGEST) is None
    assert whole_text(b"\x81\x05naked", LONGEST) is None
    assert whole_text(b"\x81\xfe\x00\x05abcd12345", LONGEST) is None


@given(st.binary(max_size=500), st.binary(min_size=4, max_size=4))
def test_masking_twice_is_nothing(payload: bytes, mask: bytes):
    assert unmask(mask, unmask(mask, payload)) == payload


def test_what_stands_for_a_binary_message_is_no_text():
    try:
        NOT_TEXT.decode()
    except UnicodeDecodeError:
        return
    raise AssertionError
