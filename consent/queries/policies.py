"""The texts that people say yes to: privacy policy, terms and class rules, in versions (S2, S27).

Invariants: which version is in force is a row, with its day; its words in each language are a file, with its SHA-256 in
consent/policies/versions.toml, and never change under a version. What is read, and what is recorded of it, come from
the same place.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consent.models import Policy, PolicyVersion

FOLDER = Path(__file__).resolve().parent.parent / "policies"
LOCALES = ("en", "es")
KINDS = (Policy.Kind.PRIVACY, Policy.Kind.TERMS, Policy.Kind.CLASS_RULES)


@dataclass(frozen=True, slots=True)
class Written:
    """A version as it stands in the repository; `digests`: language → SHA-256 of the file."""

    kind: str
    version: str
    written_on: date
    is_material: bool
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PolicyText:
    """One version in one language. `digest` is the SHA-256 of `text`; `written_on` None: not out of the repository."""

    kind: str
    version: str
    locale: str
    text: str
    digest: str
    effective_at: datetime
    written_on: date | None = None


def policy_name(kind: str) -> str:
    return {
        Policy.Kind.PRIVACY: _("Privacy policy"),
        Policy.Kind.TERMS: _("Terms"),
        Policy.Kind.CLASS_RULES: _("Class rules"),
    }[Policy.Kind(kind)]


@cache
def written_versions() -> tuple[Written, ...]:
    """All that the repository holds, the oldest first."""
    rows = tomllib.loads((FOLDER / "versions.toml").read_text())["version"]
    return tuple(
        Written(
            row["kind"],
            row["version"],
            row["written_on"],
            row["is_material"],
            {locale: row[locale] for locale in LOCALES},
        )
        for row in rows
    )


@cache
def file_of(kind: str, version: str, locale: str) -> bytes:
    return (FOLDER / kind / f"{version}.{locale}.md").read_bytes()


def versions_of(kind: str) -> list[PolicyVersion]:
    """All that this installation has entered, the newest first. One statement."""
    versions = PolicyVersion.objects.filter(policy__kind=kind).select_related("policy")
    return list(versions.order_by("-effective_at", "-pk"))


def policies_in_force(now: datetime | None = None) -> list[PolicyVersion]:
    """The version of each text that holds now; a text that nobody has entered is left out. One statement."""
    rows = PolicyVersion.objects.filter(effective_at__lte=now or timezone.now()).select_related("policy")
    newest = {row.policy.kind: row for row in rows.order_by("effective_at", "pk")}
    return [newest[kind] for kind in KINDS if kind in newest]


def text_of(row: PolicyVersion, locale: str | None = None) -> PolicyText:
    """The version as it is read, in the language of the moment. One that isn't out of the repository has its own."""
    kind, locale = row.policy.kind, locale or _language()
    written = _written(kind, row.version)
    if written is None:
        return PolicyText(kind, row.version, LOCALES[0], row.text, row.text_hash, row.effective_at)
    text = file_of(kind, row.version, locale).decode()
    return PolicyText(kind, row.version, locale, text, written.digests[locale], row.effective_at, written.written_on)


def digest_of(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def changed_texts(versions: Iterable[Written]) -> list[str]:
    """The files whose words are not those of their version any more."""
    return [
        f"{each.kind}/{each.version}.{locale}.md"
        for each in versions
        for locale, digest in each.digests.items()
        if digest_of(file_of(each.kind, each.version, locale)) != digest
    ]


def _written(kind: str, version: str) -> Written | None:
    return next((each for each in written_versions() if (each.kind, each.version) == (kind, version)), None)


def _language() -> str:
    language = (get_language() or "").partition("-")[0]
    return language if language in LOCALES else LOCALES[0]
