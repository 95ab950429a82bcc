"""Daphne, hardened: the server. Import this before anything else of Twisted or Daphne.

Invariants: no timer follows the wall clock; at SIGTERM every socket hears a farewell and 1012 within a second, and the
process ends by itself.
"""

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any

import daphne.server  # first: it installs the reactor on its own asyncio loop
from twisted.internet import base, defer, reactor

from realtime import pins
from realtime.closing import CloseCode
from realtime.config import EngineConfig
from realtime.daphne_http import BoundedHTTPFactory
from realtime.daphne_outbox import EAGER, DaphneOutbox, EagerTransport
from realtime.daphne_socket import SocketProtocol
from realtime.metrics import SocketMetrics
from realtime.outbox import EXTENSION, Outbox, Receive
from realtime.rounds import Rounds

__all__ = ["DaphneOutbox", "EagerTransport", "Server", "SocketProtocol", "loop"]

log = logging.getLogger(__name__)

loop: asyncio.AbstractEventLoop = daphne.server.twisted_loop
"""The loop that everything runs on."""

_reactor: Any = reactor

SLICE_SOCKETS = 100
CHECK_SECONDS, CHECK_LATE_SECONDS = 1.0, 5.0

if pins.holds("timers on the monotonic clock", base.ReactorBase.callLater, "seconds"):
    setattr(reactor, "seconds", time.monotonic)  # noqa: B010 – Twisted's is time.time: a jump fires or stops all timers


STOPS = (signal.SIGTERM, signal.SIGINT)


async def _nothing() -> None:
    pass


