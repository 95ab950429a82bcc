"""The epoch moves in the transaction of its cause, and the engine hears of it after the commit."""

from typing import Any

import pytest
from django.db import transaction

from accounts.actions.access import bump_access
from accounts.models import Access, Member
from accounts.queries.access import moved
from tests.accounts.engine import running_hub
from tests.cast import make_member


def epoch(member: Member) -> int:
    return Access.objects.get(pk=member.pk).epoch


@pytest.mark.django_db(transaction=True)
def test_the_engine_is_told_after_the_commit_and_not_before():
    first, second, other = make_member(), make_member(), make_member()
    with running_hub() as heard:
        with transaction.atomic():
            bump_access([second.pk, first.pk, first.pk], reason="test")
            assert heard.all_access() == []
        assert heard.all_access() == [frozenset({first.pk, second.pk})]
    assert [epoch(member) for member in (first, second, other)] == [2, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_moves_nothing_and_tells_nobody():
    member = make_member()
    with running_hub() as heard:
        with pytest.raises(ZeroDivisionError):
            bump_and_fail(member)
        assert heard.all_access() == []
    assert epoch(member) == 1


@transaction.atomic
def bump_and_fail(member: Member) -> None:
    bump_access([member.pk], reason="test")
    raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_it_is_refused():
    member = make_member()
    with pytest.raises(transaction.TransactionManagementError):
        bump_access([member.pk], reason="test")
    assert epoch(member) == 1


@pytest.mark.django_db
def test_a_member_made_without_access_gets_one():
    member = Member.objects.create_user("bare", name="Bare")
    with transaction.atomic():
        bump_access([member.pk], reason="test")
    assert epoch(member) == 2


@pytest.mark.django_db
def test_nobody_is_fine():
    with transaction.atomic():
        bump_access([], reason="test")


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_statements_does_not_grow(django_assert_num_queries, count):
    members = [make_member().pk for _ in range(count)]
    with transaction.atomic(), django_assert_num_queries(2):
        bump_access(members, reason="test")


def test_whose_epoch_moved_is_found_among_many_in_one_statement(db: None, django_assert_num_queries: Any) -> None:
    members = [make_member() for _ in range(4)]
    known = {member.pk: 1 for member in members[:3]}
    assert moved(known) == set()
    with transaction.atomic():
        bump_access([members[1].pk, members[3].pk], reason="test")
    with django_assert_num_queries(1):
        assert moved(known | {987_654: 1}) == {members[1].pk, 987_654}
    assert moved(known | {members[1].pk: 2}) == set()
    assert moved({}) == set()
