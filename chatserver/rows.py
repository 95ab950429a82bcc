"""What the product promises, row by row, and the tests that prove it: `./chat rows`. Standard library only.

Invariant: a row's result is never better than its worst test, and a row without a test says so. The tests are found
by reading their source (`@pytest.mark.row("S7")`), their results in var/rows.json, which the plugin tests/rows.py
writes at the end of every run.
"""

import argparse
import ast
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_RUN, NO_TEST = "not run", "no test"
WORST_FIRST = ("failed", "skipped", NOT_RUN, "passed")

BEHAVIOURS = {
    "S1": "Registration as instructor, student or parent; nothing is kept that was not asked for",
    "S2": "Each acceptance is a sentence of its own, with version, who, when, from where",
    "S3": "Every field of a profile has an audience, honoured wherever the field could appear",
    "S4": "A student's own instructors and linked parents see what they have to; nobody else does",
    "S5": "Members review, update, correct and delete what they registered with",
    "S6": "Sessions: opaque token, ended at sign-out with every socket, listed and ended by the member",
    "S7": "No mail or text of ours asks for passwords or numbers, and each mail says so",
    "S8": "Private courses look absent to strangers; going public is announced, previewed and slow",
    "S9": "Course rooms and group rooms, live, with their own membership and settings",
    "S10": "One-to-one chat of instructors with students and parents, the family or the supervisor reading along",
    "S11": "Posts with comments on the course page",
    "S12": "Mail between members through the site, addresses hidden",
    "S13": "Invitations by instructors, many at once, a result for each, addresses kept for that alone",
    "S14": "Join codes that lock, expire and count",
    "S15": "Grades, disclosed to the student and linked parents alone, only with the consent to grades",
    "S16": "An instructor's notes stay the instructor's",
    "S17": "Removed content is gone for the others at once, and who still has it is said",
    "S18": "No young student without an agreement and a parent's yes, checked on every send and on open sockets",
    "S19": "Agreements of schools, with an end that takes effect to the minute",
    "S20": "Parental consent by scopes, with receipts, withdrawn by one button, on an append-only record",
    "S21": "Access codes: single use, limited, revocable; the student sees who is linked",
    "S22": "A linked parent sees everything of the child, live, and other children masked",
    "S23": "A young student's own phone number or address is held back before it is delivered or stored",
    "S24": "The account belongs to the student; complaints and deletions are tracked to their end",
    "S25": "No advertising, no promotional mail to K-12 students",
    "S26": "Digests: exactly one per period and parent, with one-click unsubscribe",
    "S27": "Policies in versions, announced, accepted where that is needed",
    "S28": "Change of control: told before, and a choice",
    "S29": "A breach is told to those concerned, with proof",
    "S30": "Statistics from which nobody can be found",
    "S31": "An access log without content, without persons, for 30 days",
    "S32": "No third-party request from any page; providers in a public register",
    "S33": "Disclosure by legal basis, two people, exactly the scope",
    "S34": "A parent or student leaves; what they keep and delete is their choice",
    "S35": "A school or teacher leaves; families keep what is theirs",
    "S36": "Deletion requests with states, clock and certificate",
    "S37": "A retention schedule that proves what it purged",
    "S38": "Anybody can report or ask without an account, and gets an answer",
    "S39": "Reports in three taps; the evidence stays as it was",
    "S40": "Moderators work a queue; those concerned are told; appeals go to somebody else",
    "S41": "Staff open a private conversation only on record, and the family can read who did",
    "S42": "Every promise on one page, with the test that proves it",
}


@dataclass(frozen=True)
class Proof:
    test: str
    result: str


@dataclass(frozen=True)
class Row:
    row: str
    behaviour: str
    result: str
    tests: tuple[Proof, ...]


def rows(root: Path = ROOT) -> list[Row]:
    """All rows in order, each with its tests and their last results."""
    results = _results(root / "var" / "rows.json")
    proofs: dict[str, dict[str, str]] = {name: {} for name in BEHAVIOURS}
    for test, names in _marked_tests(root / "tests"):
        for name in names:
            proofs.setdefault(name, {}).update(results.get(test) or {test: NOT_RUN})
    return [_row(name, proofs[name]) for name in proofs]


def _row(name: str, tests: dict[str, str]) -> Row:
    worst = min(tests.values(), key=WORST_FIRST.index, default=NO_TEST)
    proofs = tuple(Proof(test, result) for test, result in sorted(tests.items()))
    return Row(name, BEHAVIOURS.get(name, "(not a row of the mission)"), worst, proofs)


def _results(path: Path) -> dict[str, dict[str, str]]:
    """Test function → its node ids (one per set of parameters) → result."""
    found: dict[str, dict[str, str]] = {}
    for node, test in (json.loads(path.read_text()) if path.exists() else {}).items():
        found.setdefault(node.partition("[")[0], {})[node] = _worst(test.get("results", {}).values())
    return found


def _worst(results: Iterable[str]) -> str:
    """Of the databases that it ran on: what is about one of them is skipped on the other."""
    ran = set(results)
    return min(ran - {"skipped"} or ran, key=WORST_FIRST.index, default=NOT_RUN)


def _marked_tests(folder: Path) -> Iterator[tuple[str, set[str]]]:
    for path in sorted(folder.rglob("test_*.py")):
        module = ast.parse(path.read_text())
        yield from _tests_in(module, path.relative_to(folder.parent).as_posix(), set())


def _tests_in(scope: ast.Module | ast.ClassDef, name: str, inherited: set[str]) -> Iterator[tuple[str, set[str]]]:
    marks = inherited | _module_marks(scope)
    for node in scope.body:
        if isinstance(node, ast.ClassDef):
            own = {mark for decorator in node.decorator_list for mark in _marks(decorator)}
            yield from _tests_in(node, f"{name}::{node.name}", marks | own)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            own = {mark for decorator in node.decorator_list for mark in _marks(decorator)}
            if marks | own:
                yield f"{name}::{node.name}", marks | own


def _module_marks(scope: ast.Module | ast.ClassDef) -> set[str]:
    assigned = [node for node in scope.body if isinstance(node, ast.Assign)]
    return {
        mark
        for node in assigned
        if any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets)
        for mark in _marks(node.value)
    }


def _marks(expression: ast.expr) -> Iterator[str]:
    """The names in every `pytest.mark.row("S7")` inside an expression."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "row":
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser("./chat rows", description="What the product promises and what proves it.")
    parser.add_argument("--json", action="store_true", help="all of it, for scripts")
    parser.add_argument("--tests", action="store_true", help="name every test")
    options = parser.parse_args(arguments)
    found = rows()
    if options.json:
        print(json.dumps([asdict(row) for row in found], indent=1, ensure_ascii=False))
    else:
        print("\n".join(line for row in found for line in _lines(row, options.tests)))
    return 0


def _lines(row: Row, with_tests: bool) -> Iterator[str]:
    count = f"{len(row.tests)} test{'' if len(row.tests) == 1 else 's'}, " if row.tests else ""
    yield f"{row.row:<4} {count + row.result:<20} {row.behaviour}"
    if with_tests:
        yield from (f"       {proof.result:<9} {proof.test}" for proof in row.tests)
