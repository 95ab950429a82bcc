"""The office's page of the school's internet addresses: what stands there, the reader's own, and taking it back."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from consent.actions.networks import add_network
from consent.actions.schools import give_grant
from consent.models import Grant, School, SchoolNetwork
from consent.queries.networks import listed_networks
from tests.cast import SYSTEM, confirmed_browser_of, make_member, make_school, set_up

OWN = "203.0.113.7"


@pytest.fixture
def ruth(school_admin: Member) -> Client:
    return from_school(school_admin)


def from_school(member: Member, address: str = OWN) -> Client:
    client = confirmed_browser_of(member)
    client.defaults["REMOTE_ADDR"] = address
    return client


def at(school: School) -> str:
    return f"/school/{school.pk}/addresses/"


def removal(row: SchoolNetwork) -> str:
    return f"{at(row.school)}{row.pk}/remove/"


def test_the_list_begins_empty_and_the_reader_s_own_address_is_one_button_away(ruth: Client, school: School) -> None:
    page = ruth.get(at(school)).text
    assert "No address is on the list." in page
    assert f"Your address now is {OWN}" in page
    assert f"Add {OWN}" in page
    done = ruth.post(at(school), {"network": OWN}, follow=True).text
    assert "It is on the list." in done
    assert "On the list" in done
    assert f"Add {OWN}" not in done
    assert listed_networks() == {f"{OWN}/32"}


def test_an_address_of_another_school_s_list_can_be_on_this_one_too(ruth: Client, school: School) -> None:
    add_network(SYSTEM, make_school(name="Lincoln"), network="203.0.113.0/24")
    assert f"Add {OWN}" in ruth.get(at(school)).text
    add_network(SYSTEM, school, network="203.0.113.0/24")
    assert f"Add {OWN}" not in ruth.get(at(school)).text


def test_what_is_removed_is_put_back_by_one_button(ruth: Client, school: School) -> None:
    row = add_network(SYSTEM, school, network="203.0.113.0/24", note="Library")
    assert "Library" in ruth.get(at(school)).text
    page = ruth.post(removal(row), follow=True).text
    assert "203.0.113.0/24 is no longer on the list." in page
    assert not SchoolNetwork.objects.exists()
    assert "no longer on the list" not in ruth.get(at(school)).text
    put_back: dict[str, Any] = {"network": "203.0.113.0/24", "note": "Library"}
    ruth.post(at(school), put_back)
    assert SchoolNetwork.objects.get().note == "Library"
    assert ruth.post(removal(row)).status_code == 404


def test_what_is_refused_is_said_at_its_field_and_changes_nothing(ruth: Client, school: School) -> None:
    answer = ruth.post(at(school), {"network": "203.0.0.0/8", "note": "Everywhere"})
    assert answer.status_code == 422
    assert "This is more than one school’s network." in answer.text
    assert 'value="Everywhere"' in answer.text
    assert not SchoolNetwork.objects.exists()


@pytest.mark.parametrize("address", ["192.168.1.20", "127.0.0.1", ""])
def test_an_address_that_says_nothing_is_not_offered(school: School, school_admin: Member, address: str) -> None:
    page = from_school(school_admin, address).get(at(school)).text
    assert "It is a private address" in page
    assert 'name="network" value=' not in page


def test_with_ipv6_the_network_is_offered_in_which_devices_change_their_address(
    school: School, school_admin: Member
) -> None:
    assert "Add 2001:db8:1:2::/64" in from_school(school_admin, "2001:db8:1:2::9").get(at(school)).text


def test_the_operator_keeps_the_list_too_and_a_neighbour_s_row_is_not_there(
    school: School, school_admin: Member
) -> None:
    operator = set_up(make_member("Olivia Park"))
    give_grant(SYSTEM, operator, Grant.Kind.OPERATOR)
    olivia = from_school(operator, "10.0.0.5")
    assert f'href="{at(school)}"' in olivia.get(f"/operator/schools/{school.pk}/").text
    assert "Add 10.0.0.5" in olivia.get(at(school)).text
    olivia.post(at(school), {"network": "10.0.0.5"})
    theirs = add_network(SYSTEM, make_school(name="Lincoln"), network="198.51.100.7")
    ruth = from_school(school_admin)
    for path in (removal(theirs), f"{at(school)}{theirs.pk}/remove/"):
        assert ruth.post(path).status_code == 404
    assert (
        confirmed_browser_of(make_member()).post(removal(SchoolNetwork.objects.get(school=school))).status_code == 404
    )
    assert listed_networks() == {"10.0.0.5/32", "198.51.100.7/32"}


def test_a_long_list_costs_as_many_statements_as_a_short_one(ruth: Client, school: School) -> None:
    counts = []
    for number in range(3):
        add_network(SYSTEM, school, network=f"198.51.100.{number}")
        if number != 1:
            with CaptureQueriesContext(connection) as asked:
                assert f"198.51.100.{number}" in ruth.get(at(school)).text
            counts.append(len(asked))
    assert counts[0] == counts[1]
