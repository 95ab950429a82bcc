"""The commands of the product: run, serve, doctor, manage, audit. `./chat` reads their arguments before anything is
installed.

Invariant: importing this module needs the standard library only, and the order of `run` holds: bind, then the
engine's reactor, then Django, then the database, then listen. Until the last step nobody can connect.
"""

import argparse
import errno
import fcntl
import json
import logging
import logging.config
import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from chatserver.logs import logging_settings
from chatserver.progress import step, stop

BACKLOG = 4096  # after a restart everybody comes back at once
MOST_WORKERS = 64
HIGHEST_PORT = 65_535
WRONG_ARGUMENTS = 2  # exit code


def main(arguments: Sequence[str]) -> int:
    name, options = parse(arguments)
    os.environ["DJANGO_SETTINGS_MODULE"] = "chatserver.settings"
    if name == "serve":
        return serve(options)
    if name == "run":
        run(options)
    elif name == "doctor":
        return doctor(options)
    else:
        manage(arguments if name == "audit" else arguments[1:])
    return 0


def parse(arguments: Sequence[str]) -> tuple[str, argparse.Namespace]:
    """The command's name and its options; ends with a sentence and 2 on anything it doesn't know."""
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if name == "run":
        return name, _run_parser().parse_args(rest)
    if name == "serve":
        return name, _serve_parser().parse_args(rest)
    if name == "audit":
        return name, _audit_parser().parse_args(rest)
    if name == "doctor":
        return name, _doctor_parser().parse_args(rest)
    if name == "manage":
        return name, argparse.Namespace()  # Django reads them
    stop(f"There is no command {name!r}: one of run, serve, doctor, audit, manage.", WRONG_ARGUMENTS)


def _run_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("./chat run", description="Make everything ready and start the server.")
    _add_place(parser)
    parser.add_argument("--empty", action="store_true", help="do not fill the demo school at first run")
    return parser


def _serve_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("./chat serve", description="Serve people: workers on one port, for operators.")
    _add_place(parser)
    workers = os.environ.get("CHATSERVER_WORKERS") or "1"
    parser.add_argument("--workers", type=_count, default=workers, metavar="N", help="processes (default: %(default)s)")
    return parser


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=_port, default=8000, metavar="N", help="0 takes a free one (default: %(default)s)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: %(default)s)")
    parser.add_argument("--ready", type=Path, metavar="FILE", help="write the address there once people can connect")


def _port(text: str) -> int:
    """The resolver of names would take 99999 for 34463."""
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port from 0 to {HIGHEST_PORT}")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number from 1 to {MOST_WORKERS} (or CHATSERVER_WORKERS isn't)"
        )
    return int(text)


def _audit_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("./chat audit", description="verify: find any changed row of the audit log.")
    parser.add_argument("what", choices=["verify"])
    return parser


def _doctor_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("./chat doctor", description="Look for what would go wrong; 1 where it would.")
    parser.add_argument("--json", action="store_true", help="for programs: name, state, says, todo of each")
    return parser


def doctor(options: argparse.Namespace) -> int:
    """With the settings of `serve`, of the environment that it is started in."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "chatserver.settings_served"
    from chatserver.doctor.examine import examine

    return examine(with_json=options.json)


def manage(arguments: Sequence[str]) -> None:
    """One of Django's management commands; `audit verify` is one of them."""
    from django.core.management import execute_from_command_line

    from chatserver.environment import environment

    environment().make_var()
    execute_from_command_line(["./chat manage", *arguments])


def run(options: argparse.Namespace) -> None:
    """Migrate, fill the demo school at first run, serve until SIGTERM or Ctrl+C."""
    listener = _bind("run", options.host, options.port)
    address = _address(options.host, listener)
    os.environ.setdefault("CHATSERVER_URL", address)
    if not options.empty:
        os.environ.setdefault("CHATSERVER_DEMO", "1")
    import realtime.daphne  # noqa: F401 - installs the reactor, which has to be there before anything asks for it
    from chatserver.environment import environment

    environment().make_var()
    with only_server(environment().var):
        _prepare(environment().demo and not options.empty)
        _serve(listener, options.ready, environment().var / "demo.json")


def serve(options: argparse.Namespace) -> int:
    """Workers on one port, until SIGTERM or Ctrl+C. This process holds the sockets, and imports nothing of theirs."""
    from chatserver.supervisor import Supervisor

    listeners = _listen(options.host, options.port, options.workers)
    os.environ.setdefault("CHATSERVER_URL", _address(options.host, listeners[0]))
    url = os.environ["CHATSERVER_URL"].rstrip("/")

    def ready() -> None:
        if options.ready is not None:
            _write(options.ready, url)
        print(f"\n  ClassTrak is at {url}/ (processes: {options.workers})", flush=True)

    logging.config.dictConfig(logging_settings("INFO", as_json=True))
    return Supervisor(
        listeners,
        overlaps=bool(os.environ.get("DATABASE_URL")),
        preparing=[f"--host={options.host}", f"--workers={options.workers}"],
        on_ready=ready,
    ).run()


