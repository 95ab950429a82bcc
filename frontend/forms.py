"""Forms of pages: they read what was typed and say what is missing. What may be done with it, the actions decide."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.actions.consents import LONGEST
from consent.models import ParentalConsent, Scope

Capacity, Kind, Method = ParentalConsent.Capacity, ParentalConsent.Kind, ParentalConsent.Method
Choices = list[tuple[str, str | Promise]]

NOT_CHOSEN: tuple[str, str | Promise] = ("", gettext_lazy("Choose"))
METHODS: Choices = [
    NOT_CHOSEN,
    (Method.PAPER_FORM, gettext_lazy("Paper form")),
    (Method.IN_PERSON, gettext_lazy("In person")),
    (Method.PHONE, gettext_lazy("By phone")),
]
CAPACITIES: Choices = [
    NOT_CHOSEN,
    (Capacity.PARENT, gettext_lazy("Parent")),
    (Capacity.GUARDIAN, gettext_lazy("Guardian")),
]
SETTLES: tuple[str, str | Promise] = (Capacity.SCHOOL, gettext_lazy("The school, by a document about the disagreement"))
REASONS: Choices = [
    NOT_CHOSEN,
    (Kind.WITHDRAW, gettext_lazy("The parent took the yes back")),
    (Kind.DISPUTE, gettext_lazy("The parents disagree")),
]
ANSWERS: Choices = [
    NOT_CHOSEN,
    (Kind.WITHDRAW, gettext_lazy("A parent said no")),
    (Kind.DISPUTE, gettext_lazy("The parents disagree")),
]
SCOPE_NAMES: dict[Scope, str | Promise] = {
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


class ScopeTick(NamedTuple):
    box: SafeString
    name: str | Promise
    about: str


class Fault(NamedTuple):
    """One thing that is not right. `place` is the id of where it can be put right, "" where there is none."""

    place: str
    field: str | Promise
    text: str


class ActionForm(forms.Form):
    """A form whose action has the last word: what it refuses is said at the field it names."""

    fields_of_action: dict[str, str] = {}

    def refuse(self, field: str | None, text: str) -> None:
        """What the action said, at the field of this form that its own field is."""
        field = self.fields_of_action.get(field or "", field)
        self.add_error(field if field in self.fields else None, text)

    @property
    def faults(self) -> list[Fault]:
        """What is not right, in the order of the page, for the summary above the form."""
        general = [Fault("", "", str(text)) for text in self.non_field_errors()]
        named = [
            Fault(self._place(name), self._spoken(name), " ".join(map(str, self[name].errors)))
            for name in self._wrong()
        ]
        return general + named

    def _wrong(self) -> list[str]:
        return [name for name in self.fields if name in self.errors]

    def _place(self, name: str) -> str:
        """A list of boxes is reached by its first."""
        boxes = self[name].subwidgets if self[name].widget_type == "checkboxselectmultiple" else []
        return boxes[0].id_for_label if boxes else self[name].id_for_label

    def _spoken(self, name: str) -> str | Promise:
        """What the field is called; the sentence about a box to tick stands for itself."""
        return "" if self[name].widget_type in ("checkbox", "checkboxselectmultiple") else self[name].label


def text_input(**attributes: str) -> forms.TextInput:
    return forms.TextInput({"class": "input", "autocomplete": "off", **attributes})


def select() -> forms.Select:
    return forms.Select({"class": "input"})


class SignedForm(ActionForm):
    """A form that names a parent in full. Some people have one name: that is asked once, and then believed."""

    one_name = forms.BooleanField(
        required=False, label=gettext_lazy("This person has only one name, or it is written in one word.")
    )

    @property
    def asks_one_name(self) -> bool:
        return self.is_bound and len(named(self["grantor"].value())) == 1

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        words = named(values.get("grantor"))
        if "grantor" in values and not words:
            self.add_error("grantor", _("Write the name of a person."))
        elif len(words) == 1 and not values.get("one_name"):
            self.add_error("grantor", _("Write first and last name. If there is only one name, tick the box below it."))
        return values


def named(name: str | None) -> list[str]:
    """The words of a name: an initial counts, a number doesn't."""
    return [word for word in (name or "").split() if any(letter.isalpha() for letter in word)]


