"""A room with the people in it, driven by the product's own actions: what the state machine holds against its model.

People keep what the door told them until they come in again, as an open socket does; whoever may no longer come in
tries in vain with what was found before. A page lives until its reader has to leave.
"""

import json
from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

from django.db import connection
from msgspec.json import encode

from accounts.models import Access, Member
from consent.gate import Allow
from consent.models import School
from consent.queries.facts import decisions_of
from rooms import writer
from rooms.actions.clearances import Clearance
from rooms.actions.messages import drafted, send_message
from rooms.events import STAFF
from rooms.models import Enrollment, Mute, ReadMark
from rooms.queries.messages import latest
from rooms.queries.standings import Standing, standings_of
from rooms.writer import Draft, InlineWriter, Receipt, ThreadWriter
from rooms.writer.drivers import resolve
from tests.cast import acting, make_consent, make_guardian, make_member, make_student
from tests.rooms.client import Frame, Page
from tests.rooms.machine_model import ANA, PARENT, TEACHER, TEEN, WRITERS, YOUNG, Seen
from tests.rooms_cast import INSTRUCTOR, STUDENT, join, make_course, make_room, seat_of

PATIENCE_SECONDS = 30


def make_people(school: School) -> dict[str, Member]:
    """Those of all examples; a course of its own for each makes them forget the last."""
    people = {TEACHER: make_member("Marisol Rivera"), TEEN: make_student(school, "Tam Teen", age=16)}
    for name in YOUNG:
        people[name] = make_student(school, f"{name} Young", age=13)
        make_consent(people[name])
    return people | {PARENT: make_guardian(people[ANA])}


class Screen(Page):
    """The page of somebody whose standing the door has found: without the looks that only the whole page needs."""

    def __init__(self, member: Member, standing: Standing) -> None:
        self.member, self.standing = member, standing
        self.room, self.view = standing.room, standing.view
        self.own_seats = {standing.seat, *standing.child_seats} - {0}
        self.is_staff = self.view == STAFF
        self.load()

    def load(self) -> None:
        page = latest(self.standing)
        self.messages = json.loads(encode(page.messages))
        self.applied_seq = page.as_of_seq


class RealRoom:
    """The room of one example, with a writer's thread as a server has it."""

    def __init__(self, school: School, people: dict[str, Member]) -> None:
        self.people = people
        self.course = make_course(school)
        for name in WRITERS:
            join(self.course, people[name], INSTRUCTOR if name == TEACHER else STUDENT)
        self.room = make_room(self.course)
        self.seats = {name: seat_of(people[name], self.room) for name in WRITERS}
        self.names = {seat: name for name, seat in self.seats.items()}
        self.visits: dict[str, tuple[Standing, Clearance]] = {}
        self.screens: dict[str, Screen] = {}
        self.start()

    def forget(self, withdrawn: Collection[str]) -> None:
        """Nothing of this example is left where the next one looks."""
        self.stop()
        for name in withdrawn:
            make_consent(self.people[name])
        Enrollment.objects.filter(course=self.course).delete()
        ReadMark.objects.filter(room=self.room).delete()
        Mute.objects.filter(room=self.room).delete()

    # The process

    def start(self) -> None:
        writer.use(ThreadWriter(lambda batch, outcomes, runs: resolve(batch, outcomes)))

    def stop(self) -> None:
        """In order: what was submitted is finished, the connections are closed."""
        writer.current().close()
        writer.use(InlineWriter())
        connection.close()

    # The door

    def let_in(self, names: Collection[str]) -> set[str]:
        """Whom of them the door lets in now."""
        ids = {name: self.people[name].pk for name in names}
        epochs = dict(Access.objects.filter(member__in=ids.values()).values_list("member_id", "epoch"))
        decisions = decisions_of(list(ids.values()))
        found = standings_of([pk for pk, decision in decisions.items() if isinstance(decision, Allow)])
        entered = {name: found[pk][self.room.pk] for name, pk in ids.items() if self.room.pk in found.get(pk, {})}
        for name, standing in entered.items():
            self.visits[name] = standing, Clearance(epochs[ids[name]])
        return set(entered)

    # What people do

    def act(self, action: Callable[..., object], name: str, **fields: Any) -> None:
        standing, clearance = self.visits[name]
        action(acting(self.people[name]), standing, clearance=clearance, **fields)

    def send(self, name: str, cid: UUID, text: str) -> Receipt:
        standing, clearance = self.visits[name]
        sent = send_message(acting(self.people[name]), standing, clearance=clearance, cid=cid, text=text)
        return sent.result(PATIENCE_SECONDS)

    def draft(self, name: str, cid: UUID, text: str) -> Draft:
        standing, clearance = self.visits[name]
        return drafted(standing, clearance=clearance, cid=cid, text=text)

    # What people see

    def page(self, name: str) -> Screen:
        """What a page loaded now would show."""
        return Screen(self.people[name], self.visits[name][0])

    def seen(self, message: Frame, *, but_removed: bool = False) -> Seen:
        """`but_removed`: events never carry a removed text, so a page that is behind may hold an earlier one."""
        removed = message.get("removed", {}).get("by_kind")
        text = None if but_removed and removed else message.get("text")
        return message["seq"], self.names[message["by"]], message["version"], text, removed
