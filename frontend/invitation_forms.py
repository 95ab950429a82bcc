"""The form of an invitation by email: whom, how old, in which words. What is no address, the action says for each."""

from typing import Any, cast

from django import forms
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Member
from frontend.forms import ActionForm, Choices, select
from frontend.settings_form import LANGUAGES
from rooms.actions.invitation_mails import TEXT_CHARS, Letter
from rooms.actions.invitations import PASTED_CHARS
from rooms.models import Course, Enrollment

GROWN, YOUNG = "grown", "young"
AGES: Choices = [(GROWN, gettext_lazy("14 or over")), (YOUNG, gettext_lazy("Some are 13 or under"))]
STUDENT: Choices = [(Enrollment.Role.STUDENT, gettext_lazy("Student"))]
STAFF: Choices = [
    (Enrollment.Role.ASSISTANT, gettext_lazy("Assistant")),
    (Enrollment.Role.INSTRUCTOR, gettext_lazy("Instructor")),
]


class InvitationForm(ActionForm):
    """The age is asked of students alone, and never chosen beforehand (S13)."""

    addresses = forms.CharField(
        label=gettext_lazy("Email addresses"),
        help_text=gettext_lazy("Paste as many as you like. They serve this one email and are deleted after 30 days."),
        max_length=PASTED_CHARS,
        widget=forms.Textarea({"class": "input", "rows": 5, "spellcheck": "false", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Paste at least one address.")},
    )
    role = forms.ChoiceField(label=gettext_lazy("They come in as"), choices=STUDENT, widget=select())
    age = forms.ChoiceField(
        label=gettext_lazy("How old are they?"), choices=AGES, widget=forms.RadioSelect, required=False
    )
    text = forms.CharField(
        label=gettext_lazy("Your message"),
        help_text=gettext_lazy(
            "Plain text, sent by ClassTrak in your name. We add the link, who asked us to write, and a way to get no "
            "more invitations."
        ),
        max_length=TEXT_CHARS,
        widget=forms.Textarea({"class": "input", "rows": 10}),
        error_messages={"required": gettext_lazy("Write a few words, so that they know who asks them.")},
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the rest of the email"), choices=LANGUAGES, widget=select()
    )
    bound = forms.BooleanField(
        label=gettext_lazy("Only the person with the address can use it"), required=False, initial=True
    )

    def __init__(self, *args: Any, invites_staff: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if invites_staff:
            cast(forms.ChoiceField, self.fields["role"]).choices = [*STUDENT, *STAFF]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("role") == Enrollment.Role.STUDENT and not values.get("age") and "age" not in self.errors:
            self.add_error("age", _("Say how old they are."))
        return values

    @property
    def letter(self) -> Letter:
        values = self.cleaned_data
        return Letter(
            role=values["role"],
            is_young=values["age"] == YOUNG,
            text=values["text"],
            locale=values["language"],
            is_bound=values["bound"],
        )


def first_words(course: Course, inviter: Member) -> dict[str, str]:
    """The template, to be edited, in the language of who writes."""
    names = {"course": course.title, "name": inviter.course_name}
    if course.school is not None:
        text = _(
            "Hello,\n\n"
            "I invite you to %(course)s at %(school)s. The course is private: its members and linked parents read it."
            "\n\nOpen the link below. It says what joining means before you decide.\n\n%(name)s"
        ) % (names | {"school": course.school.name})
    else:
        text = (
            _(
                "Hello,\n\n"
                "I invite you to %(course)s. The course is private: its members and linked parents read it."
                "\n\nOpen the link below. It says what joining means before you decide.\n\n%(name)s"
            )
            % names
        )
    return {"text": text, "language": (translation.get_language() or "en").split("-")[0]}
