"""Forms of a school's office: a duty that is given."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Member
from consent.models import Grant
from frontend.forms import NOT_CHOSEN, ActionForm, select
from frontend.operator_forms import choose
from frontend.views.duties import NAMES

Duty = Grant.Kind
GIVEN = (Duty.MODERATOR, Duty.SUPERVISOR, Duty.INSTRUCTOR)  # by an administrator; administrators by the operator


class GiveRoleForm(ActionForm):
    """Somebody whom the school knows, and a duty that its administrator may give."""

    member = forms.ChoiceField(label=gettext_lazy("Who"), widget=select())
    kind = forms.ChoiceField(label=gettext_lazy("Which duty"), widget=select())
    ends_on = forms.DateField(
        label=gettext_lazy("Until (optional)"),
        required=False,
        widget=forms.DateInput({"class": "input", "type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, candidates: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "member", [NOT_CHOSEN, *((str(member.pk), member.name) for member in candidates)])
        choose(self, "kind", [NOT_CHOSEN, *((kind.value, NAMES[kind]) for kind in GIVEN)])

    def clean_ends_on(self) -> datetime | None:
        """The end of that day."""
        day = self.cleaned_data["ends_on"]
        if day is None:
            return None
        if day < timezone.localdate():
            raise forms.ValidationError(_("Choose a day to come."))
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))
