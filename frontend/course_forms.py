"""Forms of a course's pages: started and described, its rooms, its staff."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Member
from frontend.forms import NOT_CHOSEN, ActionForm, select, text_input
from rooms.actions.courses import (
    DESCRIPTION_CHARS,
    NOT_ON_THE_LIST,
    ROOM_TITLE_CHARS,
    SHORT_TITLE_CHARS,
    TITLE_CHARS,
)
from rooms.models import Enrollment, Question, Room
from rooms.queries.courses import Post

INDEPENDENT = "none"
READ_ONLY = "nobody"
WRITERS = [
    (Room.Posting.ALL, gettext_lazy("Everybody in it")),
    (Room.Posting.STAFF, gettext_lazy("Instructors and assistants: announcements")),
    (READ_ONLY, gettext_lazy("Nobody: it can be read")),
]
KINDS = [
    (Room.Kind.COURSE, gettext_lazy("Everybody in the course")),
    (Room.Kind.GROUP, gettext_lazy("A group: those whom you choose")),
]
ROLES = [
    NOT_CHOSEN,
    (Enrollment.Role.INSTRUCTOR, gettext_lazy("Instructor")),
    (Enrollment.Role.ASSISTANT, gettext_lazy("Assistant")),
]


class CourseForm(ActionForm):
    """What a course is called and about."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        help_text=gettext_lazy("As it stands in the timetable: Algebra I, period 3"),
        max_length=TITLE_CHARS,
        widget=text_input(),
    )
    short_title = forms.CharField(
        label=gettext_lazy("Short title"),
        help_text=gettext_lazy("For narrow places. Left empty, it is the title."),
        max_length=SHORT_TITLE_CHARS,
        required=False,
        widget=text_input(),
    )
    description = forms.CharField(
        label=gettext_lazy("What it is about"),
        help_text=gettext_lazy("Its members and their parents read this on the course page."),
        max_length=DESCRIPTION_CHARS,
        required=False,
        widget=forms.Textarea({"class": "input", "rows": 4}),
    )

    @property
    def said(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("title", "short_title", "description")}


def question_choice() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=gettext_lazy("What you ask students who join"),
        choices=Question.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": NOT_ON_THE_LIST},
    )


class QuestionsForm(ActionForm):
    """What students are asked who join: a choice from the fixed list (S1)."""

    questions = question_choice()


class NewCourseForm(CourseForm):
    """Where it is taught, what it asks who joins, and its first rooms."""

    questions = question_choice()

    school = forms.ChoiceField(label=gettext_lazy("School"), widget=select())
    announcements = forms.BooleanField(
        label=gettext_lazy("A room for announcements, where only staff write"), required=False, initial=True
    )

    field_order = ("title", "short_title", "school", "description", "questions", "announcements")

    def __init__(self, *args: Any, posts: Sequence[Post], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.posts = {str(post.school_id or INDEPENDENT): post for post in posts}
        choices = [(value, _name(post)) for value, post in self.posts.items()]
        field = cast(forms.ChoiceField, self.fields["school"])
        field.choices = choices if len(choices) == 1 else [NOT_CHOSEN, *choices]

    @property
    def only_post(self) -> Post | None:
        return next(iter(self.posts.values())) if len(self.posts) == 1 else None

    @property
    def post(self) -> Post:
        return self.posts[self.cleaned_data["school"]]

    @property
    def rooms(self) -> list[tuple[str, str]]:
        rooms: list[tuple[str, str]] = [(_("General"), Room.Posting.ALL)]
        return [*rooms, (_("Announcements"), Room.Posting.STAFF)] if self.cleaned_data["announcements"] else rooms


def _name(post: Post) -> str:
    name = post.school.name if post.school is not None else _("No school: I teach independently")
    return name if post.is_confirmed else _("%(name)s (not confirmed yet)") % {"name": name}


class RoomForm(ActionForm):
    fields_of_action = {"posting": "writers"}

    title = forms.CharField(label=gettext_lazy("Name"), max_length=ROOM_TITLE_CHARS, widget=text_input())
    writers = forms.ChoiceField(
        label=gettext_lazy("Who writes"), choices=WRITERS, initial=Room.Posting.ALL, widget=forms.RadioSelect
    )

    @property
    def said(self) -> dict[str, Any]:
        """Read-only keeps who would write; announcements stay announcements when it is opened again."""
        writers = self.cleaned_data["writers"]
        posting = self.initial.get("posting", Room.Posting.ALL) if writers == READ_ONLY else writers
        return {"title": self.cleaned_data["title"], "posting": posting, "is_open": writers != READ_ONLY}


class NewRoomForm(RoomForm):
    """A room for all, or a group with its people."""

    kind = forms.ChoiceField(
        label=gettext_lazy("For whom"), choices=KINDS, initial=Room.Kind.COURSE, widget=forms.RadioSelect
    )
    members = forms.MultipleChoiceField(
        label=gettext_lazy("Who is in the group"), required=False, widget=forms.CheckboxSelectMultiple
    )
    field_order = ("title", "kind", "members", "writers")

    def __init__(self, *args: Any, people: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.MultipleChoiceField, self.fields["members"]).choices = people
        cast(forms.ChoiceField, self.fields["writers"]).choices = WRITERS[:2]


class StaffForm(ActionForm):
    """Somebody whom the school knows, as what, and until when."""

    member = forms.ChoiceField(label=gettext_lazy("Who"), widget=select())
    role = forms.ChoiceField(label=gettext_lazy("As what"), choices=ROLES, widget=select())
    until = forms.DateTimeField(
        label=gettext_lazy("Until"),
        help_text=gettext_lazy("For a substitute: the access ends by itself then. Left empty, it doesn't end."),
        required=False,
        widget=forms.DateTimeInput({"class": "input", "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )

    def __init__(self, *args: Any, people: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(str(member.pk), member.name) for member in people]
        cast(forms.ChoiceField, self.fields["member"]).choices = [NOT_CHOSEN, *names]

    @property
    def said(self) -> dict[str, Any]:
        until: datetime | None = self.cleaned_data["until"]
        return {"role": self.cleaned_data["role"], "until": until}
