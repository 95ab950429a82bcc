"""Policy, terms and rules, read by anybody: every version, what changed, and what oneself has said yes to (S2, S27)."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Member
from consent.actions.acceptances import accept
from consent.actions.policies import enter_policies
from consent.models import Acceptance, Policy, PolicyVersion
from consent.queries.policies import KINDS, digest_of, file_of
from frontend.policy_pages import changes_between, html_of
from tests.cast import acting, browser_of
from tests.frontend.pages import named
from tests.frontend.test_every_page import faults

pytestmark = pytest.mark.django_db
ADDRESSES = [f"/policy/{kind.replace('_', '-')}/" for kind in KINDS]


@pytest.fixture(autouse=True)
def entered() -> None:
    enter_policies()


def next_version(text: str, days: int = 0) -> PolicyVersion:
    return PolicyVersion.objects.create(
        policy=Policy.objects.get(kind="terms"),
        version="2",
        text=text,
        text_hash=digest_of(text.encode()),
        effective_at=timezone.now() + dt.timedelta(days=days),
    )


@pytest.mark.row("S27")
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("language", ["en", "es"])
def test_anybody_reads_a_text_with_version_day_and_hash_on_top(address: str, language: str) -> None:
    page = Client().get(address, {"language": language})
    kind = address.split("/")[2].replace("-", "_")
    text = file_of(kind, "1", language)
    assert page.status_code == 200
    assert f"<code>{digest_of(text)}</code>" in page.text
    assert page.text.index(digest_of(text)) < page.text.index("<h1>")
    assert text.decode().splitlines()[0].removeprefix("# ") in page.text
    assert "2026" in page.text
    assert Client().get(f"{address}1/text/", {"language": language}).content == text


@pytest.mark.row("S27")
def test_a_version_that_isnt_there_is_not_found() -> None:
    for address in ("/policy/secrets/", "/policy/terms/2/", "/policy/terms/2/text/", "/policy/terms/changes/?to=9"):
        assert Client().get(address).status_code == 404
    PolicyVersion.objects.all().delete()
    assert Client().get("/policy/terms/").status_code == 404
    assert "No text has been entered here yet." in Client().get("/policy/").text


@pytest.mark.row("S27")
def test_an_old_version_stays_readable_and_says_that_it_is_old() -> None:
    next_version("# Terms\n\nOther words.")
    assert "Other words." in Client().get("/policy/terms/").text
    old = Client().get("/policy/terms/1/")
    assert "This is an old version. In force is version 2." in old.text
    assert "/policy/terms/2/" in [link.get("href") for link in named(old, "a")]
    assert "This is an old version" not in Client().get("/policy/terms/2/").text


@pytest.mark.row("S27")
def test_a_version_that_is_still_to_come_is_readable_and_not_in_force() -> None:
    next_version("# Terms\n\nOther words.", days=9)
    assert "Other words." not in Client().get("/policy/terms/").text
    assert "in force yet: it will be from" in Client().get("/policy/terms/2/").text


@pytest.mark.row("S27")
def test_what_changed_is_readable_and_with_one_version_the_page_says_so() -> None:
    assert "There is one version so far, 1" in Client().get("/policy/terms/changes/").text
    words = file_of("terms", "1", "en").decode()
    next_version(words.replace("Nobody shows you advertising.", "Nobody shows you <b>advertising</b>, ever."))
    page = Client().get("/policy/terms/changes/")
    assert faults(page) == []
    assert re.findall(r"<del>.*?</span>(.*?)</del>", page.text) == ["- Nobody shows you advertising."]
    assert re.findall(r"<ins>.*?</span>(.*?)</ins>", page.text) == [
        "- Nobody shows you &lt;b&gt;advertising&lt;/b&gt;, ever."
    ]
    spanish = Client().get("/policy/terms/changes/?language=es").text
    assert spanish.count("<del>") == 1, "what has no Spanish is held against the English"
    assert "##" not in page.text + spanish
    assert "**" not in page.text + spanish
    back = Client().get("/policy/terms/changes/?from=2&to=1").text
    assert re.findall(r"<ins>.*?</span>(.*?)</ins>", back) == ["- Nobody shows you advertising."]


def test_changes_are_told_line_by_line() -> None:
    told = changes_between("a\n\nb\nc", "a\n\nB\nc\nd")
    assert [(change.state, change.line) for change in told] == [
        ("same", "a"), ("removed", "b"), ("added", "B"), ("same", "c"), ("added", "d")
    ]  # fmt: skip


def test_no_html_in_a_text_is_taken_over() -> None:
    assert "<script" not in html_of("Hello <script>alert(1)</script>\n\n<b>x</b>\n\n[y](javascript:alert(1))")
    assert 'href="javascript' not in html_of("[y](javascript:alert(1))")


@pytest.mark.parametrize(
    "address", ["/sign-in/", "/register/", "/register/parent/", "/help/", "/cookies/", "/account/begin/", "/join/"]
)
def test_pages_before_the_chat_lead_there(address: str) -> None:
    assert "/policy/" in [link.get("href") for link in named(Client().get(address), "a")]


def test_who_is_held_at_the_gate_can_read_it_too(unconsented_student: Member) -> None:
    client = browser_of(unconsented_student)
    assert "/policy/" in [link.get("href") for link in named(client.get("/gate/"), "a")]
    assert client.get("/policy/class-rules/").status_code == 200


# In one's own account


@pytest.mark.row("S2")
def test_members_read_what_they_said_yes_to(student: Member, stranger: Member) -> None:
    accept(acting(student), student, ["policy", "grades"], "192.0.2.1")
    page = browser_of(student).get("/account/policies/")
    assert faults(page) == []
    links = [link.get("href") for link in named(page, "a")]
    assert links.count("/policy/privacy/1/") == 2  # said yes to, and as it is now
    assert "My instructors may record grades and notes about my work." in page.text
    other = browser_of(stranger).get("/account/policies/")
    assert "Nothing is on record for this account." in other.text
    assert "My instructors" not in other.text


@pytest.mark.row("S2")
def test_a_young_student_is_told_that_the_parents_decide(young_student: Member) -> None:
    page = browser_of(young_student).get("/account/policies/")
    assert "until you are 14 your parents say yes or no for you" in page.text
    assert not Acceptance.objects.exists()


def test_as_many_statements_for_one_yes_as_for_many(student: Member) -> None:
    def statements() -> int:
        client = browser_of(student)
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/account/policies/").status_code == 200
        return len(seen)

    accept(acting(student), student, ["hosting_country"], "192.0.2.1")
    one = statements()
    for _again in range(3):
        accept(acting(student), student, ["hosting_country", "policy", "grades"], "192.0.2.1")
    assert statements() == one
