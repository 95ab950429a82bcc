"""Registering as Instructor or Parent (S1, S2), and confirming the address. Students come with an offer (joining.py).

Invariant: whether an address has an account is in no word, no status and no redirect of these pages.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions.addresses import confirm_claim
from accounts.actions.mailed_codes import find_code
from accounts.actions.sessions import start_session
from accounts.errors import FieldInvalid, TooManyTries
from accounts.models import MailedCode, Member
from consent.actions.registrations import (
    ask_to_register,
    check_is_theirs,
    complete_registration,
    register_as,
    send_again,
)
from consent.models import Registration
from frontend.register_forms import (
    AddressForm,
    AskedForm,
    ConfirmForm,
    InstructorAsWellForm,
    RegisterForm,
    RegisterInstructorForm,
    note_unasked,
    refuse,
    status_of,
)
from frontend.views.admission import MemberRequest, admitted
from frontend.views.joining import OFFER

Purpose = MailedCode.Purpose
INSTRUCTOR, PARENT = Registration.Kind.INSTRUCTOR, Registration.Kind.PARENT
FORMS: dict[str, type[RegisterForm]] = {INSTRUCTOR: RegisterInstructorForm, PARENT: RegisterForm}
CONFIRMING = "confirming"  # in the session: the address that this browser registers with, and the rows of its codes


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """As what: the first step, without a cookie."""
    return render(request, "pages/register/register.html")


@require_http_methods(["GET", "HEAD", "POST"])
def instructor(request: HttpRequest) -> HttpResponse:
    return _page(request, INSTRUCTOR)


@require_http_methods(["GET", "HEAD", "POST"])
def parent(request: HttpRequest) -> HttpResponse:
    return _page(request, PARENT)


def _page(request: HttpRequest, kind: str) -> HttpResponse:
    if request.user.is_authenticated:
        return _as_well(request, kind)
    form = FORMS[kind](kind, request.POST if request.method == "POST" else None)
    if form.is_valid() and (row := _asked(request, kind, form)) is not None:
        _remember(request, row)
        return redirect("confirm")
    note_unasked(kind, form)
    return render(request, f"pages/register/{kind}.html", {"form": form}, status=status_of(form))


def _asked(request: HttpRequest, kind: str, form: RegisterForm) -> MailedCode | None:
    typed = form.cleaned_data
    try:
        return ask_to_register(
            request.actor,  # type: ignore[attr-defined]
            kind,
            name=typed["name"],
            email=typed["email"],
            password=typed["password"],
            sentences=typed["sentences"],
            school=form.school,
            profile=form.profile,
            address=request.META.get("REMOTE_ADDR", ""),
            locale=get_language() or "en",
            unasked_count=len(form.unasked),
        )
    except (FieldInvalid, TooManyTries) as refused:
        refuse(form, refused)
        return None


def _remember(request: HttpRequest, row: MailedCode) -> None:
    kept = request.session.get(CONFIRMING)
    rows = kept["rows"] if kept and kept["address"] == row.address else []
    request.session[CONFIRMING] = {"address": row.address, "rows": [*rows, row.pk]}


def _kept(request: HttpRequest) -> dict[str, Any]:
    return request.session.get(CONFIRMING) or {"address": "", "rows": []}


@admitted
def _as_well(request: MemberRequest, kind: str) -> HttpResponse:
    """A member who is a parent or an instructor as well: no second account, one press."""
    data = request.POST if request.method == "POST" else None
    form = InstructorAsWellForm(data) if kind == INSTRUCTOR else AskedForm(data)
    if form.is_valid():
        school = form.school if isinstance(form, InstructorAsWellForm) else None
        register_as(request.actor, request.user, kind, school=school)
        return redirect("home")
    return render(request, "pages/register/as_well.html", {"form": form, "kind": kind}, status=status_of(form))


# The address


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """The code of the mail: typed, or brought by the address's fragment, which a press of the button sends."""
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (done := _confirmed(request, form)) is not None:
        return done
    context = {"form": form, "address": _kept(request)["address"]}
    return render(request, "pages/register/confirm.html", context, status=status_of(form))


def _confirmed(request: HttpRequest, form: ConfirmForm) -> HttpResponse | None:
    address = request.META.get("REMOTE_ADDR", "")
    try:
        row = find_code(form.cleaned_data["code"], Purpose.REGISTER, Purpose.CLAIM_ADDRESS, address=address)
        if row.purpose == Purpose.REGISTER:
            return _welcome(request, row, form.cleaned_data["password"])
        return _claimed(request, confirm_claim(request.actor, row))  # type: ignore[attr-defined]
    except (FieldInvalid, TooManyTries) as refused:
        refuse(form, refused)
        return None


def _welcome(request: HttpRequest, row: MailedCode, password: str) -> HttpResponse:
    """Signed in at once: the browser that registered has typed the password, any other types it now."""
    if row.pk not in _kept(request)["rows"]:
        check_is_theirs(row, password)
    member = complete_registration(request.actor, row)  # type: ignore[attr-defined]
    request.session.pop(CONFIRMING, None)
    start_session(request, member)
    return redirect("join_offer" if OFFER in request.session else "home")


def _claimed(request: HttpRequest, member: Member) -> HttpResponse:
    messages.success(request, _("%(address)s is confirmed.") % {"address": member.email})
    return redirect("account_address" if request.user == member else "sign_in")


@require_POST
def confirm_again(request: HttpRequest) -> HttpResponse:
    """Another mail. The same sentence whether or not one leaves."""
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            row = send_again(
                request.actor,  # type: ignore[attr-defined]
                form.cleaned_data["email"],
                address=request.META.get("REMOTE_ADDR", ""),
                mine=_kept(request)["rows"],
            )
        except (FieldInvalid, TooManyTries) as refused:
            messages.warning(request, refused.text)
            return redirect("confirm")
        if row is not None and _kept(request)["address"] == row.address:
            _remember(request, row)
        messages.success(request, _("Where somebody registers with this address, another mail is on its way."))
    return redirect("confirm")
