"""Setting up a new installation, and the operator's pages."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry, MailedCode, MailOutbox, Member, RefusedAddress
from accounts.queries.sessions import member_of_session
from consent.actions.policies import enter_policies
from consent.actions.registrations import register_as
from consent.actions.schools import give_grant
from consent.actions.site import WRONG_TOKENS, offer_set_up
from consent.models import Acceptance, Grant, Registration, School, SchoolAgreement, SchoolMembership, Site
from consent.queries.operators import has_operator
from consent.queries.schools import has_grant
from consent.queries.sentences import sentence, versions_read
from consent.queries.site import site_facts
from tests.cast import SYSTEM, acting, browser_of, confirmed_browser_of, make_member, make_school, make_student, set_up
from tests.registering import read_of

pytestmark = pytest.mark.django_db
SAID = {
    "name": "Olga Operator",
    "email": "olga@example.org",
    "password": "harbor pencil comet walnut",
    "site_name": "Juniper Bend Chat",
    "hosting_country": "US",
    "sentences": "policy",
    "read": "policy=",
}
SCHOOL = {
    "name": "Juniper Bend School",
    "city": "Juniper Bend",
    "country": "US",
    "time_zone": "America/Chicago",
    "day_starts_at": "08:00",
    "day_ends_at": "15:30",
    "phone": "555 0142",
}


def token() -> str:
    found = offer_set_up()
    assert found is not None
    return found


def send(code: str, **changed: str) -> Any:
    return Client().post("/operator/set-up/", {**SAID, "code": code, **changed}, REMOTE_ADDR="192.0.2.7")


def signed_in(response: Any) -> Member | None:
    cookie = response.client.cookies.get("session")
    who = member_of_session(cookie.value) if cookie else None
    return who.member if who else None


@pytest.fixture
def operator(db: None) -> Member:
    member = make_member("Olga Operator", email="olga@example.org", email_verified=True)
    give_grant(SYSTEM, member, Grant.Kind.OPERATOR)
    return set_up(member)


@pytest.fixture
def desk(operator: Member) -> Client:
    return confirmed_browser_of(operator)


# A new installation


def test_whoever_has_the_printed_address_becomes_the_operator() -> None:
    answer = send(token())
    member = Member.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/operator/")
    assert signed_in(answer) == member
    assert has_grant(member.pk, Grant.Kind.OPERATOR)
    facts = site_facts()
    assert (facts.name, facts.hosting_country, facts.is_waiting) == ("Juniper Bend Chat", "US", False)
    assert member.check_password(SAID["password"])
    assert member.email is None  # until the mailbox answers
    assert MailOutbox.objects.get().address == "olga@example.org"


def test_the_address_works_once() -> None:
    code = token()
    assert signed_in(send(code)) is not None
    again = send(code, email="other@example.org")
    assert again.status_code == 404
    assert Member.objects.count() == 1


def test_each_start_prints_another_one_until_somebody_operates() -> None:
    first, second = token(), token()
    assert send(first).status_code == 422
    assert not Member.objects.exists()
    assert send(second).status_code == 302
    assert offer_set_up() is None
    assert not site_facts().is_waiting


def test_once_somebody_operates_an_old_address_is_worth_nothing(operator: Member) -> None:
    Site.objects.all().delete()
    assert offer_set_up() is None
    assert Client().get("/operator/set-up/").status_code == 404


def test_before_the_first_start_there_is_no_such_page() -> None:
    assert Client().get("/operator/set-up/").status_code == 404
    assert send("x" * 40).status_code == 404


def test_the_token_is_stored_as_a_hash_alone_and_nothing_is_on_record_before_its_use() -> None:
    code = token()
    assert code not in str(Site.objects.values().get())
    assert not AuditEntry.objects.exists()  # the first entry says whose database this is
    send(code)
    assert code not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"password": "fourteen chars"}, "It needs 15 character"),
        ({"email": "olga@example.org, other@example.org"}, "This doesn&#x27;t look like an email address."),
        ({"name": ""}, "This field is required."),
        ({"site_name": " "}, "This field is required."),
        ({"hosting_country": "XX"}, "Select a valid choice"),
        ({"name": "Olga\r\nBcc: all@example.org"}, "without control characters"),
    ],
)
def test_what_is_not_right_is_said_and_nothing_is_made(changed: dict[str, str], sentence: str) -> None:
    code = token()
    answer = send(code, **changed)
    assert (answer.status_code, sentence in answer.text) == (422, True), answer.text
    assert not Member.objects.exists()
    assert not has_operator()
    assert send(code).status_code == 302  # the address still works


def test_a_guesser_is_stopped() -> None:
    code = token()
    for _ in range(WRONG_TOKENS.most):
        assert "This address doesn&#x27;t work any more" in send("0" * 40).text
    assert "Too many tries." in send(code).text
    with time_machine.travel(timezone.now() + dt.timedelta(hours=2), tick=False):
        assert send(code).status_code == 302


# The desk


@pytest.mark.parametrize("who", ["stranger", "instructor", "young_student", "school_admin"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/operator/"),
        ("post", "/operator/site/"),
        ("post", "/operator/mail/test/"),
        ("get", "/operator/schools/new/"),
        ("post", "/operator/schools/new/"),
        ("get", "/operator/schools/{school}/"),
        ("post", "/operator/schools/{school}/administrators/"),
        ("post", "/operator/schools/{school}/agreement/"),
        ("post", "/operator/instructors/{stranger}/confirm/"),
    ],
)
def test_to_everybody_else_the_pages_are_not_there(
    request: pytest.FixtureRequest, school: School, stranger: Member, who: str, method: str, path: str
) -> None:
    client = confirmed_browser_of(request.getfixturevalue(who))
    fields = {**SAID, **SCHOOL, "checked": "on", "signed_by": "A", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}
    fields["document_hash"] = "0" * 64
    before = Grant.objects.count(), School.objects.count(), SchoolAgreement.objects.count()
    answer = getattr(client, method)(path.format(school=school.pk, stranger=stranger.pk), fields)
    assert answer.status_code == 404
    assert before == (Grant.objects.count(), School.objects.count(), SchoolAgreement.objects.count())
    assert not Site.objects.exists()
    assert not MailOutbox.objects.exists()


def test_whoever_is_not_signed_in_is_asked_to() -> None:
    assert Client().get("/operator/").headers["Location"].startswith("/sign-in/")


def test_the_password_comes_first(operator: Member) -> None:
    answer = browser_of(operator).post("/operator/schools/new/", SCHOOL)
    assert answer.headers["Location"].startswith("/account/confirm-password/")
    assert not School.objects.exists()


@pytest.mark.row("S1")
def test_a_school_is_added_with_its_day_and_its_zone(desk: Client) -> None:
    assert "No school is here yet." in desk.get("/operator/").text
    answer = desk.post("/operator/schools/new/", SCHOOL)
    school = School.objects.get()
    assert answer.headers["Location"] == f"/operator/schools/{school.pk}/"
    assert (school.name, school.time_zone, school.country) == ("Juniper Bend School", "America/Chicago", "US")
    assert (school.day_starts_at, school.day_ends_at) == (dt.time(8), dt.time(15, 30))
    assert "Juniper Bend School" in desk.get("/operator/").text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"day_ends_at": "07:00"}, "The day has to end after it starts."),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"name": ""}, "This field is required."),
        ({"country": ""}, "This field is required."),
    ],
)
def test_a_school_that_is_not_right_is_not_added(desk: Client, changed: dict[str, str], sentence: str) -> None:
    answer = desk.post("/operator/schools/new/", {**SCHOOL, **changed})
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert not School.objects.exists()


def name_administrator(desk: Client, school: School, **fields: str) -> Any:
    return desk.post(f"/operator/schools/{school.pk}/administrators/", fields)


def begins(code: str, **changed: Any) -> dict[str, Any]:
    """The page that the mail leads to, filled in."""
    said = {"sentences": ["policy", "hosting_country"], "read": read_of("administrator")}
    return {"code": code, "password": "copper ladder plum willow", **said, **changed}


def test_somebody_new_is_named_and_chooses_a_password_by_mail(desk: Client, school: School) -> None:
    answer = name_administrator(desk, school, email="Ruth@Example.org", name="Ruth Lindqvist")
    assert answer.status_code == 302
    ruth = Member.objects.get(email="ruth@example.org")
    assert has_grant(ruth.pk, Grant.Kind.SCHOOL_ADMIN, school.pk)
    assert SchoolMembership.objects.filter(member=ruth, school=school, kind="staff").exists()
    assert not ruth.has_usable_password()
    mail = MailOutbox.objects.get(kind="administrator_named")
    assert (mail.address, mail.payload["school"]) == ("ruth@example.org", school.name)
    code, browser = mail.payload["code"], Client()
    with time_machine.travel(timezone.now() + dt.timedelta(days=6), tick=False):
        assert browser.post("/account/begin/", begins(code)).status_code == 302
    ruth.refresh_from_db()
    assert ruth.check_password("copper ladder plum willow")
    came = Client().post("/sign-in/", {"login": "ruth@example.org", "password": "copper ladder plum willow"})
    assert came.status_code == 302
    assert signed_in(came) == ruth  # the mailbox has answered: the address is confirmed


@pytest.mark.row("S2")
def test_whoever_was_named_says_yes_to_the_texts_with_the_first_password(desk: Client, school: School) -> None:
    enter_policies()
    name_administrator(desk, school, email="ruth@example.org", name="Ruth Lindqvist")
    code = MailOutbox.objects.get(kind="administrator_named").payload["code"]
    for address in ("/account/begin/", "/account/reset/new/"):  # by the other page too: their first password
        answer = Client().post(address, begins(code, sentences=["policy"]))
        assert (answer.status_code, "Read each sentence and tick it." in answer.text) == (422, True)
        assert 'name="sentences"' in answer.text
    ruth = Member.objects.get(email="ruth@example.org")
    assert not ruth.has_usable_password()
    assert Client().post("/account/begin/", begins(code)).status_code == 302
    said = Acceptance.objects.filter(member=ruth).values_list("sentence", "version")
    assert set(said) == {("policy", "1"), ("terms", "1"), ("class_rules", "1"), ("hosting_country", "1")}


@pytest.mark.row("S2")
def test_the_first_operator_says_yes_to_the_texts_or_is_none() -> None:
    enter_policies()
    code, read = token(), versions_read([sentence("policy")])
    for wrong in ({"sentences": "", "read": read}, {"sentences": "policy", "read": "policy=0"}):
        assert send(code, **wrong).status_code == 422
        assert not Member.objects.exists()
    assert send(code, read=read).status_code == 302
    rows = Acceptance.objects.filter(member=Member.objects.get()).values_list("sentence", "version", "address_prefix")
    assert set(rows) == {(key, "1", "192.0.2.0/24") for key in ("policy", "terms", "class_rules")}


def test_somebody_who_is_here_is_named_by_their_address(desk: Client, school: School, stranger: Member) -> None:
    member = make_member("Ruth Lindqvist", email="ruth@example.org", email_verified=True)
    assert name_administrator(desk, school, email="ruth@example.org").status_code == 302
    assert has_grant(member.pk, Grant.Kind.SCHOOL_ADMIN, school.pk)
    assert not MailedCode.objects.exists()
    assert "Ruth Lindqvist" in desk.get(f"/operator/schools/{school.pk}/").text


def test_a_new_address_without_a_name_names_nobody(desk: Client, school: School) -> None:
    answer = name_administrator(desk, school, email="ruth@example.org")
    assert (answer.status_code, "Write the name." in answer.text) == (422, True)
    assert not Member.objects.filter(email="ruth@example.org").exists()


def test_a_student_looks_after_no_school(desk: Client, school: School) -> None:
    student = make_student(school, "Marcus Okafor", age=16, email="marcus@example.org", email_verified=True)
    answer = name_administrator(desk, school, email="marcus@example.org")
    assert (answer.status_code, "This address is a student" in answer.text) == (422, True)
    assert not has_grant(student.pk, Grant.Kind.SCHOOL_ADMIN, school.pk)


def test_a_duty_ends_and_is_on_record(desk: Client, school: School, school_admin: Member, operator: Member) -> None:
    grant = Grant.objects.get(member=school_admin)
    assert desk.post(f"/operator/schools/{school.pk}/administrators/{grant.pk}/end/").status_code == 302
    assert not has_grant(school_admin.pk, Grant.Kind.SCHOOL_ADMIN, school.pk)
    assert AuditEntry.objects.filter(action="grant.ended", actor=operator.pk, subject=school_admin.pk).exists()
    other = make_school("Other School")
    assert desk.post(f"/operator/schools/{other.pk}/administrators/{grant.pk}/end/").status_code == 404


def test_an_agreement_is_recorded(desk: Client, school: School) -> None:
    today = timezone.localdate()
    fields = {
        "signed_by": "Ruth Lindqvist",
        "starts_on": today.isoformat(),
        "ends_on": (today + dt.timedelta(days=300)).isoformat(),
        "document_hash": "AB" * 32,
    }
    assert "None is in force" in desk.get(f"/operator/schools/{school.pk}/").text
    assert desk.post(f"/operator/schools/{school.pk}/agreement/", {**fields, "document_hash": "no"}).status_code == 422
    assert desk.post(f"/operator/schools/{school.pk}/agreement/", fields).status_code == 302
    assert SchoolAgreement.objects.get().document_hash == "ab" * 32
    assert "None is in force" not in desk.get(f"/operator/schools/{school.pk}/").text


@pytest.mark.row("S1")
def test_an_independent_instructor_is_confirmed_and_told(desk: Client) -> None:
    ina = make_member("Ina Alone", email="ina@example.org", email_verified=True)
    register_as(acting(ina), ina, Registration.Kind.INSTRUCTOR)
    assert "Ina Alone registered as an independent instructor" in desk.get("/operator/").text
    assert desk.post(f"/operator/instructors/{ina.pk}/confirm/").status_code == 302
    assert not has_grant(ina.pk, Grant.Kind.INSTRUCTOR)  # the box wasn't ticked
    assert desk.post(f"/operator/instructors/{ina.pk}/confirm/", {"checked": "on"}).status_code == 302
    assert has_grant(ina.pk, Grant.Kind.INSTRUCTOR)
    assert MailOutbox.objects.get().kind == "instructor_confirmed"
    assert "Ina Alone registered" not in desk.get("/operator/").text


def test_nobody_is_confirmed_who_did_not_register_or_registered_at_a_school(
    desk: Client, school: School, stranger: Member
) -> None:
    member = make_member("Of A School", email="of@example.org", email_verified=True)
    register_as(acting(member), member, Registration.Kind.INSTRUCTOR, school=school)
    for who in (stranger, member):
        assert desk.post(f"/operator/instructors/{who.pk}/confirm/", {"checked": "on"}).status_code == 404


def test_a_test_mail_leaves_for_one_address(desk: Client) -> None:
    assert desk.post("/operator/mail/test/", {"email": "olga@example.org"}).status_code == 302
    mail = MailOutbox.objects.get()
    assert (mail.kind, mail.address) == ("test", "olga@example.org")
    two = desk.post("/operator/mail/test/", {"email": "a@example.org, b@example.org"})
    assert (two.status_code, MailOutbox.objects.count()) == (422, 1)


def test_addresses_that_refuse_mail_are_listed(desk: Client) -> None:
    assert "None: whatever was sent has been taken." in desk.get("/operator/").text
    RefusedAddress.objects.create(address="gone@example.org", says="550 no such user")
    page = desk.get("/operator/").text
    assert "gone@example.org" in page
    assert "550 no such user" in page


def test_the_password_of_the_mail_server_is_on_no_page(desk: Client, settings: Any) -> None:
    settings.MAIL_URL = "smtp://chat:s3cret-canary@mail.example.org:587"
    page = desk.get("/operator/").text
    assert "mail.example.org:587" in page
    assert "canary" not in page


def test_the_site_is_renamed(desk: Client, operator: Member) -> None:
    assert desk.post("/operator/site/", {"site_name": "  Bend   Chat ", "hosting_country": "ES"}).status_code == 302
    assert (site_facts().name, site_facts().hosting_country) == ("Bend Chat", "ES")
    assert AuditEntry.objects.filter(action="site.changed", actor=operator.pk).exists()
    assert "stored and processed in Spain" in Client().get("/register/parent/").text
    assert desk.post("/operator/site/", {"site_name": "", "hosting_country": "ES"}).status_code == 422


def test_three_schools_and_people_take_as_many_statements_as_one(desk: Client) -> None:
    counted = []
    for numbers in ((0,), (1, 2)):
        for number in numbers:
            ruth, ina = make_member(f"Ruth {number}"), make_member(f"Ina {number}")
            give_grant(SYSTEM, ruth, Grant.Kind.SCHOOL_ADMIN, school=make_school(f"School {number}"))
            register_as(acting(ina), ina, Registration.Kind.INSTRUCTOR)
            RefusedAddress.objects.create(address=f"gone{number}@example.org", says="550")
        desk.get("/operator/")
        with CaptureQueriesContext(connection) as statements:
            page = desk.get("/operator/").text
        counted.append(len(statements))
    assert [page.count(text) for text in ("registered as an independent", "gone", ">School ")] == [3, 3, 3]
    assert counted[0] == counted[1]
