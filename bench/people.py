"""Invented people: courses of young students with their consents, everybody signed in.

Invariant: only a database without members is filled, and its audit log begins by saying who did it. Everybody passes
the same door, gate and transaction as in a school that grew over a year; they are made in bulk, because thousands of
members through their actions take minutes.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.actions.sessions import BACKEND
from accounts.actor import Actor
from accounts.audit import GENESIS
from accounts.models import Access, Member, Session, SessionStore
from chatserver.checks import BENCH
from consent.actions.ledger import record_hash, words_digest
from consent.actions.schools import create_school, sign_agreement
from consent.models import ParentalConsent, School, SchoolAgreement, SchoolMembership, Scope
from rooms.models import Course, Enrollment, Room, RoomHead

YEAR = timedelta(days=365)
SESSION_LIFE = timedelta(days=30)  # a clock that is moved by days ends nobody's
KEY_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class Seat:
    """A signed-in member of a room. `cookie` is the whole value of a Cookie header."""

    room: int
    member: int
    cookie: str
    origin: str


def fill(room_count: int, member_count: int) -> list[Seat]:
    """Course rooms one after the other, in each its instructor first. RuntimeError where somebody lives already."""
    if Member.objects.exists():
        raise RuntimeError("This database has members already; only an empty one is filled with invented people.")
    with transaction.atomic():
        return list(_Filling(room_count, member_count).seats())


class _Filling:
    def __init__(self, room_count: int, member_count: int) -> None:
        self.now = timezone.now()
        school, agreement = self._school()
        self.courses = self._courses(school, room_count, member_count)
        self.members = self._members(member_count)
        self._belong(school)
        self._consents(agreement)
        self._enroll(member_count)
        self.rooms = self._rooms()
        self.sessions = self._sessions()
        self.member_count = member_count

    def seats(self) -> Iterator[Seat]:
        for place, (member, session) in enumerate(zip(self.members, self.sessions, strict=True)):
            room = self.rooms[place // self.member_count]
            cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
            yield Seat(room.pk, member.pk, cookie, settings.ENV.url)

    def _school(self) -> tuple[School, SchoolAgreement]:
        actor, today = Actor.system(BENCH), self.now.date()
        school = create_school(actor, name="Invented School", time_zone="America/Chicago")
        agreement = sign_agreement(
            actor,
            school,
            signed_by="Nobody",
            signed_on=today - YEAR,
            starts_on=today - YEAR,
            ends_on=today + YEAR,
            document_hash="0" * 64,
        )
        return school, agreement

    def _courses(self, school: School, room_count: int, member_count: int) -> list[Course]:
        numbers = range(1, room_count + 1)
        return Course.objects.bulk_create(
            Course(
                school=school,
                title=f"Course {number}",
                short_title=f"Course {number}",
                slug=f"bench-{number}",
                last_seat=member_count,
                created_at=self.now,
            )
            for number in numbers
        )

    def _rooms(self) -> list[Room]:
        rooms = Room.objects.bulk_create(
            Room(course=course, kind=Room.Kind.COURSE, title="General", created_at=self.now) for course in self.courses
        )
        RoomHead.objects.bulk_create(RoomHead(room=room) for room in rooms)
        return rooms

    def _members(self, member_count: int) -> list[Member]:
        password = make_password(None)  # nobody signs in with one
        members = Member.objects.bulk_create(
            self._member(course, seat, password) for course in self.courses for seat in range(1, member_count + 1)
        )
        Access.objects.bulk_create(Access(member=member, changed_at=self.now) for member in members)
        return members

    def _member(self, course: Course, seat: int, password: str) -> Member:
        """The first seat is the instructor's; all others are under 14, so that the gate asks for their consent."""
        is_student, today = seat > 1, self.now.date()
        return Member(
            sign_in_name=f"bench.{course.pk}.{seat}",
            name=f"Person {seat} of {course.title}",
            given_name=f"Person {seat}",
            course_name=f"Person {seat}",
            password=password,
            is_k12=is_student,
            protected_until=today + 2 * YEAR if is_student else None,
            majority_on=today + 6 * YEAR if is_student else None,
        )

    def _belong(self, school: School) -> None:
        kinds = SchoolMembership.Kind
        SchoolMembership.objects.bulk_create(
            SchoolMembership(
                member=member,
                school=school,
                kind=kinds.STUDENT if member.is_k12 else kinds.INSTRUCTOR,
                starts_at=self.now - YEAR / 2,
            )
            for member in self.members
        )

    def _consents(self, agreement: SchoolAgreement) -> None:
        ParentalConsent.objects.bulk_create(
            self._consent(member, agreement) for member in self.members if member.is_k12
        )

    def _consent(self, member: Member, agreement: SchoolAgreement) -> ParentalConsent:
        record = ParentalConsent(
            child=member,
            position=1,
            kind=ParentalConsent.Kind.GRANT,
            scopes=sorted(Scope),
            grantor="Nobody",
            capacity=ParentalConsent.Capacity.PARENT,
            method=ParentalConsent.Method.PAPER_FORM,
            evidence="invented",
            agreement=agreement,
            salt=os.urandom(16),
            effective_at=self.now - YEAR / 2,
            expires_at=self.now + YEAR / 2,
            recorded_at=self.now,
            prev_hash=GENESIS,
        )
        record.digest = words_digest(record)
        record.hash = record_hash(record)
        return record

    def _enroll(self, member_count: int) -> None:
        Enrollment.objects.bulk_create(
            Enrollment(
                course=self.courses[place // member_count],
                member=member,
                role=Enrollment.Role.STUDENT if member.is_k12 else Enrollment.Role.INSTRUCTOR,
                seat=place % member_count + 1,
                joined_at=self.now,
            )
            for place, member in enumerate(self.members)
        )

    def _sessions(self) -> list[Session]:
        store = SessionStore()
        return Session.objects.bulk_create(
            Session(
                session_key=get_random_string(32, KEY_CHARACTERS),
                session_data=store.encode(_signed_in(member)),
                expire_date=self.now + SESSION_LIFE,
                member=member,
            )
            for member in self.members
        )


def _signed_in(member: Member) -> dict[str, str]:
    """What Django's `login` puts into a session."""
    return {
        SESSION_KEY: str(member.pk),
        BACKEND_SESSION_KEY: BACKEND,
        HASH_SESSION_KEY: member.get_session_auth_hash(),
    }
