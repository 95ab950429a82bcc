"""What a server process sets once at its start, all measured. Call it when everything is imported and warm."""

import gc
import logging
import sys
from importlib import import_module
from types import ModuleType

from realtime.config import EngineConfig

log = logging.getLogger(__name__)

COLLECT_AFTER = (50_000, 50, 1000)  # a full collection stops 2,000 sockets for 150 ms
_EAGER_DEBUG = {
    "autobahn.websocket.protocol": ("pformat", "hltype", "hlval"),
    "autobahn.twisted.websocket": ("hltype", "hlval"),
}


def tune(config: EngineConfig | None = None) -> None:
    sys.setswitchinterval((config or EngineConfig()).switch_interval_seconds)
    for module_name, names in _EAGER_DEBUG.items():
        quieten(import_module(module_name), names)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def quieten(module: ModuleType, names: tuple[str, ...]) -> None:
    """autobahn formats debug lines before it asks whether anybody reads them: 892 → 523 µs per handshake."""
    for name in names:
        if hasattr(module, name):
            setattr(module, name, _as_it_is)
        else:
            log.warning("debug formatting: %s has no %s any more", module.__name__, name)


def _as_it_is(value: object, *_: object, **__: object) -> object:
    return value
