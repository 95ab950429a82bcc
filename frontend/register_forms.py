"""Forms of registering, of passwords and addresses. They read what is asked for and drop the rest; the actions decide.

Invariant: a password is in no value, no hint and no session; it stands in the request alone.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise, lazy
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions.addresses import clean_address
from accounts.actions.members import check_name
from accounts.actions.passwords import LEAST, check_password
from accounts.actions.profiles import OTHERWISE
from accounts.errors import AppError, FieldInvalid
from accounts.models import ProfileField
from consent.actions.registrations import OF_WORK
from consent.models import School
from consent.queries.sentences import Sentence, sentences_for, versions_read
from frontend.forms import NOT_CHOSEN, ActionForm, Choices, text_input

log = logging.getLogger(__name__)

ALWAYS_SENT = frozenset({"csrfmiddlewaretoken", "next", "username"})  # what a page of ours sends beside its fields
INDEPENDENT: tuple[str, str | Promise] = ("none", gettext_lazy("None of these: I teach independently"))


def lazy_text(say: Callable[..., str]) -> Callable[..., Promise]:
    """In the language of whoever reads: fields are made once, for everybody."""
    return cast(Callable[..., Promise], lazy(say, str))


def email_input(**attributes: str) -> forms.EmailInput:
    return forms.EmailInput({"class": "input", "autocomplete": "email", "autocapitalize": "none", **attributes})


def new_password_input() -> forms.PasswordInput:
    return forms.PasswordInput({"class": "input", "autocomplete": "new-password"})


def code_input() -> forms.TextInput:
    return text_input(autocomplete="one-time-code", autocapitalize="characters", spellcheck="false", maxlength="60")


@lazy_text
def password_hint(least: int) -> str:
    return _("%(least)d characters or more, of any kind. A few words that don't belong together are good.") % {
        "least": least
    }


class EmailField(forms.CharField):
    """Any text: what an address is, the action says, in one sentence for every page."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"label": gettext_lazy("Email"), "max_length": 254, "widget": email_input(), **options})


class NewPasswordField(forms.CharField):
    """Never stripped and never cut. How long it may be, the action says, before it does anything with it."""

    def __init__(self, *, least: int = LEAST, **options: Any) -> None:
        super().__init__(
            **{
                "label": gettext_lazy("Password"),
                "help_text": password_hint(least),
                "strip": False,
                "widget": new_password_input(),
                **options,
            }
        )


class CodeField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(label=gettext_lazy("Code from the mail"), max_length=200, widget=code_input())


class SentenceTick(NamedTuple):
    """One sentence of S2 with its own box."""

    box: SafeString
    sentence: Sentence


class AskedForm(ActionForm):
    """A form that knows what it asks for. `is_too_fast`: it was refused for the number of tries."""

    is_too_fast = False

    @property
    def unasked(self) -> list[str]:
        """The names of what was posted and nobody asked for."""
        data = cast(QueryDict, self.data)
        return sorted(set(data) - set(self.fields) - ALWAYS_SENT)


class SentencesForm(AskedForm):
    """The sentences that somebody says yes to, one by one; none is ticked beforehand. `read` says which versions the
    page showed: what is recorded is what was read, so another one has to be read first."""

    sentences = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Read each sentence and tick it.")},
    )
    read = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, asked: Sequence[Sentence], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        cast(forms.MultipleChoiceField, self.fields["sentences"]).choices = [(each.key, each.text) for each in asked]

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        if "sentences" in typed and typed.get("read") != self.reads_now:
            data = cast(QueryDict, self.data).copy()
            data.setlist("sentences", [])
            self.data = data
            self.add_error("sentences", _("A text has changed since you opened this page. Read it, and tick again."))
        return typed

    @property
    def reads_now(self) -> str:
        return versions_read(self.asked)

    @property
    def sentence_ticks(self) -> Iterator[SentenceTick]:
        for box, each in zip(self["sentences"].subwidgets, self.asked, strict=True):
            yield SentenceTick(box.tag(), each)


