"""No file of the repository names a machine, a package index, or something left undone."""

import re

from tests.architecture.source import texts

INDEX = re.compile(
    r"\b(?:files\.pythonhosted\.|pypi\.(?:org|python)|registry\.(?:npmjs|yarnpkg)\.|deb\.debian\.)", re.I
)
MACHINE = re.compile(r"(?<![\w./>-])/(?:work|root|home/\w+|Users/\w+)/[\w.]")
UNDONE = re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b")


def lines_with(pattern: re.Pattern[str], *endings: str) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts().items()
        if not endings or name.endswith(endings)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_package_index() -> None:
    assert lines_with(INDEX) == []


def test_no_file_holds_a_path_of_a_machine() -> None:
    assert lines_with(MACHINE) == []


def test_nothing_is_marked_as_undone() -> None:
    ours = [line for line in lines_with(UNDONE, ".py", "chat", ".html", ".css", ".js") if "/vendor/" not in line]
    assert ours == []


def test_the_patterns_find_what_they_look_for() -> None:
    assert INDEX.search("https://py" + "pi.org/simple")
    assert MACHINE.search(" /" + "root/.cache/x")
    assert not MACHINE.search("tests/home/x /chat/root/")
