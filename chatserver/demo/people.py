"""Who is at the demo school: people, families, consents, courses and rooms. Data alone; `talk` says what they say.

Invariant: the numbers that the screens show follow from here. 24 of the 26 of Algebra I can enter, 19 parents read it
with them, 14 students and 11 parents read Biology. Times are school days before the first run: -9 is nine school days ago.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from django.utils.translation import gettext_noop

Kind = Literal["instructor", "student", "parent", "moderator", "admin", "supervisor", "unconfirmed"]
State = Literal["active", "awaiting_consent"]
Capacity = Literal["parent", "guardian"]
Locale = Literal["en", "es"]
SCOPES = ("use", "grades", "uploads", "visible_to_peers")


@dataclass(frozen=True, slots=True)
class Moment:
    """A school day counted from today (0) and the school's clock."""

    day: int
    at: str


SEPTEMBER = Moment(-58, "9:00")  # when the school year's forms came in


@dataclass(frozen=True, slots=True)
class Link:
    """A parent's tie to a child. `ended`: from then on the parent reads nothing more."""

    child: str
    capacity: Capacity = "parent"
    since: Moment = SEPTEMBER
    ended: Moment | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """One record of a family's answer for a child of 13 or under; the newest counts."""

    kind: Literal["grant", "withdraw"]
    moment: Moment
    grantor: str
    method: Literal["paper_form", "in_person", "email_plus"] = "paper_form"
    capacity: Capacity = "parent"
    scopes: tuple[str, ...] = SCOPES
    expires_in_days: int | None = None  # calendar days from today; None: to the end of the school year


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """A family that has not answered. Days to wait are calendar days after the asking."""

    child: str
    course: str
    channel: Literal["email", "letter", "form"]
    sent: Moment
    wait_days: int
    address: str | None = None
    language: Locale = "en"


@dataclass(frozen=True, slots=True)
class Person:
    key: str
    name: str
    given_name: str
    shown_name: str
    kind: Kind
    sign_in_name: str
    email: str | None = None
    grade: int | None = None
    age: int | None = None
    state: State = "active"
    locale: Locale = "en"
    links: tuple[Link, ...] = ()
    consents: tuple[Consent, ...] = ()

    @property
    def is_young(self) -> bool:
        """13 or under: until the 14th birthday a family decides."""
        return self.age is not None and self.age < 14


def _staff(key: str, name: str, shown_name: str, kind: Kind = "instructor", links: tuple[Link, ...] = ()) -> Person:
    given_name, surname = name.split(" ")
    sign_in_name = f"{given_name[0]}.{surname}".lower()
    return Person(
        key, name, given_name, shown_name, kind, sign_in_name, f"{sign_in_name}@juniperbend.example", links=links
    )


def _student(
    name: str, grade: int, age: int, *, given_by: str = "", capacity: Capacity = "parent", waiting: bool = False
) -> Person:
    given_name, surname = name.rsplit(" ", 1)
    key = given_name.lower()
    sign_in_name = f"{key}.{surname[0].lower()}"
    return Person(
        key,
        f"{given_name} {surname[0]}." if waiting else name,  # before a yes the school keeps no surname
        given_name,
        f"{given_name} {surname[0]}.",
        "student",
        sign_in_name,
        f"{sign_in_name}@juniperbend.example" if age >= 16 else None,
        grade,
        age,
        "awaiting_consent" if waiting else "active",
        consents=(Consent("grant", SEPTEMBER, given_by, capacity=capacity),) if given_by else (),
    )


def _parent(key: str, name: str, *links: str | Link, locale: Locale = "en") -> Person:
    given_name = name.split(" ")[0]
    ties = tuple(link if isinstance(link, Link) else Link(link) for link in links)
    address = f"{key}.{name.split(' ')[-1]}".lower().replace("í", "i")
    return Person(key, name, given_name, name, "parent", address, f"{address}@example.org", locale=locale, links=ties)


STAFF = (
    _staff("rivera", "Marisol Rivera", "Ms. Rivera", links=(Link("ines"),)),
    _staff("chen", "Martin Chen", "Mr. Chen"),
    _staff("sato", "Leo Sato", "Mr. Sato"),
    _staff("brooks", "Imani Brooks", "Ms. Brooks"),
    _staff("haddad", "Farid Haddad", "Mr. Haddad"),
    _staff("moss", "Avery Moss", "Avery Moss", "moderator"),
    _staff("lindqvist", "Ruth Lindqvist", "Ruth Lindqvist", "admin"),
    Person("ibarra", "Tomás Ibarra", "Tomás", "Tomás Ibarra", "supervisor", "t.ibarra", "t.ibarra@juniperbend.example"),
    Person("trask", "Colin Trask", "Colin", "Colin Trask", "unconfirmed", "c.trask", "colin.trask@example.org"),
)