class RegisterForm(SentencesForm):
    """Name, email, a password and the sentences: nothing more is asked of anybody (S1)."""

    name = forms.CharField(label=gettext_lazy("Full name"), max_length=120, widget=text_input(autocomplete="name"))
    email = EmailField()
    password = NewPasswordField()
    field_order: tuple[str, ...] = ("name", "email", "password", "sentences")

    def __init__(self, kind: str, data: QueryDict | None = None) -> None:
        super().__init__(data, asked=sentences_for(kind))

    def clean(self) -> dict[str, Any]:
        """All that is wrong is said at once; the action looks again."""
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        checks: list[tuple[str, Callable[[str], object]]] = [
            ("name", check_name),
            ("email", clean_address),
            ("password", partial(check_password, context=(typed.get("name"), typed.get("email")))),
        ]
        for field, check in checks:
            if field in typed:
                self._look(field, check, typed[field])
        return typed

    def _look(self, field: str, check: Callable[[str], object], value: str) -> None:
        try:
            check(value)
        except FieldInvalid as refused:
            self.add_error(field, refused.text)

    @property
    def school(self) -> School | None:
        return None

    @property
    def profile(self) -> dict[str, str]:
        return {field: self.cleaned_data[field] for field in OF_WORK if field in self.fields}


class RegisterInstructorForm(RegisterForm):
    """Also the school: it is who confirms an instructor, and the operator where there is none. Employer and field of
    work may be given (S1); they stand in the profile, closed."""

    at_school = forms.ChoiceField(
        label=gettext_lazy("The school that confirms you"),
        help_text=gettext_lazy("Until it does, you can prepare a course and meet nobody in it."),
        widget=forms.Select({"class": "input"}),
    )
    employer = forms.CharField(
        label=ProfileField.Field.EMPLOYER.label, max_length=OTHERWISE, required=False, widget=text_input()
    )
    field_of_work = forms.CharField(
        label=ProfileField.Field.FIELD_OF_WORK.label, max_length=OTHERWISE, required=False, widget=text_input()
    )
    field_order = ("name", "email", "password", "at_school", "employer", "field_of_work", "sentences")

    def __init__(self, kind: str, data: QueryDict | None = None) -> None:
        super().__init__(kind, data)
        cast(forms.ChoiceField, self.fields["at_school"]).choices = school_choices()

    @property
    def school(self) -> School | None:
        return chosen_school(self.cleaned_data["at_school"])


class InstructorAsWellForm(AskedForm):
    """Of somebody who is a member already."""

    at_school = forms.ChoiceField(
        label=gettext_lazy("The school that confirms you"), widget=forms.Select({"class": "input"})
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        cast(forms.ChoiceField, self.fields["at_school"]).choices = school_choices()

    @property
    def school(self) -> School | None:
        return chosen_school(self.cleaned_data["at_school"])


def school_choices() -> Choices:
    schools = School.objects.order_by("name", "pk").values_list("pk", "name", "city")
    named = [(str(pk), f"{name}, {city}" if city else name) for pk, name, city in schools]
    return [NOT_CHOSEN, *named, INDEPENDENT]


def chosen_school(value: str) -> School | None:
    return None if value == INDEPENDENT[0] else School.objects.get(pk=value)


class CodeForm(AskedForm):
    code = CodeField()


class ConfirmForm(CodeForm):
    """From another browser than the one that registered the password is asked as well; the page shows it then."""

    password = forms.CharField(
        label=gettext_lazy("The password you chose"),
        required=False,
        strip=False,
        widget=forms.PasswordInput({"class": "input", "autocomplete": "current-password"}),
    )


class AddressForm(AskedForm):
    email = EmailField()


class NewAddressForm(AskedForm):
    email = EmailField(label=gettext_lazy("New address"))


class ResetForm(AskedForm):
    """The code of the mail and the new password, in one go: nothing stays open between the two."""

    code = CodeField()
    password = NewPasswordField(label=gettext_lazy("New password"))


class BeginForm(SentencesForm, ResetForm):
    """The first password of somebody who was named by an address, with the sentences."""

    password = NewPasswordField()
    field_order = ("code", "password", "sentences")


class ChangePasswordForm(AskedForm):
    def __init__(self, data: QueryDict | None = None, *, least: int) -> None:
        super().__init__(data)
        self.fields["password"] = NewPasswordField(least=least, label=gettext_lazy("New password"))


# For every page with such a form


def refuse(form: AskedForm, refused: AppError) -> None:
    form.refuse(refused.field, refused.text)
    if refused.retry_after_seconds is not None:
        form.is_too_fast = True


def status_of(form: AskedForm) -> int:
    if form.is_too_fast:
        return 429
    return 422 if form.errors else 200


def note_unasked(kind: str, form: AskedForm) -> None:
    """How many, never what: names and values are content."""
    if form.is_bound and form.unasked:
        log.info("registering as %s: %d fields that nobody asked for were dropped", kind, len(form.unasked))
