"""What was found, and how it is said."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from chatserver.logs import words_of


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    state: State
    says: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    look: Callable[[], Finding]
    needs_database: bool = False


def ok(says: str) -> Finding:
    return Finding(State.OK, says)


def warning(says: str, todo: str) -> Finding:
    return Finding(State.WARNING, says, todo)


def failed(says: str, todo: str) -> Finding:
    """`says` may be what a database says: of several lines one is made."""
    return Finding(State.FAILED, " ".join(says.split()), todo)


def found(check: Check) -> Finding:
    """One that can't look says why, and the others go on."""
    try:
        return check.look()
    except Exception as problem:  # whatever is wrong with one, the others are to be heard
        return failed(f"could not be looked at: {words_of(problem)}", "see what stands above, then ask again")


def as_text(findings: Sequence[tuple[str, Finding]]) -> str:
    return "\n".join(["", *_lines(findings), "", f"  {_sum(findings)}"])


def _lines(findings: Sequence[tuple[str, Finding]]) -> Iterator[str]:
    width = max(len(name) for name, _ in findings)
    for name, finding in findings:
        yield f"  {finding.state:<8} {name:<{width}}  {finding.says}"
        if finding.todo:
            yield f"  {'':<8} {'':<{width}}  → {finding.todo}"


def _sum(findings: Sequence[tuple[str, Finding]]) -> str:
    counts = [(state, sum(finding.state is state for _, finding in findings)) for state in State]
    return ", ".join(f"{count} {state}" for state, count in counts)


def as_json(findings: Sequence[tuple[str, Finding]]) -> str:
    return json.dumps([{"name": name} | asdict(finding) for name, finding in findings], indent=1, ensure_ascii=False)
