"""Anything in any order: what is stored, what each view sees and what is unread are what a simple model says.

Every kill here is a kill -9 of another process with a writer over the same database, while messages are on their way
through it; restarts and all the rest run in this process, on the product's own actions and writer. Sockets, hub and the
server's process as a whole are killed elsewhere: tests/chatserver/test_durability.py, `./chat bench faults`.
The suite tries the same examples every time; `./chat bench machine --examples N` tries others.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.errors import AccessChanged, AppError, Muted
from accounts.models import Member
from consent.actions.consents import withdraw_consent
from consent.models import School, SchoolAgreement
from rooms.actions import messages
from rooms.actions.enrollments import end_enrollment
from rooms.actions.messages import edit_message, remove_message, restore_message
from rooms.actions.mutes import mute_member, unmute_member
from rooms.actions.reads import mark_read
from rooms.models import Message, RoomEvent, RoomHead
from rooms.writer import Draft, Receipt
from tests.cast import SYSTEM, acting, make_consent
from tests.rooms.client import Page, replayed
from tests.rooms.killable import killable
from tests.rooms.machine_model import PEOPLE, STUDENTS, TEACHER, WRITERS, YOUNG, RoomModel, Said
from tests.rooms.machine_room import RealRoom, make_people
from tests.rooms_cast import join, new_cid

ASKED_FOR = os.environ.get("CHATSERVER_TEST_EXAMPLES")
EXAMPLES = int(ASKED_FOR or 200)
STEPS = 16
MOST_MESSAGES = 40  # a page holds fifty
SHRINKING_SECONDS = 300  # Hypothesis' own bound

texts = st.sampled_from(["yes", "no", "*maybe*", "see https://example.org"])
which = st.integers(0, 50)


class Classroom(RuleBasedStateMachine):
    school: School  # given by the test
    people: dict[str, Member]
    real: RealRoom | None = None

    @initialize()
    def begin(self) -> None:
        self.model = RoomModel()
        self.real = RealRoom(self.school, self.people)
        self.turn = self.restarted_at = 0
        self._come_in(*PEOPLE)

    def teardown(self) -> None:
        if self.real is not None:
            self.real.forget(set(YOUNG) - self.model.consented)

    # Writing

    @precondition(lambda self: len(self.model.said) < MOST_MESSAGES)
    @rule(name=st.sampled_from(WRITERS), text=texts)
    def send(self, name: str, text: str) -> None:
        cid = new_cid()
        with self._refused_unless(self.model.may_write(name), AccessChanged, Muted):
            receipt = self.room.send(name, cid, text)
            said = self.model.stored(name, cid, text)
            assert (receipt.seq, receipt.number, receipt.repeated) == (said.seq, said.number, False)

    @precondition(lambda self: self.model.said)
    @rule(which=which, text=texts)
    def send_again(self, which: int, text: str) -> None:
        """An impatient client: the first ack again, and no second message, whatever has become of its access."""
        said = self._said(which)
        with self._refused_unless(said.author not in self.model.knows_mute, Muted):
            receipt = self.room.send(said.author, said.cid, text)
            assert (receipt.seq, receipt.number, receipt.repeated) == (said.seq, said.number, True)

    @precondition(lambda self: self.model.said)
    @rule(which=which, name=st.sampled_from(WRITERS), is_author=st.booleans(), text=texts)
    def edit(self, which: int, name: str, is_author: bool, text: str) -> None:
        said = self._said(which)
        name = said.author if is_author else name
        with self._refused_unless(self.model.may_edit(name, said)):
            self.room.act(edit_message, name, seq=said.seq, text=text)
            if text != said.text:
                said.text, said.version = text, said.version + 1
                self.model.event()

    @precondition(lambda self: self.model.said)
    @rule(which=which, name=st.sampled_from(WRITERS), is_author=st.booleans())
    def remove(self, which: int, name: str, is_author: bool) -> None:
        said = self._said(which)
        name = said.author if is_author else name
        with self._refused_unless(self.model.may_remove(name, said)):
            self.room.act(remove_message, name, seq=said.seq, reason="unkind")
            if said.removed_by is None:
                said.removed_by = name
                self.model.event()

    @precondition(lambda self: any(said.removed_by for said in self.model.said))
    @rule(which=which, name=st.sampled_from(WRITERS), is_remover=st.booleans())
    def restore(self, which: int, name: str, is_remover: bool) -> None:
        removed = [said for said in self.model.said if said.removed_by]
        said = removed[which % len(removed)]
        name = said.removed_by or name if is_remover else name
        with self._refused_unless(self.model.may_restore(name, said)):
            self.room.act(restore_message, name, seq=said.seq)
            said.removed_by = None
            self.model.event()

    # Reading

    @rule(name=st.sampled_from(PEOPLE))
    def come_in(self, name: str) -> None:
        """A socket connects anew: the door looks, the page is loaded."""
        self._come_in(name)
        if self.model.may_enter(name):
            self.room.screens[name] = self.room.page(name)

    @precondition(lambda self: any(page.applied_seq < self.model.last_seq for page in self.room.screens.values()))
    @rule()
    def catch_up(self) -> None:
        for name, screen in self.room.screens.items():
            if screen.applied_seq < self.model.last_seq:
                self._catch_up(name, screen, self.room.page(name))

    @rule(name=st.sampled_from(PEOPLE), which=which)
    def read(self, name: str, which: int) -> None:
        if not self.model.may_enter(name):
            return
        seq, mark = which % (self.model.last_seq + 1), self.model.marks[name]
        mark.move(seq, self.model.number_at(seq))
        found, unread = mark_read(acting(self.people[name]), self.room.visits[name][0], seq=seq)
        assert (found.seq, found.number, unread) == (mark.seq, mark.number, self.model.unread(name))

    # Access

    @rule(name=st.sampled_from(STUDENTS))
    def leave(self, name: str) -> None:
        if name in self.model.inside:
            end_enrollment(SYSTEM, self.room.course, self.people[name])
            self.model.inside.discard(name)
            self.model.event()
            self._access_moved(name)

    @precondition(lambda self: len(self.model.inside) < len(WRITERS))
    @rule(name=st.sampled_from(STUDENTS))
    def join(self, name: str) -> None:
        if name in self.model.inside or self.model.is_hidden(name):
            return
        join(self.room.course, self.people[name])
        self.model.inside.add(name)
        if self.model.said:
            self.model.marks[name].move(self.model.last_seq, len(self.model.said))
        self.model.event()
        self._access_moved(name)

    @rule(name=st.sampled_from(YOUNG))
    def withdraw(self, name: str) -> None:
        withdraw_consent(SYSTEM, self.people[name], grantor="A. Parent")
        if name in self.model.consented:
            self.model.consented.discard(name)
            self.model.event()
        self._access_moved(name)

    @precondition(lambda self: len(self.model.consented) < len(YOUNG))
    @rule(name=st.sampled_from(YOUNG))
    def grant(self, name: str) -> None:
        make_consent(self.people[name])
        if name not in self.model.consented:
            self.model.consented.add(name)
            self.model.event()
        self._access_moved(name)

    @rule(name=st.sampled_from(STUDENTS))
    def mute(self, name: str) -> None:
        if name in self.model.inside:
            seat = self.room.seats[name]
            self.room.act(mute_member, TEACHER, seat=seat, minutes=60, reason="shouting")
            self.model.muted.add(name)
            self._access_moved(name)

    @precondition(lambda self: self.model.muted)
    @rule(name=st.sampled_from(STUDENTS))
    def unmute(self, name: str) -> None:
        if name in self.model.inside:
            self.room.act(unmute_member, TEACHER, seat=self.room.seats[name])
            if name in self.model.muted:
                self.model.muted.discard(name)
                self._access_moved(name)

    # The process

    @precondition(lambda self: self.model.last_seq > self.restarted_at)
    @rule()
    def restart(self) -> None:
        """In order; everybody comes back, and resumes from where their page is."""
        self.restarted_at = self.model.last_seq
        self.room.stop()
        self.room.start()
        self._come_in(*PEOPLE)

    @precondition(lambda self: len(self.model.said) <= MOST_MESSAGES)
    @rule(names=st.lists(st.sampled_from(WRITERS), min_size=1, max_size=4), heard=st.integers(0, 4))
    def kill(self, names: list[str], heard: int) -> None:
        """Kill -9 with messages on their way, when `heard` of them are acked; their authors send all of them again."""
        names = [name for name in names if name not in self.model.knows_mute]
        drafts = [(name, self.room.draft(name, new_cid(), f"{place}")) for place, name in enumerate(names)]
        if not drafts:
            return
        self.room.stop()
        with killable() as server:
            server.submit([draft for _, draft in drafts])
            told = server.outcomes(min(heard, len(drafts))) | server.kill()
        self.room.start()
        for name, draft in drafts:
            self._send_after_kill(name, draft, told.get(draft.cid))

    def _send_after_kill(self, name: str, draft: Draft, told: Any) -> None:
        """What was acked stays; what was not is stored now, if it wasn't then; neither is there twice."""
        with self._refused_unless(name in self.model.fresh, AccessChanged):
            receipt = self.room.send(name, draft.cid, draft.text)
            said = self.model.stored(name, draft.cid, draft.text)
            assert (receipt.seq, receipt.number) == (said.seq, said.number)
            if told is not None:
                assert isinstance(told, Receipt)
                assert (told.seq, told.number, receipt.repeated) == (said.seq, said.number, True)
        assert name in self.model.fresh or not isinstance(told, Receipt)

    # What always holds

    @invariant()
    def the_log_is_gapless(self) -> None:
        head = RoomHead.objects.get(room=self.room.room)
        assert (head.last_seq, head.message_count) == (self.model.last_seq, len(self.model.said))
        seqs = RoomEvent.objects.filter(room=self.room.room).order_by("seq").values_list("seq", flat=True)
        assert list(seqs) == list(range(1, head.last_seq + 1))

    @invariant()
    def what_was_acked_is_stored_and_once(self) -> None:
        """And nothing else is: each cid once, under its seq and number."""
        rows = Message.objects.filter(room=self.room.room).order_by("seq")
        assert list(rows.values_list("seq", "number", "cid", "author_id")) == [
            (said.seq, said.number, said.cid, self.people[said.author].pk) for said in self.model.said
        ]

    @invariant()
    def each_view_is_what_its_reader_may_see(self) -> None:
        """A page loaded now, and one made of the events of the whole log. One reader after the other, a step each."""
        name, self.turn = PEOPLE[self.turn % len(PEOPLE)], self.turn + 1
        if self.model.may_enter(name):
            page = self.room.page(name)
            assert [self.room.seen(message) for message in page.messages] == self.model.seen_by(name)
            of_events = page.copy()
            of_events.messages, of_events.applied_seq = [], 0
            self._catch_up(name, of_events, page)

    def _catch_up(self, name: str, page: Page, new: Page) -> None:
        """Snapshot and events make the new snapshot; no event brings what its reader may not see."""
        for frame in replayed(page):
            if "message" in frame:
                assert self.model.may_see(name, self.room.names[frame["message"]["by"]]), f"{name} is sent {frame}"
            page.apply(frame)
        assert page.applied_seq == new.applied_seq == self.model.last_seq
        assert [self.room.seen(message, but_removed=True) for message in page.messages] == [
            self.room.seen(message, but_removed=True) for message in new.messages
        ]

    def _come_in(self, *names: str) -> None:
        """The door lets in whom the model does, and says how much is new by number."""
        entered = self.room.let_in(names)
        assert entered == {name for name in names if self.model.may_enter(name)}
        for name in sorted(entered):
            standing = self.room.visits[name][0]
            assert standing.unread.count(len(self.model.said)) == self.model.unread(name)
            self.model.came_in(name)
            if name not in self.room.screens:
                self.room.screens[name] = self.room.page(name)

    # Steps

    @property
    def room(self) -> RealRoom:
        assert self.real is not None
        return self.real

    def _said(self, which: int) -> Said:
        return self.model.said[which % len(self.model.said)]

    def _access_moved(self, name: str) -> None:
        """The watch looks again: whoever is out loses the page at once."""
        self.model.access_moved(name)
        for reader in [reader for reader in self.room.screens if not self.model.may_enter(reader)]:
            del self.room.screens[reader]

    @contextmanager
    def _refused_unless(self, is_allowed: bool, *errors: type[AppError]) -> Iterator[None]:
        """Whose access has moved since they came in may change nothing, nor whoever knows of a pause."""
        expected = errors or (AppError,)
        try:
            yield
        except expected:
            assert not is_allowed, "refused, though nothing has changed for its author"
        else:
            assert is_allowed, "accepted after the commit of what took the right away"


@pytest.mark.row("S18")
@pytest.mark.row("S20")
@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(SHRINKING_SECONDS + 4 * EXAMPLES)
def test_whatever_happens_in_whatever_order(
    school: School, agreement: SchoolAgreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "UNDO_SECONDS", 3600)  # a slow machine makes no undo late
    Classroom.school, Classroom.people = school, make_people(school)
    wanted = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=not ASKED_FOR,
        database=None,
        print_blob=True,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow],  # each step is several commits
    )
    run_state_machine_as_test(Classroom, settings=wanted)
