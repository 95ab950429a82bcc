"""The bounds of the engine, in one frozen object. Measured defaults; the composition root may give others."""

from dataclasses import dataclass

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    text_frame_bytes: int = 48 * KIBIBYTE
    """The longest message of a client; 1009 to a longer one."""

    soft_buffer_bytes: int = 64 * KIBIBYTE
    hard_buffer_bytes: int = MEBIBYTE
    slow_seconds: float = 8.0
    """A peer with more than soft bytes waiting is slow: cut at hard bytes, or when it hasn't read all in this time."""

    kernel_buffer_bytes: int = 128 * KIBIBYTE
    """SO_SNDBUF; without it a peer that never reads pins about 4 MB in the kernel."""

    ping_seconds: float = 14.0
    pong_seconds: float = 10.0
    """A silent peer is pinged, then taken for dead: noticed within 27 s."""

    handshake_seconds: float = 10.0
    close_seconds: float = 5.0
    """How long a peer may take to answer our close frame."""

    unread_events: int = 32
    """Messages that wait in an ASGI queue before the peer isn't read any further."""

    body_bytes: int = MEBIBYTE
    """The largest request body; 413 to a larger one before it is read."""

    http_idle_seconds: float = 10.0
    http_head_seconds: float = 10.0
    http_body_seconds: float = 30.0
    http_answer_seconds: float = 60.0
    """Without a byte; and, however many bytes trickle, for the whole head, the whole body, and reading the answer."""

    listen_backlog: int = 4096
    """Twisted's 50 makes a storm of 2,000 connects last 16 s instead of 1.9."""

    settle_seconds: float = 0.5
    drain_seconds: float = 6.0
    finish_seconds: float = 2.0
    """At SIGTERM: how long writes under way may take before the farewell, all until everybody is gone, and the end."""

    switch_interval_seconds: float = 0.0005
    """With a busy page in another thread the 99th percentile of a delivery went from 18.7 to 7.7 ms."""
