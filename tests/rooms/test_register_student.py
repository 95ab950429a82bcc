"""Students register with an offer: the age is asked first, and a refused one is bound to the offer (S1, S18)."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.errors import FieldInvalid, NotAllowed, NotFound
from accounts.models import AuditEntry, MailOutbox, Member, MemberState
from consent.actions.schools import give_grant
from consent.gate import Allow, Deny, Reason
from consent.models import Acceptance, ConsentRequest, Grant, School, SchoolAgreement
from consent.queries.facts import decisions_of
from rooms.actions.enrollments import end_enrollment
from rooms.actions.join_codes import lock_code, make_code, replace_code
from rooms.actions.joining import redeem
from rooms.actions.registrations import Age, Birth, Person, Stub, answer_age, register_grown, register_stub
from rooms.models import Course, Enrollment, JoinCode, Joining, Room
from rooms.queries.offers import Offer, offer_again, offer_of_code
from tests.cast import SYSTEM, acting, make_member, make_school, make_student, make_young_student
from tests.rooms.locks import SECONDS
from tests.rooms.tables import refused
from tests.rooms.writers import closing, deadlocks
from tests.rooms_cast import INSTRUCTOR, join, make_course

pytestmark = [pytest.mark.row("S14"), pytest.mark.row("S18")]

NOBODY = acting(Member(pk=None)).anonymous()
NETWORK = "203.0.113.7"


def born(years: int, *, months: int = 0) -> Birth:
    """The month in which somebody was born who is so old on the first of this month."""
    today = timezone.localdate()
    number = (today.year - years) * 12 + today.month - 1 + months
    return Birth(number // 12, number % 12 + 1)


YOUNG, GROWN = born(12), born(16)
SOFIA = Stub("Sofia", "N", "sofia.n", 7, "olena@example.org", "es")
NOAH = Person("Noah", "B", "", "Noah.B@Example.org", "seven green pears", "en")
ADULT = Person("Aya", "", "Aya Berg", "aya@example.org", "seven green pears", "en")


@pytest.fixture
def offer(course: Course, instructor: Member, agreement: SchoolAgreement) -> Offer:
    """A code of a course in a school whose agreement is in force."""
    return offer_of_code(make_code(acting(instructor), course).code)


@pytest.fixture
def no_agreement(course: Course, instructor: Member) -> Offer:
    return offer_of_code(make_code(acting(instructor), course).code)


@pytest.fixture
def independent(db: None) -> Offer:
    course, teacher = make_course(), make_member("Ina Free")
    give_grant(SYSTEM, teacher, Grant.Kind.INSTRUCTOR)
    join(course, teacher, INSTRUCTOR)
    return offer_of_code(make_code(acting(teacher), course).code)


def again(offer: Offer) -> Offer:
    return offer_again(offer.remembered)


def members() -> int:
    return Member.objects.count()


def test_the_month_counts_from_its_last_day() -> None:
    assert Birth(2012, 11).turns(14) == dt.date(2026, 12, 1)
    assert Birth(2012, 12).turns(14) == dt.date(2027, 1, 1)


def test_fourteen_is_a_whole_month_after_the_birthday_month_began(offer: Offer) -> None:
    assert answer_age(NOBODY, offer, born(14)) == Age.YOUNG  # this month: the birthday may still come
    assert answer_age(NOBODY, offer, born(14, months=-1)) == Age.GROWN


@pytest.mark.parametrize("birth", [Birth(1900, 5), born(0, months=1), Birth(2010, 0), Birth(2010, 13)])
def test_a_month_that_was_none_is_asked_again(offer: Offer, birth: Birth) -> None:
    with refused(FieldInvalid):
        answer_age(NOBODY, offer, birth)
    assert not again(offer).is_age_refused


@pytest.mark.parametrize("where", ["no_agreement", "independent"])
def test_a_refused_age_is_bound_to_the_offer(where: str, request: pytest.FixtureRequest) -> None:
    offer = request.getfixturevalue(where)
    before = members()
    with pytest.raises(NotAllowed):
        answer_age(NOBODY, offer, YOUNG)
    assert again(offer).is_age_refused
    for birth in (GROWN, YOUNG):  # another browser, another day
        with refused(NotAllowed):
            answer_age(NOBODY, again(offer), birth)
    with refused(NotAllowed):
        register_stub(NOBODY, again(offer), SOFIA, birth=YOUNG)
    with refused(NotAllowed):
        register_grown(NOBODY, again(offer), NOAH, birth=GROWN, address=NETWORK)
    assert members() == before
    assert AuditEntry.objects.get(action="offer.refuse_age").data["offer"] == offer.id


def test_whoever_has_an_account_still_joins_with_an_offer_that_refused_somebody(independent: Offer) -> None:
    with pytest.raises(NotAllowed):
        answer_age(NOBODY, independent, YOUNG)
    adult = make_member("Aya Berg")
    assert redeem(acting(adult), again(independent), adult).role == "student"


def test_a_child_leaves_a_stub_and_the_family_is_asked(offer: Offer, school: School, course: Course) -> None:
    assert answer_age(NOBODY, offer, YOUNG) == Age.YOUNG
    child = register_stub(NOBODY, again(offer), SOFIA, birth=YOUNG)
    assert (child.name, child.given_name, child.course_name, child.sign_in_name) == (
        "Sofia N.",
        "Sofia",
        "Sofia N.",
        "sofia.n",
    )
    assert (child.email, child.has_usable_password(), child.state, child.is_k12) == (
        None,
        False,
        MemberState.AWAITING_CONSENT,
        True,
    )
    assert (child.protected_until, child.majority_on) == (YOUNG.turns(14), YOUNG.turns(18))
    membership = child.school_memberships.get()
    assert (membership.school, membership.kind, membership.grade, membership.source) == (school, "student", 7, "member")
    asked = ConsentRequest.objects.get(child=child)
    assert (asked.channel, asked.address, asked.language, asked.course_id) == (
        "email",
        "olena@example.org",
        "es",
        course.pk,
    )
    assert asked.expires_at - asked.sent_at == dt.timedelta(days=30)
    decision = decisions_of([child.pk])[child.pk]
    assert isinstance(decision, Deny)
    assert decision.code == Reason.CONSENT_WAITING
    assert Enrollment.objects.get(member=child).course == course
    assert not Acceptance.objects.filter(member=child).exists()  # the parent accepts, the child only reads
    assert set(Joining.objects.get(member=child).said) == {"grades", "visibility", "linked_parents"}


def test_without_an_address_the_school_sends_a_letter(offer: Offer) -> None:
    answer_age(NOBODY, offer, YOUNG)
    child = register_stub(NOBODY, again(offer), Stub("Ravi", "I", "ravi.i", None, "", "en"), birth=YOUNG)
    asked = ConsentRequest.objects.get(child=child)
    assert (asked.channel, asked.address) == ("letter", None)


def test_after_a_younger_answer_an_older_one_is_not_believed(offer: Offer) -> None:
    answer_age(NOBODY, offer, YOUNG)
    assert answer_age(NOBODY, again(offer), GROWN) == Age.DOUBTED
    with refused(NotAllowed):
        register_grown(NOBODY, again(offer), NOAH, birth=GROWN, address=NETWORK)
    doubted = register_stub(NOBODY, again(offer), SOFIA, birth=None)
    decision = decisions_of([doubted.pk])[doubted.pk]
    assert isinstance(decision, Deny)
    assert decision.code == Reason.AGE_UNKNOWN  # the school tells


def test_what_was_answered_holds_for_the_codes_beside_it_until_that_one_is_replaced(
    offer: Offer, course: Course, instructor: Member
) -> None:
    first, beside = JoinCode.objects.get(), make_code(acting(instructor), course)
    answer_age(NOBODY, offer, YOUNG)
    assert answer_age(NOBODY, offer_of_code(beside.code), GROWN) == Age.DOUBTED
    new = replace_code(acting(instructor), first)
    for code in (beside, new):
        assert answer_age(NOBODY, offer_of_code(code.code), GROWN) == Age.GROWN


def test_a_refusal_holds_for_the_codes_beside_it(no_agreement: Offer, course: Course, instructor: Member) -> None:
    beside = make_code(acting(instructor), course)
    with pytest.raises(NotAllowed):
        answer_age(NOBODY, no_agreement, YOUNG)
    with refused(NotAllowed):
        answer_age(NOBODY, offer_of_code(beside.code), GROWN)


def test_no_grown_up_becomes_a_student_of_a_school_by_a_code(offer: Offer, independent: Offer) -> None:
    assert answer_age(NOBODY, offer, born(35)) == Age.ADULT
    with refused(NotAllowed):
        register_grown(NOBODY, offer, NOAH, birth=born(35), address=NETWORK)
    assert answer_age(NOBODY, offer, born(19)) == Age.GROWN
    assert answer_age(NOBODY, independent, born(35)) == Age.GROWN


def test_a_child_who_went_on_makes_nobody_else_doubtful(offer: Offer) -> None:
    answer_age(NOBODY, offer, YOUNG)
    register_stub(NOBODY, again(offer), SOFIA, birth=YOUNG)
    assert answer_age(NOBODY, again(offer), GROWN) == Age.GROWN


@pytest.mark.row("S1")
@pytest.mark.row("S2")
def test_somebody_of_14_or_over_registers_by_name_and_email(offer: Offer, course: Course) -> None:
    member = register_grown(NOBODY, offer, NOAH, birth=GROWN, address=NETWORK)
    assert (member.name, member.course_name, member.is_k12, member.protected_until) == (
        "Noah B.",
        "Noah B.",
        True,
        None,
    )
    assert (member.majority_on, member.state) == (GROWN.turns(18), MemberState.ACTIVE)
    assert isinstance(decisions_of([member.pk])[member.pk], Allow)
    assert Enrollment.objects.get(member=member).course == course
    rows = Acceptance.objects.filter(member=member)
    assert {row.sentence for row in rows} >= {"policy", "grades", "visibility", "linked_parents"}
    assert all(row.address_prefix for row in rows)
    assert not EmailAddress.objects.filter(user=member).exists()  # until the mailbox answers
    assert MailOutbox.objects.get().address == "noah.b@example.org"


def test_an_address_with_an_account_gets_the_same_answer(offer: Offer) -> None:
    owner = make_member("Noah Berg", email="noah.b@example.org", email_verified=True)
    member = register_grown(NOBODY, offer, NOAH, birth=GROWN, address=NETWORK)
    assert (member.email, owner.email) == (None, "noah.b@example.org")
    assert MailOutbox.objects.get().kind == "address_known"


def test_among_adults_the_full_name_is_asked(independent: Offer) -> None:
    member = register_grown(NOBODY, independent, ADULT, birth=born(30), address=NETWORK)
    assert (member.name, member.course_name, member.is_k12) == ("Aya Berg", "Aya Berg", False)
    assert not member.school_memberships.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"given_name": " "}, "given_name"),
        ({"given_name": "a@b.example"}, "given_name"),
        ({"initial": "Novak"}, "initial"),
        ({"initial": "7"}, "initial"),
        ({"sign_in_name": "x"}, "sign_in_name"),
        ({"parent_address": "olena@example.org, evil@example.org"}, "parent_address"),
        ({"parent_address": "olena@example.org\nBcc: evil@example.org"}, "parent_address"),
        ({"parent_address": f"olena@{'.'.join(['x' * 60] * 4)}.example.org"}, "parent_address"),
    ],
)
def test_what_is_typed_wrong_is_said_at_its_field(offer: Offer, fields: dict[str, str], field: str) -> None:
    answer_age(NOBODY, offer, YOUNG)
    typed = {name: getattr(SOFIA, name) for name in SOFIA.__slots__} | fields
    before = members()
    with refused(FieldInvalid) as caught:
        register_stub(NOBODY, again(offer), Stub(**typed), birth=YOUNG)
    assert caught.value.field == field
    assert members() == before


@pytest.mark.parametrize("end", ["lock", "full", "agreement"])
def test_an_offer_that_ended_on_the_way_leaves_nothing_behind(
    offer: Offer, end: str, instructor: Member, school: School
) -> None:
    answer_age(NOBODY, offer, YOUNG)
    if end == "lock":
        lock_code(acting(instructor), JoinCode.objects.get())
    elif end == "full":
        JoinCode.objects.update(most=1, joined_count=1)
    else:
        school.agreements.update(ended_at=timezone.now())
    before = members(), ConsentRequest.objects.count()
    with refused(NotAllowed if end == "agreement" else NotFound):
        register_stub(NOBODY, offer, SOFIA, birth=YOUNG)
    assert (members(), ConsentRequest.objects.count()) == before


@pytest.mark.django_db(transaction=True)
def test_a_class_that_registers_at_the_same_instant_fills_the_code_and_nothing_waits(
    course: Course, instructor: Member, agreement: SchoolAgreement, room: Room
) -> None:
    code = make_code(acting(instructor), course, most=4)
    offer, before, counted = offer_of_code(code.code), deadlocks(), members()
    JoinCode.objects.update(young_unfinished=3)
    enrolled = [make_student(course.school) for _ in range(3)]  # type: ignore[arg-type]

    def child(number: int) -> object:
        return register_stub(NOBODY, offer, Stub("Pia", "N", f"fox{number}", 7, "", "en"), birth=YOUNG)

    def with_account(number: int) -> object:
        return redeem(acting(enrolled[number]), offer, enrolled[number])

    def attempt(act: Callable[[int], object], number: int) -> str:
        try:
            act(number)
        except NotFound:
            return "full"
        return "in"

    with ThreadPoolExecutor(6) as pool:
        tries = [pool.submit(closing(attempt), act, number) for number in range(3) for act in (child, with_account)]
        outcomes = [each.result(SECONDS) for each in tries]
    assert sorted(outcomes) == ["full"] * 2 + ["in"] * 4
    code.refresh_from_db()
    assert code.joined_count == Joining.objects.count() == 4
    assert members() - counted - 3 == 3 - code.young_unfinished  # who found it full left nothing behind
    assert deadlocks() == before


# Joining of those who have an account


def test_a_young_student_joins_in_the_own_school_alone(offer: Offer, independent: Offer, school: School) -> None:
    child = make_young_student(school, "Mina Kim")
    assert redeem(acting(child), offer, child).role == "student"
    with refused(NotAllowed):
        redeem(acting(child), independent, child)


def test_no_young_student_joins_where_no_agreement_is_in_force(no_agreement: Offer, school: School) -> None:
    child = make_student(school, "Mina Kim", age=13)
    with refused(NotAllowed):
        redeem(acting(child), no_agreement, child)


def test_a_code_of_a_school_is_for_its_students(offer: Offer, school: School) -> None:
    for member in (make_member("Aya Berg"), make_student(make_school("Far Away School"), "Ben Far")):
        with refused(NotAllowed):
            redeem(acting(member), offer, member)


def test_nobody_is_joined_by_somebody_else(offer: Offer, stranger: Member, school: School) -> None:
    student = make_student(school)
    with refused(NotAllowed):
        redeem(acting(stranger), offer, student)


def test_who_was_taken_out_needs_an_invitation(
    offer: Offer, instructor: Member, course: Course, school: School
) -> None:
    student = make_student(school)
    redeem(acting(student), offer, student)
    end_enrollment(acting(instructor), course, student, removed=True)
    with refused(NotAllowed):
        redeem(acting(student), offer, student)


def test_who_left_comes_back_to_the_same_seat(offer: Offer, course: Course, school: School) -> None:
    student = make_student(school)
    seat = redeem(acting(student), offer, student).seat
    end_enrollment(acting(student), course, student)
    assert redeem(acting(student), offer, student).seat == seat
