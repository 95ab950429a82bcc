"""Forms of pages: they read what was typed and say what is missing. What may be done with it, the actions decide."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.models import ParentalConsent, Scope

METHODS = [
    ("", gettext_lazy("Choose")),
    (ParentalConsent.Method.PAPER_FORM, gettext_lazy("Paper form")),
    (ParentalConsent.Method.IN_PERSON, gettext_lazy("In person")),
    (ParentalConsent.Method.PHONE, gettext_lazy("By phone")),
]
CAPACITIES = [
    ("", gettext_lazy("Choose")),
    (ParentalConsent.Capacity.PARENT, gettext_lazy("Parent")),
    (ParentalConsent.Capacity.GUARDIAN, gettext_lazy("Guardian")),
]


class ScopeTick(NamedTuple):
    box: SafeString
    name: str | Promise
    about: str


class RecordConsentForm(forms.Form):
    """A parent's answer as the office enters it. No scope is chosen beforehand (S19)."""

    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Tick what the parent said yes to.")},
    )
    grantor = forms.CharField(
        label=gettext_lazy("Who said yes"),
        help_text=gettext_lazy("First and last name, as signed"),
        max_length=120,
        widget=forms.TextInput({"class": "input", "autocomplete": "off"}),
    )
    capacity = forms.ChoiceField(
        label=gettext_lazy("As"), choices=CAPACITIES, widget=forms.Select({"class": "input"})
    )
    method = forms.ChoiceField(
        label=gettext_lazy("How"), choices=METHODS, widget=forms.Select({"class": "input"})
    )
    given_on = forms.DateField(
        label=gettext_lazy("On"), widget=forms.DateInput({"class": "input", "type": "date"}, format="%Y-%m-%d")
    )
    form_held = forms.BooleanField(
        label=gettext_lazy("I hold the signed form, or I noted the conversation and checked who it was."),
        error_messages={"required": gettext_lazy("Without a record in the school's hands there is no consent.")},
    )

    def __init__(self, *args: Any, given_name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.given_name = given_name

    @property
    def scope_ticks(self) -> Iterator[ScopeTick]:
        """Each box with what it means for this child."""
        about = scope_meanings(self.given_name)
        for box in self["scopes"].subwidgets:
            scope = Scope(box.data["value"])
            yield ScopeTick(box.tag(), SCOPE_NAMES[scope], about[scope])

    def clean_given_on(self) -> Any:
        given_on = self.cleaned_data["given_on"]
        if given_on > timezone.localdate():
            raise forms.ValidationError(_("This day is still to come."))
        return given_on

    def clean_scopes(self) -> list[str]:
        scopes: list[str] = self.cleaned_data["scopes"]
        if Scope.USE not in scopes:
            raise forms.ValidationError(_("Nothing opens without “Use the chat”."))
        return scopes


class WithdrawConsentForm(forms.Form):
    """A yes taken back, or two parents who differ. The reason is never shown to the child (words § 2)."""

    reason = forms.ChoiceField(
        label=gettext_lazy("What happened"),
        choices=[
            ("", gettext_lazy("Choose")),
            (ParentalConsent.Kind.WITHDRAW, gettext_lazy("The parent took the yes back")),
            (ParentalConsent.Kind.DISPUTE, gettext_lazy("The parents disagree")),
        ],
        widget=forms.Select({"class": "input"}),
    )
    grantor = forms.CharField(
        label=gettext_lazy("Who told the school"),
        max_length=120,
        widget=forms.TextInput({"class": "input", "autocomplete": "off"}),
    )


SCOPE_NAMES = {
    Scope.USE: gettext_lazy("Use the chat"),
    Scope.GRADES: gettext_lazy("Grades"),
    Scope.UPLOADS: gettext_lazy("Files"),
    Scope.VISIBLE_TO_PEERS: gettext_lazy("Seen by classmates"),
    Scope.PUBLIC_PAGES: gettext_lazy("Public pages"),
    Scope.EMAIL_TO_CHILD: gettext_lazy("Email to the child"),
}


def scope_meanings(name: str) -> dict[Scope, str]:
    """What a yes to each part allows, in the words of the notice."""
    values = {"name": name}
    return {
        Scope.USE: _("Read and write in %(name)s's courses. Without this, nothing opens.") % values,
        Scope.GRADES: _("Teachers record grades here. If no, they are kept on paper."),
        Scope.UPLOADS: _("%(name)s may send pictures and documents.") % values,
        Scope.VISIBLE_TO_PEERS: _("By given name and initial, otherwise as “Student 7”."),
        Scope.PUBLIC_PAGES: _("%(name)s's name and words on a course page that anybody can read.") % values,
        Scope.EMAIL_TO_CHILD: _("School mail to %(name)s's own address. Never advertising.") % values,
    }