STUDENTS = (
    _student("Devon Kim", 8, 13, given_by="paula"),
    _student("Jada Amos", 8, 14),
    _student("Liam Porter", 8, 13, given_by="nora"),
    _student("Kenji Okafor", 8, 14),
    _student("Sofia Novak", 8, 13, waiting=True),
    _student("Amara Diallo", 8, 13, given_by="simone"),
    _student("Mateo Ramírez", 8, 13, given_by="rosa"),
    _student("Hana Yilmaz", 8, 13, given_by="selin"),
    _student("Noah Becker", 8, 14),
    _student("Leila Farahani", 8, 13, given_by="omid"),
    _student("Oskar Lindgren", 8, 14),
    _student("Priya Shah", 8, 13, given_by="meera"),
    replace(
        _student("Caleb Whitfield", 8, 13),
        consents=(
            Consent("grant", SEPTEMBER, "dana", scopes=(*SCOPES, "public_pages")),
            Consent("withdraw", Moment(-9, "10:42"), "dana", "email_plus"),
            Consent("grant", Moment(-7, "7:31"), "dana", "email_plus"),
        ),
    ),
    _student("Thuy Tran", 8, 14),
    _student("Zoe Morales", 8, 13, given_by="beatriz"),
    _student("Ines Garza", 8, 13, given_by="rivera"),
    _student("Elif Aydin", 8, 14),
    _student("Jonah Ellis", 8, 13, given_by="simone", capacity="guardian"),
    _student("Mei-Lin Chang", 8, 13, given_by="grace"),
    _student("Rafael Costa", 8, 14),
    replace(
        _student("Nadia Hassan", 8, 13),
        consents=(Consent("grant", SEPTEMBER, "yasmin", expires_in_days=28),),
    ),
    _student("Ewan Grant", 8, 13, given_by="isla"),
    _student("Aaliyah Jackson", 8, 14),
    _student("Bruno Silva", 8, 13, given_by="beatriz", capacity="guardian"),
    _student("Freya Nilsen", 8, 13, given_by="kari"),
    _student("Ravi Iyer", 8, 13, waiting=True),
    _student("Mina Kim", 6, 11, waiting=True),
    _student("Tobias Reyes", 12, 17),
    _student("Anjali Mehta", 12, 17),
    _student("Marcus Owens", 11, 16),
    _student("Chloe Vance", 12, 17),
    _student("Yusuf Bakr", 11, 16),
    _student("Lena Petrova", 12, 17),
    _student("Diego Fuentes", 12, 18),
)

PARENTS = (
    _parent("paula", "Paula Kim", "devon", "mina"),
    _parent("jun", "Jun Kim", "devon", "mina"),
    _parent("renee", "Renée Amos", "jada"),
    _parent("nora", "Nora Porter", "liam"),
    _parent("gareth", "Gareth Porter", "liam"),
    _parent("samuel", "Samuel Okafor", "kenji"),
    _parent("simone", "Simone Diallo", "amara", Link("jonah", "guardian")),
    _parent("rosa", "Rosa Ramírez", "mateo", locale="es"),
    _parent("selin", "Selin Yilmaz", "hana"),
    _parent("deniz", "Deniz Yilmaz", "hana"),
    _parent("omid", "Omid Farahani", "leila"),
    _parent("meera", "Meera Shah", "priya"),
    _parent("dana", "Dana Whitfield", "caleb"),
    _parent("lan", "Lan Tran", "thuy"),
    _parent("beatriz", "Beatriz Morales", "zoe", Link("bruno", "guardian"), locale="es"),
    _parent("grace", "Grace Chang", "mei-lin"),
    _parent("yasmin", "Yasmin Hassan", "nadia"),
    _parent("isla", "Isla Grant", "ewan"),
    _parent("kari", "Kari Nilsen", "freya"),
    _parent("marta", "Marta Fuentes", Link("diego", ended=Moment(-6, "12:00"))),  # he is 18
)

PEOPLE: dict[str, Person] = {person.key: person for person in (*STAFF, *STUDENTS, *PARENTS)}

WAITING = (
    ConsentRequest("sofia", "algebra", "email", Moment(-1, "8:15"), 30, "olena.novak@example.org"),
    ConsentRequest("ravi", "algebra", "form", Moment(-3, "9:00"), 30),
    ConsentRequest("mina", "writing", "email", Moment(-5, "9:00"), 18, "paula.kim@example.org"),
)


@dataclass(frozen=True, slots=True)
class Enrollment:
    """`until`: a substitute's last minute."""

    who: str
    role: Literal["instructor", "student"]
    since: Moment = Moment(-16, "8:00")
    until: Moment | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """`members` only in group and direct rooms; in a direct one `about` is whose record it is."""

    key: str
    title: str
    kind: Literal["course", "group", "direct"] = "course"
    posting: Literal["all", "staff"] = "all"
    members: tuple[str, ...] = ()
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Course:
    key: str
    title: str
    short_title: str
    members: tuple[Enrollment, ...]
    rooms: tuple[Room, ...]
    description: str = ""
    questions: tuple[str, ...] = ()

    def who(self, role: Literal["instructor", "student"]) -> tuple[str, ...]:
        return tuple(member.who for member in self.members if member.role == role)


def _members(instructors: str, students: str) -> tuple[Enrollment, ...]:
    return (
        *(Enrollment(who, "instructor") for who in instructors.split()),
        *(Enrollment(who, "student") for who in students.split()),
    )


