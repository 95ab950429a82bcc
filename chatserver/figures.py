"""What one server process shows of itself to the operator's network, and how Prometheus reads it.

Each family is read from what is counted anyway. Invariant: no name of a person, a room or a course, and no label whose
values others choose: `docs/operations.md` names all families, and what to wake somebody for.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.db import connection

from realtime.metrics import Histogram

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from chatserver.pulse import Pulse
    from realtime.metrics import SocketMetrics

Value = float | Mapping[Any, float] | Histogram | None
Read = Callable[["Pulse"], Value]
COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    kind: str
    says: str
    read: Read
    label: str = ""  # of a value that is a mapping


# Where each is counted


def _of_sockets(name: str) -> Read:
    return lambda pulse: getattr(_sockets_of(pulse), name)


def _of_writer(name: str) -> Read:
    return lambda pulse: getattr(pulse.engine.written, name)


def _of_hub(name: str) -> Read:
    return lambda pulse: getattr(pulse.engine.hub.metrics, name)


def _sockets_of(pulse: "Pulse") -> "SocketMetrics":
    assert pulse.server is not None  # noqa: S101 - it shows nothing before it serves
    return pulse.server.metrics


def _started(pulse: "Pulse") -> Value:
    return pulse.started_at


def _draining(pulse: "Pulse") -> Value:
    return float(pulse.is_draining)


def _cpu_seconds(pulse: "Pulse") -> Value:
    return time.process_time()


def _resident_bytes(pulse: "Pulse") -> Value:
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # not on every system
        return None


def _lag(pulse: "Pulse") -> Value:
    return pulse.lag_seconds


def _lags(pulse: "Pulse") -> Value:
    return pulse.lags


def _sockets(pulse: "Pulse") -> Value:
    return pulse.engine.socket_count


def _closes(pulse: "Pulse") -> Value:
    return {int(code): count for code, count in _sockets_of(pulse).closes.items()}


def _cuts(pulse: "Pulse") -> Value:
    return {"slow": _sockets_of(pulse).cut_slow, "silent": _sockets_of(pulse).cut_silent}


def _refused(pulse: "Pulse") -> Value:
    return {"large": _sockets_of(pulse).too_large_requests, "late": _sockets_of(pulse).late_requests}


def _answers(pulse: "Pulse") -> Value:
    return pulse.engine.answers


def _watch_age(pulse: "Pulse") -> Value:
    return pulse.engine.loop.time() - pulse.engine.watch.looked_at


def _bus(pulse: "Pulse") -> Value:
    return pulse.engine.bus.metrics.as_dict() if pulse.engine.bus is not None else None


def _bus_up(pulse: "Pulse") -> Value:
    return float(pulse.has_redis) if pulse.has_redis is not None else None


def _pool(pulse: "Pulse") -> Value:
    if connection.vendor != "postgresql":
        return None
    said = cast(Any, connection).pool.get_stats()
    return {name: said.get(name, 0) for name in ("pool_size", "pool_available", "requests_waiting", "requests_errors")}


# What is shown

FAMILIES: tuple[Family, ...] = (
    # The process
    Family("started_seconds", GAUGE, "When this process started, in seconds of the epoch.", _started),
    Family("draining", GAUGE, "1 while it sends its people elsewhere.", _draining),
    Family("cpu_seconds", COUNTER, "Processor time.", _cpu_seconds),
    Family("resident_bytes", GAUGE, "Memory in use.", _resident_bytes),
    Family("loop_lag_seconds", GAUGE, "How late the loop was at worst within ten seconds.", _lag),
    Family("loop_late_seconds", HISTOGRAM, "How late the loop was, four times a second.", _lags),
    # Sockets
    Family("sockets", GAUGE, "Signed-in sockets that are open.", _sockets),
    Family("sockets_opened", COUNTER, "Sockets accepted.", _of_sockets("opened")),
    Family("sockets_closed", COUNTER, "Sockets closed, by code; 0: one that means nothing here.", _closes, "code"),
    Family("outbox_cuts", COUNTER, "Sockets cut, by why: slow, silent.", _cuts, "reason"),
    Family("frames_in", COUNTER, "Frames that clients sent.", _of_sockets("messages_in")),
    Family("requests_refused", COUNTER, "Requests refused unread, by why: large, late.", _refused, "reason"),
    Family("gate_answers", COUNTER, "What the door said to those who connect.", _answers, "answer"),
    # Messages
    Family("messages", COUNTER, "Messages that the writer answered, refused ones too.", _of_writer("messages")),
    Family("batches", COUNTER, "Transactions of the writer.", _of_writer("batches")),
    Family("batch_failures", COUNTER, "Attempts that the database did not take.", _of_writer("failures")),
    Family("batch_messages", HISTOGRAM, "Messages in a batch.", _of_writer("sizes")),
    Family("write_seconds", HISTOGRAM, "A batch's transaction, fsync included.", _of_writer("write_seconds")),
    Family("ack_seconds", HISTOGRAM, "How long a batch's oldest message waited, at most.", _of_writer("ack_seconds")),
    # Fan-out
    Family("events", COUNTER, "Events taken over into rooms.", _of_hub("events")),
    Family("deliveries", COUNTER, "Events times the sockets they were written to.", _of_hub("deliveries")),
    Family("fan_outs", COUNTER, "Slices of fan-out.", _of_hub("fan_outs")),
    Family("hub_held", COUNTER, "Runs that came before their predecessor.", _of_hub("held")),
    Family("hub_filled", COUNTER, "Holes read from the database.", _of_hub("filled")),
    Family("hub_failures", COUNTER, "Looks into the database for events that failed.", _of_hub("history_failures")),
    Family("replays", COUNTER, "Pages read for those who came back.", _of_hub("replays")),
    Family("gaps", COUNTER, "Clients sent to paging: they were away for too long.", _of_hub("gaps")),
    Family("broken_writes", COUNTER, "Sockets whose write raised.", _of_hub("broken_writes")),
    Family("watch_age_seconds", GAUGE, "Since access was last compared.", _watch_age),
    # Redis
    Family("bus_up", GAUGE, "Whether Redis carries what we say; absent without one.", _bus_up),
    Family("bus", COUNTER, "What the bus did.", _bus, "what"),
    # PostgreSQL
    Family("pool", GAUGE, "The pool of connections; absent on SQLite.", _pool, "what"),
)  # fmt: skip


def of(pulse: "Pulse") -> dict[str, Any]:
    """Family → number, label → number, or a histogram's three lists: plain enough to be written down."""
    read = ((family.name, family.read(pulse)) for family in FAMILIES)
    return {name: _plain(value) for name, value in read if value is not None}


