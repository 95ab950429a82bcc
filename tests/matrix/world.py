"""The people and things of the authorisation matrix: two schools, a class, everybody who has something to do with it or
nothing, and a canary in every stored word.

Invariant: a canary is a word that stands in exactly one place of the database, so that whoever receives it was shown
that place.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from typing import Any

from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.actions.members import change_state
from accounts.actions.profiles import choose_audience, keep_field, keep_picture
from accounts.models import Member, MemberState
from consent.actions.consents import withdraw_consent
from consent.actions.guardians import end_link, link_guardian
from consent.actions.networks import add_network
from consent.actions.policies import enter_policies
from consent.actions.requests import ask_family
from consent.actions.schools import end_agreement, give_grant, join_school
from consent.models import Grant, Registration, School
from rooms.actions.class_cards import make_cards
from rooms.actions.courses import choose_questions
from rooms.actions.drafts import save_draft
from rooms.actions.enrollments import end_enrollment
from rooms.actions.invitation_mails import Letter
from rooms.actions.invitations import invite
from rooms.actions.join_answers import correct_answers
from rooms.actions.join_codes import make_code
from rooms.models import Course, Invitation, Room
from tests import cast, rooms_cast
from tests.cast import SYSTEM, acting, confirmed_browser_of

NOBODY = "anonymous"


class Canaries:
    """`canaries("what it is")` makes the word; which of them a text holds is found again by it."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self._numbers = count(1)

    def __call__(self, name: str) -> str:
        word = f"qzx{next(self._numbers):04d}qz"
        self.names[word] = name
        return word

    def within(self, text: str) -> set[str]:
        return {name for word, name in self.names.items() if word in text}


@dataclass
class World:
    canary: Canaries = field(default_factory=Canaries)
    people: dict[str, Member | None] = field(default_factory=lambda: {NOBODY: None})
    clients: dict[str, Client] = field(default_factory=dict)
    forms: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What is posted where an empty form would say nothing of who may."""

    ids: dict[str, Any] = field(default_factory=dict)
    """What stands for a part of an address: the class's own things, whoever asks. A route may have its own."""

    def __getitem__(self, name: str) -> Member:
        member = self.people[name]
        assert member is not None
        return member

    def browsers(self) -> Iterator[tuple[str, Client]]:
        return iter(self.clients.items())


def made() -> World:
    """Everybody, signed in; afterwards those who lose something lose it, with their cookies still there."""
    world = World()
    enter_policies()
    school = cast.make_school("Juniper Bend School", phone="555 0142")
    cast.make_agreement(school)
    course = rooms_cast.make_course(school)
    general = rooms_cast.make_room(course)
    _staff(world, school, course)
    _students(world, school, course)
    _families(world)
    _offices(world, school)
    _elsewhere(world)
    world.clients = {
        name: confirmed_browser_of(member) if member else Client() for name, member in world.people.items()
    }
    _words(world, course, general)
    _profile(world)
    _answers(world, course)
    _losses(world)
    _things(world, school, course, general)
    return world