class Server(daphne.server.Server):  # type: ignore[misc]  # Daphne is untyped
    """`Server(application, ["fd:fileno=7"], …).run()` returns after the drain.

    `farewell` gives the framed `closing` for a socket (None: none), `settle` returns when what was accepted is
    committed and acked, `finish` ends what lives as long as the server, once all are told; `ready` is called on the
    loop once the server listens.
    """

    connections: dict[Any, Any]

    def __init__(
        self,
        application: Callable[..., Awaitable[None]],
        endpoints: list[str],
        *,
        config: EngineConfig | None = None,
        farewell: Callable[[Outbox], bytes | None] = lambda outbox: None,
        settle: Callable[[], Awaitable[None]] = _nothing,
        finish: Callable[[], Awaitable[None]] = _nothing,
        ready: Callable[[], None] | None = None,
    ) -> None:
        self.config = config or EngineConfig()
        self.metrics = SocketMetrics()
        super().__init__(
            _with_bounded_receive(application),
            endpoints,
            signal_handlers=False,
            websocket_timeout=-1,
            websocket_handshake_timeout=self.config.handshake_seconds,
            websocket_max_message_size=self.config.text_frame_bytes,
            websocket_max_frame_size=self.config.text_frame_bytes,
            verbosity=0,
            server_name="",
        )
        self._farewell, self._settle, self._finish = farewell, settle, finish
        self._ports: list[Any] = []
        self._draining: asyncio.Task[None] | None = None
        self._is_stopping = False
        self._restless: set[Any] = set()  # whose application runs, or who is gone
        self._checked_at = time.monotonic()
        self.rounds: Rounds[SocketProtocol] = Rounds(self._checked_at)
        if ready is not None:
            _reactor.callWhenRunning(ready)
        for number in STOPS:
            loop.add_signal_handler(number, self.start_drain)

    # run() makes the factories; here they get our protocols

    @property
    def ws_factory(self) -> Any:
        return self._ws_factory

    @ws_factory.setter
    def ws_factory(self, factory: Any) -> None:
        factory.protocol = type("Socket", (SocketProtocol,), {"config": self.config, "metrics": self.metrics})
        factory.setProtocolOptions(
            failByDrop=False,  # a frame too long gets 1009, not a dead line
            utf8validateIncoming=False,  # the handler answers `invalid_frame`; a close would be 1007
            closeHandshakeTimeout=self.config.close_seconds,
        )
        self._ws_factory = factory

    @property
    def http_factory(self) -> Any:
        return self._http_factory

    @http_factory.setter
    def http_factory(self, factory: Any) -> None:
        self._http_factory = BoundedHTTPFactory(self, self.config, self.metrics)

    def listen_success(self, port: Any) -> None:
        if EAGER:
            port.transport = EagerTransport
        self._ports.append(port)
        super().listen_success(port)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if scope["type"] == "websocket":
            scope.setdefault("extensions", {})[EXTENSION] = protocol
        return super().create_application(protocol, scope)

    def sockets(self) -> list[SocketProtocol]:
        return [
            protocol
            for protocol, details in self.connections.items()
            if isinstance(protocol, SocketProtocol) and "disconnected" not in details
        ]

    def _open_sockets(self) -> list[SocketProtocol]:
        return [protocol for protocol in self.sockets() if protocol.state == protocol.STATE_OPEN]

    # Deadlines

    def protocol_connected(self, protocol: Any) -> None:
        super().protocol_connected(protocol)
        self._restless.add(protocol)
        if isinstance(protocol, SocketProtocol):
            self.rounds.put(protocol, protocol.opened_at)

    def protocol_disconnected(self, protocol: Any) -> None:
        if protocol not in self.connections:
            return  # a request answered long ago, whose answer nobody has read
        super().protocol_disconnected(protocol)
        self._restless.add(protocol)
        self.rounds.remove(protocol)

    def application_checker(self) -> None:
        """Daphne's, on those alone whose application may have ended: not on thousands that were handed over."""
        everybody = self.connections
        restless = {protocol: everybody[protocol] for protocol in self._restless}
        self.connections = dict(restless)
        try:
            super().application_checker()
        finally:
            left, self.connections = self.connections, everybody
        for protocol, details in restless.items():
            if protocol not in left:
                del everybody[protocol]
            if protocol not in left or not details.keys() & {"application_instance", "disconnected"}:
                self._restless.discard(protocol)

    def timeout_checker(self) -> None:
        """Once a second. When we ourselves were away (stopped, suspended), the peers' silence says nothing about them.
        Pages have deadlines of their own."""
        now = time.monotonic()
        if now - self._checked_at > CHECK_LATE_SECONDS:
            for protocol in self.sockets():
                protocol.heard_at = now
        self._checked_at = now
        for protocol in self.rounds.due(now):
            self._look_at(protocol, now)
        _reactor.callLater(CHECK_SECONDS, self.timeout_checker)

    def _look_at(self, protocol: SocketProtocol, now: float) -> None:
        try:
            again_at = protocol.look(now)
        except Exception:  # the others' deadlines must not go with it
            log.exception("a socket could not be looked at")
            again_at = now
        if protocol.transport.connected:
            self.rounds.put(protocol, again_at)

    # The drain

    @property
    def is_draining(self) -> bool:
        return self._draining is not None

    def start_drain(self) -> None:
        if self._draining is None:
            self._draining = loop.create_task(self.drain())
        else:
            log.warning("told twice to stop: stopping without waiting")
            self.stop()

    async def drain(self) -> None:
        """Stop listening and reading, settle, say farewell in slices (2,000 clients: in 0.4 s), wait, finish, exit."""
        deadline = time.monotonic() + self.config.drain_seconds
        try:
            for port in self._ports:
                port.stopListening()
            for protocol in self._open_sockets():
                protocol.pause_reading()
            await self._settle_in_time()
            while time.monotonic() < deadline:
                told = self._open_sockets()[:SLICE_SOCKETS]  # those let in meanwhile too
                for protocol in told:
                    self._dismiss(protocol)
                if not told and not self._has_work():
                    break
                await asyncio.sleep(0 if told else 0.01)
            await self._finish_in_time()
        finally:
            self.stop()

    def stop(self) -> None:
        """From here on nobody can tell it to stop: Python's way out would answer by dying of the signal."""
        if self._is_stopping:  # a stop that was asked for before it was done; the drain's own end comes here too
            return
        self._is_stopping = True
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        for number in STOPS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        super().stop()

    async def _settle_in_time(self) -> None:
        try:
            async with asyncio.timeout(self.config.settle_seconds):
                await self._settle()
        except TimeoutError:
            log.warning("drain: writes still under way; their clients will send again")
        except Exception:  # whatever is wrong with the writes, the clients are told
            log.exception("drain: could not settle")

    async def _finish_in_time(self) -> None:
        try:
            async with asyncio.timeout(self.config.finish_seconds):
                await self._finish()
        except TimeoutError:
            log.warning("drain: something doesn't end; left as it is")
        except Exception:  # all are told, and what they sent is safe: the process ends in any case
            log.exception("drain: could not finish")

    def _dismiss(self, protocol: SocketProtocol) -> None:
        if protocol.on_text is None or protocol.outbox is None:
            protocol.resume_reading()
            protocol.close(CloseCode.RESTART)
            return
        try:
            farewell = self._farewell(protocol.outbox)
        except Exception:  # one farewell that can't be said must not keep the others waiting
            log.exception("drain: no farewell")
            farewell = None
        if farewell is not None:
            protocol.outbox.write(farewell)
        protocol.outbox.close(CloseCode.RESTART)

    def _has_work(self) -> bool:
        return any(
            "disconnected" not in details or not _is_done(details.get("application_instance"))
            for details in self.connections.values()
        )

    def kill_all_applications(self) -> Any:
        """Daphne's raises for a connection whose application has already been reaped."""
        running = [details.get("application_instance") for details in self.connections.values()]
        running = [application for application in running if not _is_done(application)]
        for application in running:
            application.cancel()
        return defer.Deferred.fromFuture(asyncio.gather(*running, return_exceptions=True)) if running else None


def _is_done(application: "asyncio.Future[None] | None") -> bool:
    return application is None or application.done()


def _with_bounded_receive(application: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Tells the socket when its application asks for more, so that one that doesn't isn't read from."""

    def bounded(scope: dict[str, Any], receive: Receive, send: Any) -> Awaitable[None]:
        protocol = (scope.get("extensions") or {}).get(EXTENSION)
        if protocol is None:
            return application(scope, receive, send)

        def asking() -> Awaitable[Any]:
            protocol.asked_for_more()
            return receive()

        return application(scope, asking, send)

    return bounded
