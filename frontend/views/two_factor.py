"""The second step of signing in: asked at sign-in, set up and taken away by its owner, reset by those who answer."""

from allauth.account.stages import LoginStage, LoginStageController
from allauth.mfa.internal.constants import LoginStageKey
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.two_factor import (
    app_address,
    new_secret,
    pass_second_step,
    renew_recovery_codes,
    turn_off_two_factor,
    turn_on_two_factor,
)
from accounts.errors import FieldInvalid, NotAllowed, TooManyTries
from accounts.queries.two_factor import second_step_of
from consent.queries.duties import lacking_second_step, needs_second_step
from frontend.forms import ActionForm, text_input
from frontend.qr import qr_svg
from frontend.views.admission import MemberRequest, admitted
from frontend.views.confirming import recently_confirmed
from frontend.views.young import grown
from frontend.ways import ways_of

PENDING = "two_factor_pending"  # in the session, from the picture to the first right code


class CodeForm(ActionForm):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("Six digits from the app."),
        max_length=40,
        widget=text_input(autocomplete="one-time-code", inputmode="numeric", autofocus="autofocus"),
    )


class SignInCodeForm(CodeForm):
    """The recovery code goes into the same field: whoever has lost the app needn't look for another page."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["code"].help_text = _("Six digits from the app, or one of the recovery codes.")


# At sign-in


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """After the password, for whoever has a second step. Without a sign-in under way: back to its beginning."""
    stage = LoginStageController.enter(request, LoginStageKey.MFA_AUTHENTICATE.value)
    if stage is None:
        return redirect("sign_in")
    form = SignInCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _passes(request, stage, form):
        response: HttpResponse = stage.exit()
        return response
    return render(request, "pages/sign_in/code.html", {"form": form}, status=422 if form.errors else 200)


def _passes(request: HttpRequest, stage: LoginStage, form: CodeForm) -> bool:
    address = request.META.get("REMOTE_ADDR", "")
    try:
        pass_second_step(stage.login.user, code=form.cleaned_data["code"], address=address)
    except (FieldInvalid, TooManyTries) as refused:
        form.refuse("code", refused.text)
        return False
    return True


# On the account


@require_http_methods(["GET", "HEAD"])
@admitted
@grown
@recently_confirmed
def two_factor(request: MemberRequest) -> HttpResponse:
    member = request.user.pk
    context = {
        "step": second_step_of(member),
        "is_needed": needs_second_step(member),
        "is_missing": bool(lacking_second_step([member])),
        "ways": ways_of(member),
    }
    return render(request, "pages/account/two_factor.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@admitted
@grown
@recently_confirmed
def set_up(request: MemberRequest) -> HttpResponse:
    """The picture for the app; with the app's first code the second step is on, and the recovery codes are shown."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    secret = request.session.setdefault(PENDING, new_secret())
    if form.is_valid() and (codes := _turned_on(request, form, secret)):
        return show_codes(request, codes)
    address = app_address(request.user, secret)
    context = {
        "form": form,
        "picture": qr_svg(address, _("Picture for the authenticator app")),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "address": address,
        "is_new": second_step_of(request.user.pk) is None,
        "ways": ways_of(request.user.pk),
    }
    return render(request, "pages/account/two_factor_set_up.html", context, status=422 if form.errors else 200)


@require_POST
@admitted
@recently_confirmed
def renew_codes(request: MemberRequest) -> HttpResponse:
    return show_codes(request, renew_recovery_codes(request.actor, request.user))


@require_POST
@admitted
@recently_confirmed
def turn_off(request: MemberRequest) -> HttpResponse:
    if needs_second_step(request.user.pk):
        raise NotAllowed(_("Your duty needs the second step. Set it up on another device instead of turning it off."))
    turn_off_two_factor(request.actor, request.user)
    messages.success(request, _("The second step is off. The password alone opens the account."))
    return redirect("two_factor")


def show_codes(request: MemberRequest, codes: list[str]) -> HttpResponse:
    """In this answer and never again: they stand in no address and in no session."""
    context = {"codes": [f"{code[:4]} {code[4:]}" for code in codes], "ways": ways_of(request.user.pk)}
    return render(request, "pages/account/recovery_codes.html", context)


def _turned_on(request: MemberRequest, form: CodeForm, secret: str) -> list[str]:
    code = "".join(form.cleaned_data["code"].split())
    try:
        codes = turn_on_two_factor(request.actor, request.user, secret=secret, code=code)
    except (FieldInvalid, TooManyTries) as refused:
        form.refuse("code", refused.text)
        return []
    del request.session[PENDING]
    return codes
