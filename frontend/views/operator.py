"""The operator's pages: setting up a new installation, its schools, who waits for a word, and whether mail arrives.

Invariant: to everybody else none of these pages is there; the one for setting up is there until somebody operates.
"""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions.confirmations import note_password
from accounts.actions.sessions import start_session
from accounts.errors import NotAllowed, NotFound, TooManyTries
from accounts.models import Member
from consent.actions.administrators import appoint_administrator, confirm_independent
from consent.actions.schools import create_school, end_grant, sign_agreement
from consent.actions.site import change_site, send_test_mail, set_up
from consent.models import School
from consent.queries.operators import (
    OperatedSchool,
    independent_instructors,
    operated_school,
    operated_schools,
    refused_addresses,
)
from consent.queries.site import site_facts
from frontend.course_pages import accepted
from frontend.forms import ActionForm
from frontend.operator_forms import AdministratorForm, AgreementForm, SchoolForm, SetUpForm, SiteForm, TestMailForm
from frontend.views.admission import MemberRequest, admitted
from frontend.views.confirming import recently_confirmed
from frontend.ways import ways_of

BOTH = require_http_methods(["GET", "HEAD", "POST"])
OF_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


# A new installation


@sensitive_post_parameters("code", "password")
@BOTH
def set_up_site(request: HttpRequest) -> HttpResponse:
    """Whoever has the address that the server printed becomes the operator, and is signed in."""
    facts = site_facts()
    if not facts.is_waiting:
        raise NotFound
    initial = {"site_name": facts.name, "hosting_country": facts.hosting_country}
    form = SetUpForm(request.POST if request.method == "POST" else None, initial=initial)
    made: list[Member] = []
    if request.method == "POST" and _accepted(form, lambda: made.append(_set_up(request, form))):
        start_session(request, made[0])
        note_password(request)
        messages.success(
            request,
            _("You operate this site. You sign in as %(name)s, and by your address once it is confirmed.")
            % {"name": made[0].sign_in_name},
        )
        return redirect("operator")
    context = {"form": form, "mail": mail_way(), "address": settings.SITE_URL, "is_local": is_local()}
    return render(request, "pages/operator/set_up.html", context, status=422 if form.errors else 200)


def _set_up(request: HttpRequest, form: SetUpForm) -> Member:
    said = {name: value for name, value in form.cleaned_data.items() if name != "read"}
    return set_up(
        request.actor,  # type: ignore[attr-defined]
        said.pop("code"),
        **said,
        locale=(get_language() or "en")[:2],
        address=request.META.get("REMOTE_ADDR", ""),
    )


def _accepted(form: ActionForm, act: Any) -> bool:
    try:
        return accepted(form, act)
    except TooManyTries as refused:
        form.refuse(None, refused.text)
        return False


# What is operated


@require_safe
@admitted
@recently_confirmed
def operator(request: MemberRequest) -> HttpResponse:
    return _page(request)


@require_POST
@admitted
@recently_confirmed
def site(request: MemberRequest) -> HttpResponse:
    form = SiteForm(request.POST)

    def keep() -> None:
        said = form.cleaned_data
        change_site(request.actor, name=said["site_name"], hosting_country=said["hosting_country"])

    if not accepted(form, keep):
        return _page(request, site_form=form)
    messages.success(request, _("The site's name and country are kept."))
    return redirect("operator")


@require_POST
@admitted
@recently_confirmed
def test_mail(request: MemberRequest) -> HttpResponse:
    form = TestMailForm(request.POST)
    if not accepted(form, lambda: send_test_mail(request.actor, address=form.cleaned_data["email"])):
        return _page(request, mail_form=form)
    messages.success(
        request, _("The test mail is on its way to %(address)s.") % {"address": form.cleaned_data["email"]}
    )
    return redirect("operator")


@require_POST
@admitted
@recently_confirmed
def confirm_instructor(request: MemberRequest, member_id: int) -> HttpResponse:
    if "checked" in request.POST:
        member = confirm_independent(request.actor, member_id)
        messages.success(request, _("%(name)s is confirmed as an instructor.") % {"name": member.name})
    return redirect("operator")


