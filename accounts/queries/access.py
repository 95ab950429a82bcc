"""The access epochs of many members at once."""

import json
from collections.abc import Mapping

from django.db import connection

_MOVED = {
    "sqlite": """
        SELECT CAST(known.key AS INTEGER) FROM json_each(%s) AS known
        LEFT JOIN accounts_access AS access ON access.member_id = CAST(known.key AS INTEGER)
        WHERE access.epoch IS NOT known.value
        """,
    "postgresql": """
        SELECT known.member_id FROM unnest(%s::bigint[], %s::bigint[]) AS known(member_id, epoch)
        LEFT JOIN accounts_access AS access ON access.member_id = known.member_id
        WHERE access.epoch IS DISTINCT FROM known.epoch
        """,
}


def moved(epochs: Mapping[int, int]) -> set[int]:
    """Of member → epoch, the members whose epoch is another by now, or who are gone. One statement that answers with
    next to nothing: the watch asks about thousands, each second."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVED[connection.vendor], _parameters(epochs))
        return {member for (member,) in cursor.fetchall()}


def _parameters(epochs: Mapping[int, int]) -> list[str] | list[list[int]]:
    return [json.dumps(epochs)] if connection.vendor == "sqlite" else [[*epochs], [*epochs.values()]]
