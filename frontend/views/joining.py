"""Joining a course: the code is typed or comes in the fragment of a link, the page says what being a member means, and
one button joins (S14).

Invariant: what somebody has looked up is remembered in the session by its number, never by what is secret about it, and
looked up again at every step.
"""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import FieldInvalid, NotAllowed, NotFound, TooManyTries
from consent.queries.sentences import OF_STUDENTS, sentence
from frontend.invitation_pages import invitation_context
from frontend.join_forms import JoinForm
from frontend.profile_forms import AnswersForm
from frontend.register_forms import note_unasked, refuse, status_of
from frontend.views.admission import MemberRequest, admitted
from rooms.actions.joining import find_offer, join_course
from rooms.models import Course, Enrollment, Room
from rooms.queries.courses import staff_of
from rooms.queries.invitations import invitation_behind
from rooms.queries.join_answers import questions_for
from rooms.queries.join_codes import student_count
from rooms.queries.offers import Offer, course_of, offer_again
from rooms.queries.standings import active_enrollments

BOTH = require_http_methods(["GET", "HEAD", "POST"])
OFFER = "offer"


@BOTH
def join(request: HttpRequest) -> HttpResponse:
    """Signed in or not; whom the gate holds waits there."""
    return _join_signed_in(request) if request.user.is_authenticated else _join(request)


@admitted
def _join_signed_in(request: MemberRequest) -> HttpResponse:
    return _join(request)


def _join(request: HttpRequest) -> HttpResponse:
    form = JoinForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and is_found(request, form):
        return redirect("join_offer")
    return render(request, "pages/join/join.html", {"form": form}, status=status_of(form))


def is_found(request: HttpRequest, form: JoinForm) -> bool:
    try:
        offer = find_offer(
            request.actor,  # type: ignore[attr-defined]
            form.cleaned_data["code"],
            device=request.COOKIES.get(settings.CSRF_COOKIE_NAME, ""),
            address=request.META.get("REMOTE_ADDR", ""),
        )
    except (FieldInvalid, TooManyTries) as refused:
        form.refuse("code", refused.text)
        form.is_too_fast = isinstance(refused, TooManyTries)
        return False
    remember_offer(request, offer)
    return True


def remember_offer(request: HttpRequest, offer: Offer) -> None:
    """What registering and signing in come back to."""
    request.session[OFFER] = offer.remembered


def remembered_offer(request: HttpRequest) -> Offer:
    """As it is now. Raises NotFound, after forgetting one that doesn't work any more."""
    try:
        return offer_again(request.session.get(OFFER))
    except NotFound:
        request.session.pop(OFFER, None)
        raise


def no_offer(request: HttpRequest) -> HttpResponse:
    messages.warning(request, _("First the code: type it here, or open the link again."))
    return redirect("join")


@BOTH
def join_offer(request: HttpRequest) -> HttpResponse:
    """The course that the code or the invitation opens, and what being a member of it means."""
    try:
        offer = remembered_offer(request)
    except NotFound:
        return no_offer(request)
    if request.user.is_authenticated:
        return _offer_signed_in(request, offer)
    return _offer_page(request, offer)


@admitted
def _offer_signed_in(request: MemberRequest, offer: Offer) -> HttpResponse:
    course = course_of(offer)
    questions = [] if is_in(request, offer) else questions_for(course, request.user, offer.role)
    form = AnswersForm(questions, request.POST if request.method == "POST" else None)
    note_unasked("somebody with an account", form)
    if not form.is_valid():
        return _offer_page(request, offer, form)
    try:
        network = request.META.get("REMOTE_ADDR", "")
        join_course(request.actor, offer, request.user, address=network, answers=form.answers)
    except NotFound:
        return no_offer(request)
    except NotAllowed as refused:
        return _offer_page(request, offer, form, refused.text)
    except FieldInvalid as refused:
        refuse(form, refused)
        return _offer_page(request, offer, form)
    return welcome(request, course)


def welcome(request: HttpRequest, course: Course) -> HttpResponse:
    """Into the first room, where the reader line says who can read it."""
    request.session.pop(OFFER, None)
    room = course.rooms.filter(kind=Room.Kind.COURSE, state=Room.State.OPEN).order_by("position", "pk").first()
    if room is not None:
        return redirect("room", room.pk)
    messages.success(request, _("You are in. The course has no room yet; its page is here."))
    return redirect("course", course.pk)


def _offer_page(request: HttpRequest, offer: Offer, form: AnswersForm | None = None, refusal: str = "") -> HttpResponse:
    """`form`: what the course asks somebody who is signed in, before the yes."""
    context = offer_context(offer) | {"refusal": refusal, "is_in": is_in(request, offer), "form": form}
    status = 403 if refusal else status_of(form) if form is not None else 200
    return render(request, "pages/join/offer.html", context, status=status)


def is_in(request: HttpRequest, offer: Offer) -> bool:
    member = request.user.pk if request.user.is_authenticated else None
    return active_enrollments(timezone.now()).filter(course=offer.course_id, member=member).exists()


def offer_context(offer: Offer) -> dict[str, Any]:
    """What every page with an offer shows at its side."""
    course = course_of(offer)
    invited = invitation_context(invitation_behind(offer)) if offer.kind == "invitation" else {}
    return invited | {
        "offer": offer,
        "course": course,
        "teachers": [row.member.course_name for row in staff_of(course) if row.role == Enrollment.Role.INSTRUCTOR],
        "student_count": student_count(course),
        "sentences": [sentence(key) for key in OF_STUDENTS] if offer.role == Enrollment.Role.STUDENT else [],
        "sign_in_url": f"{reverse('sign_in')}?next={reverse('join_offer')}",
    }


@require_POST
def forget_offer(request: HttpRequest) -> HttpResponse:
    """Another code."""
    request.session.pop(OFFER, None)
    return redirect("join")
