"""Frames: what we build any client reads, and the fast path takes exactly the whole masked texts."""

from hypothesis import given
from hypothesis import strategies as st

from realtime.frames import NOT_TEXT, is_pong, text_frame, unframe, unmask, whole_texts
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


MASKED = st.tuples(st.binary(max_size=1000), st.binary(min_size=4, max_size=4))


@given(st.lists(MASKED, max_size=8))
def test_whole_masked_texts_are_taken_in_their_order(messages: list[tuple[bytes, bytes]]):
    segment = b"".join(client_frame(payload, mask=mask) for payload, mask in messages)
    assert whole_texts(segment, LONGEST) == ([payload for payload, _ in messages], len(segment))


@given(st.lists(MASKED, max_size=3), st.binary(max_size=300), st.integers(0, 400))
def test_a_text_that_is_cut_off_is_left_to_the_parser(messages: list[tuple[bytes, bytes]], last: bytes, cut: int):
    segment = b"".join(client_frame(payload, mask=mask) for payload, mask in messages)
    frame = client_frame(last)
    assert whole_texts(segment + frame[: min(cut, len(frame) - 1)], LONGEST) == (
        [payload for payload, _ in messages],
        len(segment),
    )


@given(st.binary(max_size=200))
def test_no_bytes_at_all_raise_and_none_is_lost(segment: bytes):
    texts, taken = whole_texts(segment, LONGEST)
    assert taken == sum(len(client_frame(text)) for text in texts)


def test_other_opcodes_fragments_and_too_long_ones_are_left_to_the_parser():
    for opcode in (0, 2, 8, 9, 10):
        assert whole_texts(client_frame(b"x", opcode=opcode), LONGEST) == ([], 0)
    for rest in (
        client_frame(b"x", final=False),
        client_frame(b"x" * (LONGEST + 1)),
        client_frame(b"x" * (1 << 16)),
        b"\x81\x05naked",
        b"\x81\xfe\x00\x05abcd12345",
        b"\x81\xff\x00\x05abcd12345",
    ):
        assert whole_texts(rest, LONGEST) == ([], 0)
        assert whole_texts(client_frame(b"one") + rest, LONGEST) == ([b"one"], len(client_frame(b"one")))
    assert whole_texts(client_frame(b"x" * LONGEST), LONGEST)[0] == [b"x" * LONGEST]


@given(st.binary(max_size=125), st.binary(min_size=4, max_size=4), st.binary(max_size=3))
def test_a_pong_alone_is_known(payload: bytes, mask: bytes, more: bytes):
    pong = client_frame(payload, opcode=10, mask=mask)
    assert is_pong(pong)
    assert is_pong(pong + more) == (not more)
    assert not is_pong(pong[:-1])
    assert not is_pong(client_frame(payload, opcode=9, mask=mask))
    assert not is_pong(client_frame(payload, opcode=10, mask=mask, final=False))


def test_no_unmasked_and_no_long_pong_is_known():
    assert not is_pong(b"\x8a\x04pong")
    assert not is_pong(client_frame(b"x" * 126, opcode=10))
    assert not is_pong(b"\x8a\xfe" + b"x" * (4 + 126))


@given(st.binary(max_size=500), st.binary(min_size=4, max_size=4))
def test_masking_twice_is_nothing(payload: bytes, mask: bytes):
    assert unmask(mask, unmask(mask, payload)) == payload


def test_what_stands_for_a_binary_message_is_no_text():
    try:
        NOT_TEXT.decode()
    except UnicodeDecodeError:
        return
    raise AssertionError