def _things(world: World, school: School, course: Course, general: Room) -> None:
    """What addresses name."""
    group = rooms_cast.make_group(course, world["instructor"], world["student"])
    code = make_code(acting(world["instructor"]), course)
    invite(acting(world["instructor"]), course, "guest@example.org", Letter("student", False, "Come in."))
    record = rooms_cast.in_state(rooms_cast.make_room(course, "Last year"), Room.State.ARCHIVED)
    make_cards(acting(world["instructor"]), course.pk, [world["child"].pk], seen=0)
    grant = Grant.objects.get(member=world["admin"], kind=Grant.Kind.SCHOOL_ADMIN)
    world.ids |= {
        "school_id": school.pk,
        "course_id": course.pk,
        "room_id": general.pk,
        "code_id": code.pk,
        "invitation_id": Invitation.objects.get(course=course).pk,
        "change_invitation": {"deed": "revoke"},
        "deed": "lock",
        "grant_id": grant.pk,
        "token": "of-nobody",
        "slug": "privacy",
        "version": "1",
        "seat_in_group": {"room_id": group.pk},
        "take_out_of_group": {"room_id": group.pk},
        "end_role": {"grant_id": Grant.objects.get(member=world["supervisor"]).pk},
        "take_out": {"member_id": world["student"].pk},
        "bring_back": {"member_id": world["removed"].pk},
        "revoke_card": {"member_id": world["child"].pk},
        "room_record": {"room_id": record.pk},
        "restore_room": {"room_id": record.pk},
        "operator_confirm": {"member_id": world["independent"].pk},
        "reset_two_factor": {"member_id": world["supervisor"].pk},
    }
    world.forms = {
        "account_sessions": {"end": "others"},
        "operator_confirm": {"checked": "on"},
        "seat_in_group": {"member": world["child"].pk},
        "take_out_of_group": {"member": world["student"].pk},
    }


def _add(world: World, name: str, make: Any, *args: Any, **fields: Any) -> Member:
    """Somebody whose full name, address and sign-in name are canaries; the course name is what members call them."""
    surname = world.canary(f"{name}: full name").capitalize()
    given = name.split("_")[0].capitalize()
    fields |= {
        "given_name": given,
        "course_name": f"{given} {surname[:1]}.",
        "sign_in_name": world.canary(f"{name}: sign-in name"),
    }
    if name != "child":  # who has a class card instead
        fields |= {"email": f"{world.canary(f'{name}: address')}@example.org", "email_verified": True}
    world.people[name] = member = make(*args, f"{given} {surname}", **fields)
    return member


def _staff(world: World, school: School, course: Course) -> None:
    for name, role in (("instructor", rooms_cast.INSTRUCTOR), ("assistant", rooms_cast.ASSISTANT)):
        member = _add(world, name, cast.make_staff, school)
        give_grant(SYSTEM, member, Grant.Kind.INSTRUCTOR, school=school)
        rooms_cast.join(course, member, role)
    other = _add(world, "other_instructor", cast.make_staff, school)
    give_grant(SYSTEM, other, Grant.Kind.INSTRUCTOR, school=school)
    rooms_cast.join(rooms_cast.make_course(school, "Biology"), other, rooms_cast.INSTRUCTOR)
    join_school(SYSTEM, school, _add(world, "unconfirmed", cast.make_member), kind="instructor")
    world.ids["member_id"] = world["unconfirmed"].pk


def _students(world: World, school: School, course: Course) -> None:
    for name, age in (("student", 16), ("child", 13), ("waiting", 13), ("withdrawn", 13)):
        member = _add(world, name, cast.make_student, school, age=age)
        rooms_cast.join(course, member)
    for name in ("child", "withdrawn"):
        evidence = world.canary(f"{name}: evidence of consent")
        cast.make_consent(world[name], evidence=evidence, grantor=world.canary(f"{name}: who said yes"))
    removed = _add(world, "removed", cast.make_student, school, age=16)
    rooms_cast.join(course, removed)
    end_enrollment(SYSTEM, course, removed, removed=True)
    ask_family(
        SYSTEM, world["waiting"], channel="email", address=f"{world.canary('waiting: how to reach')}@example.org"
    )
    world.ids["child_id"] = world["child"].pk


def _families(world: World) -> None:
    for name, child in (("parent", "child"), ("other_parent", "student"), ("former_parent", "child")):
        guardian = _add(world, name, cast.make_member)
        link_guardian(SYSTEM, guardian, world[child], slot=1 if name != "former_parent" else 2)


