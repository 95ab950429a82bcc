"""`python -m chatserver.preparing`: what `./chat serve` needs before its workers start; run by its parent.

Invariant: what must not be served is refused here, with a sentence and exit code 2, before anybody can connect: several
processes on SQLite, an old schema, invented people or the inside of the server on a public address.
"""

import argparse
import hashlib
import ipaddress
import logging
import os
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from chatserver.cli import WRONG_ARGUMENTS, only_server
from chatserver.environment import Environment, environment
from chatserver.progress import say, step, stop
from chatserver.worker import SETTINGS

REDIS_SECONDS = 1.0


def main() -> None:
    parser = argparse.ArgumentParser("python -m chatserver.preparing", description=__doc__)
    parser.add_argument("--host", required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--again", action="store_true", help="beside workers that serve already")
    parser.add_argument("--line", type=int, help="held open until the end")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    here = environment()
    _refuse(_setting_refused(here, options.host, options.workers))
    _refuse(_redis_refused(here.redis_url))
    here.make_var()
    is_alone = here.database_url or options.again
    with nullcontext() if is_alone else only_server(here.var):
        _prepare(here, options.host, may_migrate=not options.again)


def _prepare(here: Environment, host: str, *, may_migrate: bool) -> None:
    import django
    from django.core.management import call_command

    with step("Product"):
        django.setup()
    from chatserver import checks, durability, policies, schema, setting_up

    _refuse(durability.problem())
    with step("Database"):
        if may_migrate and schema.has_nobody():
            call_command("migrate", verbosity=0, interactive=False)
    _refuse(schema.problem())
    _refuse(policies.problem())
    _refuse(checks.problem())
    if is_public(host, here.url) and checks.has_demo_people():
        _refuse("The demo school is for trying: its passwords are known. It is not served on a public address.")
    _collect(here.var / "static")
    if may_migrate and (text := setting_up.invitation(here.url)):
        say(text)


def _setting_refused(here: Environment, host: str, workers: int) -> str | None:
    if workers > 1 and not here.database_url:
        return "SQLite serves one process. For more set DATABASE_URL to a PostgreSQL, or use --workers 1."
    if is_public(host, here.url) and here.debug:
        return "CHATSERVER_DEBUG shows everybody the inside of the server: not on a public address."
    if is_public(host, here.url) and here.demo:
        return "CHATSERVER_DEMO lets everybody in as anybody: not on a public address."
    return None


def _redis_refused(url: str) -> str | None:
    """One that lets us in nowhere will not later either; one that is away now only delays."""
    if not url:
        return None
    from redis import Redis
    from redis.exceptions import AuthenticationError, RedisError

    try:
        with Redis.from_url(url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS) as client:
            client.ping()
    except AuthenticationError:
        return "REDIS_URL: Redis refuses the password, or asks for one that isn't there."
    except (RedisError, OSError):
        return None  # each worker says so, and looks for it once a second
    return None


def is_public(host: str, url: str) -> bool:
    """Whether others than this machine get there: by where we listen, or by a proxy in front."""
    return not (is_this_machine(host) and is_this_machine(urlsplit(url).hostname or ""))


def is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refuse(sentence: str | None) -> None:
    if sentence is not None:
        stop(sentence, WRONG_ARGUMENTS)


# Static files


def _collect(folder: Path) -> None:
    """Anew when a file has changed. What was collected before stays: pages of before ask for it."""
    from django.core.management import call_command

    if collected_is_fresh(folder):
        return
    with step("Static files"):
        logging.disable(logging.INFO)
        call_command("collectstatic", verbosity=0, interactive=False)
        logging.disable(logging.NOTSET)
    _stamp(folder).write_text(_digest())


def collected_is_fresh(folder: Path) -> bool:
    return folder.exists() and _stamp(folder).exists() and _stamp(folder).read_text() == _digest()


def _stamp(folder: Path) -> Path:
    return folder.with_name("static.sha256")


def _digest() -> str:
    """Of the names and contents of all static files, and of what makes their names."""
    from django.contrib.staticfiles.finders import get_finders

    found = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda each: each[0]):
            found.update(name.encode() + b"\0" + hashlib.sha256(Path(storage.path(name)).read_bytes()).digest())
    for package in ("django", "whitenoise"):
        found.update(version(package).encode())
    return found.hexdigest()


if __name__ == "__main__":
    main()
