"""The sender over a real mail server: every answer a server can give, and every way a claim can end."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from accounts.mail import outbox
from accounts.mail.carriers import Away
from accounts.mail.outbox import Pace, claim_due
from accounts.mail.sender import send_due
from accounts.mail.smtp import Smtp
from accounts.models import MailOutbox, RefusedAddress
from bench.mail_sink import Inbox, mail_server
from tests.accounts.mail_cast import queue_mail

State = MailOutbox.State
ANA, BEN = "ana@example.org", "ben@example.org"
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Inbox, str]]:
    with mail_server() as server:
        yield server


@pytest.fixture
def inbox(server: tuple[Inbox, str]) -> Inbox:
    inbox, _ = server
    inbox.__init__()  # type: ignore[misc]
    return inbox


@pytest.fixture
def way(server: tuple[Inbox, str]) -> Iterator[Smtp]:
    way = Smtp.of_url(server[1])
    yield way
    way.close()


def now_again(row: MailOutbox, **values: Any) -> MailOutbox:
    """The row as it is, after changing it."""
    MailOutbox.objects.filter(pk=row.pk).update(**values)
    row.refresh_from_db()
    return row


def test_a_mail_that_is_due_arrives_and_nothing_of_it_stays(inbox: Inbox, way: Smtp) -> None:
    row = queue_mail(address=ANA)
    assert send_due(way, Pace()) == 1
    assert inbox.to() == [ANA]
    assert [str(mail["Message-ID"]) for mail in inbox.mails] == [row.message_id]
    row.refresh_from_db()
    assert (row.state, row.payload, row.problem) == (State.SENT, {}, "")
    assert send_due(way, Pace()) == 0
    assert inbox.to() == [ANA]


def test_lines_that_begin_with_a_dot_arrive_as_they_were(inbox: Inbox, way: Smtp) -> None:
    queue_mail(text=".\n..two\n.three\nend")
    send_due(way, Pace())
    (mail,) = inbox.mails
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines()[:4] == [".", "..two", ".three", "end"]


def test_one_connection_carries_many_mails(inbox: Inbox, way: Smtp) -> None:
    for number in range(5):
        queue_mail(address=f"p{number}@example.org")
    assert send_due(way, Pace(batch=3)) == 3
    assert send_due(way, Pace(batch=3)) == 2
    assert sorted(inbox.to()) == [f"p{number}@example.org" for number in range(5)]


def test_a_mail_put_off_by_its_server_is_tried_again_later_and_others_are_not_held_up(inbox: Inbox, way: Smtp) -> None:
    inbox.at_recipient[ANA] = ["450 4.2.0 try later", "250 OK"]
    late, other = queue_mail(address=ANA), queue_mail(address=BEN)
    send_due(way, Pace())
    assert inbox.to() == [BEN]
    late.refresh_from_db()
    assert (late.state, late.problem) == (State.DUE, "450 4.2.0 try later")
    assert late.due_at > timezone.now()
    assert send_due(way, Pace()) == 0
    now_again(late, due_at=timezone.now())
    send_due(way, Pace())
    assert inbox.to() == [BEN, ANA]
    assert now_again(other).state == now_again(late).state == State.SENT


def test_a_mail_that_is_always_put_off_fails_after_the_last_try(inbox: Inbox, way: Smtp) -> None:
    inbox.at_end[ANA] = ["451 4.3.0 not now"]
    row, pace = queue_mail(), Pace(waits=(dt.timedelta(0),) * 2)
    for state in (State.DUE, State.DUE, State.FAILED):
        send_due(way, pace)
        assert now_again(row).state == state
    assert send_due(way, pace) == 0
    assert (inbox.envelopes, row.problem) == ([], "451 4.3.0 not now")


def test_an_address_that_its_server_does_not_know_is_listed_until_a_mail_arrives(inbox: Inbox, way: Smtp) -> None:
    inbox.at_recipient[ANA] = ["550 5.1.1 no such user", "250 OK"]
    row = queue_mail(address=ANA)
    send_due(way, Pace())
    assert (now_again(row).state, row.problem) == (State.FAILED, "550 5.1.1 no such user")
    assert [(each.address, each.says) for each in RefusedAddress.objects.all()] == [(ANA, "550 5.1.1 no such user")]

    notice, account = queue_mail(address=ANA, period="tuesday"), queue_mail("verify_address", address=ANA)
    send_due(way, Pace())
    assert now_again(notice).state == State.WITHHELD
    assert now_again(account).state == State.SENT
    assert not RefusedAddress.objects.exists()


def test_a_refused_mail_fails_and_its_address_is_not_blamed(inbox: Inbox, way: Smtp) -> None:
    inbox.at_end[ANA] = ["554 5.7.1 looks like spam"]
    row = queue_mail()
    send_due(way, Pace())
    assert (now_again(row).state, row.problem) == (State.FAILED, "554 5.7.1 looks like spam")
    assert not RefusedAddress.objects.exists()


def test_while_no_server_is_there_mail_waits_and_no_try_is_counted() -> None:
    row = queue_mail()
    with mail_server() as (_inbox, url):
        pass  # and gone
    with pytest.raises(Away):
        send_due(Smtp.of_url(url), Pace())
    assert (now_again(row).state, row.attempts) == (State.DUE, 0)
    now_again(row, created_at=timezone.now() - dt.timedelta(days=6))
    with pytest.raises(Away):
        send_due(Smtp.of_url(url), Pace())
    assert now_again(row).state == State.FAILED


def test_a_line_that_breaks_after_the_final_dot_leaves_a_mail_unknown_and_it_is_not_sent_again(
    inbox: Inbox, way: Smtp
) -> None:
    inbox.hangs_up_at_end = True
    row = queue_mail()
    send_due(way, Pace())
    assert (now_again(row).state, row.payload) == (State.UNKNOWN, {})
    assert len(inbox.envelopes) == 1
    inbox.hangs_up_at_end = False
    assert send_due(way, Pace()) == 0


def test_a_warning_of_which_nobody_knows_is_sent_once_more_as_the_same_mail(inbox: Inbox, way: Smtp) -> None:
    inbox.hangs_up_at_end = True
    row = queue_mail("password_changed")
    send_due(way, Pace())
    assert now_again(row).state == State.DUE
    send_due(way, Pace())
    assert now_again(row).state == State.UNKNOWN
    assert inbox.arrivals() == {row.message_id: 2}


# Leases


def test_a_claimed_mail_is_nobody_elses_until_its_lease_ends(inbox: Inbox, way: Smtp) -> None:
    row = queue_mail()
    (claimed,) = claim_due(Pace())
    assert claimed.pk == row.pk
    assert claim_due(Pace()) == []
    now_again(row, lease_until=timezone.now())
    assert send_due(way, Pace()) == 1
    assert len(inbox.envelopes) == 1


def test_a_sender_that_was_held_up_does_not_send_what_another_one_has_claimed(inbox: Inbox, way: Smtp) -> None:
    row = queue_mail()
    (held_up,) = claim_due(Pace())
    now_again(row, lease_until=timezone.now())
    (other,) = claim_due(Pace())
    with pytest.raises(outbox.ClaimLost):
        outbox.mark_handing(held_up, Pace(), inbox.envelopes.clear)
    outbox.mark_handing(other, Pace(), inbox.envelopes.clear)
    assert now_again(row).state == State.HANDING


def test_a_mail_whose_mark_fails_never_gets_its_dot(inbox: Inbox, way: Smtp) -> None:
    from accounts.mail.rendering import message_of

    def lost(then: object) -> None:
        raise outbox.ClaimLost

    row = queue_mail()
    with pytest.raises(outbox.ClaimLost):
        way.hand_over(message_of(row), lost)
    way.hand_over(message_of(row), lambda then: (then(), None)[1])  # the next one, over a new line
    assert len(inbox.envelopes) == 1


@pytest.mark.parametrize(
    ("kind", "state"), [("course_notice", State.UNKNOWN), ("password_changed", State.DUE)], ids=["notice", "warning"]
)
def test_what_a_killed_sender_was_handing_over_is_sent_again_only_if_it_is_a_warning(kind: str, state: str) -> None:
    row = queue_mail(kind)
    (claimed,) = claim_due(Pace())
    outbox.mark_handing(claimed, Pace(), timezone.now)
    assert claim_due(Pace()) == []
    now_again(row, lease_until=timezone.now())
    found = claim_due(Pace())
    assert now_again(row).state == (State.CLAIMED if state == State.DUE else state)
    assert [each.pk for each in found] == ([row.pk] if state == State.DUE else [])


def test_a_mail_that_can_not_be_rendered_holds_up_no_other(inbox: Inbox, way: Smtp) -> None:
    broken, other = queue_mail(address=ANA), queue_mail(address=BEN)
    MailOutbox.objects.filter(pk=broken.pk).update(message_id="<a@b>\r\nBcc: x@example.org")
    send_due(way, Pace())
    assert inbox.to() == [BEN]
    assert now_again(broken).state == State.DUE
    assert now_again(other).state == State.SENT


def test_a_kind_that_this_version_does_not_know_fails(way: Smtp) -> None:
    row = queue_mail()
    now_again(row, kind="of_tomorrow")
    send_due(way, Pace())
    assert now_again(row).state == State.FAILED


def test_nothing_due_costs_one_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert claim_due(Pace()) == []


def test_contents_go_after_a_week_and_rows_after_ninety_days() -> None:
    old, older, fresh, waiting = (queue_mail(period=str(number)) for number in range(4))
    now_again(old, state=State.FAILED, created_at=timezone.now() - dt.timedelta(days=8))
    now_again(older, state=State.SENT, created_at=timezone.now() - dt.timedelta(days=91))
    now_again(fresh, state=State.FAILED)
    now_again(waiting, created_at=timezone.now() - dt.timedelta(days=91))
    assert outbox.forget_mail() == 1
    assert not MailOutbox.objects.filter(pk=older.pk).exists()
    assert now_again(old).payload == {}
    assert now_again(fresh).payload != {}
    assert now_again(waiting).payload != {}
