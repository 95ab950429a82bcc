"""Forms of codes and of joining: they read what is asked for and drop the rest; the actions decide.

Invariant: the page that asks the age says neither what it is asked for nor what an answer leads to.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions.passwords import LEAST, LEAST_OF_STUDENTS
from consent.queries.sentences import Sentence
from frontend.forms import NOT_CHOSEN, Choices, select, text_input
from frontend.profile_forms import question_fields
from frontend.register_forms import AskedForm, EmailField, NewPasswordField, SentencesForm, email_input
from frontend.settings_form import LANGUAGES
from rooms.actions.join_codes import MOST
from rooms.actions.registrations import Birth, Person, Stub
from rooms.models import Question

GRADES: Choices = [("", gettext_lazy("I don't know")), *((str(grade), str(grade)) for grade in range(1, 13))]


def number_input(**attributes: str) -> forms.TextInput:
    return text_input(inputmode="numeric", **attributes)


class JoinForm(AskedForm):
    """Any text: what a code is, the action says, with one answer for all that don't work."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy(
            "Nine letters and digits, from the wall or the link. Small letters and hyphens don't matter."
        ),
        max_length=60,
        widget=text_input(autocapitalize="characters", spellcheck="false"),
        error_messages={"required": gettext_lazy("Type the code.")},
    )


class CodeBoundsForm(AskedForm):
    """Until when, and for how many."""

    until = forms.DateField(
        label=gettext_lazy("Works until"),
        help_text=gettext_lazy("That day included"),
        widget=forms.DateInput({"class": "input", "type": "date"}, format="%Y-%m-%d"),
    )
    most = forms.IntegerField(
        label=gettext_lazy("For at most"),
        help_text=gettext_lazy("How many people can join with it. Left empty, any number."),
        required=False,
        min_value=1,
        max_value=MOST,
        widget=number_input(),
    )

    @property
    def said(self) -> dict[str, Any]:
        """The end of the day by the clock of who chose it."""
        end = dt.datetime.combine(self.cleaned_data["until"], dt.time(23, 59, 59), timezone.get_current_timezone())
        return {"expires_at": end, "most": self.cleaned_data["most"]}


class AgeForm(AskedForm):
    fields_of_action = {"birth": "year"}

    month = forms.TypedChoiceField(label=gettext_lazy("Month"), coerce=int, widget=select())
    year = forms.IntegerField(label=gettext_lazy("Year"), widget=number_input(maxlength="4"))

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        months = [(str(number), str(name).capitalize()) for number, name in MONTHS.items()]
        cast(forms.TypedChoiceField, self.fields["month"]).choices = [NOT_CHOSEN, *months]

    @property
    def birth(self) -> Birth:
        return Birth(self.cleaned_data["year"], self.cleaned_data["month"])


def given_name() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Given name"), max_length=60, widget=text_input(autocomplete="given-name")
    )


def last_initial() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("First letter of your last name"), max_length=1, widget=text_input(maxlength="1")
    )


class StubForm(AskedForm):
    """All that is asked of a child of 13 or under (S18)."""

    fields_of_action = {"initial": "last_initial", "address": "parent_address", "child": "given_name"}

    given_name = given_name()
    last_initial = last_initial()
    sign_in_name = forms.CharField(
        label=gettext_lazy("A name to sign in with"),
        help_text=gettext_lazy("Small letters and digits, for example blue.fox7. Better not your full name."),
        max_length=60,
        widget=text_input(autocapitalize="none", spellcheck="false"),
    )
    grade = forms.TypedChoiceField(
        label=gettext_lazy("Your class: which grade"),
        choices=GRADES,
        coerce=int,
        empty_value=None,
        required=False,
        widget=select(),
    )
    parent_address = forms.CharField(
        label=gettext_lazy("Email of your mother, your father or your guardian"),
        help_text=gettext_lazy(
            "We ask whether you may use the chat, and nothing else. Left empty, the school sends a letter."
        ),
        max_length=254,
        required=False,
        widget=email_input(autocomplete="off"),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("In which language we ask"), choices=LANGUAGES, widget=forms.RadioSelect
    )

    @property
    def stub(self) -> Stub:
        typed = dict(self.cleaned_data)
        return Stub(initial=typed.pop("last_initial"), **typed)


class StudentForm(SentencesForm):
    """Somebody of 14 or over: name, email, password, what the course asks and the sentences, nothing more (S1, S2)."""

    fields_of_action = {"initial": "last_initial"}

    given_name = given_name()
    last_initial = last_initial()
    name = forms.CharField(label=gettext_lazy("Full name"), max_length=120, widget=text_input(autocomplete="name"))
    email = EmailField()

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        asked: Sequence[Sentence],
        is_school: bool,
        questions: Sequence[Question] = (),
    ) -> None:
        super().__init__(data, asked=asked)
        self.questions = question_fields(questions)
        self.fields["password"] = NewPasswordField(least=LEAST_OF_STUDENTS if is_school else LEAST)
        for field in ("name",) if is_school else ("given_name", "last_initial"):
            del self.fields[field]
        self.fields |= self.questions
        names = ["given_name", "last_initial", "name", "email", "password", *self.questions, "sentences"]
        self.order_fields(names)

    @property
    def question_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.questions]

    def clean_sentences(self) -> list[str]:
        """All of them: each stands for itself, and none can be left out (S2)."""
        ticked: list[str] = self.cleaned_data["sentences"]
        if set(ticked) != {each.key for each in self.asked}:
            raise forms.ValidationError(_("Read each sentence and tick it."))
        return ticked

    def person(self, language: str) -> Person:
        typed = self.cleaned_data
        fields = {name: typed.get(name, "") for name in ("given_name", "name", "email", "password")}
        answers = {name: typed[name] for name in self.questions}
        return Person(initial=typed.get("last_initial", ""), language=language, answers=answers, **fields)
