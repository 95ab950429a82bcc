"""Forms of the operator: setting up, the site, a school and who looks after it."""

from datetime import time
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.queries.countries import country_names
from consent.queries.sentences import POLICY, sentence
from frontend.forms import NOT_CHOSEN, ActionForm, select, text_input
from frontend.register_forms import EmailField, NewPasswordField, SentencesForm, email_input
from frontend.settings_form import zones_by_area


class SiteForm(ActionForm):
    fields_of_action = {"name": "site_name"}

    site_name = forms.CharField(
        label=gettext_lazy("What this site is called"), max_length=80, widget=text_input(autocomplete="off")
    )
    hosting_country = forms.ChoiceField(
        label=gettext_lazy("Where its data lies"),
        help_text=gettext_lazy(
            "The country of the machine and its backups: everybody who registers elsewhere reads it."
        ),
        widget=select(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "hosting_country", [NOT_CHOSEN, *country_names().items()])


class SetUpForm(SentencesForm, SiteForm):
    """`code` is the one-time token: the page's module takes it from the address."""

    fields_of_action = {"token": "code", "email": "email"}

    code = forms.CharField(
        label=gettext_lazy("Code of the address that the server printed"),
        max_length=100,
        widget=text_input(spellcheck="false", autocapitalize="none"),
    )
    name = forms.CharField(label=gettext_lazy("Your name"), max_length=120, widget=text_input(autocomplete="name"))
    email = EmailField(label=gettext_lazy("Your email"))
    password = NewPasswordField()
    field_order = ("code", "name", "email", "password", "site_name", "hosting_country", "sentences")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, asked=[sentence(POLICY)], **kwargs)


class SchoolForm(ActionForm):
    name = forms.CharField(label=gettext_lazy("Name of the school"), max_length=120, widget=text_input())
    city = forms.CharField(label=gettext_lazy("City"), max_length=80, required=False, widget=text_input())
    country = forms.ChoiceField(label=gettext_lazy("Country"), widget=select())
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), widget=select())
    day_starts_at = forms.TimeField(
        label=gettext_lazy("School begins"), initial=time(8), widget=forms.TimeInput({"class": "input", "type": "time"})
    )
    day_ends_at = forms.TimeField(
        label=gettext_lazy("School ends"),
        initial=time(15, 30),
        widget=forms.TimeInput({"class": "input", "type": "time"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone of the school office"),
        help_text=gettext_lazy("Families who doubt a mail of ours call it."),
        max_length=40,
        required=False,
        widget=text_input(type="tel"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "country", [NOT_CHOSEN, *country_names().items()])
        choose(self, "time_zone", [NOT_CHOSEN, *zones_by_area(settings.TIME_ZONE)[1:]])


class AdministratorForm(ActionForm):
    email = EmailField(label=gettext_lazy("Email of the administrator"), widget=email_input(autocomplete="off"))
    name = forms.CharField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy(
            "Needed for somebody who has no account here yet: the mail lets them choose a password."
        ),
        max_length=120,
        required=False,
        widget=text_input(),
    )


class AgreementForm(ActionForm):
    """The written agreement of S18: without one no young student of the school comes in."""

    signed_by = forms.CharField(label=gettext_lazy("Who signed for the school"), max_length=120, widget=text_input())
    starts_on = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput({"class": "input", "type": "date"})
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Last day"), widget=forms.DateInput({"class": "input", "type": "date"})
    )
    document_hash = forms.CharField(
        label=gettext_lazy("SHA-256 of the signed document"),
        help_text=gettext_lazy("64 characters, from `sha256sum agreement.pdf`: it shows later which paper was signed."),
        max_length=64,
        widget=text_input(spellcheck="false", autocapitalize="none"),
    )

    def clean_document_hash(self) -> str:
        typed: str = self.cleaned_data["document_hash"].strip().lower()
        if len(typed) != 64 or set(typed) - set("0123456789abcdef"):
            raise forms.ValidationError(_("That isn't a SHA-256: 64 characters of 0 to 9 and a to f."))
        return typed

    @property
    def said(self) -> dict[str, Any]:
        return {**self.cleaned_data, "signed_on": timezone.localdate()}


class TestMailForm(ActionForm):
    fields_of_action = {"address": "email"}

    email = EmailField(label=gettext_lazy("Send a test mail to"))


def choose(form: forms.Form, name: str, choices: Any) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices
