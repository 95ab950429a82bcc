"""The texts that people say yes to: one version, one text; what was read is what is recorded (S2, S27)."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import AuditEntry
from chatserver.policies import problem as refusal_to_start
from consent.actions.policies import TextChanged, enter_policies
from consent.models import Acceptance, Policy, PolicyVersion
from consent.queries import policies
from consent.queries.policies import (
    FOLDER,
    KINDS,
    LOCALES,
    changed_texts,
    digest_of,
    file_of,
    policies_in_force,
    text_of,
    written_versions,
)
from tests.registering import confirm, form_of, mailed_code, register


@pytest.mark.row("S27")
def test_no_text_has_changed_without_a_new_version() -> None:
    """Whoever changes a word writes a new version: consent/policies/README.md."""
    assert changed_texts(written_versions()) == []
    assert {each.kind for each in written_versions()} == set(KINDS)
    listed = {f"{each.kind}/{each.version}.{locale}.md" for each in written_versions() for locale in LOCALES}
    assert listed == {path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*.md")}


@pytest.fixture
def altered(tmp_path, monkeypatch):
    """A repository where somebody has put one word right in a text."""
    for each in written_versions():
        for locale in LOCALES:
            path = tmp_path / each.kind / f"{each.version}.{locale}.md"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(file_of(each.kind, each.version, locale))
    path = tmp_path / "terms" / "1.es.md"
    path.write_text(path.read_text().replace("Condiciones", "Términos"))
    monkeypatch.setattr(policies, "FOLDER", tmp_path)
    file_of.cache_clear()
    yield
    monkeypatch.undo()
    file_of.cache_clear()


@pytest.mark.row("S27")
def test_a_changed_word_is_found_and_enters_nothing(altered, db) -> None:
    assert changed_texts(written_versions()) == ["terms/1.es.md"]
    with pytest.raises(TextChanged, match=r"terms/1\.es\.md"):
        enter_policies()
    assert not PolicyVersion.objects.exists()
    assert "people have said yes to it" in (refusal_to_start() or "")


@pytest.mark.row("S27")
def test_a_version_is_entered_once_and_never_with_other_words(db) -> None:
    assert len(enter_policies()) == len(written_versions())
    assert enter_policies() == []
    assert not AuditEntry.objects.exists()  # its first entry says whose database this is
    PolicyVersion.objects.filter(policy__kind="terms").update(text_hash="0" * 64)
    with pytest.raises(TextChanged, match="terms 1"):
        enter_policies()


@pytest.mark.parametrize("locale", LOCALES)
def test_each_text_has_the_same_parts_in_both_languages_and_one_title(locale: str) -> None:
    def marks(text: str) -> list[str]:
        return re.findall(r"^(?:#+|-|\d+\.)(?= )", text, re.MULTILINE)

    for each in written_versions():
        text = file_of(each.kind, each.version, locale).decode()
        assert marks(text) == marks(file_of(each.kind, each.version, "en").decode()), f"{each.kind}.{locale}"
        assert (text.startswith("# "), marks(text).count("#")) == (True, 1)


def test_in_force_is_the_newest_whose_day_has_come(db) -> None:
    enter_policies()
    policy = Policy.objects.get(kind="privacy")
    for version, days in (("0", -9), ("2", 9)):
        day = timezone.now() + dt.timedelta(days=days)
        PolicyVersion.objects.create(policy=policy, version=version, effective_at=day)
    assert [(row.policy.kind, row.version) for row in policies_in_force()] == [(kind, "1") for kind in KINDS]
    later = timezone.now() + dt.timedelta(days=10)
    assert policies_in_force(later)[0].version == "2"


@pytest.mark.row("S2")
@pytest.mark.parametrize("language", ["en", "es"])
def test_recorded_is_the_version_shown_with_the_hash_of_the_very_text(db, language: str) -> None:
    enter_policies()
    client = Client(headers={"accept-language": language})
    page = client.get("/register/parent/").text
    (shown,) = re.findall(r'name="read" value="([^"]+)"', page)
    assert shown == "policy=1 terms=1 class_rules=1 hosting_country=1"
    read = [client.get(address).text for address in re.findall(r'<a href="(/policy/[\w-]+/1/)"', page)]
    assert len(read) == len(KINDS)
    register(client)
    confirm(client, mailed_code())
    rows = Acceptance.objects.order_by("pk")[:3]
    assert [row.sentence for row in rows] == ["policy", "terms", "class_rules"]
    with translation.override(language):
        assert [row.text_hash for row in rows] == [text_of(row).digest for row in policies_in_force()]
    assert all(row.text_hash in page for row, page in zip(rows, read, strict=True)), "the hash on top of what was read"
    assert rows[0].text_hash == digest_of(client.get("/policy/privacy/1/text/").content)


@pytest.mark.row("S2")
def test_a_text_that_changed_while_somebody_read_is_read_again(db) -> None:
    enter_policies()
    typed, client = form_of(), Client()
    policy = Policy.objects.get(kind="class_rules")
    PolicyVersion.objects.create(policy=policy, version="2", text="# New rules", effective_at=timezone.now())
    for stale in (typed, {name: value for name, value in typed.items() if name != "read"}):
        answer = client.post("/register/parent/", stale)
        assert answer.status_code == 422
        assert "A text has changed since you opened this page." in answer.text
        assert 'value="policy=1 terms=1 class_rules=2 hosting_country=1"' in answer.text
        assert "checked" not in answer.text
    assert register(client).status_code == 302
