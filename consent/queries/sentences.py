"""The sentences of S2: what somebody says yes to by registering or joining, each by itself.

Invariant: what is recorded is the version that was read. Whoever changes a text here gives it the next version (a test
holds each text to its version); `policy` says yes to the texts in force, and each of them is recorded by itself.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from consent.models import Policy, PolicyVersion, Registration
from consent.queries.countries import country_names
from consent.queries.policies import PolicyText, policies_in_force, text_of
from consent.queries.site import site_facts

POLICY, HOSTING_COUNTRY = "policy", "hosting_country"
GRADES, VISIBILITY, LINKED_PARENTS = "grades", "visibility", "linked_parents"
VERSIONS = {HOSTING_COUNTRY: "1", GRADES: "1", VISIBILITY: "1", LINKED_PARENTS: "1"}
OF_STUDENTS = (GRADES, VISIBILITY, LINKED_PARENTS)


@dataclass(frozen=True, slots=True)
class Read:
    """What a yes is recorded of: a sentence or a whole text, and the SHA-256 of its words."""

    key: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """`note` says what it means in practice; `documents`: the texts in force that it is about."""

    key: str
    version: str
    text: str
    note: str
    documents: tuple[PolicyText, ...] = ()

    @property
    def reads(self) -> tuple[Read, ...]:
        if self.documents:
            return tuple(Read(_key(each.kind), each.version, each.digest) for each in self.documents)
        return (Read(self.key, self.version, hashlib.sha256(f"{self.text}\n{self.note}".encode()).hexdigest()),)


def sentences_for(kind: str, *, country: str | None = None) -> list[Sentence]:
    """What somebody is asked who registers as this. `country`: where they are, if that is known; unknown is elsewhere.
    Two statements at most."""
    keys = [POLICY]
    if country != site_facts().hosting_country:
        keys.append(HOSTING_COUNTRY)
    if kind == Registration.Kind.STUDENT:
        keys += OF_STUDENTS
    return [sentence(key) for key in keys]


def sentence(key: str) -> Sentence:
    """In the language of the moment."""
    if key == POLICY:
        return _policy()
    text, note = _texts()[key]
    if key == HOSTING_COUNTRY:
        text %= {"country": country_name()}
    return Sentence(key, VERSIONS[key], text, note)


def versions_read(asked: Iterable[Sentence]) -> str:
    """What a page says of the texts it shows, so that a form tells which ones were read."""
    return " ".join(f"{read.key}={read.version}" for each in asked for read in each.reads)


def policy_in_force(now: datetime | None = None) -> PolicyVersion | None:
    versions = PolicyVersion.objects.filter(policy__kind=Policy.Kind.PRIVACY, effective_at__lte=now or timezone.now())
    return versions.order_by("-effective_at", "-pk").first()


def _policy() -> Sentence:
    """An installation that has entered no text yet records that there was none."""
    documents = tuple(text_of(row) for row in policies_in_force())
    version = next((each.version for each in documents if each.kind == Policy.Kind.PRIVACY), "")
    text = _("I accept the privacy policy, the terms and the class rules.")
    return Sentence(POLICY, version, text, _("What we keep, for how long, and how to end it."), documents)


def _key(kind: str) -> str:
    """Under which name the yes to a text is recorded."""
    return POLICY if kind == Policy.Kind.PRIVACY else kind


def _texts() -> dict[str, tuple[str, str]]:
    return {
        HOSTING_COUNTRY: (
            _("What I write is stored and processed in %(country)s."),
            _("The law there holds for it, wherever I am."),
        ),
        GRADES: (
            _("My instructors may record grades and notes about my work."),
            _("Grades: you and linked parents see them. Notes: the instructor alone."),
        ),
        VISIBILITY: (
            _("The instructor may switch this course between private and public at any time."),
            _("You are told 7 days before it opens, and may hide your posts or leave."),
        ),
        LINKED_PARENTS: (
            _("A parent who is linked to me sees everything in my account."),
            _("My rooms, my chats with instructors, my grades, and what I remove."),
        ),
    }


def country_name() -> str:
    """Where this installation's data lies, as a sentence says it."""
    names = {
        "US": _("the United States"),
        "CA": _("Canada"),
        "MX": _("Mexico"),
        "ES": _("Spain"),
        "DE": _("Germany"),
        "GB": _("the United Kingdom"),
    }
    code = site_facts().hosting_country
    return names.get(code) or country_names().get(code, code)
