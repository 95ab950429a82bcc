"""A member comes into being with their Access row, or not at all."""

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from accounts.actions.members import change_state, create_member
from accounts.errors import FieldInvalid
from accounts.models import Access, AuditEntry, Member, MemberState, Session
from tests.cast import SYSTEM, browser_of, make_member

pytestmark = pytest.mark.django_db


def test_a_member_begins_with_access_and_an_audit_entry():
    member = create_member(SYSTEM, sign_in_name="Mina.K", name="Mina Kim", email="Mina@Example.org")
    assert (member.sign_in_name, member.email, member.given_name) == ("mina.k", "mina@example.org", "Mina")
    assert Access.objects.get(pk=member.pk).epoch == 1
    entry = AuditEntry.objects.get(action="member.created")
    assert (entry.subject, entry.object_id) == (member.pk, str(member.pk))
    assert "mina" not in str(entry.data)


@pytest.mark.row("S1")
def test_a_child_has_no_address_and_needs_none():
    first = create_member(SYSTEM, sign_in_name="mina", name="Mina K.", email="")
    second = create_member(SYSTEM, sign_in_name="devon", name="Devon K.", email=None)
    assert first.email is None
    assert second.email is None
    assert not EmailAddress.objects.exists()


def test_an_empty_address_can_not_be_stored():
    member = make_member()
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.filter(pk=member.pk).update(email="")


def test_an_address_is_unconfirmed_until_it_is_confirmed():
    create_member(SYSTEM, sign_in_name="paula", name="Paula", email="paula@example.org")
    create_member(SYSTEM, sign_in_name="jun", name="Jun", email="jun@example.org", email_verified=True)
    assert dict(EmailAddress.objects.values_list("email", "verified")) == {
        "paula@example.org": False,
        "jun@example.org": True,
    }


def test_without_a_password_nobody_signs_in():
    assert not create_member(SYSTEM, sign_in_name="mina", name="Mina").has_usable_password()


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", {"name": "  "}),
        ("name", {"name": "x" * 121}),
        ("given_name", {"given_name": "x" * 61}),
        ("sign_in_name", {"sign_in_name": "a"}),
        ("sign_in_name", {"sign_in_name": "with space"}),
        ("sign_in_name", {"sign_in_name": "a@b.example"}),
        ("sign_in_name", {"sign_in_name": "ſharp"}),
        ("sign_in_name", {"sign_in_name": "taken"}),
        ("sign_in_name", {"sign_in_name": "TAKEN"}),
        ("email", {"email": "no address"}),
        ("email", {"email": "a@b.c, d@e.f"}),
        ("email", {"email": f"a@{'.'.join(['x' * 60] * 4)}.example.org"}),  # more than a column holds
        ("email", {"email": "Taken@Example.org"}),
        ("locale", {"locale": "xx"}),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(field, values):
    make_member("Taken", sign_in_name="taken", email="taken@example.org")
    before = (Member.objects.count(), Access.objects.count(), AuditEntry.objects.count())
    with pytest.raises(FieldInvalid) as refused:
        create_member(SYSTEM, **{"sign_in_name": "fine", "name": "Fine", **values})
    assert refused.value.field == field
    assert (Member.objects.count(), Access.objects.count(), AuditEntry.objects.count()) == before


def test_a_change_of_state_moves_the_epoch_and_is_recorded():
    member = make_member()
    change_state(SYSTEM, member, MemberState.SUSPENDED, reason="class rules 3")
    member.refresh_from_db()
    assert member.state == MemberState.SUSPENDED
    assert Access.objects.get(pk=member.pk).epoch == 2
    entry = AuditEntry.objects.get(action="member.state_changed")
    assert entry.data["was"] == "active"
    assert entry.data["now"] == "suspended"
    assert entry.data["why"] == "class rules 3"


def test_a_stale_save_of_a_member_does_not_undo_the_move():
    stale = make_member()
    change_state(SYSTEM, Member.objects.get(pk=stale.pk), MemberState.SUSPENDED, reason="class rules 3")
    stale.save()
    assert Access.objects.get(pk=stale.pk).epoch == 2


@pytest.mark.parametrize(
    ("state", "sessions"),
    [(MemberState.SUSPENDED, 1), (MemberState.LIMITED, 1), (MemberState.DEACTIVATED, 0), (MemberState.CLOSED, 0)],
)
def test_a_state_without_sign_in_ends_every_session(state, sessions):
    member = make_member()
    browser_of(member)
    change_state(SYSTEM, member, state, reason="asked for")
    assert Session.objects.filter(member=member, ended_at=None).count() == sessions
