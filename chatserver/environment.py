"""Settings from the environment, typed. A wrong value stops the start with its name; reading creates nothing.

`CHATSERVER_URL` is the address people type; origins default to it. Everything mutable lives under `CHATSERVER_VAR`,
but for the database that `DATABASE_URL` names.
"""

import ipaddress
import secrets
import sys
from datetime import date
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, NoReturn
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from chatserver import databases

ROOT = Path(__file__).resolve().parent.parent
WRONG_SETTING = 2  # exit code
WITHOUT_PREFIX = ("DATABASE_URL", "REDIS_URL")  # as other programs know them
OF_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Environment(BaseSettings):
    """One field per variable, `CHATSERVER_` before most names; docs/operations.md says what each is for."""

    model_config = SettingsConfigDict(env_prefix="CHATSERVER_", extra="ignore")

    var: Path = ROOT / "var"
    url: str = "http://127.0.0.1:8000"
    origins: Annotated[list[str], NoDecode] = Field(default_factory=list)
    secret_key_file: Path | None = None
    demo: bool = False
    demo_date: date | None = None
    debug: bool = False
    threads: int = Field(default=4, ge=1, le=64)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    locale: Literal["en", "es"] = "en"
    time_zone: str = "America/Chicago"
    country: str = Field(default="US", pattern="^[A-Z]{2}$")  # where the data lies
    limits: Literal["on", "bench"] = "on"
    metrics_allow: Annotated[tuple[Network, ...], NoDecode] = tuple(
        map(ipaddress.ip_network, ("127.0.0.0/8", "::1/128"))
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    workers: int = Field(default=1, ge=1, le=64)
    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    redis_url: str = Field(default="", validation_alias="REDIS_URL")
    mail_url: str = ""
    mail_from: str = ""
    invitations_a_day: int = Field(default=300, ge=0, le=10_000)

    @field_validator("origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return value.split() if isinstance(value, str) else value

    @field_validator("metrics_allow", "trusted_proxies", mode="before")
    @classmethod
    def _are_networks(cls, value: object) -> object:
        return tuple(map(ipaddress.ip_network, value.split())) if isinstance(value, str) else value

    @field_validator("origins")
    @classmethod
    def _are_origins(cls, values: list[str]) -> list[str]:
        for value in values:
            parts = urlsplit(value)
            if (
                parts.scheme not in ("http", "https")
                or not parts.hostname
                or value != f"{parts.scheme}://{parts.netloc}"
            ):
                raise ValueError(f"{value} is no origin such as https://chat.example.org, without a path")
        return values

    @field_validator("url")
    @classmethod
    def _is_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
            raise ValueError("has to be an address such as https://chat.example.org")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, value: str) -> str:
        if value:
            databases.parsed(value)
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: str) -> str:
        if value and not _names_redis(value):
            raise ValueError("has to be an address such as redis://:password@host:6379/0, rediss://… or unix:///path")
        return value

    @field_validator("mail_url")
    @classmethod
    def _leads_to_mail(cls, value: str) -> str:
        if value and not _names_mail(value):
            raise ValueError("has to be smtp://user:password@host:587, smtps://user:password@host:465, or mailbox:")
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_sender(cls, value: str) -> str:
        if value and not _names_sender(value):
            raise ValueError('has to be one address, such as "ClassTrak <classtrak@example.org>"')
        return value

    @property
    def mail_way(self) -> str:
        """Where mail goes; in a demo and while building into the mailbox of `/dev/mail/`. Empty: it waits."""
        return self.mail_url or ("mailbox:" if self.demo or self.debug else "")

    @property
    def is_mailbox_shown(self) -> bool:
        """Whether `/dev/mail/` exists: anybody may read there, codes too, so that a mailbox alone isn't enough."""
        return self.demo or self.debug or (self.mail_way == "mailbox:" and self.host in OF_THIS_MACHINE)

    @property
    def mail_sender(self) -> str:
        return self.mail_from or f"ClassTrak <classtrak@{self.host}>"

    @property
    def is_secure(self) -> bool:
        return self.url.startswith("https:")

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def allowed_origins(self) -> frozenset[str]:
        """The exact strings an `Origin` header may hold. On this machine both names of it are one."""
        own = {self.url}
        if self.host in ("127.0.0.1", "localhost"):
            own |= {self.url.replace(self.host, name, 1) for name in ("127.0.0.1", "localhost")}
        return frozenset(own | set(self.origins))

    @property
    def hosts(self) -> list[str]:
        """The names we answer to: those of the origins, and this machine's own."""
        return sorted({*(urlsplit(origin).hostname or "" for origin in self.allowed_origins), "127.0.0.1", "localhost"})

    @property
    def key_file(self) -> Path:
        return self.secret_key_file or self.var / "secret.key"

    def secret_key(self) -> str:
        """The installation's key; a passing one where none was made yet, so that tools may import the settings."""
        if self.key_file.exists():
            return self.key_file.read_text().strip()
        return secrets.token_urlsafe(50)

    def make_var(self) -> None:
        """Make the folder of everything mutable, and the secret key at first run."""
        self.var.mkdir(parents=True, exist_ok=True)
        if not self.key_file.exists():
            self.key_file.touch(mode=0o600)
            self.key_file.write_text(secrets.token_urlsafe(50))


def _names_redis(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:  # brackets that don't close, a port that is no number
        return False
    if parts.scheme == "unix":
        return parts.path.startswith("/") and len(parts.path) > 1
    number = parts.path.strip("/")
    return parts.scheme in ("redis", "rediss") and bool(parts.hostname) and (not number or number.isdecimal())


def _names_mail(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    is_open = "starttls=off" in parts.query and parts.hostname not in ("localhost", "127.0.0.1", "::1")
    if is_open and parts.username:
        return False  # a password would travel in the clear
    return url == "mailbox:" or (parts.scheme in ("smtp", "smtps") and bool(parts.hostname))


def _names_sender(text: str) -> bool:
    name, address = parseaddr(text)
    local, _, host = address.rpartition("@")
    return (
        text.isprintable() and bool(local and host) and " " not in address and text in (address, f"{name} <{address}>")
    )


@cache
def environment() -> Environment:
    """The environment as it was at start."""
    try:
        return Environment()
    except ValidationError as problem:
        _stop(problem)


def _stop(problem: ValidationError) -> NoReturn:
    for error in problem.errors():
        name = "_".join(str(part) for part in error["loc"]).upper()
        name = name if name in WITHOUT_PREFIX else f"CHATSERVER_{name}"
        print(f"{name}: {error['msg'].removeprefix('Value error, ')}", file=sys.stderr)
    raise SystemExit(WRONG_SETTING)
