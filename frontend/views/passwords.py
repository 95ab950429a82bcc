"""Passwords: forgotten and set anew by a mailed code, or changed by whoever knows the old one.

Invariant: whether an address has an account is in no word and no status of these pages.
"""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actions.passwords import ask_to_reset, change_password, least_characters
from accounts.errors import FieldInvalid, TooManyTries
from consent.actions.administrators import choose_password, sentences_of_named
from frontend.register_forms import AddressForm, BeginForm, ChangePasswordForm, ResetForm, refuse, status_of
from frontend.views.admission import MemberRequest, admitted
from frontend.views.confirming import recently_confirmed
from frontend.views.young import grown


@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest) -> HttpResponse:
    """Forgotten: where the mail with the code goes."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            ask_to_reset(
                request.actor,  # type: ignore[attr-defined]
                form.cleaned_data["email"],
                address=request.META.get("REMOTE_ADDR", ""),
            )
        except (FieldInvalid, TooManyTries) as refused:
            refuse(form, refused)
        else:
            messages.success(
                request, _("If an account has this address, a mail with a code is on its way. It works for an hour.")
            )
            return redirect("reset_new")
    return render(request, "pages/passwords/reset.html", {"form": form}, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
def reset_new(request: HttpRequest) -> HttpResponse:
    """The code and the new password. The mail's link brings the code in its fragment."""
    form = ResetForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            _choose(request, form)
        except (FieldInvalid, TooManyTries) as refused:
            if refused.field == "sentences":  # their first password: it is chosen on the page that asks for the rest
                return _asked_for_the_rest(request, refused)
            refuse(form, refused)
        else:
            messages.success(request, _("Your new password holds. You are signed out everywhere; sign in with it."))
            return redirect("sign_in")
    return render(request, "pages/passwords/reset_new.html", {"form": form}, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """The first password of somebody who was named by an address, with the sentences of S2."""
    form = _begin_form(request)
    if form.is_valid():
        try:
            _choose(request, form)
        except (FieldInvalid, TooManyTries) as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("Your password holds. Sign in with it."))
            return redirect("sign_in")
    return _begin_page(request, form)


def _asked_for_the_rest(request: HttpRequest, refused: FieldInvalid | TooManyTries) -> HttpResponse:
    form = _begin_form(request)
    if form.is_valid():
        refuse(form, refused)
    return _begin_page(request, form)


def _begin_form(request: HttpRequest) -> BeginForm:
    return BeginForm(request.POST if request.method == "POST" else None, asked=sentences_of_named())


def _begin_page(request: HttpRequest, form: BeginForm) -> HttpResponse:
    return render(request, "pages/passwords/begin.html", {"form": form}, status=status_of(form))


def _choose(request: HttpRequest, form: ResetForm) -> None:
    typed = form.cleaned_data
    choose_password(
        request.actor,  # type: ignore[attr-defined]
        typed["code"],
        typed["password"],
        sentences=typed.get("sentences", ()),
        address=request.META.get("REMOTE_ADDR", ""),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@admitted
@grown
@recently_confirmed
def password(request: MemberRequest) -> HttpResponse:
    least = least_characters(request.user)
    form = ChangePasswordForm(request.POST if request.method == "POST" else None, least=least)
    if form.is_valid():
        try:
            change_password(request.actor, request.user, form.cleaned_data["password"])
        except FieldInvalid as refused:
            refuse(form, refused)
        else:
            update_session_auth_hash(request, request.user)
            messages.success(request, _("Your new password holds. Every other device is signed out."))
            return redirect("account_password")
    return render(request, "pages/passwords/password.html", {"form": form}, status=status_of(form))