def _page(request: MemberRequest, **forms: ActionForm) -> HttpResponse:
    """The overview; a form that came back stands in its place."""
    schools, facts = operated_schools(request.actor), site_facts()
    context: dict[str, Any] = {
        "schools": schools,
        "waiting": independent_instructors(request.actor),
        "refused": refused_addresses(request.actor),
        "site": facts,
        "mail": mail_way(),
        "address": settings.SITE_URL,
        "is_local": is_local(),
        "site_form": SiteForm(initial={"site_name": facts.name, "hosting_country": facts.hosting_country}),
        "mail_form": TestMailForm(initial={"email": request.user.email}),
        "ways": ways_of(request.user.pk),
    }
    return render(request, "pages/operator/operator.html", context | forms, status=422 if forms else 200)


# Schools


@BOTH
@admitted
@recently_confirmed
def new_school(request: MemberRequest) -> HttpResponse:
    operated_schools(request.actor)  # nobody else gets as far as a form
    initial = {"country": site_facts().hosting_country, "time_zone": settings.TIME_ZONE}
    form = SchoolForm(request.POST if request.method == "POST" else None, initial=initial)
    made: list[School] = []
    if request.method == "POST" and accepted(
        form, lambda: made.append(create_school(request.actor, **form.cleaned_data))
    ):
        messages.success(request, _("%(name)s is here. Name who looks after it.") % {"name": made[0].name})
        return redirect("operated_school", made[0].pk)
    context = {"form": form, "ways": ways_of(request.user.pk)}
    return render(request, "pages/operator/new_school.html", context, status=422 if form.errors else 200)


@require_safe
@admitted
@recently_confirmed
def school(request: MemberRequest, school_id: int) -> HttpResponse:
    return _school_page(request, operated_school(request.actor, school_id))


@require_POST
@admitted
@recently_confirmed
def add_administrator(request: MemberRequest, school_id: int) -> HttpResponse:
    found, form = operated_school(request.actor, school_id), AdministratorForm(request.POST)
    named: list[Member] = []

    def appoint() -> None:
        language = (get_language() or "en")[:2]
        named.append(appoint_administrator(request.actor, found.school, **form.cleaned_data, locale=language))

    try:
        is_done = accepted(form, appoint)
    except NotAllowed:
        form.refuse("email", _("This address is a student's: an administrator has an account of their own."))
        is_done = False
    if not is_done:
        return _school_page(request, found, administrator_form=form)
    messages.success(
        request, _("%(name)s looks after %(school)s.") % {"name": named[0].name, "school": found.school.name}
    )
    return redirect("operated_school", school_id)


@require_POST
@admitted
@recently_confirmed
def end_administrator(request: MemberRequest, school_id: int, grant_id: int) -> HttpResponse:
    found = operated_school(request.actor, school_id)
    grant = next((grant for grant in found.administrators if grant.pk == grant_id), None)
    if grant is None:
        raise NotFound
    end_grant(request.actor, grant)
    messages.success(
        request,
        _("%(name)s no longer looks after %(school)s.") % {"name": grant.member.name, "school": found.school.name},
    )
    return redirect("operated_school", school_id)


@require_POST
@admitted
@recently_confirmed
def add_agreement(request: MemberRequest, school_id: int) -> HttpResponse:
    found, form = operated_school(request.actor, school_id), AgreementForm(request.POST)
    if not accepted(form, lambda: sign_agreement(request.actor, found.school, **form.said)):
        return _school_page(request, found, agreement_form=form)
    messages.success(request, _("The agreement is on record."))
    return redirect("operated_school", school_id)


def _school_page(request: MemberRequest, found: OperatedSchool, **forms: ActionForm) -> HttpResponse:
    context: dict[str, Any] = {
        "operated": found,
        "school": found.school,
        "administrator_form": AdministratorForm(),
        "agreement_form": AgreementForm(),
        "ways": ways_of(request.user.pk),
    }
    return render(request, "pages/operator/school.html", context | forms, status=422 if forms else 200)


# What the environment says


def mail_way() -> str:
    """Where mail goes, without what signs us in there; "" where no way is set, `mailbox` where it stays here."""
    if not settings.MAIL_URL or settings.MAIL_URL == "mailbox:":
        return settings.MAIL_URL.rstrip(":")
    parts = urlsplit(settings.MAIL_URL)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def is_local() -> bool:
    """Whether the address that people type leads nowhere but to this machine."""
    return urlsplit(settings.SITE_URL).hostname in OF_THIS_MACHINE
