"""Senders of mail that are killed: `python -m bench.mail_senders MAILS KILLS SEED`, over the configured database.

Each sender is a fork of this process, which has no thread and no connection then; it works until a kill -9 at random
meets it. The last one works until everything has come to an end. Prints what has become of each mail, as JSON.
"""

import json
import os
import random
import signal
import sys
import time
from datetime import timedelta

from bench.provision import set_up

LEASE = timedelta(seconds=0.4)
BATCH, FIRST = 5, 10
LOOK_SECONDS = 0.02
CONNECTED = os.pipe()  # a byte of each sender that has a line to the mail server


def main(mails: int, kills: int, seed: int) -> int:
    set_up()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    queue(mails)
    left = mails - FIRST
    done = kill(kills, seconds_of_one(FIRST) * left / kills, random.Random(seed))  # about half of them last for all
    _wait(_fork())
    from accounts.models import MailOutbox

    os.read(CONNECTED[0], 1)
    states = dict(MailOutbox.objects.values_list("message_id", "state"))
    print(json.dumps({"states": states, "kills": done}))
    return 0


def queue(mails: int) -> None:
    from django.db import transaction

    from accounts.mail import send_mail
    from accounts.mail.rendering import message_of
    from accounts.models import MailOutbox

    payload = {
        "course": "Algebra I",
        "text": "We read chapter 3 on Monday.\n.\nBring a pencil.",
        "url": "https://x.test/",
    }
    with transaction.atomic():
        for number in range(mails):
            send_mail("course_notice", address=f"p{number}@example.org", period="monday", payload=payload)
    message_of(MailOutbox.objects.all()[0])  # the templates are read once, here, and not by each fork
    _hang_up()


def _hang_up() -> None:
    """A fork must not share a connection, nor the pool's threads."""
    from django.db import connection

    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]


def kill(kills: int, longest_seconds: float, dice: random.Random) -> int:
    """How many senders were met before they had nothing more to do."""
    done = 0
    for _ in range(kills):
        sender = _fork()
        os.read(CONNECTED[0], 1)  # before it nothing can be lost
        time.sleep(dice.uniform(0, longest_seconds))
        os.kill(sender, signal.SIGKILL)
        done += _wait(sender) == signal.SIGKILL
    return done


def seconds_of_one(most: int) -> float:
    """What a mail takes here: a sender that nobody kills sends the first few."""
    sender = _fork(most=most)
    os.read(CONNECTED[0], 1)
    began = time.perf_counter()
    _wait(sender)
    return (time.perf_counter() - began) / most


def _fork(most: int | None = None) -> int:
    child = os.fork()
    if child:
        return child
    try:
        _send(most)
    finally:
        os._exit(0)


def _wait(child: int) -> int:
    """The signal that ended it; 0: none did."""
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _send(most: int | None) -> None:
    """Until everything has come to an end, or `most` are sent."""
    from accounts.mail.carriers import carrier
    from accounts.mail.outbox import Pace
    from accounts.mail.sender import send_due
    from accounts.mail.smtp import Smtp
    from accounts.models import MailOutbox

    way, pace, sent = carrier(), Pace(lease=LEASE, handing=LEASE, batch=BATCH), 0
    assert isinstance(way, Smtp)
    way.open()
    os.write(CONNECTED[1], b"!")
    waiting = MailOutbox.objects.filter(state__in=("due", "claimed", "handing"))
    while (most is None or sent < most) and waiting.exists():
        if count := send_due(way, pace):
            sent += count
        else:
            time.sleep(LOOK_SECONDS)
    way.close()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
