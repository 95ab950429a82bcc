"""Signing in by password: allauth's flow with our rules.

Invariants: an account that exists and one that doesn't get the same answer after the same work; wrong tries are limited
per account and address, and per address, by rows; nobody registers by allauth's pages, and no mail leaves by it.
"""

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.forms import BooleanField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from accounts.actions.addresses import CONFIRM, confirm_own
from accounts.actions.attempts import Limit, Tries, count_try, network_of
from accounts.actions.leaving import come_back, may_come_back
from accounts.actions.passwords import MOST, TOO_LONG
from accounts.actions.sessions import keep_session, sign_out, start_session
from accounts.errors import TooManyTries
from accounts.models import Member

PER_ACCOUNT = Limit("sign_in", 5, timedelta(minutes=15))  # and address: nobody locks others out from elsewhere
PER_ADDRESS = Limit("sign_in_address", 100, timedelta(hours=1), most_listed=600)
WISH = "sign_in_wish"  # in the session until the second step: kept, shared

WRONG = _("The name or the password isn't right. Check both and try again.")


def check_sign_in_allowed(login: str, address: str) -> Tries:
    """Count one try before the password is looked at. `forgive(PER_ACCOUNT)` when it was right. Raises TooManyTries."""
    network = network_of(address)
    return count_try({PER_ACCOUNT: f"{_account(login)} from {network}", PER_ADDRESS: network})


def _account(login: str) -> str:
    """One account is one account, by sign-in name or email; an absent one is what was typed."""
    typed = login.strip().lower()
    by = "email" if "@" in typed else "sign_in_name"
    member_id = Member.objects.filter(**{by: typed}).values_list("pk", flat=True).first()
    return f"member {member_id}" if member_id else f"login {typed}"


class SignInForm(LoginForm):  # type: ignore[misc]
    """Fields `login`, `password`, `remember`, `shared`. "Keep me signed in" is a wish: a young student's session ends
    with the browser, and on a shared device everybody's does."""

    shared = BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """What is too long to be a password is never hashed."""
        if len(self.cleaned_data.get("password") or "") > MOST:
            raise ValidationError(TOO_LONG % {"most": MOST}, code="field_invalid")
        cleaned: dict[str, Any] = super().clean()
        return cleaned

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """Without a second step it is done here; otherwise what was wished waits for it."""
        response: HttpResponse = super().login(request, redirect_url=redirect_url)
        wish = {"keep": self.cleaned_data["remember"], "shared": self.cleaned_data["shared"]}
        if isinstance(self.user, Member) and request.user.is_authenticated:
            keep_session(request, self.user, **wish)
        else:
            request.session[WISH] = wish
        return response


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """`settings.ACCOUNT_ADAPTER`: where allauth asks us."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": WRONG,
        "email_password_mismatch": WRONG,
        "account_inactive": _("This account is closed. If that surprises you, ask your school."),
    }
    _tries: Tries | None = None

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        login = str(credentials.get("username") or credentials.get("email") or "")
        try:
            self._tries = check_sign_in_allowed(login, self.get_client_ip(request))
        except TooManyTries as error:
            raise ValidationError(error.text, code=error.code, params=error.data) from error

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Member | None:
        """The member whose password was right. One way of looking it up, so that every answer costs one hash."""
        login = credentials.get("username") or credentials.get("email")
        member = super().authenticate(request, username=login, password=credentials.get("password"))
        if not isinstance(member, Member):
            return None
        if self._tries is not None:
            self._tries.forgive(PER_ACCOUNT)
        if not member.is_active and not may_come_back(member):  # said only to whom knows the password
            raise self.validation_error("account_inactive")
        return member

    def pre_login(self, request: HttpRequest, user: Member, **kwargs: Any) -> HttpResponse | None:
        """An address that nobody has confirmed may be somebody else's; who has none, as most children, comes in."""
        if user.email and not EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists():
            confirm_own(user)
            return HttpResponseRedirect(CONFIRM)
        if may_come_back(user):  # once the second step, if there is one, is done too
            return None
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def login(self, request: HttpRequest, user: Member) -> None:
        if may_come_back(user):
            come_back(user)
        start_session(request, user, **request.session.pop(WISH, {}))

    def logout(self, request: HttpRequest) -> None:
        sign_out(request)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """No "signed in successfully": the page that comes says it."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        raise RuntimeError(f"{template_prefix}: all mail leaves by accounts.mail, none by allauth.")
