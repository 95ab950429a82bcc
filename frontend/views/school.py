"""The school office's pages about consent: the list, one child, what can be recorded, and asking the family again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import FieldInvalid, NotAllowed, NotFound, TooFast
from consent.actions import consents as actions
from consent.actions.administrators import confirm_of_school
from consent.actions.requests import ask_again
from consent.gate import Reason
from consent.models import ParentalConsent
from consent.queries.children import Recorded, YoungStudent, consents_of, young_student, young_students
from consent.queries.requests import erased_since
from consent.queries.schools import (
    administered_school,
    agreement_in_force,
    student_memberships,
    unconfirmed_instructors,
)
from frontend.forms import METHODS, SCOPE_NAMES, ActionForm, RecordConsentForm, RefuseConsentForm, WithdrawConsentForm
from frontend.join_forms import AgeForm
from frontend.views.admission import MemberRequest, admitted
from frontend.views.typed import forget, say_again, send_back, typed
from frontend.ways import ways_of
from rooms.actions.ages import tell_birth_month

Kind = ParentalConsent.Kind
SOON = timedelta(days=30)  # a yes that runs out within these days is the office's next letter
ENDING = "ending"
ORDER = ("waiting", "disputed", "expired", ENDING, "closed", "withdrawn", "refused", "given")  # who needs her first
SENTENCES: dict[str, str | Promise] = {
    Kind.GRANT: gettext_lazy("%(name)s said yes: %(scopes)s"),
    Kind.EXPIRE: gettext_lazy("The yes of %(name)s ran out"),
    Reason.CONSENT_WITHDRAWN: gettext_lazy("%(name)s took the yes back"),
    Reason.CONSENT_REFUSED: gettext_lazy("%(name)s said no"),
    Reason.CONSENT_DISPUTED: gettext_lazy("%(name)s: the parents disagree"),
}
ALL_FIELDS = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record of the ledger in words. `at`: when it took effect; `entered_at`: when the office wrote it down."""

    kind: str
    at: datetime
    sentence: str
    details: str
    entered_by: str
    entered_at: datetime


@require_safe
@admitted
def consents(request: MemberRequest, school_id: int) -> HttpResponse:
    students = young_students(request.actor, school_id)
    query = request.GET.get("q", "").strip()
    context = office(request, school_id, students) | {
        "query": query,
        "students": lines(students, query),
        "unconfirmed": unconfirmed_instructors(request.actor, school_id),
    }
    context["erased"] = erased_since(context["school"], timezone.now() - SOON)
    return render(request, "pages/school/consents.html", context)


@require_POST
@admitted
def confirm_instructor(request: MemberRequest, school_id: int, member_id: int) -> HttpResponse:
    """Only who registered and waits: nobody is made an instructor by an address."""
    administered_school(request.actor, school_id)
    if "checked" in request.POST:
        member = confirm_of_school(request.actor, school_id, member_id)
        messages.success(request, _("%(name)s is confirmed as an instructor.") % {"name": member.name})
    return redirect("school", school_id)


@require_safe
@admitted
def consent(request: MemberRequest, school_id: int, child_id: int) -> HttpResponse:
    forget(request)
    return child_page(request, school_id, child_id)


class Recording(NamedTuple):
    """One of the things that can be recorded: its form on the page, what it does, and what is said then."""

    form: str
    act: Callable[[MemberRequest, YoungStudent, Any], object]
    said: str | Promise


def _record(request: MemberRequest, student: YoungStudent, form: RecordConsentForm) -> None:
    values = {name: form.cleaned_data[name] for name in ("scopes", "grantor", "capacity", "method")}
    actions.record_consent(request.actor, student.member, evidence=form.evidence, **values)


def _withdraw(request: MemberRequest, student: YoungStudent, form: WithdrawConsentForm) -> None:
    actions.withdraw_consent(request.actor, student.member, **form.said)


def _refuse(request: MemberRequest, student: YoungStudent, form: RefuseConsentForm) -> None:
    actions.refuse_consent(request.actor, student.member, **form.said)


def _tell_age(request: MemberRequest, student: YoungStudent, form: AgeForm) -> None:
    tell_birth_month(request.actor, student.member, form.birth)


RECORD = Recording("record_form", _record, gettext_lazy("Recorded. %(name)s's page opens by itself."))
WITHDRAW = Recording(
    "withdraw_form", _withdraw, gettext_lazy("Recorded. The chat is closed for %(name)s on every device.")
)
REFUSE = Recording(
    "refuse_form", _refuse, gettext_lazy("Recorded. The chat stays closed for %(name)s, and the page says so kindly.")
)

AGE = Recording("age_form", _tell_age, gettext_lazy("The month of birth of %(name)s is on record."))


@ALL_FIELDS
@admitted
def record_consent(request: MemberRequest, school_id: int, child_id: int) -> HttpResponse:
    return recording(request, school_id, child_id, RECORD)


@ALL_FIELDS
@admitted
def withdraw_consent(request: MemberRequest, school_id: int, child_id: int) -> HttpResponse:
    return recording(request, school_id, child_id, WITHDRAW)


@ALL_FIELDS
@admitted
def refuse_consent(request: MemberRequest, school_id: int, child_id: int) -> HttpResponse:
    return recording(request, school_id, child_id, REFUSE)


