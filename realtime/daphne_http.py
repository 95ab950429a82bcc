# ruff: noqa: N802, N815 – Twisted and autobahn call these names
"""Daphne's HTTP side, bounded in bytes and in time.

Invariants: a body above the limit is refused by its announced length before any of it is kept; one without a length is
refused as soon as it is longer (stock Daphne took 300 MiB from anybody into a temporary file). Head, body and the
reading of the answer have a deadline each, which no byte puts off; and the next request of a connection waits until
the answers before it are read.
"""

import socket
from typing import Any

import daphne.server  # first: it installs the reactor
from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.internet import reactor
from twisted.internet.protocol import connectionDone
from twisted.web.http import HTTPChannel, Request

from realtime.config import EngineConfig
from realtime.daphne_socket import SocketProtocol
from realtime.metrics import SocketMetrics

_reactor: Any = reactor

LINGER_SECONDS = 1.0  # a reset would take the answer away from a client that is still sending

MOST_CRUMBS = 1024  # chunks of a body that are smaller than CRUMB_BYTES; no client sends any
CRUMB_BYTES = 64
MOST_DIGITS = 18  # of a length: int() raises at 4,301


def _refusal(status: bytes, says: bytes) -> bytes:
    head = b"HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n" % status
    return head + b"Content-Length: %d\r\n\r\n%s" % (len(says), says)


_TOO_LARGE = _refusal(b"413 Content Too Large", b"This is too large.\n")
_LONG_HEAD = _refusal(b"431 Request Header Fields Too Large", b"This address, or what came with it, is too long.\n")


class BoundedRequest(WebRequest):  # type: ignore[misc]  # Daphne is untyped
    config = EngineConfig()
    metrics = SocketMetrics()
    refused = False
    received_bytes = crumbs = 0

    def gotLength(self, length: int | None) -> None:
        """Twisted calls it when it has read the headers and nothing of the body."""
        if length is not None and length > self.config.body_bytes:
            super().gotLength(0)
            self._refuse()
        else:
            super().gotLength(length)

    def handleContentChunk(self, data: bytes) -> None:
        self.received_bytes += len(data)
        self.crumbs += len(data) < CRUMB_BYTES
        if self.refused:
            return
        if self.received_bytes > self.config.body_bytes or self.crumbs > MOST_CRUMBS:
            self._refuse()
        else:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """Twisted's would read forms here, on the loop: half a second for a mebibyte of tiny fields."""
        self.content.seek(0)
        self.args: dict[bytes, list[bytes]] = {}
        self.method, self.uri, self.clientproto = command, path, version
        self.path = path.partition(b"?")[0]
        self.process()

    def process(self) -> Any:
        if self.refused:
            return None
        channel, transport = self.channel, self.transport
        processing = super().process()
        if isinstance(transport.protocol, SocketProtocol):  # Twisted would lose what came along
            channel.rawDataReceived = transport.protocol.dataReceived
            channel.requests.clear()  # of which one is we: a circle with the socket in it
        return processing

    def _refuse(self) -> None:
        self.refused = True
        self.metrics.too_large_requests += 1
        self.requestHeaders.removeHeader(b"Expect")  # no "100 Continue" after the answer
        self.channel.turn_away(_TOO_LARGE)


def _abort_if_connected(transport: Any) -> None:
    if transport.connected:
        transport.abortConnection()


def _discard(data: bytes) -> None:
    pass


class BoundedChannel(HTTPChannel):
    """One connection, until it becomes a socket.

    Twisted's timer begins anew with every byte: a head that trickles stays for ever. And it goes on to the next request
    of a segment whether or not the answers are read: one of 16 KiB made it keep 234 MiB of answers.
    """

    config = EngineConfig()
    transport: Any
    factory: Any
    abortTimeout = LINGER_SECONDS  # type: ignore[assignment]  # Twisted calls it an int
    _deadline: Any = None
    _is_unread = False
    _answered: Request | None = None

    def connectionMade(self) -> None:
        super().connectionMade()  # type: ignore[no-untyped-call]
        self.transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self.config.kernel_buffer_bytes)
        self._expect_within(self.config.http_head_seconds)

    def turn_away(self, answer: bytes) -> None:
        """The last answer. What still comes isn't looked at, and has LINGER_SECONDS to end."""
        self.dataReceived = self.rawDataReceived = _discard  # type: ignore[method-assign]
        self.transport.write(answer)
        self.transport.loseWriteConnection()
        _reactor.callLater(LINGER_SECONDS, _abort_if_connected, self.transport)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Twisted closes without a word."""
        self.factory.metrics.too_large_requests += 1
        self.turn_away(_LONG_HEAD)

    def headerReceived(self, line: bytes) -> bool:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and len(value.strip()) > MOST_DIGITS:
            line = name + b": -"  # no length at all: 400, as for whatever else isn't one
        return bool(super().headerReceived(line))  # type: ignore[no-untyped-call]

    def allHeadersReceived(self) -> None:
        self._expect_within(self.config.http_body_seconds)
        super().allHeadersReceived()  # type: ignore[no-untyped-call]

    def allContentReceived(self) -> None:
        self._expect_within(None)
        super().allContentReceived()  # type: ignore[no-untyped-call]

    def requestDone(self, request: Request) -> None:
        if self._is_unread:
            self._answered = request
            self._expect_within(self.config.http_answer_seconds)
        else:
            self._go_on(request)

    def _go_on(self, request: Request) -> None:
        self._expect_within(self.config.http_idle_seconds + self.config.http_head_seconds)
        super().requestDone(request)  # type: ignore[no-untyped-call]

    def loseConnection(self) -> None:
        """What waits is still sent, but not for ever."""
        self._expect_within(self.config.http_answer_seconds)
        super().loseConnection()  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Any = connectionDone) -> None:
        self._expect_within(None)
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    # Called by the transport, as what waits in it grows and shrinks

    def pauseProducing(self) -> None:
        self._is_unread = True
        super().pauseProducing()  # type: ignore[no-untyped-call]

    def resumeProducing(self) -> None:
        self._is_unread = False
        super().resumeProducing()  # type: ignore[no-untyped-call]
        answered, self._answered = self._answered, None
        if answered is not None:
            self._go_on(answered)

    def _expect_within(self, seconds: float | None) -> None:
        """One deadline at a time; None: whoever is asked now is we."""
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None if seconds is None else _reactor.callLater(seconds, self._time_out)

    def _time_out(self) -> None:
        self.factory.metrics.late_requests += 1
        self.transport.abortConnection()


class BoundedHTTPFactory(HTTPFactory):  # type: ignore[misc]
    def __init__(self, server: "daphne.server.Server", config: EngineConfig, metrics: SocketMetrics) -> None:
        super().__init__(server)
        self.metrics = metrics
        self.timeOut = config.http_idle_seconds
        self.protocol = type("Channel", (BoundedChannel,), {"config": config})
        self.request_class = type("Request", (BoundedRequest,), {"config": config, "metrics": metrics})

    def buildProtocol(self, addr: Any) -> Any:
        channel = super().buildProtocol(addr)
        channel.requestFactory = self.request_class
        return channel