class RecordConsentForm(SignedForm):
    """A parent's answer as the office enters it. Nothing is chosen beforehand (S19)."""

    fields_of_action = {"evidence": "kept_at"}

    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Tick what the parent said yes to.")},
    )
    grantor = forms.CharField(
        label=gettext_lazy("Who said yes"),
        help_text=gettext_lazy("First and last name, as signed"),
        max_length=120,
        widget=text_input(),
    )
    capacity = forms.ChoiceField(label=gettext_lazy("Relation to the child"), choices=CAPACITIES, widget=select())
    method = forms.ChoiceField(label=gettext_lazy("How it was given"), choices=METHODS, widget=select())
    given_on = forms.DateField(
        label=gettext_lazy("Day it was given"),
        widget=forms.DateInput({"class": "input", "type": "date"}, format="%Y-%m-%d"),
    )
    kept_at = forms.CharField(
        label=gettext_lazy("Where the form or the note is kept"),
        help_text=gettext_lazy("For example: folder 8b, form 14"),
        max_length=170,
        widget=text_input(),
    )
    form_held = forms.BooleanField(
        label=gettext_lazy("I hold the signed form, or I noted the conversation and checked who it was."),
        error_messages={"required": gettext_lazy("Without a record in the school's hands there is no consent.")},
    )

    def __init__(self, *args: Any, given_name: str, is_disputed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.given_name = given_name
        if is_disputed:
            cast(forms.ChoiceField, self.fields["capacity"]).choices = [*CAPACITIES, SETTLES]

    @property
    def scope_ticks(self) -> Iterator[ScopeTick]:
        """Each box with what it means for this child."""
        about = scope_meanings(self.given_name)
        for box in self["scopes"].subwidgets:
            scope = Scope(box.data["value"])
            yield ScopeTick(box.tag(), SCOPE_NAMES[scope], about[scope])

    def clean_given_on(self) -> dt.date:
        given_on: dt.date = self.cleaned_data["given_on"]
        if given_on > timezone.localdate():
            raise forms.ValidationError(_("This day is still to come."))
        if given_on < timezone.localdate() - LONGEST:
            raise forms.ValidationError(_("That is too long ago: a yes counts for 400 days. Ask the family again."))
        return given_on

    def clean_scopes(self) -> list[str]:
        scopes: list[str] = self.cleaned_data["scopes"]
        if Scope.USE not in scopes:
            raise forms.ValidationError(_("Nothing opens without “Use the chat”."))
        return scopes

    @property
    def evidence(self) -> str:
        """What the record keeps: when it was given and where to find it. A day, so that it reads alike everywhere."""
        return f"{self.cleaned_data['given_on'].isoformat()}, {self.cleaned_data['kept_at']}"


class WithdrawConsentForm(SignedForm):
    """A yes taken back, or two parents who differ. The child is never told which parent (words § 2)."""

    fields_of_action = {"kind": "reason"}

    reason = forms.ChoiceField(label=gettext_lazy("What happened"), choices=REASONS, widget=select())
    grantor = forms.CharField(
        label=gettext_lazy("Who told the school"),
        help_text=gettext_lazy("First and last name"),
        max_length=120,
        widget=text_input(),
    )
    method = forms.ChoiceField(label=gettext_lazy("How it was said"), choices=METHODS, widget=select())

    @property
    def said(self) -> dict[str, Any]:
        values = self.cleaned_data
        return {"kind": values["reason"], "grantor": values["grantor"], "method": values["method"]}


class RefuseConsentForm(WithdrawConsentForm):
    """The family was asked, and the answer is no; or the parents differ about it."""

    reason = forms.ChoiceField(label=gettext_lazy("The answer"), choices=ANSWERS, widget=select())
