"""What was configured: addresses, key, switches, static files, languages, Redis, the operator's network."""

import gettext
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from accounts.mail.carriers import Away
from accounts.mail.smtp import Smtp
from chatserver.doctor.findings import Check, Finding, failed, ok, warning
from chatserver.environment import ROOT, Network, environment
from chatserver.preparing import collected_is_fresh, is_public, is_this_machine

if TYPE_CHECKING:
    from redis import Redis

SHORTEST_KEY = 50
OLDEST_REDIS = 7
SECONDS = 2.0
MAIL_SECONDS = 10.0  # some greet late on purpose


def address() -> Finding:
    here = environment()
    others = [origin for origin in here.origins if origin.startswith("http:") and not is_local(origin)]
    if is_public("127.0.0.1", here.url) and not here.is_secure:
        return failed(f"{here.url}: passwords would travel in the clear", "CHATSERVER_URL=https://…, a proxy with TLS")
    if others:
        return warning(f"{others[0]} in CHATSERVER_ORIGINS is not https", "name the address that people type")
    return ok(f"{here.url}; answers to {', '.join(here.hosts)}")


def is_local(address: str) -> bool:
    return is_this_machine(urlsplit(address).hostname or "")


def secret_key() -> Finding:
    path = environment().key_file
    if not path.exists():
        return ok(f"{path} is made at the first start")
    if path.stat().st_mode & 0o077:
        return failed(f"{path} can be read by others: with it anybody is anybody", f"chmod 600 {path}")
    if len(path.read_text().strip()) < SHORTEST_KEY:
        return failed(
            f"{path} is shorter than {SHORTEST_KEY} characters", "remove it: a new one is made, all sign in again"
        )
    return ok(f"{path}, for this user alone")


def switches() -> Finding:
    here = environment()
    on = [
        name
        for name, is_on in (
            ("CHATSERVER_DEBUG", here.debug),
            ("CHATSERVER_DEMO", here.demo),
            ("CHATSERVER_LIMITS=bench", here.limits == "bench"),
        )
        if is_on
    ]
    if not on:
        return ok("debug, demo and benchmark are off")
    if is_public("127.0.0.1", here.url):
        return failed(f"{', '.join(on)} on a public address", "take it out of the environment")
    return warning(f"{', '.join(on)}: for trying", "not for other people")


def mail() -> Finding:
    here = environment()
    if not here.mail_way:
        return warning("CHATSERVER_MAIL_URL is empty: mail waits, nobody can confirm an address", "name a mail server")
    if here.mail_way == "mailbox:":
        says = f"mail stays in {here.var / 'mailbox'}, for /dev/mail/"
        is_open = is_public("127.0.0.1", here.url)
        return failed(says, "CHATSERVER_MAIL_URL=smtp://…, smtps://…") if is_open else ok(f"{says}: for trying")
    try:
        greeting = Smtp.of_url(here.mail_way, here.host, seconds=MAIL_SECONDS).check()
    except Away as problem:
        return failed(str(problem), "is CHATSERVER_MAIL_URL right, and the mail server there?")
    return ok(f"{greeting} takes mail from {here.mail_sender}")


def static_files() -> Finding:
    if collected_is_fresh(environment().var / "static"):
        return ok("collected, of this version")
    return warning("not collected, or of another version", "start ./chat serve, or send it SIGHUP: it collects them")


def languages() -> Finding:
    missing, counted = [], []
    for code, _ in settings.LANGUAGES:
        path = ROOT / "locale" / code / "LC_MESSAGES" / "django.mo"
        if code == "en":
            continue
        try:
            with path.open("rb") as file:
                counted.append(f"{code}: {len(gettext.GNUTranslations(file)._catalog)} sentences")  # type: ignore[attr-defined]
        except (OSError, ValueError):
            missing.append(code)
    if missing:
        return failed(f"not compiled: {', '.join(missing)}", "./chat words, or take the .mo files of the release")
    return ok("; ".join(counted))


def redis() -> Finding:
    here = environment()
    if not here.redis_url:
        if here.workers > 1:
            return warning(f"none for {here.workers} processes: they hear of each other once a second", "set REDIS_URL")
        return ok("none: one process needs none")
    return _ask_redis(here.redis_url)


def _ask_redis(url: str) -> Finding:
    from redis import Redis
    from redis.exceptions import AuthenticationError, RedisError

    parts = urlsplit(url)
    place = parts.path if parts.scheme == "unix" else f"{parts.hostname}:{parts.port or 6379}"
    try:
        with Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS) as client:
            version = str(client.info("server")["redis_version"])
            is_near = parts.scheme == "unix" or is_this_machine(parts.hostname or "")
            is_open = not parts.password and not (is_near and is_kept_to_itself(_listening(client)))
    except AuthenticationError:
        return failed(f"{place} refuses the password of REDIS_URL", "correct it")
    except (RedisError, OSError) as problem:
        return failed(f"{place} can't be reached: {problem}", "start it; until then people hear of each other late")
    return redis_finding(place, version, is_open=is_open)


def _listening(client: "Redis") -> dict[str, str]:
    """What it says of where it listens. One that an operator of its own looks after says nothing."""
    from redis.exceptions import ResponseError

    try:
        told = client.config_get("port", "bind", "protected-mode")
    except ResponseError:
        return {}
    return {str(name): str(value or "") for name, value in told.items()}


def is_kept_to_itself(told: dict[str, str]) -> bool:
    """Whether nobody gets there but from its own machine, as far as it tells."""
    if told.get("port") == "0" or told.get("protected-mode") == "yes":
        return True
    return all(is_this_machine(place.lstrip("-")) for place in told.get("bind", "").split())


def redis_finding(place: str, version: str, *, is_open: bool) -> Finding:
    """`is_open`: others can reach it, and no password is asked for."""
    if int(version.partition(".")[0]) < OLDEST_REDIS:
        return failed(f"{place} is version {version}", f"Redis {OLDEST_REDIS} or later is needed")
    if is_open:
        todo = "give it a password (requirepass), and TLS where the network is not yours"
        return warning(f"{place}, version {version}, lets everybody in without a password", todo)
    return ok(f"{place}, version {version}")


def processes() -> Finding:
    here = environment()
    if here.workers > 1 and not here.database_url:
        return failed(f"{here.workers} processes on SQLite are refused", "set DATABASE_URL, or CHATSERVER_WORKERS=1")
    return ok(f"{here.workers}")


def proxies() -> Finding:
    here = environment()
    named = ", ".join(map(str, here.trusted_proxies))
    if is_public("127.0.0.1", here.url) and not named:
        todo = "name its network in CHATSERVER_TRUSTED_PROXIES, as deploy/nginx.conf says"
        return warning("none is named: everybody seems to come from the proxy", todo)
    return ok(named or "none, and none is needed here")


def operators_network() -> Finding:
    here = environment()
    named = ", ".join(map(str, here.metrics_allow))
    if any(map(_is_everybodys, here.metrics_allow)):
        return warning(f"{named}: strangers may read /metrics", "name your own network in CHATSERVER_METRICS_ALLOW")
    return ok(named or "nobody")


def _is_everybodys(network: Network) -> bool:
    return network.prefixlen == 0 or network.is_global


CHECKS = (
    Check("Address", address),
    Check("Secret key", secret_key),
    Check("Switches", switches),
    Check("Static files", static_files),
    Check("Languages", languages),
    Check("Mail", mail),
    Check("Processes", processes),
    Check("Redis", redis),
    Check("Proxies", proxies),
    Check("Operators", operators_network),
)
