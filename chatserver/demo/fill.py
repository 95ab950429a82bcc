"""Fill an empty database with the demo school: people, families, consents, courses, rooms and three weeks of talk.

Everything goes through the actions that a school would use, as the product itself; only the clock is set back. The
password is made here, once, and written to demo.json for whoever looks around.
"""

import json
import secrets
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.actions.members import create_member
from accounts.actions.profiles import choose_audience, keep_field
from accounts.actor import Actor
from accounts.models import Member, MemberState
from chatserver.demo.calendar import ZONE, Calendar
from chatserver.demo.past import write_past
from chatserver.demo.people import ANSWERS, CARDS, COURSES, PEOPLE, PROFILES, WAITING, Course, Person
from consent.actions.consents import record_consent, withdraw_consent
from consent.actions.guardians import link_guardian
from consent.actions.requests import ask_family
from consent.actions.schools import create_school, give_grant, join_school, sign_agreement
from consent.models import Grant, GuardianLink, School, SchoolAgreement, SchoolMembership
from consent.models.schools import Source
from rooms.actions.courses import add_room, choose_questions, create_course
from rooms.actions.enrollments import enroll
from rooms.actions.join_answers import correct_answers
from rooms.actions.join_codes import make_code
from rooms.actions.rooms import direct_room, seat_in_group
from rooms.models import Course as CourseRow
from rooms.models import Enrollment, Room

ACTOR = Actor.system("demo")
WORDS = [
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "inlet",
    "juniper",
    "kestrel",
    "lagoon",
    "maple",
    "nectar",
    "otter",
    "pebble",
]
BELONGS = {  # a parent belongs to a child, and to no school
    "student": SchoolMembership.Kind.STUDENT,
    "instructor": SchoolMembership.Kind.INSTRUCTOR,
    "unconfirmed": SchoolMembership.Kind.INSTRUCTOR,  # says so, and has no grant
    "moderator": SchoolMembership.Kind.STAFF,
    "admin": SchoolMembership.Kind.STAFF,
    "supervisor": SchoolMembership.Kind.STAFF,
}
GRANTS = {
    "instructor": Grant.Kind.INSTRUCTOR,
    "moderator": Grant.Kind.MODERATOR,
    "admin": Grant.Kind.SCHOOL_ADMIN,
    "supervisor": Grant.Kind.SUPERVISOR,
}


def fill() -> None:
    """Make the school. Raises RuntimeError where somebody lives already: a real school is never mixed with this one."""
    if Member.objects.exists():
        raise RuntimeError("This database has members already; the demo school needs an empty one.")
    with transaction.atomic():
        _Filling(Calendar()).fill()


