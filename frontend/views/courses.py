"""Courses: the list of one's own, a new one, the page of one with what there is to do, its settings and its end."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import NotAllowed, NotFound
from frontend.course_forms import CourseForm, NewCourseForm, QuestionsForm
from frontend.course_pages import accepted, attempt, course_page
from frontend.templatetags.local_time import full
from frontend.views.admission import MemberRequest, admitted
from frontend.ways import ways_of
from rooms.actions.courses import (
    SHORT_TITLE_CHARS,
    archive_course,
    change_course,
    choose_questions,
    restore_course,
    start_course,
)
from rooms.models import Course
from rooms.queries.courses import CoursePlace, course_place, course_places, meets_people, posts_of, staff_of
from rooms.queries.join_codes import working_code
from rooms.queries.people import PersonLine, people_of_course
from rooms.queries.records import records_of

SOON = timedelta(days=7)  # a substitute's end within these days is worth a line
BOTH = require_http_methods(["GET", "HEAD", "POST"])


class Need(NamedTuple):
    """Something that waits for the staff of a course, and where it is done."""

    glyph: str
    text: str
    url: str


@require_safe
@admitted
def courses(request: MemberRequest) -> HttpResponse:
    places = course_places(request.user.pk)
    context = {
        "current": [place for place in places if not place.is_record],
        "records": [place for place in places if place.is_record],
        "may_start": bool(posts_of(request.user.pk)),
        "ways": ways_of(request.user.pk),
    }
    return render(request, "pages/courses/courses.html", context)


@BOTH
@admitted
def new_course(request: MemberRequest) -> HttpResponse:
    """For instructors, confirmed or not yet; to others there is no such page."""
    posts = posts_of(request.user.pk)
    if not posts:
        raise NotFound
    form = NewCourseForm(request.POST if request.method == "POST" else None, posts=posts)
    made: list[Course] = []

    def start() -> None:
        asked = form.cleaned_data["questions"]
        made.append(start_course(request.actor, form.post.school, rooms=form.rooms, questions=asked, **form.said))

    if request.method == "POST" and accepted(form, start):
        return redirect("course", made[0].pk)
    context = {"form": form, "ways": ways_of(request.user.pk)}
    return render(request, "pages/courses/new_course.html", context, status=422 if form.errors else 200)


@require_safe
@admitted
def course(request: MemberRequest, course_id: int) -> HttpResponse:
    place = course_place(request.user.pk, course_id)
    people = people_of_course(place) if place.is_staff else []
    return course_page(
        request,
        place,
        "course",
        "course",
        staff=staff_of(place.course),
        needs=list(needs_of(place, people)) if place.is_staff and not place.is_record else [],
        records=records_of(request.user.pk, course_id),
        is_met=meets_people(place.course),
        code=working_code(place.course) if place.is_instructor and not place.is_record else None,
        students=(students := [line for line in people if line.is_inside and not line.enrollment.is_staff]),
        can_enter=sum(line.state != "waiting" for line in students),
    )


def needs_of(place: CoursePlace, people: list[PersonLine]) -> Iterator[Need]:
    """The most pressing first."""
    to_people = reverse("course_people", args=[place.course.pk])
    waiting = sum(line.state == "waiting" for line in people)
    unlinked = sum(line.state == "unlinked" for line in people)
    if waiting:
        text = ngettext("%(n)d student can't enter yet", "%(n)d students can't enter yet", waiting) % {"n": waiting}
        yield Need("hourglass", text, f"{to_people}?state=waiting")
    if unlinked and place.course.school_id is not None:
        text = ngettext("%(n)d student has no parent linked", "%(n)d students have no parent linked", unlinked)
        yield Need("link", text % {"n": unlinked}, f"{to_people}?state=unlinked")
    for line in people:
        until = line.enrollment.until
        if line.state == "until" and until is not None and until < timezone.now() + SOON:
            values = {"name": line.member.course_name, "time": full(timezone.localtime(until))}
            yield Need("clock", _("%(name)s's access ends %(time)s") % values, f"{to_people}?tab=staff")
    if place.leads and not any(line.is_inside and not line.enrollment.is_staff for line in people):
        yield Need("user-plus", _("Nobody is in this course yet"), to_people)


@BOTH
@admitted
def course_settings(request: MemberRequest, course_id: int) -> HttpResponse:
    place = led_by(request, course_id)
    form = _description(place.course, request.POST if request.method == "POST" else None)
    if request.method == "POST" and accepted(form, lambda: change_course(request.actor, place.course, **form.said)):
        messages.success(request, _("Saved. Open pages say it at once."))
        return redirect("course_settings", course_id)
    return _settings_page(request, place, form)


@require_POST
@admitted
def ask(request: MemberRequest, course_id: int) -> HttpResponse:
    """What students are asked who join."""
    place = led_by(request, course_id)
    form = QuestionsForm(request.POST)
    if accepted(form, lambda: choose_questions(request.actor, place.course, form.cleaned_data["questions"])):
        messages.success(request, _("Saved. Whoever joins from now on is asked this."))
        return redirect("course_settings", course_id)
    return _settings_page(request, place, form)


def _description(course: Course, typed: QueryDict | None = None) -> CourseForm:
    """A short title that was never given stays empty, so that it goes on following the title."""
    said = {name: getattr(course, name) for name in ("title", "short_title", "description")}
    if course.short_title == course.title[:SHORT_TITLE_CHARS]:
        said["short_title"] = ""
    return CourseForm(typed, initial=said)


def _settings_page(request: MemberRequest, place: CoursePlace, form: CourseForm | QuestionsForm) -> HttpResponse:
    """`form`: the one that came, with its faults; the other is as it stands."""
    is_asking = isinstance(form, QuestionsForm)
    return course_page(
        request,
        place,
        "course_settings",
        "settings",
        form=form,
        described=_description(place.course) if is_asking else form,
        asked=form if is_asking else QuestionsForm(initial={"questions": place.course.questions}),
    )


def led_by(request: MemberRequest, course_id: int) -> CoursePlace:
    """The course, for an instructor who stays. Raises NotFound, NotAllowed."""
    place = course_place(request.user.pk, course_id)
    if not place.leads:
        raise NotAllowed
    return place


@require_POST
@admitted
def archive(request: MemberRequest, course_id: int) -> HttpResponse:
    place = course_place(request.user.pk, course_id)
    said = _("%(course)s is archived. It stays readable here.") % {"course": place.course.title}
    attempt(request, lambda: archive_course(request.actor, place.course), said)
    return redirect("courses")


@require_POST
@admitted
def restore(request: MemberRequest, course_id: int) -> HttpResponse:
    place = course_place(request.user.pk, course_id)
    said = _("%(course)s is back, with its rooms as they were.") % {"course": place.course.title}
    attempt(request, lambda: restore_course(request.actor, place.course), said)
    return redirect("course", course_id)
