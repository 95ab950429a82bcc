"""What a member has said yes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from consent.models import Acceptance, Policy
from consent.queries.policies import policy_name
from consent.queries.sentences import POLICY, VERSIONS, sentence


@dataclass(frozen=True, slots=True)
class Accepted:
    """`kind` and `version` name a text that can be read; a sentence stands here as it reads now, "" `kind`."""

    title: str
    kind: str
    version: str
    at: datetime
    text_hash: str


def acceptances_of(member_id: int) -> Sequence[Accepted]:
    """The newest first. Two statements."""
    rows = Acceptance.objects.filter(member=member_id).order_by("-at", "pk")
    titles = {key: sentence(key).text for key in {row.sentence for row in rows} & VERSIONS.keys()}
    return [_accepted(row, titles) for row in rows]


def _accepted(row: Acceptance, titles: Mapping[str, str]) -> Accepted:
    kind = Policy.Kind.PRIVACY if row.sentence == POLICY else row.sentence
    if kind in Policy.Kind.values:
        return Accepted(policy_name(kind), kind if row.version else "", row.version, row.at, row.text_hash)
    return Accepted(titles.get(row.sentence, row.sentence), "", row.version, row.at, row.text_hash)