@ALL_FIELDS
@admitted
def tell_age(request: MemberRequest, school_id: int, child_id: int) -> HttpResponse:
    return recording(request, school_id, child_id, AGE)


@require_POST
@admitted
def ask_again_of_school(request: MemberRequest, school_id: int, child_id: int) -> HttpResponse:
    """Once a day, and from now on we wait another 30 days."""
    student = young_student(request.actor, school_id, child_id)
    try:
        ask_again(request.actor, student.member)
    except TooFast as refused:
        messages.warning(request, refused.text)
    except NotFound:
        messages.warning(request, _("Nobody is asked any more: there is an answer, or the time is over."))
    else:
        messages.success(request, _("The family of %(name)s was asked again.") % {"name": student.member.given_name})
    return redirect("school_consent", school_id, child_id)


def recording(request: MemberRequest, school_id: int, child_id: int, what: Recording) -> HttpResponse:
    """Record it and show the child's page; what is not right comes back to this address, with what was typed."""
    student = young_student(request.actor, school_id, child_id)
    form = forms_of(student, what.form, typed(request))[what.form]
    if request.method != "POST":
        say_again(request, form)
        return child_page(request, school_id, child_id, **{what.form: form})
    if not form.is_valid():
        return send_back(request)
    try:
        what.act(request, student, form)
    except (FieldInvalid, NotAllowed) as error:
        return send_back(request, error.field, error.text)
    forget(request)
    messages.success(request, what.said % {"name": student.member.given_name})
    return _after(request, school_id, child_id)


def _after(request: MemberRequest, school_id: int, child_id: int) -> HttpResponse:
    """The child's page, or the list where the child is young no more."""
    try:
        young_student(request.actor, school_id, child_id)
    except NotFound:
        return redirect("school_consents", school_id)
    return redirect("school_consent", school_id, child_id)


def child_page(request: MemberRequest, school_id: int, child_id: int, **forms: ActionForm) -> HttpResponse:
    """One child. A form that came back stands in its place, with what was typed."""
    students = young_students(request.actor, school_id)
    student = young_student(request.actor, school_id, child_id)
    context = office(request, school_id, students) | {
        "student": student,
        "records": [record_line(row) for row in consents_of(request.actor, school_id, child_id)],
    }
    return render(request, "pages/school/consent.html", context | forms_of(student) | forms)


def forms_of(student: YoungStudent, name: str = "", data: Any = None) -> dict[str, ActionForm]:
    """The forms of a child's page; the named one is filled with what was typed."""
    given_name, is_disputed = student.member.given_name, student.state == "disputed"
    sent = {name: data}
    return {
        "record_form": RecordConsentForm(sent.get("record_form"), given_name=given_name, is_disputed=is_disputed),
        "withdraw_form": WithdrawConsentForm(sent.get("withdraw_form"), prefix="withdraw"),
        "refuse_form": RefuseConsentForm(sent.get("refuse_form"), prefix="refuse"),
        "age_form": AgeForm(sent.get("age_form")),
    }


def office(request: MemberRequest, school_id: int, students: list[YoungStudent]) -> dict[str, Any]:
    """What every page of the office shows."""
    school = administered_school(request.actor, school_id)
    agreement = agreement_in_force(school)
    return {
        "ways": ways_of(request.user.pk),
        "school": school,
        "place": "school_consents",
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

    @property
    def ends_soon_at(self) -> datetime | None:
        return self.student.ends_at if need(self.student) == ENDING else None


def lines(students: Iterable[YoungStudent], query: str) -> list[StudentLine]:
    """Those whose name holds what is looked for, who needs the office first."""
    asked = query.casefold()
    found = [student for student in students if asked in student.member.name.casefold()]
    grades = {row.member_id: row.grade for row in student_memberships([student.member.pk for student in found])}
    found.sort(key=urgency)
    return [
        StudentLine(student, grades.get(student.member.pk), record_line(student.newest) if student.newest else None)
        for student in found
    ]


def need(student: YoungStudent) -> str:
    """The state, and `ending` for a yes that runs out soon."""
    ends_at = student.ends_at
    return ENDING if ends_at is not None and ends_at - timezone.now() < SOON else student.state


def urgency(student: YoungStudent) -> tuple[int, bool, float]:
    """What somebody needs, then who asked again, then the nearest date."""
    date = student.request.expires_at if student.request else student.ends_at
    return ORDER.index(need(student)), student.asked_again_at is None, date.timestamp() if date else 0.0


def record_line(recorded: Recorded) -> RecordLine:
    row = recorded.record
    scopes = ", ".join(str(name) for scope, name in SCOPE_NAMES.items() if scope in row.scopes)
    name = row.grantor or _("The family")
    details = [str(dict(METHODS).get(row.method, "")), row.evidence]
    return RecordLine(
        kind=row.kind,
        at=row.effective_at,
        sentence=str(SENTENCES[recorded.against or row.kind]) % {"name": name, "scopes": scopes.lower()},
        details=", ".join(detail for detail in details if detail),
        entered_by=row.recorded_by.name if row.recorded_by else "",
        entered_at=row.recorded_at,
    )
