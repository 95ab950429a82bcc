"""The forms of what a profile says, whose audience is chosen beside it, and of what courses ask who joins."""

from collections.abc import Mapping, Sequence

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from accounts.actions.pictures import TOO_LARGE
from accounts.actions.profiles import LONGEST, OTHERWISE, WRITTEN
from accounts.models import Member, ProfileField
from frontend.forms import ActionForm, text_input
from frontend.register_forms import AskedForm
from rooms.actions.profiles import has_own_course_name
from rooms.models import Question
from rooms.queries.profiles import own_lines

Field = ProfileField.Field
NAMES = ("given_name", "name", "course_name")
HINTS = {
    Field.PRONOUNS: gettext_lazy("For example: she, her"),
    Field.GRADUATION_YEAR: gettext_lazy("For example: 2027"),
    Field.ABOUT: gettext_lazy("A few sentences, at most 600 characters. No address and no phone number."),
}


class NameForm(ActionForm):
    """Everybody's; `course_name` where it is one of its own."""

    given_name = forms.CharField(
        label=gettext_lazy("Given name"), max_length=60, widget=text_input(autocomplete="given-name")
    )
    name = forms.CharField(label=gettext_lazy("Full name"), max_length=120, widget=text_input(autocomplete="name"))
    course_name = forms.CharField(
        label=gettext_lazy("Name in courses"),
        help_text=gettext_lazy("What the people in your courses call you"),
        max_length=80,
        widget=text_input(),
    )

    def __init__(self, member: Member, typed: QueryDict | None) -> None:
        super().__init__(typed, initial={name: getattr(member, name) for name in NAMES})
        if not has_own_course_name(member):
            del self.fields["course_name"]

    @property
    def names(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.fields if name in NAMES}


class ProfileForm(NameForm):
    """With the fields that somebody from 14 on may write; each may stay empty. Work isn't asked of who is at school."""

    def __init__(self, member: Member, typed: QueryDict | None) -> None:
        super().__init__(member, typed)
        values = {line.field: line.value for line in own_lines(member)}
        unasked = {Field.FIELD_OF_WORK} - values.keys() if member.is_k12 else set()
        self.fields_written = [field for field in WRITTEN if field not in unasked]
        for field in self.fields_written:
            self.fields[field] = _text(field)
            self.initial[field] = values.get(field, "")

    @property
    def written(self) -> dict[str, str]:
        return {field: self.cleaned_data[field] for field in self.fields_written}


def _text(field: ProfileField.Field) -> forms.CharField:
    return forms.CharField(
        label=field.label,
        help_text=HINTS.get(field, ""),
        max_length=LONGEST.get(field, OTHERWISE),
        required=False,
        widget=forms.Textarea({"class": "input", "rows": "4"}) if field == Field.ABOUT else text_input(),
    )


class AnswersForm(AskedForm):
    """What a course asks who joins; each may stay empty. Any other field that is posted is dropped."""

    def __init__(
        self, questions: Sequence[Question], typed: QueryDict | None = None, *, known: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(typed, initial=dict(known or {}))
        self.fields |= question_fields(questions)

    @property
    def answers(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.fields}


def question_fields(questions: Sequence[Question]) -> dict[str, forms.Field]:
    return {question.value: _text(Field(question.value)) for question in questions}


def profile_form(member: Member, typed: QueryDict | None = None, *, is_young: bool) -> NameForm:
    return (NameForm if is_young else ProfileForm)(member, typed)


class PictureForm(ActionForm):
    picture = forms.FileField(
        label=gettext_lazy("Picture"),
        help_text=gettext_lazy(
            "JPEG, PNG or WebP, at most 900 kB. We cut a square from the middle and keep nothing else."
        ),
        error_messages={"required": gettext_lazy("Choose a picture first.")},
        widget=forms.FileInput({"class": "input", "accept": "image/jpeg,image/png,image/webp"}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["picture"].widget.attrs["data-too-large"] = TOO_LARGE  # picture.js says it before anything is sent


class LeaveForm(ActionForm):
    typed = forms.CharField(
        label=gettext_lazy("Your sign-in name, to be sure"), max_length=254, widget=text_input(autocapitalize="none")
    )
