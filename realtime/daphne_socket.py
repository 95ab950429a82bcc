# ruff: noqa: N802, N803 – Twisted and autobahn call these names
"""One socket under Daphne: direct delivery of texts, bounds on what comes in, silence noticed.

Invariant: of what a peer sends at most a frame, and unread_events until its application has taken the socket, wait
here; once told to go it costs no more time either. What goes out is realtime.daphne_outbox's. Only names that Daphne,
autobahn and Twisted let a subclass use are used, apart from those behind a pin.
"""

import logging
import time
from contextlib import suppress
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import daphne.server  # first: it installs the reactor on its own asyncio loop
from autobahn.websocket import ConnectionDeny
from autobahn.websocket.protocol import WebSocketProtocol as Parser
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.protocol import connectionDone

from realtime import pins
from realtime.closing import CloseCode, known_code
from realtime.config import EngineConfig
from realtime.daphne_outbox import DaphneOutbox
from realtime.frames import NOT_TEXT, PING, is_pong, whole_texts
from realtime.limits import Rate, TokenBucket
from realtime.metrics import SocketMetrics
from realtime.outbox import OnGone, OnText

log = logging.getLogger(__name__)

DIRECT = pins.holds("direct texts", Parser.processData, "data", "current_frame") and pins.holds(
    "direct texts", Parser.onFrameBegin, "inside_message"
)
EARLY = pins.holds("early texts", WebSocketProtocol.applicationCreateWorked, "application_queue")

CONTROLS = Rate(50, 10)  # pings, and pongs that nobody asked for
MOST_FRAGMENTS = 512  # of one message: empty ones would pass every bound on bytes
BYTES_AFTER_CLOSE = 4096
LINGER_SECONDS = 10.0
FLOOD_LINGER_SECONDS = 1.0  # a reset at once would take the close frame away from who is still sending
_FORGOTTEN = SimpleNamespace(path="")  # of the request Daphne asks once more for its path