def _plain(value: Value) -> Any:
    match value:
        case Histogram():
            return {"bounds": value.bounds, "counts": list(value.counts), "total": value.total}
        case Mapping():
            return {str(key): number for key, number in value.items()}
        case _:
            return value


# As Prometheus reads it


def render(everybodys: Mapping[int, Mapping[str, Any]]) -> bytes:
    """The text of `/metrics`: slot → figures, each with the worker's number."""
    from prometheus_client import generate_latest  # a tenth of a second of imports, for who is asked alone

    return generate_latest(_Collected(everybodys))


class _Collected:
    """What prometheus_client asks for families."""

    def __init__(self, everybodys: Mapping[int, Mapping[str, Any]]) -> None:
        self._everybodys = everybodys

    def collect(self) -> "Iterator[Metric]":
        for family in FAMILIES:
            shown = {slot: said[family.name] for slot, said in self._everybodys.items() if family.name in said}
            if shown:
                yield _metric(family, shown)


def _metric(family: Family, shown: Mapping[int, Any]) -> "Metric":
    from prometheus_client import metrics_core

    kinds: dict[str, Any] = {
        COUNTER: metrics_core.CounterMetricFamily,
        GAUGE: metrics_core.GaugeMetricFamily,
        HISTOGRAM: metrics_core.HistogramMetricFamily,
    }
    labels = ["worker", family.label] if family.label else ["worker"]
    metric: Any = kinds[family.kind](f"classtrak_{family.name}", family.says, labels=labels)
    for slot, value in sorted(shown.items()):
        worker = str(slot + 1)
        if family.kind == HISTOGRAM:
            metric.add_metric([worker], _buckets(value), value["total"])
        elif family.label:
            for key, number in sorted(value.items()):
                metric.add_metric([worker, key], number)
        else:
            metric.add_metric([worker], value)
    return cast("Metric", metric)


def _buckets(value: Mapping[str, Any]) -> list[tuple[str, float]]:
    bounds = [*map(str, map(float, value["bounds"])), "+Inf"]
    running, buckets = 0, []
    for bound, count in zip(bounds, value["counts"], strict=True):
        running += count
        buckets.append((bound, float(running)))
    return buckets
