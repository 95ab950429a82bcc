"""A school's list of networks: what may stand on it, by whose hand, and what it opens. A guesser gains nothing."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actions.attempts import Limit, count_try
from accounts.actions.mailed_codes import WRONG_CODES, find_code, make_code
from accounts.actions.sign_in import PER_ACCOUNT, check_sign_in_allowed
from accounts.actor import Actor
from accounts.errors import AppError, FieldInvalid, NotFound, TooManyTries
from accounts.models import AuditEntry, MailedCode, Member
from accounts.queries.networks import is_listed
from consent.actions.card_sign_in import PER_CARD, member_by_phrase
from consent.actions.networks import MOST, add_network, remove_network
from consent.actions.schools import give_grant
from consent.models import Grant, School, SchoolNetwork
from consent.queries.networks import listed_networks, network_from, networks_of_school
from tests.cast import SYSTEM, acting, make_member, make_school, make_staff

AT_SCHOOL, ELSEWHERE = "203.0.113.7", "198.51.100.7"
PARENTS = 60


@pytest.fixture
def operator(db: None) -> Member:
    member = make_member("Olivia Park")
    give_grant(SYSTEM, member, Grant.Kind.OPERATOR)
    return member


@pytest.fixture
def listed(school: School) -> SchoolNetwork:
    return add_network(SYSTEM, school, network=f"{AT_SCHOOL}/24")


# What may stand on it


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 203.0.113.7 ", "203.0.113.7/32"),
        ("203.0.113.7/24", "203.0.113.0/24"),
        ("203.0.112.0 / 255.255.240.0", "203.0.112.0/20"),
        ("::ffff:203.0.113.7", "203.0.113.7/32"),
        ("2001:DB8:1:2::9", "2001:db8:1:2::/64"),  # devices change the rest of it themselves
        ("2001:db8:1::/48", "2001:db8:1::/48"),
        ("2001:db8::/40", "2001:db8::/40"),
    ],
)
def test_a_network_is_kept_one_way_however_it_is_typed(typed: str, kept: str) -> None:
    assert str(network_from(typed)) == kept


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Write an address"),
        ("the library", "Write an address"),
        ("203.0.113.256", "Write an address"),
        ("203.0.113.7/33", "Write an address"),
        ("203.0.113.7\n198.51.100.7", "Write an address"),
        ("1" * 5000, "Write an address"),
        ("0.0.0.0/0", "more than one school"),
        ("203.0.0.0/19", "more than one school"),
        ("::/0", "more than one school"),
        ("2001:db8::/39", "more than one school"),
        ("127.0.0.1", "Nobody reaches"),
        ("::1", "Nobody reaches"),
        ("169.254.1.1", "Nobody reaches"),
        ("fe80::1", "Nobody reaches"),
        ("100.64.3.0/24", "Nobody reaches"),  # thousands of households
        ("224.0.0.1", "Nobody reaches"),
        ("ff02::1", "Nobody reaches"),
    ],
)
def test_what_is_no_school_s_network_is_refused_with_its_sentence(school: School, typed: str, said: str) -> None:
    with pytest.raises(FieldInvalid, match=said) as refused:
        add_network(SYSTEM, school, network=typed)
    assert refused.value.field == "network"
    assert not SchoolNetwork.objects.exists()


def test_a_network_stands_there_once_and_no_part_of_it_beside_it(school: School, listed: SchoolNetwork) -> None:
    for typed in ("203.0.113.0/24", AT_SCHOOL, "203.0.113.128/25"):
        with pytest.raises(FieldInvalid, match=re.escape("on the list already, as 203.0.113.0/24")):
            add_network(SYSTEM, school, network=typed)
    add_network(SYSTEM, make_school(name="Lincoln"), network=AT_SCHOOL)  # two schools of one house
    assert listed_networks() == {"203.0.113.0/24", "203.0.113.7/32"}


def test_a_school_s_list_has_its_end(school: School) -> None:
    for number in range(MOST):
        add_network(SYSTEM, school, network=f"203.0.113.{number}")
    with pytest.raises(FieldInvalid, match="At most 20 networks"):
        add_network(SYSTEM, school, network="198.51.100.1")


@pytest.mark.parametrize("typed", ["192.168.1.0/24", "10.0.3.4", "172.16.0.0/20", "fd12::/48"])
def test_a_private_network_is_put_there_by_the_operator_alone(
    school: School, school_admin: Member, operator: Member, typed: str
) -> None:
    with pytest.raises(FieldInvalid, match="private address"):
        add_network(acting(school_admin), school, network=typed)
    assert add_network(acting(operator), school, network=typed).added_by == operator


# By whose hand


def test_the_school_s_administrator_and_the_operator_keep_the_list_on_record(
    school: School, school_admin: Member, operator: Member
) -> None:
    row = add_network(acting(school_admin), school, network="203.0.113.0/24", note="  Main   house ")
    remove_network(acting(operator), row)
    remove_network(acting(operator), row)  # twice is once
    entries = AuditEntry.objects.filter(scope=str(school.pk), action__startswith="school.network_").order_by("position")
    assert [(entry.action, entry.actor, entry.data["network"]) for entry in entries] == [
        ("school.network_added", school_admin.pk, "203.0.113.0/24"),
        ("school.network_removed", operator.pk, "203.0.113.0/24"),
    ]
    assert row.note == "Main house"


def test_to_everybody_else_the_list_is_not_there(
    school: School, listed: SchoolNetwork, supervisor: Member, instructor: Member, parent: Member, stranger: Member
) -> None:
    neighbour = make_staff(make_school(name="Lincoln"), "Ana Ortiz", Grant.Kind.SCHOOL_ADMIN)
    for actor in (*map(acting, (supervisor, instructor, parent, stranger, neighbour)), Actor.anonymous()):
        with pytest.raises(NotFound):
            add_network(actor, school, network=ELSEWHERE)
        with pytest.raises(NotFound):
            remove_network(actor, listed)
        with pytest.raises(NotFound):
            networks_of_school(actor, school.pk)
    assert listed_networks() == {"203.0.113.0/24"}


# What it opens


@pytest.mark.parametrize(
    ("network", "place", "is_there"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.112.0/20", "203.0.127.255", True),
        ("203.0.112.0/20", "203.0.128.0", False),
        ("2001:db8:1::/48", "2001:db8:1:9::/64", True),
        ("2001:db8:1::/48", "2001:db8:2:9::/64", False),
        ("203.0.113.7", "unknown", False),
    ],
)
def test_a_place_is_on_the_list_by_any_network_it_is_part_of(
    school: School, network: str, place: str, is_there: bool
) -> None:
    add_network(SYSTEM, school, network=network)
    with CaptureQueriesContext(connection) as asked:
        assert is_listed(place) is is_there
    assert len(asked) <= 1


def refused_at(act: Callable[[int], object], most: int) -> int | None:
    """The first try that is refused for being one too many; None: none of them."""
    for number in range(most):
        try:
            act(number)
        except TooManyTries:
            return number
        except AppError:
            continue
    return None


@pytest.mark.row("S1")
def test_sixty_parents_mistype_a_code_on_one_evening_at_school(school: School, listed: SchoolNetwork) -> None:
    row, code = make_code(MailedCode.Purpose.REGISTER, "ana@example.org")

    def mistype(address: str) -> Callable[[int], object]:
        return lambda number: find_code(f"code {number}", MailedCode.Purpose.REGISTER, address=address)

    assert refused_at(mistype(ELSEWHERE), PARENTS) == WRONG_CODES.most
    assert refused_at(mistype(AT_SCHOOL), PARENTS) is None
    assert find_code(code, MailedCode.Purpose.REGISTER, address=AT_SCHOOL) == row
    with pytest.raises(TooManyTries):
        find_code(code, MailedCode.Purpose.REGISTER, address=ELSEWHERE)


@pytest.mark.row("S1", "S6")
def test_a_guesser_on_a_listed_address_is_stopped_and_the_class_goes_on(
    listed: SchoolNetwork, student: Member, instructor: Member
) -> None:
    guess_password = refused_at(lambda _: check_sign_in_allowed(student.sign_in_name, AT_SCHOOL), 30)
    device = {"device": "a browser", "address": AT_SCHOOL}
    guess_words = refused_at(lambda _: member_by_phrase("sofia", "not the words", **device), 30)
    assert (guess_password, guess_words) == (PER_ACCOUNT.most, PER_CARD.most)
    check_sign_in_allowed(instructor.sign_in_name, AT_SCHOOL).forgive(PER_ACCOUNT)


def test_a_listed_network_has_more_room_and_an_end_and_loses_it_with_its_row(listed: SchoolNetwork) -> None:
    limit = Limit("tried", 2, timedelta(hours=1), most_listed=4)

    def tries(network: str) -> dict[str, Any]:
        return {"act": lambda _: count_try({limit: network}), "most": 9}

    assert refused_at(**tries(ELSEWHERE)) == limit.most
    assert refused_at(**tries(AT_SCHOOL)) == limit.most_listed
    remove_network(SYSTEM, listed)
    assert refused_at(**tries(AT_SCHOOL)) == 0
