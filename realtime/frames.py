"""RFC 6455 frames as bytes: built once for everybody, taken apart on the fast path in. Pure functions.

Invariant: what `text_frame` builds, any client reads as one text message; what `whole_texts` takes are
complete messages, and everything else is left to the parser of the server.
"""

from collections.abc import Iterator
from typing import Final

NOT_TEXT: Final = b"\xff"
"""What a handler of texts gets in place of a binary message: no UTF-8 and no JSON, so a wrong frame like any other."""

PING: Final = b"\x89\x01?"

_TEXT, _PONG, _MASKED, _TWO_BYTES = 0x81, 0x8A, 0x80, 126
_MASK_BYTES = 4


def text_frame(payload: bytes) -> bytes:
    """One final, unmasked text frame (§ 5.2)."""
    size = len(payload)
    if size < _TWO_BYTES:
        return b"\x81" + size.to_bytes(1, "big") + payload
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def unframe(frames: bytes) -> Iterator[str]:
    """The texts of frames that `text_frame` built, for servers that frame by themselves."""
    at = 0
    while at < len(frames):
        size, at = frames[at + 1], at + 2
        if size >= _TWO_BYTES:
            width = 2 if size == _TWO_BYTES else 8
            size, at = int.from_bytes(frames[at : at + width], "big"), at + width
        yield frames[at : at + size].decode()
        at += size


def whole_texts(segment: bytes, longest: int) -> tuple[list[bytes], int]:
    """The unmasked payloads of the whole texts that a segment begins with, and where the rest of it begins.

    Several small messages of a peer often share a segment: a busy one's always do. A whole text is one final masked
    frame of at most `longest` bytes; a length in a longer form than needed is no valid frame.
    """
    texts: list[bytes] = []
    at, size = 0, len(segment)
    while size - at >= 2 + _MASK_BYTES and segment[at] == _TEXT:
        length, payload = segment[at + 1] - _MASKED, at + 2 + _MASK_BYTES
        if length == _TWO_BYTES:
            length, payload = segment[at + 2] << 8 | segment[at + 3], payload + 2
            if length < _TWO_BYTES:
                break
        elif length > _TWO_BYTES:
            break
        end = payload + length
        if not 0 <= length <= longest or end > size:
            break
        texts.append(unmask(segment[payload - _MASK_BYTES : payload], segment[payload:end]))
        at = end
    return texts, at


def is_pong(segment: bytes) -> bool:
    """Whether the segment is one whole pong of a client and nothing else."""
    return (
        len(segment) >= 2 + _MASK_BYTES
        and segment[0] == _PONG
        and _MASKED <= segment[1] < _MASKED + _TWO_BYTES
        and len(segment) == 2 + _MASK_BYTES + segment[1] - _MASKED
    )


def unmask(mask: bytes, payload: bytes) -> bytes:
    """XOR with the repeated mask (§ 5.3), as one large integer: a third of the time of autobahn's native masker."""
    size = len(payload)
    key = (mask * (size // _MASK_BYTES + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")