def _direct(course: str, first: str, second: str, about: str) -> Room:
    return Room(f"{course}/{first}-{second}", "", "direct", members=(first, second), about=about)


def _group(key: str, title: str, members: str) -> Room:
    return Room(key, title, "group", members=tuple(members.split()))


ALGEBRA = Course(
    "algebra",
    "Algebra I, period 3",
    "Algebra I",
    (
        *_members("rivera chen", " ".join(student.key for student in STUDENTS if student.grade == 8)),
        Enrollment("haddad", "instructor", Moment(-3, "7:30"), Moment(-3, "15:30")),
    ),
    (
        Room("algebra/general", "General"),
        Room("algebra/help", "Homework help"),
        Room("algebra/review", "Quiz 4 review"),  # new, nobody has written yet
        Room("algebra/announcements", "Announcements", posting="staff"),
        _direct("algebra", "rivera", "devon", "devon"),
        _direct("algebra", "rivera", "jada", "jada"),
        _direct("algebra", "rivera", "liam", "liam"),
        _direct("algebra", "rivera", "caleb", "caleb"),
        _direct("algebra", "rivera", "sofia", "sofia"),  # waits with her
        _direct("algebra", "chen", "liam", "liam"),
        _direct("algebra", "rosa", "rivera", "mateo"),
        _direct("algebra", "dana", "rivera", "caleb"),
        _direct("algebra", "samuel", "rivera", "kenji"),
        _direct("algebra", "jun", "rivera", "devon"),
    ),
    "From straight lines to parabolas, and how to find where they meet the ground. We meet every morning in period 3; "
    "questions at any hour belong in Homework help, where everybody learns from the answer.",
)

BIOLOGY = Course(
    "biology",
    "Biology, period 1",
    "Biology",
    _members("sato", "devon hana mateo priya elif jada aaliyah leila rafael noah freya ewan kenji oskar"),
    (
        Room("biology/general", "General"),
        Room("biology/announcements", "Announcements", posting="staff"),
        _group("biology/lab-1", "Lab partners 1", "sato devon hana mateo"),
        _group("biology/lab-2", "Lab partners 2", "sato priya elif jada aaliyah"),
        _group("biology/lab-3", "Lab partners 3", "sato leila rafael noah freya"),
        _group("biology/lab-4", "Lab partners 4", "sato ewan kenji oskar"),
        _direct("biology", "sato", "devon", "devon"),
        _direct("biology", "sato", "priya", "priya"),
        _direct("biology", "sato", "ewan", "ewan"),
        _direct("biology", "paula", "sato", "devon"),
    ),
)

WRITING = Course(
    "writing",
    "Writing lab",
    "Writing lab",
    _members("brooks", "mina devon oskar ines jonah freya bruno mei-lin amara leila nadia thuy"),
    (
        Room("writing/drafts", "Drafts"),
        Room("writing/notes", "Peer notes"),
        _direct("writing", "brooks", "oskar", "oskar"),
        _direct("writing", "brooks", "thuy", "thuy"),
        _direct("writing", "paula", "brooks", "mina"),
        _direct("writing", "beatriz", "brooks", "bruno"),
    ),
)

CHEMISTRY = Course(
    "chemistry",
    "Chemistry",
    "Chemistry",
    _members("chen", "tobias anjali marcus chloe yusuf lena diego"),
    (
        Room("chemistry/general", "General"),
        Room("chemistry/safety", "Safety"),
        _group("chemistry/study", "Study group", "chen tobias anjali lena"),
        _direct("chemistry", "chen", "yusuf", "yusuf"),
        _direct("chemistry", "chen", "tobias", "tobias"),
    ),
    questions=("field_of_study", "graduation_year"),
)

COURSES = (ALGEBRA, BIOLOGY, WRITING, CHEMISTRY)


# Who → field → what it says and to whom it is open. What nobody opened is seen by nobody.
PROFILES: dict[str, dict[str, tuple[str, str]]] = {
    "tobias": {
        "pronouns": ("he, him", "my_courses"),
        "graduation_year": ("2027", "members"),
        "field_of_study": ("Chemistry, then maybe nursing", "my_instructors"),
        "about": ("I play the trumpet. Ask me about titration.", "my_courses"),
    },
}

# Course → who → what they answered when they joined; the instructors of the course read it.
ANSWERS: dict[str, dict[str, dict[str, str]]] = {
    "chemistry": {
        "tobias": {"field_of_study": "Chemistry, then maybe nursing", "graduation_year": "2027"},
        "anjali": {"graduation_year": "2027"},
    },
}


@dataclass(frozen=True, slots=True)
class Card:
    """Whom a visitor may look around as, and the line under the name."""

    who: str
    caption: str


CARDS = (
    Card("rivera", gettext_noop("Instructor")),
    Card("devon", gettext_noop("Student, 13")),
    Card("tobias", gettext_noop("Student, 17")),
    Card("paula", gettext_noop("Parent of two")),
    Card("moss", gettext_noop("Moderator")),
    Card("lindqvist", gettext_noop("Administrator")),
    Card("sofia", gettext_noop("Student, 13, waiting for a yes at home")),
)
