# ruff: noqa: N802 – Twisted and autobahn call these names
"""Daphne's HTTP side with a bound on request bodies.

Invariant: a body above the limit is refused by its announced length before any of it is kept; one without a length is
refused as soon as it is longer. Stock Daphne took 300 MiB from anybody into a temporary file.
"""

from typing import Any

import daphne.server  # first: it installs the reactor
from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.internet import reactor

from realtime.config import EngineConfig
from realtime.daphne_socket import SocketProtocol
from realtime.metrics import SocketMetrics

_reactor: Any = reactor

LINGER_SECONDS = 1.0  # a reset would take the answer away from a client that is still sending

_BODY = b"This is too large.\n"
_ANSWER = (
    b"HTTP/1.1 413 Content Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


class BoundedRequest(WebRequest):  # type: ignore[misc]  # Daphne is untyped
    config = EngineConfig()
    metrics = SocketMetrics()
    refused = False
    received_bytes = 0

    def gotLength(self, length: int | None) -> None:
        """Twisted calls it when it has read the headers and nothing of the body."""
        if length is not None and length > self.config.body_bytes:
            super().gotLength(0)
            self._refuse()
        else:
            super().gotLength(length)

    def handleContentChunk(self, data: bytes) -> None:
        self.received_bytes += len(data)
        if self.refused:
            return
        if self.received_bytes > self.config.body_bytes:
            self._refuse()
        else:
            super().handleContentChunk(data)

    def process(self) -> Any:
        if self.refused:
            return None
        channel, transport = self.channel, self.transport
        processing = super().process()
        if isinstance(transport.protocol, SocketProtocol):  # Twisted would lose what came along
            channel.rawDataReceived = transport.protocol.dataReceived
        return processing

    def _refuse(self) -> None:
        self.refused = True
        self.metrics.too_large_requests += 1
        self.requestHeaders.removeHeader(b"Expect")  # no "100 Continue" after the answer
        transport = self.transport
        transport.write(_ANSWER)
        transport.loseWriteConnection()
        _reactor.callLater(LINGER_SECONDS, _abort_if_connected, transport)


def _abort_if_connected(transport: Any) -> None:
    if transport.connected:
        transport.abortConnection()


class BoundedHTTPFactory(HTTPFactory):  # type: ignore[misc]
    def __init__(self, server: "daphne.server.Server", config: EngineConfig, metrics: SocketMetrics) -> None:
        super().__init__(server)
        self.timeOut = config.http_idle_seconds
        self.request_class = type("Request", (BoundedRequest,), {"config": config, "metrics": metrics})

    def buildProtocol(self, addr: Any) -> Any:
        channel = super().buildProtocol(addr)
        channel.requestFactory = self.request_class
        return channel