class _Filling:
    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.members: dict[str, Member] = {}
        self.rooms: dict[str, Room] = {}

    def fill(self) -> None:
        password = new_password()
        self.school = self._school()
        for number, person in enumerate(PEOPLE.values()):
            self.members[person.key] = self._member(person, number)
        Member.objects.update(password=make_password(password))  # one hash for all: 60 would take three seconds
        for person in PEOPLE.values():
            self._family(person)
        for course in COURSES:
            self._course(course)
        for person in PEOPLE.values():
            self._consents(person)
        self._waiting()
        write_past(self.calendar, self.members, self.rooms)
        self._end_links()
        self._profiles()
        _write_people(password)

    # The school and its people

    def _profiles(self) -> None:
        for who, said in PROFILES.items():
            member = self.members[who]
            for field, (value, audience) in said.items():
                keep_field(Actor.of_member(member), member, field, value)
                choose_audience(Actor.of_member(member), member, field, audience)

    def _school(self) -> School:
        school = create_school(
            ACTOR, name="Juniper Bend School", city="Springfield", time_zone=ZONE.key, phone="(555) 010-0142"
        )
        start, end = _school_year(self.calendar.today)
        self.agreement: SchoolAgreement = sign_agreement(
            ACTOR,
            school,
            signed_by="Ruth Lindqvist",
            signed_on=start,
            starts_on=start,
            ends_on=end,
            document_hash="0" * 64,
        )
        return school

    def _member(self, person: Person, number: int) -> Member:
        born = self.calendar.birthday(person.age, number) if person.age is not None else None
        member = create_member(
            ACTOR,
            sign_in_name=person.sign_in_name,
            name=person.name,
            given_name=person.given_name,
            course_name=person.shown_name,
            email=person.email,
            email_verified=person.email is not None,
            state=MemberState(person.state),
            protected_until=_birthday(born, 14) if born and person.is_young else None,
            majority_on=_birthday(born, 18) if born else None,
            is_k12=person.kind == "student",
            locale=person.locale,
            time_zone=ZONE.key,
            scope=self.school.pk,
        )
        self._belong(person, member)
        return member

    def _belong(self, person: Person, member: Member) -> None:
        if person.kind in BELONGS:
            start, _ = _school_year(self.calendar.today)
            is_unconfirmed = person.kind == "unconfirmed"
            join_school(
                ACTOR,
                self.school,
                member,
                kind=BELONGS[person.kind],
                grade=person.grade,
                starts_at=None if is_unconfirmed else datetime.combine(start, datetime.min.time(), ZONE),
                source=Source.MEMBER if is_unconfirmed else Source.SCHOOL,
            )
        if person.kind in GRANTS:
            give_grant(ACTOR, member, GRANTS[person.kind], school=self.school)

    def _family(self, person: Person) -> None:
        for link in person.links:
            child = self.members[link.child]
            slot = 1 + GuardianLink.objects.filter(child=child).count()
            link_guardian(ACTOR, self.members[person.key], child, slot=slot, starts_at=self.calendar.at(link.since))

    def _end_links(self) -> None:
        """Last, because the past was written while they held."""
        for person in PEOPLE.values():
            for link in person.links:
                if link.ended is not None:
                    GuardianLink.objects.filter(
                        guardian=self.members[person.key], child=self.members[link.child]
                    ).update(state=GuardianLink.State.ENDED, ends_at=self.calendar.at(link.ended))

    # Consent

    def _consents(self, person: Person) -> None:
        for consent in person.consents:
            grantor = self.members[consent.grantor]
            effective_at = self.calendar.at(consent.moment)
            if consent.kind == "withdraw":
                withdraw_consent(
                    ACTOR,
                    self.members[person.key],
                    grantor=grantor.name,
                    grantor_member=grantor,
                    method=consent.method,
                    effective_at=effective_at,
                )
                continue
            record_consent(
                ACTOR,
                self.members[person.key],
                scopes=consent.scopes,
                grantor=grantor.name,
                grantor_member=grantor,
                capacity=consent.capacity,
                method=consent.method,
                evidence="form in the school office" if consent.method == "paper_form" else "answered by email",
                effective_at=effective_at,
                expires_at=self.calendar.in_days(consent.expires_in_days),
                agreement=self.agreement,
            )

    def _waiting(self) -> None:
        courses = {course.key: self.courses[course.key].pk for course in COURSES}
        for request in WAITING:
            sent_at = self.calendar.at(request.sent)
            ask_family(
                ACTOR,
                self.members[request.child],
                channel=request.channel,
                address=request.address,
                language=request.language,
                course_id=courses[request.course],
                sent_at=sent_at,
                expires_at=self.calendar.days_after(sent_at, request.wait_days),
            )

    # Courses

    courses: dict[str, CourseRow]

    def _course(self, data: Course) -> None:
        course = create_course(
            ACTOR, self.school, title=data.title, short_title=data.short_title, description=data.description
        )
        self.courses = {**getattr(self, "courses", {}), data.key: course}
        for member in data.members:
            enroll(
                ACTOR,
                course,
                self.members[member.who],
                role=Enrollment.Role(member.role),
                joined_at=self.calendar.at(member.since),
                until=self.calendar.at(member.until) if member.until else None,
            )
        self._questions(course, data)
        make_code(ACTOR, course, expires_at=timezone.now() + timedelta(days=300))
        for room in data.rooms:
            people = [self.members[key] for key in room.members]
            if room.kind == "direct":
                about = self.members[room.about] if room.about and room.about not in room.members else None
                row = direct_room(ACTOR, course, people[0].pk, people[1].pk, about=about.pk if about else None)
            else:
                row = add_room(ACTOR, course, title=room.title, kind=room.kind, posting=room.posting)
            if room.kind == "group":
                seat_in_group(ACTOR, row, people)
            self.rooms[room.key] = row

    def _questions(self, course: CourseRow, data: Course) -> None:
        choose_questions(ACTOR, course, data.questions)
        for who, said in ANSWERS.get(data.key, {}).items():
            member = self.members[who]
            correct_answers(Actor.of_member(member), course.enrollments.get(member=member), said)


def new_password() -> str:
    """Three words and a number: easy to type from a screen, and of nobody else's choosing."""
    return "-".join([*(secrets.choice(WORDS) for _ in range(3)), str(secrets.randbelow(900) + 100)])


def _write_people(password: str) -> None:
    roles = {card.who: card.caption for card in CARDS}
    rows = [
        {
            "name": person.shown_name,
            "username": person.sign_in_name,
            "password": password,
            "role": roles.get(person.key, person.kind),
            "url": settings.ENV.url,
            "card": person.key in roles,
        }
        for person in [PEOPLE[key] for key in roles] + [each for each in PEOPLE.values() if each.key not in roles]
    ]
    path = settings.VAR / "demo.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")


def _school_year(today: date) -> tuple[date, date]:
    """August 15 to June 30."""
    first = today.year if today.month >= 8 else today.year - 1
    return date(first, 8, 15), date(first + 1, 6, 30)


def _birthday(born: date, age: int) -> date:
    return born.replace(year=born.year + age)