def _offices(world: World, school: School) -> None:
    for name, duty in (
        ("supervisor", Grant.Kind.SUPERVISOR),
        ("moderator", Grant.Kind.MODERATOR),
        ("admin", Grant.Kind.SCHOOL_ADMIN),
    ):
        give_grant(SYSTEM, _add(world, name, cast.make_staff, school), duty, school=school)
    give_grant(SYSTEM, cast.set_up(_add(world, "operator", cast.make_member)), Grant.Kind.OPERATOR)
    note = world.canary("school: where a network is")
    world.ids["network_id"] = add_network(SYSTEM, school, network="203.0.113.7", note=note).pk


def _elsewhere(world: World) -> None:
    """Another school, whose agreement will have ended; and who belongs nowhere."""
    school = cast.make_school("Hollow Creek School")
    agreement = cast.make_agreement(school)
    course = rooms_cast.make_course(school, "Chemistry")
    orphaned = _add(world, "orphaned", cast.make_student, school, age=13)
    rooms_cast.join(course, orphaned)
    cast.make_consent(orphaned)
    end_agreement(SYSTEM, agreement)
    give_grant(SYSTEM, _add(world, "other_admin", cast.make_staff, school), Grant.Kind.SCHOOL_ADMIN, school=school)
    _add(world, "stranger", cast.make_member)
    independent = _add(world, "independent", cast.make_member)
    Registration.objects.create(member=independent, kind=Registration.Kind.INSTRUCTOR, at=timezone.now())
    _add(world, "closed", cast.make_member)


def _words(world: World, course: Course, general: Room) -> None:
    """What is said in the class, one to one, and what is only begun."""
    for name in ("instructor", "student", "child", "withdrawn"):
        said = rooms_cast.written(general, world[name], world.canary(f"{name}: words in the room"))
        world.ids[f"seq of {name}"] = said.seq
    edited = rooms_cast.written(general, world["student"], world.canary("student: earlier words"))
    rooms_cast.edited(general, world["student"], edited.seq, "changed")
    removed = rooms_cast.written(general, world["student"], world.canary("student: removed words"))
    rooms_cast.removed(general, world["student"], removed.seq)
    direct = rooms_cast.make_direct(course, world["instructor"], world["child"])
    rooms_cast.written(direct, world["child"], world.canary("child: words to the teacher"))
    rooms_cast.written(direct, world["instructor"], world.canary("instructor: words to the child"))
    draft = world.canary("child: a draft")
    standing, clearance = rooms_cast.standing_of(world["child"], general), rooms_cast.clearance_of(world["child"])
    save_draft(acting(world["child"]), standing, clearance=clearance, text=draft)
    world.ids |= {"seq": world.ids["seq of instructor"], "direct": direct.pk}


def _profile(world: World) -> None:
    """What the student says about themselves, and a picture."""
    student = world["student"]
    picture = BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    said = {
        "about": ("my_courses", world.canary("student: about, for the course")),
        "field_of_study": ("my_instructors", world.canary("student: field of study, for instructors")),
        "employer": ("me", world.canary("student: employer, closed")),
    }
    for field_name, (audience, word) in said.items():
        keep_field(acting(student), student, field_name, word)
        choose_audience(acting(student), student, field_name, audience)
    file = keep_picture(acting(student), student, picture.getvalue())
    choose_audience(acting(student), student, "picture", "my_courses")
    world.ids |= {"view": "classmate", "name": file, "member": {"member_id": student.pk}}
    world.ids["member_state"] = world.ids["delete_for_child"] = world.ids["member"]


def _answers(world: World, course: Course) -> None:
    """The class asks who joins, and the student has answered; one who was removed is asked by nobody."""
    choose_questions(SYSTEM, course, ["school", "employer"])
    place = course.enrollments.get(member=world["student"])
    correct_answers(acting(world["student"]), place, {"school": world.canary("student: answer on joining")})


def _losses(world: World) -> None:
    withdraw_consent(SYSTEM, world["withdrawn"], grantor="A. Parent", method="paper_form", evidence="form 2")
    end_link(SYSTEM, cast.link_of(world["former_parent"], world["child"]))
    change_state(SYSTEM, world["closed"], MemberState.CLOSED, reason="asked for")
