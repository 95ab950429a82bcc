"""One's own profile: what it says, who sees it, how it looks to others; and what is shared with whom (S3 to S5)."""

from collections.abc import Sequence
from typing import NamedTuple

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.profiles import (
    FOR_OLDER,
    choose_audience,
    close_all,
    delete_field,
    keep_field,
    keep_picture,
    own_fields,
)
from accounts.errors import FieldInvalid, NotAllowed, NotFound, TooManyTries
from accounts.models import Member, ProfileField
from consent.queries.children import children_of, guardians_of
from frontend.forms import ActionForm
from frontend.profile_forms import AnswersForm, PictureForm, ProfileForm, profile_form
from frontend.views.admission import MemberRequest, MemberView, admitted
from frontend.views.confirming import recently_confirmed
from frontend.ways import ways_of
from rooms.actions.join_answers import correct_answers, delete_answer
from rooms.actions.profiles import correct_name
from rooms.queries.courses import course_places
from rooms.queries.join_answers import answered_courses, answering, questions_of
from rooms.queries.profiles import CLASSMATE, Line, is_visible_to_peers, own_lines, seen_as, views_of

Field, Audience = ProfileField.Field, ProfileField.Audience

TABS: dict[str, str | Promise] = {
    "classmate": gettext_lazy("Classmate"),
    "instructor": gettext_lazy("My instructor"),
    "parent": gettext_lazy("My parent"),
    "other-parent": gettext_lazy("Other parent"),
    "public": gettext_lazy("Public"),
}
OF_GROWN: dict[str, str | Promise] = {
    "classmate": gettext_lazy("People in my courses"),
    "other-parent": gettext_lazy("A parent"),
    "public": gettext_lazy("Public"),
}


class Tab(NamedTuple):
    view: str
    label: str | Promise


class Row(NamedTuple):
    """A field of one's own; `may_open` where its audience is a choice."""

    line: Line
    may_open: bool


def asked_again(view: MemberView) -> MemberView:
    """The password is asked again; of a child who signs in by a card there is none, and nothing here opens more."""
    guarded = recently_confirmed(view)

    def either(request: MemberRequest, *args: object, **kwargs: object) -> HttpResponse:
        return (view if is_young(request.user) else guarded)(request, *args, **kwargs)

    return either


def is_young(member: Member) -> bool:
    return member.is_protected_on(timezone.localdate())


@require_http_methods(["GET", "HEAD", "POST"])
@admitted
@asked_again
def profile(request: MemberRequest) -> HttpResponse:
    """POST: the audience of each field that is named."""
    if request.method == "POST":
        for field in own_fields(request.user):
            if field in request.POST:
                choose_audience(request.actor, request.user, field, request.POST[field])
        messages.success(request, _("Saved. It holds at once, on open pages too."))
        return redirect("profile")
    return _profile_page(request, CLASSMATE)


@require_http_methods(["GET", "HEAD"])
@admitted
@asked_again
def profile_as(request: MemberRequest, view: str) -> HttpResponse:
    return _profile_page(request, view)


def _profile_page(request: MemberRequest, view: str) -> HttpResponse:
    member = request.user
    views, labels = views_of(member), TABS
    if len(views) < len(TABS):
        labels = OF_GROWN
    context = {
        "rows": _rows(member),
        "is_young": is_young(member),
        "is_known_to_peers": is_visible_to_peers(member),
        "tabs": [Tab(each, labels[each]) for each in views],
        "view": view,
        "seen": seen_as(member, view),
        "ways": ways_of(member.pk),
    }
    return render(request, "pages/profile/profile.html", context)


def _rows(member: Member) -> Sequence[Row]:
    may_open = not is_young(member)
    return [Row(line, may_open) for line in own_lines(member)]


