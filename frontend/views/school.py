"""The school office's pages about consent: the list, one child, and the two things that can be recorded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import FieldInvalid
from consent.actions.consents import record_consent as record
from consent.actions.consents import withdraw_consent as withdraw
from consent.models import ParentalConsent
from consent.queries.children import YoungStudent, consents_of, young_student, young_students
from consent.queries.schools import administered_school, agreement_in_force, student_memberships
from frontend.forms import METHODS, SCOPE_NAMES, ActionForm, RecordConsentForm, WithdrawConsentForm
from frontend.views.admission import MemberRequest, admitted

Kind = ParentalConsent.Kind
ORDER = ("waiting", "withdrawn", "disputed", "expired", "closed", "given")  # who needs something comes first
SENTENCES: dict[str, str | Promise] = {
    Kind.GRANT: gettext_lazy("%(name)s said yes: %(scopes)s"),
    Kind.WITHDRAW: gettext_lazy("%(name)s took the yes back"),
    Kind.DISPUTE: gettext_lazy("%(name)s: the parents disagree"),
    Kind.EXPIRE: gettext_lazy("The yes of %(name)s ran out"),
}


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record of the ledger in words."""

    kind: str
    at: datetime
    sentence: str
    details: str


@require_safe
@admitted
def consents(request: MemberRequest, school_id: int) -> HttpResponse:
    students = young_students(request.actor, school_id)
    query = request.GET.get("q", "").strip()
    context = office(request, school_id, students) | {"query": query, "students": lines(students, query)}
    return render(request, "pages/school/consents.html", context)


@require_safe
@admitted
def consent(request: MemberRequest, school_id: int, child_id: int) -> HttpResponse:
    return child_page(request, school_id, child_id)


@require_POST
@admitted
def record_consent(request: MemberRequest, school_id: int, child_id: int) -> HttpResponse:
    student = young_student(request.actor, school_id, child_id)
    form = record_form(student, request.POST)
    if form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("scopes", "grantor", "capacity", "method")}
        try:
            record(request.actor, student.member, evidence=form.evidence, **values)
        except FieldInvalid as error:
            form.refuse(error)
        else:
            said = _("Recorded. %(name)s's page opens by itself.")
            return recorded(request, school_id, child_id, said % {"name": student.member.given_name})
    return child_page(request, school_id, child_id, record_form=form)


@require_POST
@admitted
def withdraw_consent(request: MemberRequest, school_id: int, child_id: int) -> HttpResponse:
    student = young_student(request.actor, school_id, child_id)
    form = WithdrawConsentForm(request.POST, prefix="withdraw")
    if form.is_valid():
        values = form.cleaned_data
        try:
            withdraw(
                request.actor,
                student.member,
                kind=values["reason"],
                grantor=values["grantor"],
                method=values["method"],
            )
        except FieldInvalid as error:
            form.refuse(error)
        else:
            said = _("Recorded. The chat is closed for %(name)s on every device.")
            return recorded(request, school_id, child_id, said % {"name": student.member.given_name})
    return child_page(request, school_id, child_id, withdraw_form=form)


def recorded(request: MemberRequest, school_id: int, child_id: int, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return redirect("school_consent", school_id, child_id)


def child_page(request: MemberRequest, school_id: int, child_id: int, **forms: ActionForm) -> HttpResponse:
    """One child. A form that was refused comes back with what was typed, and with the status that says so."""
    student = young_student(request.actor, school_id, child_id)
    context = office(request, school_id, young_students(request.actor, school_id)) | {
        "student": student,
        "records": [record_line(row) for row in consents_of(request.actor, school_id, child_id)],
        "record_form": record_form(student),
        "withdraw_form": WithdrawConsentForm(prefix="withdraw"),
    }
    return render(request, "pages/school/consent.html", context | forms, status=422 if forms else 200)


def record_form(student: YoungStudent, data: Any = None) -> RecordConsentForm:
    given_name, is_disputed = student.member.given_name, student.state == "disputed"
    return RecordConsentForm(data, given_name=given_name, is_disputed=is_disputed)


def office(request: MemberRequest, school_id: int, students: list[YoungStudent]) -> dict[str, Any]:
    """What every page of the office shows."""
    school = administered_school(request.actor, school_id)
    agreement = agreement_in_force(school)
    return {
        "school": school,
        "agreement_until": agreement.ends_on if agreement else None,
        "total_count": len(students),
        "open_count": sum(student.can_enter for student in students),
        "waiting_count": sum(student.state == "waiting" for student in students),
    }


@dataclass(frozen=True, slots=True)
class StudentLine:
    student: YoungStudent
    grade: int | None
    newest: RecordLine | None


def lines(students: Iterable[YoungStudent], query: str) -> list[StudentLine]:
    """Those whose name holds what is looked for, who needs something first."""
    asked = query.casefold()
    found = [student for student in students if asked in student.member.name.casefold()]
    grades = {row.member_id: row.grade for row in student_memberships([student.member.pk for student in found])}
    found.sort(key=lambda student: ORDER.index(student.state))
    return [
        StudentLine(student, grades.get(student.member.pk), record_line(student.newest) if student.newest else None)
        for student in found
    ]


def record_line(row: ParentalConsent) -> RecordLine:
    scopes = ", ".join(str(name) for scope, name in SCOPE_NAMES.items() if scope in row.scopes)
    name = row.grantor or _("The family")
    recorder = row.recorded_by.name if row.recorded_by else ""
    details = [str(dict(METHODS).get(row.method, "")), row.evidence, recorder]
    return RecordLine(
        kind=row.kind,
        at=row.recorded_at,
        sentence=str(SENTENCES[row.kind]) % {"name": name, "scopes": scopes.lower()},
        details=", ".join(detail for detail in details if detail),
    )
