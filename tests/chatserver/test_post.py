"""The post of a server process: wakes at once, waits for a server that is away, shares the work with others."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.mail.outbox import Pace
from accounts.models import MailOutbox
from bench.mail_sink import Inbox, mail_server
from chatserver.post import Post
from tests.accounts.mail_cast import queue_mail

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_SECONDS = 40.0
NEVER_SECONDS = 3600.0


@pytest.fixture
def inbox(settings: Any) -> Iterator[Inbox]:
    with mail_server() as (inbox, url):
        settings.MAIL_URL = url
        yield inbox


def arrive(inbox: Inbox, count: int) -> None:
    for _ in range(count):
        assert inbox.arrived.acquire(timeout=PATIENCE_SECONDS)


def test_a_mail_of_this_process_leaves_at_its_commit_and_not_when_the_post_looks_next(inbox: Inbox) -> None:
    post = Post(look_seconds=NEVER_SECONDS)
    post.start()
    for number in range(3):
        with transaction.atomic():
            queue_mail(period=str(number))
        arrive(inbox, 1)
    post.stop()
    assert set(inbox.arrivals().values()) == {1}


def test_two_posts_share_the_work_and_no_mail_leaves_twice(inbox: Inbox) -> None:
    for number in range(40):
        queue_mail(address=f"p{number}@example.org")
    posts = [Post(Pace(batch=3), look_seconds=0.05) for _ in range(2)]
    for post in posts:
        post.start()
    arrive(inbox, 40)
    for post in posts:
        post.stop()
    assert sorted(inbox.to()) == sorted(f"p{number}@example.org" for number in range(40))
    assert set(MailOutbox.objects.values_list("state", flat=True)) == {"sent"}


def test_mail_waits_for_a_server_that_is_away_and_leaves_when_it_is_back(settings: Any) -> None:
    with mail_server() as (_gone, url):
        settings.MAIL_URL = url
    queue_mail()
    post = Post(look_seconds=0.05)
    post.start()
    while not MailOutbox.objects.exclude(problem="").exists():  # until it has tried
        time.sleep(0.01)
    with mail_server(port=int(url.rpartition(":")[2])) as (inbox, _url):
        arrive(inbox, 1)
        post.stop()
        assert len(inbox.envelopes) == 1


def test_without_a_way_mail_waits(settings: Any) -> None:
    settings.MAIL_URL = ""
    row = queue_mail()
    post = Post()
    post.start()
    post.stop()
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("due", 0)


def test_a_mark_does_not_wait_for_the_disk_and_everything_else_does(inbox: Inbox) -> None:
    """Invariant of the installation: what is acknowledged has been through fsync; only the mark needs none."""
    from accounts.mail.outbox import quick_marks

    asked = {
        "sqlite": ("PRAGMA synchronous", {1}, {2}),
        "postgresql": ("SHOW synchronous_commit", {"off"}, {"on"}),
    }
    question, quick, safe = asked[connection.vendor]

    def answer() -> set[Any]:
        with connection.cursor() as cursor:
            cursor.execute(question)
            return {row[0] for row in cursor.fetchall()}

    assert answer() == safe
    with quick_marks():
        assert answer() == quick
    assert answer() == safe
    assert timedelta(0) < Pace().lease < Pace().handing
