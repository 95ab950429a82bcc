"""All checks, in the order in which one would mend things. A database that can't be used is said once."""

from collections.abc import Iterator

import django

from chatserver.doctor.findings import Finding, State, as_json, as_text, found


def examine(*, with_json: bool) -> int:
    """Print what was found; 1 where something has failed."""
    django.setup()
    findings = list(_findings())
    print(as_json(findings) if with_json else as_text(findings))
    return int(any(finding.state is State.FAILED for _, finding in findings))


def _findings() -> Iterator[tuple[str, Finding]]:
    from chatserver.doctor import data, installation, machine

    is_usable = True
    for check in (*machine.CHECKS, *installation.CHECKS, *data.CHECKS):
        if is_usable or not check.needs_database:
            yield check.name, (finding := found(check))
            is_usable = is_usable and not (check is data.CHECKS[0] and finding.state is State.FAILED)
