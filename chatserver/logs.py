"""What the server writes down, and in which form: a JSON line per record in `./chat serve`, a readable one elsewhere.
Standard library only.

Invariant: no content, no token, no name, no address of a person, at any level. So the words of an exception, which may
quote a row or a request, stay out, unless it is of a kind that speaks of the machine; where it happened is shown. Of a
request the pattern of its address is shown, and never what was asked with it.
"""

import json
import logging
import secrets
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any

ROOT = str(Path(__file__).resolve().parent.parent) + "/"
LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"

# Exceptions of these kinds speak of disk, network, database server or code, never of what people wrote.
OF_THE_MACHINE = frozenset(
    {"OSError", "OperationalError", "InterfaceError", "ImportError", "NameError", "ImproperlyConfigured"}
    | {"TemplateDoesNotExist", "TemplateSyntaxError"}
)
QUOTES_REQUESTS = ("django.request", "django.security")
QUOTES_ANYTHING = ("asyncio", "daphne", "twisted")  # whole tracebacks and objects, below their first line

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


@dataclass(slots=True)
class Doing:
    """What a line is about: one request. Filled in by whoever knows more of it."""

    id: str
    route: str = ""
    numbers: dict[str, int] = field(default_factory=dict)


_doing: ContextVar[Doing | None] = ContextVar("doing", default=None)


def new_id(kind: str) -> str:
    """`r-…` for a request, `s-…` for a socket."""
    return f"{kind}-{secrets.token_hex(6)}"


def doing() -> Doing | None:
    return _doing.get()


@contextmanager
def about(what: Doing) -> Iterator[None]:
    token = _doing.set(what)
    try:
        yield
    finally:
        _doing.reset(token)


# What may be said


class _Said:
    """An exception among the arguments of a line."""

    def __init__(self, problem: BaseException) -> None:
        self._words = words_of(problem)

    def __str__(self) -> str:
        return self._words

    __repr__ = __str__


def words_of(problem: BaseException) -> str:
    """Its kind; its words too where they speak of the machine."""
    kinds = {kind.__name__ for kind in type(problem).__mro__}
    name = type(problem).__name__
    return f"{name}: {' '.join(str(problem).split())}" if kinds & OF_THE_MACHINE else name


def message_of(record: logging.LogRecord) -> str:
    if record.name.startswith(QUOTES_REQUESTS):
        text = str(record.args[0]) if isinstance(record.args, tuple) and record.args else str(record.msg)
        return text.partition(":")[0]
    arguments = record.args
    if isinstance(arguments, tuple):
        arguments = tuple(_Said(each) if isinstance(each, BaseException) else each for each in arguments)
    text = str(record.msg) % arguments if arguments else str(record.msg)
    return text.partition("\n")[0] if record.name.startswith(QUOTES_ANYTHING) else text


def places_of(problem: BaseException) -> list[str]:
    """Innermost last; its causes first, each ended by its words."""
    before = problem.__cause__ or (None if problem.__suppress_context__ else problem.__context__)
    frames = [
        f"{frame.f_code.co_filename.removeprefix(ROOT)}:{line} {frame.f_code.co_name}"
        for frame, line in walk_tb(problem.__traceback__)
    ]
    return [*(places_of(before) if before is not None else ()), *frames, words_of(problem)]


def problem_of(record: logging.LogRecord) -> BaseException | None:
    """What a line is about. Daphne writes tracebacks out as text: then it is what is being handled. A request that was
    refused is no problem of ours: where that happened says nothing, and anybody could fill the log with it."""
    if record.name.startswith("django.security"):
        return None
    if record.exc_info:
        return record.exc_info[1]
    return sys.exc_info()[1] if str(record.msg).startswith("Traceback") else None


# Forms


class JsonLines(logging.Formatter):
    """`time, level, logger, message, pid`, then `id` of the request or socket, what a line shows, and the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message_of(record),
            "pid": record.process,
        }
        line |= _about(record)
        if (problem := problem_of(record)) is not None:
            line["traceback"] = places_of(problem)
        return json.dumps(line, ensure_ascii=False, default=str)


class PlainLines(logging.Formatter):
    def __init__(self) -> None:
        super().__init__(LINE)

    def format(self, record: logging.LogRecord) -> str:
        shown = [f"{name}={value}" for name, value in _about(record).items()]
        record.message, record.asctime = message_of(record), self.formatTime(record)
        lines = [" ".join([self.formatMessage(record), *shown])]
        if (problem := problem_of(record)) is not None:
            lines += ["Traceback:", *(f"  {place}" for place in places_of(problem))]
        return "\n".join(lines)


def _about(record: logging.LogRecord) -> dict[str, Any]:
    now = _doing.get()
    named = {"id": now.id} if now is not None else {}
    return {**named, **getattr(record, "shown", {})}


def catch_the_rest() -> None:
    """What nobody has caught goes the same way, instead of being printed with its words."""
    log = logging.getLogger("uncaught")

    def of_a_thread(ended: threading.ExceptHookArgs) -> None:
        log.critical("a thread ended: %s", ended.thread and ended.thread.name, exc_info=ended.exc_value)

    def of_a_finalizer(ended: Any) -> None:
        log.error("a finalizer failed", exc_info=ended.exc_value)

    threading.excepthook = of_a_thread
    sys.unraisablehook = of_a_finalizer


def logging_settings(level: str, *, as_json: bool, with_words: bool = False) -> dict[str, Any]:
    """For `logging.config`. `with_words`: tracebacks as Python writes them, for a developer's own machine."""
    form: dict[str, Any] = {"()": JsonLines if as_json else PlainLines} if not with_words else {"format": LINE}
    quiet = ("django.channels", "daphne", "django.db.backends", "twisted")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": form},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            **{name: {"level": "WARNING"} for name in quiet},
            "django.request": {"level": "ERROR"},  # the rest stands in `access`
            "access": {"level": level if as_json else "WARNING"},
        },
    }
