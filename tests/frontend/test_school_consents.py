"""Ruth's pages: who waits, a yes or a no recorded, a yes taken back, and nobody else's business."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, MailOutbox, Member
from consent.actions.consents import withdraw_consent
from consent.actions.requests import ask_again, ask_family
from consent.actions.schools import create_school, give_grant, join_school
from consent.actions.stubs import erase_unanswered, refuse_by_link
from consent.models import ConsentRequest, Grant, ParentalConsent, School, SchoolAgreement, SchoolMembership
from tests.cast import SYSTEM, browser_of, make_consent, make_member, make_student, make_young_student, set_up
from tests.frontend.pages import named


@pytest.fixture
def ruth(school_admin: Member) -> Client:
    return browser_of(school_admin)


def place(school: School, child: Member | None = None, what: str = "") -> str:
    return f"/school/{school.pk}/consents/" + (f"{child.pk}/" if child else "") + (f"{what}/" if what else "")


def answer(**changes: object) -> dict[str, object]:
    values: dict[str, object] = {
        "scopes": ["use", "uploads"],
        "grantor": "Olena Novak",
        "capacity": "parent",
        "method": "paper_form",
        "given_on": timezone.localdate().isoformat(),
        "kept_at": "folder 8b",
        "form_held": "on",
    }
    return values | changes


def test_the_list_says_who_waits_and_who_can_enter(
    ruth: Client, school: School, unconsented_student: Member, young_student: Member
) -> None:
    page = ruth.get(place(school)).text
    assert "1 of 2 students of 13 or under can enter." in page
    assert page.index("Sofia Novak") < page.index("Devon Kim"), "who needs something comes first"
    assert "Paula Kim said yes: use the chat, grades" in page


def test_the_list_is_searched_by_name(
    ruth: Client, school: School, unconsented_student: Member, young_student: Member
) -> None:
    page = ruth.get(place(school), {"q": "sof"}).text
    assert "Sofia Novak" in page
    assert "Devon Kim" not in page
    assert "is called “zz”" in ruth.get(place(school), {"q": "zz"}).text


@pytest.mark.row("S19")
def test_no_scope_is_chosen_beforehand(ruth: Client, school: School, unconsented_student: Member) -> None:
    page = ruth.get(place(school, unconsented_student))
    ticks = [field for field in named(page, "input") if field.get("type") == "checkbox"]
    assert len(ticks) == 7
    assert not any("checked" in field for field in ticks)


@pytest.mark.row("S18")
def test_a_recorded_yes_opens_the_gate(
    ruth: Client, school_admin: Member, school: School, unconsented_student: Member
) -> None:
    sofia = browser_of(unconsented_student)
    assert sofia.get("/gate/state/").json()["open"] is False
    response = ruth.post(place(school, unconsented_student, "record"), answer(), follow=True)
    assert "Recorded. Sofia&#x27;s page opens by itself." in response.text
    assert "Olena Novak said yes: use the chat, files" in response.text
    assert sofia.get("/gate/state/").json()["open"] is True
    record = ParentalConsent.objects.get(child=unconsented_student)
    assert (record.scopes, record.method, record.recorded_by) == (["uploads", "use"], "paper_form", school_admin)
    assert record.evidence == f"{timezone.localdate().isoformat()}, folder 8b"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"scopes": []}, "Tick what the parent said yes to."),
        ({"scopes": ["grades"]}, "Nothing opens without “Use the chat”."),
        ({"scopes": ["use", "everything"]}, "Select a valid choice."),
        ({"grantor": " "}, "Who said yes: This field is required."),
        ({"grantor": "Olena"}, "If there is only one name, tick the box below it."),
        ({"grantor": "12 34"}, "Write the name of a person."),
        ({"capacity": "school"}, "Select a valid choice."),
        ({"method": ""}, "This field is required."),
        ({"given_on": "2999-01-01"}, "Day it was given: This day is still to come."),
        ({"given_on": "2019-01-01"}, "That is too long ago: a yes counts for 400 days."),
        ({"given_on": "soon"}, "Enter a valid date."),
        ({"form_held": ""}, "Without a record in the school&#x27;s hands there is no consent."),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_nothing_is_recorded(
    ruth: Client, school: School, unconsented_student: Member, changes: dict[str, object], sentence: str
) -> None:
    address = place(school, unconsented_student, "record")
    assert ruth.post(address, answer(**changes)).headers["Location"] == address
    page, again = ruth.get(address), ruth.get(address)
    assert sentence in page.text
    assert 'value="folder 8b"' in page.text, "what was typed is kept"
    assert "Nothing is recorded yet. One thing needs another look:" in again.text, "and a reload shows it again"
    assert not ParentalConsent.objects.exists()


def test_the_summary_is_focused_and_leads_to_each_field(
    ruth: Client, school: School, unconsented_student: Member
) -> None:
    response = ruth.post(place(school, unconsented_student, "record"), answer(scopes=[], given_on=""), follow=True)
    assert "Nothing is recorded yet. 2 things need another look:" in response.text
    (summary,) = [each for each in named(response, "div") if "autofocus" in each]
    assert (summary["role"], summary["tabindex"]) == ("alert", "-1")
    places = [link["href"][1:] for link in named(response, "a") if link["href"].startswith("#id_")]
    assert places == ["id_scopes_0", "id_given_on"]
    assert set(places) <= {field.get("id") for field in named(response, "input")}


def test_what_was_typed_goes_with_the_child_s_page(ruth: Client, school: School, unconsented_student: Member) -> None:
    address = place(school, unconsented_student, "record")
    ruth.post(address, answer(given_on=""))
    assert 'value="folder 8b"' in ruth.get(address).text
    assert 'value="folder 8b"' not in ruth.get(place(school, unconsented_student)).text
    assert 'value="folder 8b"' not in ruth.get(address).text


def test_what_was_typed_for_one_child_is_in_no_other_s_form(
    ruth: Client, school: School, unconsented_student: Member, young_student: Member
) -> None:
    ruth.post(place(school, unconsented_student, "record"), answer(given_on=""))
    assert 'value="folder 8b"' not in ruth.get(place(school, young_student, "record")).text


def test_who_has_one_name_is_believed(ruth: Client, school: School, unconsented_student: Member) -> None:
    address = place(school, unconsented_student, "record")
    assert "only one name" not in ruth.get(address).text
    assert "one_name" in ruth.post(address, answer(grantor="Suharti"), follow=True).text
    ruth.post(address, answer(grantor="Suharti", one_name="on"))
    assert ParentalConsent.objects.get().grantor == "Suharti"


def test_what_the_action_refuses_is_said_too(ruth: Client, school: School, unconsented_student: Member) -> None:
    school.agreements.update(ended_at=timezone.now())
    address = place(school, unconsented_student, "record")
    assert "The school has no agreement in force." in ruth.post(address, answer(), follow=True).text
    assert "The school has no agreement in force." in ruth.get(address).text


@pytest.mark.row("S20")
def test_a_yes_taken_back_closes_the_gate(ruth: Client, school: School, young_student: Member) -> None:
    devon = browser_of(young_student)
    assert devon.get("/gate/state/").json()["open"] is True
    form = {"withdraw-reason": "withdraw", "withdraw-grantor": "Paula Kim", "withdraw-method": "phone"}
    response = ruth.post(place(school, young_student, "withdraw"), form, follow=True)
    assert "The chat is closed for Devon on every device." in response.text
    assert "Paula Kim took the yes back" in response.text
    assert devon.get("/gate/state/").json()["code"] == "consent_withdrawn"


@pytest.mark.row("S18")
def test_a_no_is_recorded_and_the_child_reads_it_kindly(
    ruth: Client, school: School, unconsented_student: Member
) -> None:
    sofia = browser_of(unconsented_student)
    form = {"refuse-reason": "withdraw", "refuse-grantor": "Olena Novak", "refuse-method": "phone"}
    response = ruth.post(place(school, unconsented_student, "refuse"), form, follow=True)
    assert "The chat stays closed for Sofia" in response.text
    assert "Olena Novak said no" in response.text
    assert "Said no" in ruth.get(place(school)).text
    assert sofia.get("/gate/state/").json()["code"] == "consent_refused"
    page = sofia.get("/gate/").text
    assert "Your parent or guardian said no on" in page
    assert "You did nothing wrong." in page
    assert "Olena" not in page
    assert "Ask again" not in page


def test_the_office_sees_that_a_child_asked_again(
    ruth: Client, school: School, unconsented_student: Member, young_student: Member
) -> None:
    assert "asked again" not in ruth.get(place(school)).text
    ConsentRequest.objects.update(sent_at=timezone.now() - dt.timedelta(days=3))
    browser_of(unconsented_student).post("/gate/ask-again/")
    assert "Sofia asked again." in ruth.get(place(school)).text
    assert "Sofia asked again." in ruth.get(place(school, unconsented_student)).text


def test_who_needs_the_office_first_stands_first(ruth: Client, school: School, agreement: SchoolAgreement) -> None:
    now = timezone.now()
    given = make_young_student(school, "Ada Given")
    ending = make_young_student(school, "Ben Ending")
    make_consent(ending, expires_at=now + dt.timedelta(days=28))
    later, sooner, reminded = (make_student(school, name, age=13) for name in ("Cid Later", "Dan Sooner", "Eve Again"))
    for child, days in ((later, 1), (sooner, 9), (reminded, 2)):
        ask_family(SYSTEM, child, channel="letter", sent_at=now - dt.timedelta(days=days))
    ask_again(SYSTEM, reminded)
    page = ruth.get(place(school)).text
    names = [member.name for member in (reminded, sooner, later, ending, given)]
    assert sorted(names, key=page.index) == names
    assert "the yes ends on" in page


def test_the_list_shows_when_an_answer_took_effect(ruth: Client, school: School, young_student: Member) -> None:
    record = make_consent(young_student, effective_at=timezone.now() - dt.timedelta(days=50))
    day = timezone.localtime(record.effective_at).date()
    assert f'datetime="{day.isoformat()}"' in ruth.get(place(school)).text


def test_taking_back_asks_what_happened(ruth: Client, school: School, young_student: Member) -> None:
    form = {"withdraw-grantor": "Paula Kim"}
    response = ruth.post(place(school, young_student, "withdraw"), form, follow=True)
    assert "What happened: This field is required." in response.text
    assert browser_of(young_student).get("/gate/state/").json()["open"] is True


def test_a_disagreement_is_settled_by_the_school_alone(ruth: Client, school: School, young_student: Member) -> None:
    assert "by a document about the disagreement" not in ruth.get(place(school, young_student)).text
    withdraw_consent(SYSTEM, young_student, kind="dispute", grantor="Jun Kim")
    page = ruth.get(place(school, young_student)).text
    assert "Jun Kim: the parents disagree" in page
    assert "by a document about the disagreement" in page
    response = ruth.post(place(school, young_student, "record"), answer(capacity="school"), follow=True)
    assert "page opens by itself" in response.text


@pytest.mark.parametrize("who", ["stranger", "parent", "instructor", "other_administrator"])
def test_nobody_else_finds_any_of_it(
    who: str, school: School, young_student: Member, request: pytest.FixtureRequest, school_admin: Member
) -> None:
    assert browser_of(school_admin).get(place(school, young_student)).status_code == 200
    client = browser_of(request.getfixturevalue(who))
    answers = [
        client.get(place(school)),
        client.get(place(school, young_student)),
        client.post(place(school, young_student, "record"), answer()),
        client.post(place(school, young_student, "withdraw"), {}),
        client.post(place(school, young_student, "refuse"), {}),
        client.get(place(school, young_student, "record")),
        client.get("/school/999/consents/"),
    ]
    assert [response.status_code for response in answers] == [404] * 7
    assert len({response.text for response in answers}) == 1, "the same answer for what isn't theirs and what isn't"


@pytest.mark.row("S1")
def test_an_instructor_is_confirmed_by_the_office_after_a_look(ruth: Client, school: School) -> None:
    stranger = make_member("Sam Stranger", email="sam@example.org", email_verified=True)
    assert "registered as an instructor" not in ruth.get(place(school)).text
    join_school(SYSTEM, school, stranger, kind=SchoolMembership.Kind.INSTRUCTOR, source="member")
    assert f"{stranger.name} registered as an instructor" in ruth.get(place(school)).text
    address = f"/school/{school.pk}/instructors/{stranger.pk}/confirm/"
    ruth.post(address)
    assert not stranger.grants.exists(), "not without having looked"
    page = ruth.post(address, {"checked": "on"}, follow=True).text
    assert f"{stranger.name} is confirmed as an instructor." in page
    mails = MailOutbox.objects.values_list("kind", "address", "payload__school")
    assert list(mails) == [("instructor_confirmed", "sam@example.org", school.name)]
    assert "registered as an instructor" not in page
    assert stranger.grants.get().kind == Grant.Kind.INSTRUCTOR


def test_nobody_is_made_an_instructor_who_did_not_register(
    ruth: Client, school: School, stranger: Member, parent: Member
) -> None:
    confirm = f"/school/{school.pk}/instructors/{stranger.pk}/confirm/"
    assert ruth.post(confirm, {"checked": "on"}).status_code == 404
    join_school(SYSTEM, school, stranger, kind=SchoolMembership.Kind.INSTRUCTOR, source="member")
    for member in (stranger, parent):
        assert browser_of(member).post(confirm, {"checked": "on"}).status_code == 404
    assert not stranger.grants.exists()


@pytest.fixture
def other_administrator(stranger: Member) -> Member:
    other = create_school(SYSTEM, name="Another School", time_zone="America/Chicago")
    give_grant(SYSTEM, set_up(stranger), Grant.Kind.SCHOOL_ADMIN, school=other)
    return stranger


def test_a_child_of_another_school_is_not_found(other_administrator: Member, young_student: Member) -> None:
    school = School.objects.get(name="Another School")
    client = browser_of(other_administrator)
    assert client.get(place(school)).status_code == 200
    assert client.get(place(school, young_student)).status_code == 404


@pytest.mark.row("S18")
def test_the_office_asks_again_once_a_day_and_gives_more_time(
    ruth: Client, school: School, unconsented_student: Member
) -> None:
    ConsentRequest.objects.update(sent_at=timezone.now() - dt.timedelta(days=20))
    mails = MailOutbox.objects.filter(kind="consent_request")
    before = mails.count()
    for said in ("The family of Sofia was asked again.", "You can ask once a day."):
        assert said in ruth.post(place(school, unconsented_student, "ask-again"), follow=True).text
    assert mails.count() == before + 1
    assert ConsentRequest.objects.get().expires_at > timezone.now() + dt.timedelta(days=29)


@pytest.mark.row("S18")
def test_the_list_says_how_many_were_deleted_and_of_nobody_who(
    ruth: Client, school: School, unconsented_student: Member
) -> None:
    silent = make_student(school, "Ravi Iyer", age=12)
    asked = ask_family(SYSTEM, silent, channel="letter", sent_at=timezone.now() - dt.timedelta(days=30))
    assert "Details deleted" not in ruth.get(place(school)).text
    assert erase_unanswered() == 1
    refuse_by_link(SYSTEM, ConsentRequest.objects.exclude(pk=asked.pk).get().pk)
    page = " ".join(ruth.get(place(school)).text.split())
    assert "of 1 student, because nobody answered in time. of 1 student, because the family said no." in page
    assert "Ravi" not in page
    assert "Sofia" not in page
    assert ruth.get(place(school, silent)).status_code == 404


@pytest.fixture
def unknown(school: School, agreement: SchoolAgreement) -> Member:
    fields = {"age_known": False, "protected_until": None, "majority_on": None}
    child = make_student(school, "Noa Berg", age=13, **fields)
    ask_family(SYSTEM, child, channel="email", address="b@example.org")
    return child


@pytest.mark.row("S18")
@pytest.mark.parametrize(("years", "code"), [(10, "consent_waiting"), (15, None)])
def test_the_office_tells_an_unknown_month_of_birth_once(
    ruth: Client, school_admin: Member, school: School, unknown: Member, years: int, code: str | None
) -> None:
    noa = browser_of(unknown)
    assert noa.get("/gate/state/").json()["code"] == "age_unknown", "protected until then"
    assert "When was Noa born?" in ruth.get(place(school, unknown)).text
    wrong = ruth.post(place(school, unknown, "age"), {"month": "5", "year": "2190"}, follow=True)
    assert "Choose the month and the year of birth." in wrong.text
    born = {"month": "5", "year": str(timezone.localdate().year - years)}
    assert "The month of birth of Noa is on record." in ruth.post(place(school, unknown, "age"), born, follow=True).text
    assert noa.get("/gate/state/").json()["code"] == code
    entry = AuditEntry.objects.get(action="member.age_told")
    is_young = entry.data["is_young"]
    assert (entry.actor, entry.subject, is_young) == (school_admin.pk, unknown.pk, code is not None)
    assert ConsentRequest.objects.filter(child=unknown, address__isnull=True).exists() == (code is None)
    again = ruth.post(place(school, unknown, "age"), born, follow=True)
    assert "is on record already" in again.text if code else again.status_code == 404


@pytest.mark.row("S18")
def test_nobody_else_tells_an_age_or_asks_in_the_schools_name(
    school: School, unknown: Member, parent: Member, instructor: Member, other_administrator: Member
) -> None:
    for member in (unknown, parent, instructor, other_administrator):
        client = browser_of(member)
        for what, form in (("age", {"month": "5", "year": "2005"}), ("ask-again", {})):
            assert client.post(place(school, unknown, what), form).status_code in (302, 404)
    unknown.refresh_from_db()
    assert not unknown.age_known
    assert not ConsentRequest.objects.filter(asked_again_at__isnull=False).exists()