@require_http_methods(["GET", "HEAD", "POST"])
@admitted
@asked_again
def edit_profile(request: MemberRequest) -> HttpResponse:
    member, young = request.user, is_young(request.user)
    form = profile_form(member, request.POST if request.method == "POST" else None, is_young=young)
    if form.is_valid():
        try:
            correct_name(request.actor, member, **form.names)
            for field, value in form.written.items() if isinstance(form, ProfileForm) else ():
                keep_field(request.actor, member, field, value)
        except FieldInvalid as refused:
            form.refuse(refused.field, refused.text)
        else:
            messages.success(request, _("Saved. It holds at once, on open pages too."))
            return redirect("profile")
    return _edit_page(request, form, PictureForm(), status=422 if form.errors else 200)


@require_POST
@admitted
@asked_again
def picture(request: MemberRequest) -> HttpResponse:
    """A new picture in place of the one before; with `delete` none."""
    member = request.user
    if is_young(member):
        raise NotAllowed(FOR_OLDER)
    if "delete" in request.POST:
        delete_field(request.actor, member, Field.PICTURE)
        messages.success(request, _("The picture is gone."))
        return redirect("edit_profile")
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            keep_picture(request.actor, member, form.cleaned_data["picture"].read())
        except (FieldInvalid, TooManyTries) as refused:
            form.refuse("picture", refused.text)
        else:
            messages.success(request, _("That is your picture now. Choose who sees it."))
            return redirect("profile")
    return _edit_page(request, profile_form(member, is_young=is_young(member)), form, status=422)


def _edit_page(request: MemberRequest, form: ActionForm, picture_form: PictureForm, *, status: int) -> HttpResponse:
    member = request.user
    context = {
        "form": form,
        "picture_form": picture_form,
        "picture": next((line.value for line in own_lines(member) if line.field == Field.PICTURE), ""),
        "is_young": is_young(member),
        "ways": ways_of(member.pk),
    }
    return render(request, "pages/profile/edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@admitted
@asked_again
def data(request: MemberRequest) -> HttpResponse:
    """POST `close`: a field, or `all`; `delete`: a field; `delete_answer`: the number of an answer."""
    member = request.user
    if request.method == "POST":
        if "delete_answer" in request.POST:
            _delete_answer(request, request.POST["delete_answer"])
        else:
            _change_data(request, request.POST.get("close", ""), request.POST.get("delete", ""))
        return redirect("account_data")
    lines, young = own_lines(member), is_young(member)
    places = course_places(member.pk)
    context = {
        "answered": answered_courses(member),
        "lines": lines,
        "open_lines": [line for line in lines if line.is_open],
        "is_young": young,
        "guardians": guardians_of([member.pk])[member.pk],
        "children": children_of(member.pk),
        "places": [place for place in places if place.enrollment is not None],
        "ways": ways_of(member.pk),
    }
    return render(request, "pages/profile/data.html", context)


def _change_data(request: MemberRequest, close: str, delete: str) -> None:
    if close == "all":
        close_all(request.actor, request.user)
        messages.success(request, _("Closed. Nobody sees any of it now but who has to."))
    elif close:
        choose_audience(request.actor, request.user, close, Audience.ME)
        messages.success(request, _("Closed. It holds at once, on open pages too."))
    elif delete:
        delete_field(request.actor, request.user, delete)
        messages.success(request, _("Deleted."))


def _delete_answer(request: MemberRequest, number: str) -> None:
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise NotFound
    delete_answer(request.actor, int(number))
    messages.success(request, _("Deleted."))


@require_http_methods(["GET", "HEAD", "POST"])
@admitted
@asked_again
def answers(request: MemberRequest, course_id: int) -> HttpResponse:
    """What one answered on joining a course, put right; what is left empty is deleted."""
    place = answering(request.user, course_id)
    known = dict(place.answers.values_list("question", "value"))
    form = AnswersForm(questions_of(place.course), request.POST if request.method == "POST" else None, known=known)
    if form.is_valid():
        try:
            correct_answers(request.actor, place, form.answers)
        except FieldInvalid as refused:
            form.refuse(refused.field, refused.text)
        else:
            messages.success(request, _("Saved."))
            return redirect("account_data")
    context = {"form": form, "course": place.course, "ways": ways_of(request.user.pk)}
    return render(request, "pages/profile/answers.html", context, status=422 if form.errors else 200)
