"""The sentences of S2: recorded one by one, in the version that was read."""

import datetime as dt
import hashlib

import pytest
import time_machine
from django.test import Client
from django.utils import timezone, translation

from accounts.errors import NotAllowed
from accounts.models import AuditEntry
from consent.actions.acceptances import accept
from consent.models import Acceptance, Policy, PolicyVersion
from consent.queries.sentences import OF_STUDENTS, VERSIONS, sentence, sentences_for
from tests.cast import acting
from tests.registering import confirm, mailed_code, register

pytestmark = pytest.mark.django_db

# Whoever changes one of these texts gives it its next version in consent/queries/sentences.py, and its digest here.
DIGESTS = {
    ("hosting_country", "1"): "77052064d03a95f0",
    ("grades", "1"): "8902a0487cc3782a",
    ("visibility", "1"): "2aacc8b66ba366f2",
    ("linked_parents", "1"): "87d14613f5780109",
}


def make_policy(version: str, effective_at: dt.datetime) -> PolicyVersion:
    policy, _ = Policy.objects.get_or_create(kind=Policy.Kind.PRIVACY)
    return PolicyVersion.objects.create(policy=policy, version=version, effective_at=effective_at)


@pytest.mark.row("S2")
def test_a_text_keeps_its_version(settings):
    """What was recorded stays readable: a text that changes has another version."""
    settings.HOSTING_COUNTRY = "US"
    with translation.override("en"):
        said = {key: sentence(key) for key in VERSIONS}
    digests = {
        (key, each.version): hashlib.sha256(f"{each.text}\n{each.note}".encode()).hexdigest()[:16]
        for key, each in said.items()
    }
    assert digests == DIGESTS


@pytest.mark.row("S2")
def test_a_student_is_asked_for_five_sentences_and_others_for_two(settings):
    settings.HOSTING_COUNTRY = "US"
    assert [each.key for each in sentences_for("student")] == ["policy", "hosting_country", *OF_STUDENTS]
    assert [each.key for each in sentences_for("parent")] == ["policy", "hosting_country"]


@pytest.mark.row("S2")
@pytest.mark.parametrize(("country", "asked"), [("US", False), ("CA", True), (None, True)])
def test_the_hosting_country_is_a_sentence_where_it_differs_or_nobody_knows(settings, country, asked):
    settings.HOSTING_COUNTRY = "US"
    assert ("hosting_country" in [each.key for each in sentences_for("parent", country=country)]) is asked


@pytest.mark.row("S2")
def test_each_sentence_is_a_row_with_who_when_from_where(student):
    session = "0198c0de-0000-7000-8000-000000000001"
    accept(acting(student, session_id=session), student, ["policy", *OF_STUDENTS], "2001:db8:77:1::5")
    rows = Acceptance.objects.order_by("pk")
    assert [row.sentence for row in rows] == ["policy", *OF_STUDENTS]
    assert {(row.member_id, row.address_prefix, str(row.session)) for row in rows} == {
        (student.pk, "2001:db8:77::/48", session)
    }
    assert AuditEntry.objects.get(action="sentences.accepted").data["sentences"]["grades"] == "1"


@pytest.mark.row("S2")
def test_a_young_student_accepts_nothing(young_student):
    with pytest.raises(NotAllowed):
        accept(acting(young_student), young_student, ["policy"], "192.0.2.1")
    assert not Acceptance.objects.exists()


@pytest.mark.row("S2")
def test_nobody_accepts_for_another(student, stranger, parent):
    for actor in (stranger, parent):
        with pytest.raises(NotAllowed):
            accept(acting(actor), student, ["policy"], "192.0.2.1")
    assert not Acceptance.objects.exists()


@pytest.mark.row("S2")
def test_what_is_recorded_is_the_policy_that_was_read_not_the_one_of_the_day_of_the_code():
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        make_policy("1", timezone.now() - dt.timedelta(days=90))
        make_policy("2", timezone.now() + dt.timedelta(hours=3))
        client = Client()
        assert 'value="policy=1 hosting_country=1"' in client.get("/register/parent/").text
        register(client)
        clock.shift(dt.timedelta(hours=5))
        confirm(client, mailed_code())
        row = Acceptance.objects.get(sentence="policy")
        assert row.version == "1"
        assert row.at == timezone.now() - dt.timedelta(hours=5)
        later = Client()
        register(later, email="later@example.org")
        confirm(later, mailed_code(address="later@example.org"))
        assert Acceptance.objects.filter(sentence="policy").latest("pk").version == "2"