class SocketProtocol(WebSocketProtocol):  # type: ignore[misc]  # Daphne is untyped
    """One socket. It stands in the scope as `extensions["realtime.socket"]`; `take` hands it to the consumer."""

    config = EngineConfig()
    metrics = SocketMetrics()
    on_text: OnText | None = None
    on_gone: OnGone | None = None
    outbox: DaphneOutbox | None = None
    opened_at = heard_at = 0.0
    lingers_since: float | None = None
    pinged_at = 0.0  # since then nothing was heard; 0.0: no ping is under way
    reading_paused = False
    fragments = bytes_after_close = 0
    controls: TokenBucket | None = None

    def take(self, on_text: OnText) -> DaphneOutbox:
        """From now on each text goes straight to `on_text`; `receive` brings the disconnect alone.

        Call it right after accept, before any other await. Texts that came with the handshake follow in the next turn
        of the loop, before later ones.
        """
        self.on_text = on_text
        self.outbox = self.outbox or DaphneOutbox(self)
        if EARLY:
            self._hand_over_early_texts()
        return self.outbox

    def leave(self, on_gone: OnGone) -> None:
        """Daphne keeps the socket of an application that has returned. Nobody asks for its request or queue again."""
        events = self.application_queue
        del self.application_queue
        self.on_gone = on_gone
        self.request = _FORGOTTEN
        self.http_request_data = b""
        self.http_headers.clear()
        self.clean_headers.clear()
        while not events.empty():
            event = events.get_nowait()
            if event["type"] == "websocket.disconnect":  # it was gone before
                daphne.server.twisted_loop.call_soon(self._say_gone, event.get("code"))

    def _say_gone(self, code: int | None) -> None:
        on_gone, self.on_gone = self.on_gone, None
        if on_gone is None:
            return
        try:
            on_gone(int(code or CloseCode.CUT))
        except Exception:  # the transport has nothing to do with it
            log.exception("the end of a socket could not be told")

    def close(self, code: int) -> None:
        """autobahn's sendClose refuses 1011 and 1012; this one sends any code."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code=int(code), isReply=False)

    def sendCloseFrame(self, code: int | None = None, reasonUtf8: bytes | None = None, isReply: bool = False) -> None:
        super().sendCloseFrame(code, reasonUtf8, isReply)
        self.lingers_since = time.monotonic()
        self.server.rounds.put(self, self.lingers_since + LINGER_SECONDS)
        if self.outbox is not None:
            self.outbox.silence()

    def pause_reading(self) -> None:
        self.reading_paused = True
        self.transport.pauseProducing()

    def resume_reading(self) -> None:
        if self.reading_paused:
            self.reading_paused = False
            self.heard_at = time.monotonic()
            self.transport.resumeProducing()

    # The handshake

    def connectionMade(self) -> None:
        super().connectionMade()
        self.peer = ""  # autobahn writes it into the log, and an address is a person's
        self.opened_at = self.heard_at = time.monotonic()

    def onConnect(self, request: Any) -> Any:
        """Daphne answers what isn't ASCII there with 500 and a traceback in the log, and anybody can send it."""
        asked = (request.path, *request.headers, request.headers.get("sec-websocket-protocol", ""))
        if not all(text.isascii() for text in asked):
            raise ConnectionDeny(HTTPStatus.BAD_REQUEST.value, "not ASCII")  # type: ignore[no-untyped-call]
        return super().onConnect(request)

    def failHandshake(self, reason: str, code: int = 400, responseHeaders: Any = None) -> None:
        """autobahn quotes the request in the status line; and an Origin that it can't read is a wrong Origin."""
        log.debug("a handshake was refused: %r", reason)
        status = HTTPStatus.FORBIDDEN if "Origin" in reason else HTTPStatus(code)
        super().failHandshake(status.phrase, status.value, responseHeaders)

    # In

    def onOpen(self) -> None:
        self.metrics.opened += 1
        self.resume_reading()
        super().onOpen()

    def dataReceived(self, data: bytes) -> None:
        """Whole masked texts are the common case: 39 µs instead of 76 for the first in a segment. Else: autobahn."""
        was_pinged, self.heard_at, self.pinged_at = self.pinged_at, time.monotonic(), 0.0
        if self._is_between_messages():
            texts, taken = whole_texts(data, self.config.text_frame_bytes)
            for text in texts:
                self.onMessage(text, False)
            data = data[taken:] if taken else data
            if not data or (was_pinged and is_pong(data)):  # that it was heard is all there is to a pong
                return
        elif self.state == self.STATE_CLOSING and self._is_flooding_on(len(data)):
            return
        super().dataReceived(data)
        if self.state == self.STATE_CONNECTING and DIRECT and len(self.data) > self.config.text_frame_bytes:
            self.pause_reading()  # until it is let in

    def _is_between_messages(self) -> bool:
        return (
            DIRECT
            and self.on_text is not None
            and self.state == self.STATE_OPEN
            and not self.data
            and self.current_frame is None
            and not self.inside_message
        )

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if self.state != self.STATE_OPEN or self.muted:
            return  # we are closing: not acked, so not promised
        if self.on_text is not None:
            self._deliver(NOT_TEXT if isBinary else payload)
        else:
            self._queue(payload, isBinary)

    def onMessageFrame(self, payload: list[bytes]) -> None:
        super().onMessageFrame(payload)
        self.fragments = 1 if len(self.message_data) == len(payload) else self.fragments + 1
        if self.fragments > MOST_FRAGMENTS:
            self.dropConnection(abort=True)

    def _is_flooding_on(self, size: int) -> bool:
        """Who was told to go and sends on is not read any more: that kept a core busy until close_seconds were over."""
        self.bytes_after_close += size
        if self.bytes_after_close <= BYTES_AFTER_CLOSE:
            return False
        self.transport.pauseProducing()
        daphne.server.twisted_loop.call_later(FLOOD_LINGER_SECONDS, self.dropConnection, True)
        return True

    def onPing(self, payload: bytes) -> None:
        if self._may_control() and (self.outbox is None or not self.outbox.is_paused):
            super().onPing(payload)  # a peer that doesn't read gets no pongs either

    def onPong(self, payload: bytes) -> None:
        self._may_control()

    def _may_control(self) -> bool:
        """No browser sends them unasked. Whoever floods with them gets past the limits of frames, and costs as much."""
        self.controls = self.controls or TokenBucket(CONTROLS, self.heard_at)
        if self.controls.wait(self.heard_at):
            self.dropConnection(abort=True)
            return False
        self.controls.take()
        return True

    def _deliver(self, text: bytes) -> None:
        self.metrics.messages_in += 1
        try:
            self.on_text(text)  # type: ignore[misc]
        except Exception:  # one message must not take the others' sockets with it
            log.exception("a message could not be handled")
            self.close(1011)

    def _queue(self, payload: bytes, is_binary: bool) -> None:
        """For an application that reads with `receive`: as Daphne, bounded. No UTF-8: handed over as bytes."""
        event: dict[str, Any] = {"type": "websocket.receive", "bytes": payload}
        if not is_binary:
            with suppress(UnicodeDecodeError):
                event = {"type": "websocket.receive", "text": payload.decode()}
        self.application_queue.put_nowait(event)
        if self.application_queue.qsize() >= self.config.unread_events:
            self.pause_reading()

    def asked_for_more(self) -> None:
        """The application called `receive`."""
        if self.reading_paused and self.on_text is None and self.application_queue.qsize() <= 1:
            self.resume_reading()

    def _hand_over_early_texts(self) -> None:
        kept, loop = [], daphne.server.twisted_loop
        while not self.application_queue.empty():
            event = self.application_queue.get_nowait()
            if event["type"] != "websocket.receive":
                kept.append(event)
            else:
                text = event.get("text")
                loop.call_soon(self._deliver, NOT_TEXT if text is None else text.encode())
        for event in kept:
            self.application_queue.put_nowait(event)
        self.resume_reading()

    # Out, for an application that writes with `send`

    def handle_reply(self, message: dict[str, Any]) -> None:
        kind = message.get("type")
        if kind == "websocket.send" and self.state == self.STATE_OPEN:
            self._send_plain(message.get("bytes"), message.get("text"))
        elif kind == "websocket.close" and self.state != self.STATE_CONNECTING:
            way_out = self.outbox if self.outbox is not None else self
            way_out.close(message.get("code") or 1000)
        else:
            super().handle_reply(message)

    def _send_plain(self, data: bytes | None, text: str | None) -> None:
        """Daphne's swallows empty messages, which RFC 6455 has, and knows no bound."""
        if self.outbox is None:
            self.outbox = DaphneOutbox(self)
        payload = text.encode() if text is not None else data or b""
        self.sendMessage(payload, isBinary=text is None)
        if self.outbox.is_paused:
            self.outbox.count(len(payload))

    # The end

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.metrics.closed += 1
        self.metrics.closes[known_code(self.localCloseCode if self.closedByMe else code)] += 1
        self.on_text = None
        super().onClose(wasClean, code, reason)
        self._say_gone(code)

    def connectionLost(self, reason: Any = connectionDone) -> None:
        """Freed at once: the collector hardly ever looks at what has lived for a while (realtime.tuning)."""
        super().connectionLost(reason)
        self.data = b""
        self.message_data: list[bytes] = []
        self.outbox = self.is_open = self.is_closed = None  # each led back to us

    def look(self, now: float) -> float:
        """Do what is due; when to look again. Daphne's `check_timeouts`, on the monotonic clock: with time.time() a
        clock set forward closed every socket with 1000."""
        if self.state == self.STATE_CONNECTING:
            return self._look_at_handshake(now)
        if self.state == self.STATE_OPEN:
            return self._look_at_silence(now)
        return self._look_at_end(now)

    def _look_at_handshake(self, now: float) -> float:
        deadline: float = self.opened_at + self.server.websocket_connect_timeout
        if now < deadline:
            return deadline
        self.serverReject()
        return now

    def _look_at_silence(self, now: float) -> float:
        ping_at = (now if self.reading_paused else self.heard_at) + self.config.ping_seconds  # unread we can't hear
        if now < ping_at:
            return ping_at
        if not self.pinged_at:
            self.pinged_at = now
            self.transport.write(PING)  # autobahn takes five times as long
        dead_at = self.pinged_at + self.config.pong_seconds
        if now >= dead_at:
            self.metrics.cut_silent += 1
            self.dropConnection(abort=True)
        return dead_at

    def _look_at_end(self, now: float) -> float:
        """A peer that reads neither our last bytes nor goes away."""
        self.lingers_since = self.lingers_since or now
        deadline = self.lingers_since + LINGER_SECONDS
        if now >= deadline and self.transport.connected:
            self.transport.abortConnection()
        return max(now, deadline)
