"""The texts of the repository entered in this installation, at each start (S27).

Invariants: a version is entered once and never changed; a text that changed without a new version enters nothing and
stops the start. No entry of the audit log: the first of those says whose database this is, and the row itself holds the
words, their SHA-256 and the day.
"""

from datetime import UTC, datetime, time

from django.db import transaction
from django.utils import timezone

from consent.models import Policy, PolicyVersion
from consent.queries.policies import LOCALES, Written, changed_texts, file_of, written_versions


class TextChanged(Exception):
    """Words of a version are not those that people have said yes to."""


def enter_policies() -> list[PolicyVersion]:
    """Those that are new here, in force from now on, or from their day if that is still to come. Raises TextChanged."""
    versions = written_versions()
    if changed := changed_texts(versions):
        raise TextChanged(f"changed without a new version: {', '.join(changed)}.")
    with transaction.atomic():
        return [row for each in versions if (row := _entered(each)) is not None]


def _entered(written: Written) -> PolicyVersion | None:
    policy, _is_new = Policy.objects.get_or_create(kind=written.kind)
    digest = written.digests[LOCALES[0]]
    row, is_new = PolicyVersion.objects.get_or_create(
        policy=policy,
        version=written.version,
        defaults={
            "text": file_of(written.kind, written.version, LOCALES[0]).decode(),
            "text_hash": digest,
            "is_material": written.is_material,
            "effective_at": max(timezone.now(), datetime.combine(written.written_on, time(), UTC)),
        },
    )
    if row.text_hash != digest:
        raise TextChanged(f"{written.kind} {written.version} was entered with other words.")
    return row if is_new else None
