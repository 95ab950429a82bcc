"""The office of a school beside consent: what needs somebody now, its people, and who was given which duty."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.queries.two_factor import with_second_step
from consent.actions.schools import end_grant, give_grant
from consent.models import Grant, School, SchoolMembership
from consent.queries.children import YoungStudent, young_students
from consent.queries.school_people import SchoolPerson, may_be_given_duties, people_of_school, roles_of_school
from consent.queries.schools import agreement_in_force, below_the_office, unconfirmed_instructors
from frontend.course_pages import accepted, kept_in_address
from frontend.school_forms import GIVEN, GiveRoleForm
from frontend.views.admission import MemberRequest, admitted
from frontend.views.confirming import recently_confirmed
from frontend.views.duties import NAMES
from frontend.views.school import ENDING, need, office

PEOPLE_A_PAGE = 100
NAMED = 3  # of those who wait; the others are counted
AGREEMENT_SOON = timedelta(days=60)
Kind, Duty = SchoolMembership.Kind, Grant.Kind
LOOKS_AFTER = (Duty.SUPERVISOR, Duty.MODERATOR)
BOTH = require_http_methods(["GET", "HEAD", "POST"])
TABS: dict[str, str | Promise] = {
    "students": gettext_lazy("Students"),
    "instructors": gettext_lazy("Instructors"),
    "staff": gettext_lazy("Staff"),
}


class PersonRow(NamedTuple):
    """`has_step`: a second step of signing in that this office may take away."""

    person: SchoolPerson
    duties: str
    has_step: bool = False


def row_of(person: SchoolPerson, steps: Collection[int] = ()) -> PersonRow:
    duties = ", ".join(str(NAMES[grant.kind]) for grant in person.duties)
    return PersonRow(person, duties, person.member.pk in steps)


class Task(NamedTuple):
    """Something that waits for the office: what, why, until when, and the one button that moves it."""

    kind: str
    glyph: str
    title: str
    note: str
    url: str
    button: str
    due: datetime | None = None


# Today


@require_safe
@admitted
def today(request: MemberRequest, school_id: int) -> HttpResponse:
    students = young_students(request.actor, school_id)
    found = people_of_school(request.actor, school_id)
    context = office(request, school_id, students)
    context |= {
        "place": "school",
        "tasks": [*tasks_of(context["school"], students, found)],
        "student_count": sum(each.is_student for each in found),
        "can_enter": sum(each.is_student and each.state == "open" for each in found),
        "linked": sum(bool(student.guardians) for student in students),
        "on_duty": [row_of(each) for each in found if any(grant.kind in LOOKS_AFTER for grant in each.duties)],
    }
    return render(request, "pages/school/today.html", context)


def tasks_of(school: School, students: Sequence[YoungStudent], people: Sequence[SchoolPerson]) -> Iterator[Task]:
    """What is most urgent first: somebody at the door, then a missing duty, then families, then papers."""
    place = reverse("school_people", args=[school.pk])
    for person in people:
        if person.state == "unconfirmed":
            yield Task(
                "mark",
                "user-plus",
                _("%(name)s registered as an instructor") % {"name": person.member.name},
                _("Until you confirm it, this person meets nobody here."),
                f"{place}?tab=instructors",
                _("Look and confirm"),
            )
    yield from _missing_duties(school, people)
    yield from _families(school, students)
    yield from _agreement(school)


def _missing_duties(school: School, people: Sequence[SchoolPerson]) -> Iterator[Task]:
    held = {grant.kind for person in people for grant in person.duties}
    url, button = reverse("school_roles", args=[school.pk]), _("Name somebody")
    if Duty.SUPERVISOR not in held:
        note = _("Nobody reads along where a student who is a minor has no linked parent.")
        yield Task("danger", "shield-alert", _("No supervisor is named"), note, url, button)
    if Duty.MODERATOR not in held:
        yield Task("warn", "flag", _("No moderator is named"), _("Nobody would look at a report."), url, button)


def _families(school: School, students: Sequence[YoungStudent]) -> Iterator[Task]:
    url = reverse("school_consents", args=[school.pk])
    waiting = [student for student in students if student.state == "waiting"]
    if waiting:
        title = ngettext("%(n)d family has not answered", "%(n)d families have not answered", len(waiting))
        ends = [student.request.expires_at for student in waiting if student.request is not None]
        due = min(ends, default=None)
        yield Task("warn", "shield-alert", title % {"n": len(waiting)}, _names(waiting), url, _("See who"), due)
    ending = [student for student in students if need(student) == ENDING]
    if ending:
        title = ngettext("%(n)d consent ends soon", "%(n)d consents end soon", len(ending))
        due = min(student.ends_at for student in ending if student.ends_at is not None)
        yield Task("info", "file-clock", title % {"n": len(ending)}, _names(ending), url, _("See who"), due)


def _names(students: Sequence[YoungStudent]) -> str:
    names = [student.member.course_name for student in students[:NAMED]]
    rest = len(students) - len(names)
    return ", ".join(names) + (_(" and %(n)d more") % {"n": rest} if rest else "")


def _agreement(school: School) -> Iterator[Task]:
    agreement, url = agreement_in_force(school), reverse("school_consents", args=[school.pk])
    if agreement is None:
        note = _("Nobody of 13 or under can enter. The operator of this site records a new one.")
        yield Task("danger", "file-text", _("No agreement is in force"), note, url, _("See who"))
    elif agreement.ends_on - timezone.localdate() < AGREEMENT_SOON:
        note = _("Its last day is %(day)s. At the end of it, nobody of 13 or under can enter.")
        day = agreement.ends_on.strftime("%Y-%m-%d")
        yield Task("warn", "file-text", _("The agreement ends soon"), note % {"day": day}, url, _("See who"))


# People


@require_safe
@admitted
def people(request: MemberRequest, school_id: int) -> HttpResponse:
    found = people_of_school(request.actor, school_id)
    groups = {name: [each for each in found if group_of(each) == name] for name in TABS}
    tab = request.GET.get("tab", "students")
    tab = tab if tab in groups else "students"
    query = request.GET.get("q", "").strip()
    context = office(request, school_id, young_students(request.actor, school_id))
    steps = with_second_step(below_the_office(context["school"], [each.member.pk for each in groups[tab]]))
    shown = [row_of(each, steps) for each in groups[tab] if query.casefold() in each.is_found_by]
    context |= {
        "place": "school_people",
        "people_tabs": [(name, label, len(groups[name])) for name, label in TABS.items()],
        "people_tab": tab,
        "query": query,
        "kept": kept_in_address(tab=tab, q=query),
        "page": Paginator(shown, PEOPLE_A_PAGE).get_page(request.GET.get("page")),
        "unconfirmed": unconfirmed_instructors(request.actor, school_id) if tab == "instructors" else [],
    }
    return render(request, "pages/school/people.html", context)


def group_of(person: SchoolPerson) -> str:
    if person.is_student:
        return "students"
    is_instructor = Kind.INSTRUCTOR in person.kinds or any(grant.kind == Duty.INSTRUCTOR for grant in person.duties)
    return "instructors" if is_instructor else "staff"


# Roles


@BOTH
@admitted
@recently_confirmed
def roles(request: MemberRequest, school_id: int) -> HttpResponse:
    """Duties given and ended, each with who and when; a new one is given here."""
    candidates = list(may_be_given_duties(request.actor, school_id))
    context = office(request, school_id, young_students(request.actor, school_id))
    form = GiveRoleForm(request.POST if request.method == "POST" else None, candidates=candidates)

    def give() -> None:
        said = form.cleaned_data
        member = next(each for each in candidates if str(each.pk) == said["member"])
        give_grant(request.actor, member, said["kind"], school=context["school"], ends_at=said["ends_on"])

    if request.method == "POST" and accepted(form, give):
        messages.success(request, _("Given, and on record. It holds from now on."))
        return redirect("school_roles", school_id)
    now, given = timezone.now(), list(roles_of_school(request.actor, school_id))
    context |= {
        "place": "school_roles",
        "form": form,
        "in_force": [RoleLine.of(grant) for grant in given if grant.ends_at is None or grant.ends_at > now],
        "over": [RoleLine.of(grant) for grant in given if grant.ends_at is not None and grant.ends_at <= now],
    }
    return render(request, "pages/school/roles.html", context, status=422 if form.errors else 200)


class RoleLine(NamedTuple):
    grant: Grant
    name: str | Promise
    may_be_ended: bool

    @classmethod
    def of(cls, grant: Grant) -> "RoleLine":
        return cls(grant, NAMES[grant.kind], grant.kind in GIVEN)


@require_POST
@admitted
@recently_confirmed
def end_role(request: MemberRequest, school_id: int, grant_id: int) -> HttpResponse:
    grant = get_object_or_404(roles_of_school(request.actor, school_id), pk=grant_id)
    end_grant(request.actor, grant)
    said = _("Ended, and on record: %(name)s is no longer %(duty)s here.")
    messages.success(request, said % {"name": grant.member.name, "duty": str(NAMES[grant.kind]).lower()})
    return redirect("school_roles", school_id)
