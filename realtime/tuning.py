"""What a server process sets once at its start, all measured. Call it when everything is imported and warm."""

import ctypes
import gc
import logging
import sys
from importlib import import_module
from types import ModuleType

from realtime.config import EngineConfig

log = logging.getLogger(__name__)

# A page leaves 80 KiB in cycles behind, and what is under way when a generation is collected moves to the next one.
# With 50,000, 50 and 1,000 nothing ever came back from the last: 44 KiB a page. A full collection stops 2,000 sockets
# for 150 ms; Python makes one only where what has moved there is a quarter of what was there before. With these, memory
# is level after 1,600 pages (212 MiB in a process that has shown 2,400).
COLLECT_AFTER = (10_000, 10, 5)
MALLOC_ARENAS = 2  # glibc makes one per thread, up to eight per core: 10 MiB of holes once eight pages were at work
_M_ARENA_MAX = -8  # malloc.h
_EAGER_DEBUG = {
    "autobahn.websocket.protocol": ("pformat", "hltype", "hlval"),
    "autobahn.twisted.websocket": ("hltype", "hlval"),
}


def tune(config: EngineConfig | None = None) -> None:
    sys.setswitchinterval((config or EngineConfig()).switch_interval_seconds)
    for module_name, names in _EAGER_DEBUG.items():
        quieten(import_module(module_name), names)
    _keep_arenas_few()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def _keep_arenas_few() -> None:
    """Before the threads start. Another C library than glibc has no such thing, and no need of it."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, MALLOC_ARENAS)


def quieten(module: ModuleType, names: tuple[str, ...]) -> None:
    """autobahn formats debug lines before it asks whether anybody reads them: 892 → 523 µs per handshake."""
    for name in names:
        if hasattr(module, name):
            setattr(module, name, _as_it_is)
        else:
            log.warning("debug formatting: %s has no %s any more", module.__name__, name)


def _as_it_is(value: object, *_: object, **__: object) -> object:
    return value
