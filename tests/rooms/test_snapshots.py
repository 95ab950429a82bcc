"""Snapshot + events = new snapshot: for every kind of event, in every view, live and replayed."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Member
from consent.actions.consents import withdraw_consent
from consent.actions.guardians import link_guardian
from consent.models import School
from rooms.actions.enrollments import end_enrollment
from rooms.actions.log import append_event
from rooms.models import EventKind, Room, RoomEvent
from tests.cast import SYSTEM, make_consent, make_guardian, make_member
from tests.rooms.client import Page, hub_running, live, replayed
from tests.rooms_cast import edited, join, removed, restored, seat_of, written


@dataclass
class Scene:
    """A room with talk of the young student, a classmate and the instructor."""

    room: Room
    young: Member
    classmate: Member
    instructor: Member
    seqs: dict[str, int]

    def withdraw(self) -> None:
        withdraw_consent(SYSTEM, self.young, grantor="A. Parent")

    def change_room(self) -> None:
        data = {"title": "General", "posting": "staff", "state": "open"}
        with transaction.atomic():
            append_event(self.room.pk, EventKind.ROOM_CHANGED, actor_id=self.instructor.pk, data=data)


Act = Callable[[Scene], object]


def nothing(scene: Scene) -> None:
    """No need of anything before."""


# kind → (what was before the page was loaded, what happens then)
ACTS: dict[str, list[tuple[Act, Act]]] = {
    "message.sent": [
        (nothing, lambda s: written(s.room, s.young, "a *new* one", reply_to=s.seqs["classmate"])),
        (nothing, lambda s: written(s.room, s.instructor, f"well done, @[{seat_of(s.young, s.room)}]")),
    ],
    "message.edited": [
        (nothing, lambda s: edited(s.room, s.young, s.seqs["young"], "changed")),
        (nothing, lambda s: edited(s.room, s.classmate, s.seqs["classmate"], "*changed*")),
    ],
    "message.removed": [
        (nothing, lambda s: removed(s.room, s.young, s.seqs["young"])),
        (nothing, lambda s: removed(s.room, s.instructor, s.seqs["young"], "unkind")),
        (nothing, lambda s: removed(s.room, s.classmate, s.seqs["classmate"])),
        (lambda s: s.withdraw(), lambda s: removed(s.room, s.instructor, s.seqs["young"], "unkind")),
    ],
    "message.restored": [
        (lambda s: removed(s.room, s.young, s.seqs["young"]), lambda s: restored(s.room, s.young, s.seqs["young"])),
    ],
    "member.joined": [(nothing, lambda s: join(s.room.course, make_member()))],
    "member.left": [(nothing, lambda s: end_enrollment(SYSTEM, s.room.course, s.classmate))],
    "member.hidden": [
        (nothing, lambda s: s.withdraw()),
        (lambda s: removed(s.room, s.young, s.seqs["young"]), lambda s: s.withdraw()),
    ],
    "member.shown": [(lambda s: s.withdraw(), lambda s: make_consent(s.young))],
    "room.changed": [(nothing, lambda s: s.change_room())],
}
CASES = [pytest.param(kind, *acts, id=f"{kind}-{number}") for kind in ACTS for number, acts in enumerate(ACTS[kind])]
# Who loses the room, or reads it in another view from then on: told by access.changed, which makes the page load anew.
NO_LONGER = {
    "member.hidden": {"young_student"},
    "member.left": {"classmate", "other_parent", "parent_of_both"},
}
PARENTS = ("parent", "other_parent", "parent_of_both")
VIEWERS = ("instructor", "student", "young_student", "classmate", *PARENTS)


@pytest.fixture
def scene(room: Room, young_student: Member, classmate: Member, instructor: Member) -> Scene:
    people = {"young": young_student, "classmate": classmate, "instructor": instructor}
    seqs = {who: written(room, member, f"the *{who}* says").seq for who, member in people.items()}
    return Scene(room, young_student, classmate, instructor, seqs)


@pytest.fixture
def parent_of_both(young_student: Member, classmate: Member) -> Member:
    """Two children in one room."""
    member = make_guardian(young_student, slot=3)
    link_guardian(SYSTEM, member, classmate, slot=3)
    return member


def test_the_cases_hold_every_kind_of_event() -> None:
    assert set(ACTS) == set(EventKind.values)


@pytest.mark.row("S20")
@pytest.mark.parametrize("masking", School.Masking)
@pytest.mark.parametrize(("kind", "before", "act"), CASES)
def test_snapshot_and_events_make_the_new_snapshot(
    kind: str,
    before: Act,
    act: Act,
    masking: str,
    school: School,
    scene: Scene,
    request: pytest.FixtureRequest,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    School.objects.filter(pk=school.pk).update(masking=masking)
    viewers = VIEWERS if masking == School.Masking.PSEUDONYMS else PARENTS
    people = {who: request.getfixturevalue(who) for who in viewers}
    before(scene)
    gone = NO_LONGER.get(kind, set()) | (set() if before is nothing else {"young_student"})
    pages = {who: Page(people[who], scene.room) for who in viewers if who not in gone}
    with hub_running() as runs, django_capture_on_commit_callbacks(execute=True):
        act(scene)
    newest = RoomEvent.objects.filter(room=scene.room).latest("seq")
    assert newest.kind == kind
    for who, from_log in pages.items():
        from_hub = from_log.copy()
        for frame in replayed(from_log):
            from_log.apply(frame)
        for frame in live(from_hub, runs):
            from_hub.apply(frame)
        new = Page(people[who], scene.room)
        for page in (from_log, from_hub):
            assert (page.messages, page.applied_seq) == (new.messages, new.applied_seq), who
        assert new.applied_seq == newest.seq


@pytest.mark.row("S22")
def test_two_children_in_one_room_make_one_view(scene: Scene, parent_of_both: Member) -> None:
    page = Page(parent_of_both, scene.room)
    seats = {seat_of(scene.young, scene.room), seat_of(scene.classmate, scene.room)}
    assert page.view.partition(":")[0] == "guardian"
    assert {int(seat) for seat in page.view.partition(":")[2].split(",")} == page.own_seats == seats
    removed(scene.room, scene.classmate, scene.seqs["classmate"])
    scene.withdraw()
    new = Page(parent_of_both, scene.room)
    assert [message["text"] for message in new.messages] == [message["text"] for message in page.messages]


def test_an_event_twice_or_after_a_newer_page_changes_nothing(scene: Scene, student: Member) -> None:
    old = Page(student, scene.room)
    edited(scene.room, scene.young, scene.seqs["young"], "changed")
    removed(scene.room, scene.classmate, scene.seqs["classmate"])
    frames = replayed(old)
    new = Page(student, scene.room)
    for page in (old, new):
        for frame in frames + frames:
            page.apply(frame)
    assert old.messages == new.messages == Page(student, scene.room).messages