def _listen(host: str, port: int, count: int) -> list[socket.socket]:
    """A socket for each worker. The first binds the port for itself: no other server is there."""
    from realtime.listening import inherited_listeners, open_listener

    try:
        if inherited := inherited_listeners(count):
            return inherited
    except ValueError as problem:
        stop(str(problem), WRONG_ARGUMENTS)
    with _bind("serve", host, port) as probe:
        port = probe.getsockname()[1]
    try:
        return [open_listener(host, port, shared=True) for _ in range(count)]
    except OSError as problem:
        stop(f"{host} port {port} can't be used: {problem.strerror}.", WRONG_ARGUMENTS)


def _prepare(with_demo: bool) -> None:
    import django
    from django.core.management import call_command

    with step("Product"):
        django.setup()
    from chatserver import checks, durability, policies

    _refuse(durability.problem())
    with step("Database"):
        call_command("migrate", verbosity=0, interactive=False)
        _refuse(policies.problem())
    if with_demo and _is_empty():
        with step("Demo school"):
            logging.disable(logging.INFO)  # three weeks of school in a second: nobody reads that log
            call_command("demo")
            logging.disable(logging.NOTSET)
    _refuse(checks.problem())


def _refuse(sentence: str | None) -> None:
    if sentence is not None:
        stop(sentence, WRONG_ARGUMENTS)


def _is_empty() -> bool:
    from accounts.models import Member

    return not Member.objects.exists()


def _serve(listener: socket.socket, ready_file: Path | None, people: Path) -> None:
    from chatserver import setting_up
    from chatserver.environment import environment
    from chatserver.serve import run_server

    invitation = setting_up.invitation(environment().url)

    def ready() -> None:
        if ready_file is not None:
            _write(ready_file, environment().url)
        print(_greeting(environment().url, people, invitation), flush=True)

    try:
        listener.listen(BACKLOG)
    except OSError as problem:
        stop(f"Nobody can listen there: {problem.strerror}.", WRONG_ARGUMENTS)
    run_server(listener, ready)


def _bind(command: str, host: str, port: int) -> socket.socket:
    """A bound socket, which does not listen yet."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        is_taken = getattr(problem, "errno", None) == errno.EADDRINUSE
        other = f" Another port: ./chat {command} --port {port + 1}" if is_taken else ""
        stop(f"{host} port {port} can't be used: {reason}.{other}", WRONG_ARGUMENTS)
    return listener


def _address(host: str, listener: socket.socket) -> str:
    """What people type, unless CHATSERVER_URL says it."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{name}:{listener.getsockname()[1]}"


@contextmanager
def only_server(var: Path) -> Iterator[IO[str]]:
    """SQLite serves one server process: a second one on the same folder is told so. The kernel frees the lock."""
    with (var / "server.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stop(f"Another server already runs on {var}. End it first, or set CHATSERVER_VAR to another folder.")
        yield lock


def _write(path: Path, text: str) -> None:
    """Whole or not at all: who waits for the file never reads half of it."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text)
    fresh.replace(path)


def _greeting(url: str, people_file: Path, invitation: str | None) -> str:
    people = json.loads(people_file.read_text()) if people_file.exists() else []
    who: Iterable[str] = _who_to_be(people, people_file) if people else []
    if invitation is not None:
        who = ("", invitation)
    return "\n".join(["", f"  ClassTrak is at {url}/", *who, "", "  Ctrl+C ends it."])


def _who_to_be(people: list[dict[str, str]], people_file: Path) -> Iterator[str]:
    """A line for each person who has a card on the sign-in page, and the one password of the demo."""
    shown = [person for person in people if person.get("card")]
    yield from ("", "  Who to be: one click on the sign-in page, or by name and password.")
    yield from ("", *_lines(shown), "", f"    Password for all of them: {shown[0]['password']}")
    yield f"    {len(people) - len(shown)} more people: {people_file}"
    yield "    Every mail it sends: /dev/mail/"


def _lines(shown: list[dict[str, str]]) -> Iterator[str]:
    fields = ("name", "username", "role")
    widths = {field: max(len(person[field]) for person in shown) for field in fields}
    for person in shown:
        yield "    " + "   ".join(person[field].ljust(widths[field]) for field in fields).rstrip()
