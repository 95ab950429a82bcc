"""Class cards: the teacher's page of a course with its sheet to print, and the door of whoever has a card.

Invariant: what is printed is in one answer, right after it was made; a page that is loaded again makes nothing.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions.confirmations import note_password
from accounts.actions.sessions import start_session
from accounts.errors import FieldInvalid, TooManyTries
from accounts.models import Member
from consent.actions.card_sign_in import member_by_phrase, member_by_picture
from consent.actions.class_cards import FreshCard
from consent.queries.children import young_students
from frontend.qr import qr_svg
from frontend.views.admission import MemberRequest, admitted
from frontend.views.auth import leave_browser
from frontend.views.school import office
from frontend.ways import ways_of
from rooms.actions.class_cards import make_cards, revoke_card
from rooms.queries.class_cards import cards_page, course_for_cards, school_cards
from rooms.queries.courses import course_places

A_SHEET = 8  # cards on a page of A4


class PrintedCard(NamedTuple):
    fresh: FreshCard
    picture: SafeString


# Of a course


@require_safe
@admitted
def cards(request: MemberRequest, course_id: int) -> HttpResponse:
    page = cards_page(request.actor, course_id)
    context = {"page": page, "back": _back(request, course_id), "ways": ways_of(request.user.pk)}
    return render(request, "pages/cards/cards.html", context)


@require_safe
@admitted
def cards_of_school(request: MemberRequest, school_id: int) -> HttpResponse:
    """The office's way to the cards of each course."""
    context = office(request, school_id, young_students(request.actor, school_id)) | {
        "courses": school_cards(request.actor, school_id),
        "place": "school_cards",
    }
    return render(request, "pages/cards/school.html", context)


@require_POST
@admitted
def make(request: MemberRequest, course_id: int) -> HttpResponse:
    """The sheet, once: for one student by the button in their line, else for all that are ticked."""
    chosen = request.POST.getlist("one") or request.POST.getlist("students")
    try:
        fresh = make_cards(
            request.actor, course_id, [_number(text) for text in chosen], seen=_number(request.POST.get("seen", ""))
        )
    except FieldInvalid as refused:
        messages.warning(request, refused.text)
        return redirect("cards", course_id)
    return render(request, "pages/cards/sheet.html", _sheet(request, course_id, fresh))


@require_POST
@admitted
def revoke(request: MemberRequest, course_id: int, member_id: int) -> HttpResponse:
    name = revoke_card(request.actor, course_id, member_id)
    messages.success(request, _("The card of %(name)s opens nothing any more.") % {"name": name})
    return redirect("cards", course_id)


def _sheet(request: MemberRequest, course_id: int, fresh: Sequence[FreshCard]) -> dict[str, Any]:
    page = cards_page(request.actor, course_id)
    printed = [PrintedCard(card, _picture(card)) for card in fresh]
    return {
        "course": page.course,
        "school": page.school,
        "sheets": [printed[at : at + A_SHEET] for at in range(0, len(printed), A_SHEET)],
        "count": len(printed),
        "printed": printed,
        "made_at": timezone.now(),
        "host": urlsplit(settings.SITE_URL).netloc,
    }


def _picture(card: FreshCard) -> SafeString:
    address = f"{settings.SITE_URL}{reverse('class_card')}#{card.secret}"
    return qr_svg(address, _("QR code of %(name)s") % {"name": card.member.course_name})


def _back(request: MemberRequest, course_id: int) -> str:
    """To the course, for whoever is in it; the school's administrator comes from the office."""
    is_inside = any(place.course.pk == course_id for place in course_places(request.user.pk))
    if is_inside:
        return reverse("course", args=[course_id])
    _course, school = course_for_cards(request.actor, course_id)
    return reverse("school_cards", args=[school.pk])


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0


# The door


@sensitive_post_parameters("phrase", "pin", "secret")
@require_http_methods(["GET", "HEAD", "POST"])
def class_card(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _door(request)
    try:
        member = _member(request)
    except (FieldInvalid, TooManyTries) as refused:
        return _door(request, refused.text, is_locked=isinstance(refused, TooManyTries))
    response = HttpResponseRedirect(_next(request) or reverse("home"))
    if request.user.is_authenticated and request.user != member:
        leave_browser(response, None, is_shared=False)  # whoever sat here before
    start_session(request, member, shared="shared" in request.POST)
    note_password(request)  # what opens the account was just shown
    return response


def _member(request: HttpRequest) -> Member:
    """By the picture where its secret came along, else by the words."""
    typed, device = request.POST, request.META.get("CSRF_COOKIE", "")
    address = request.META.get("REMOTE_ADDR", "")
    if secret := typed.get("secret", ""):
        return member_by_picture(secret, typed.get("pin", ""), device=device, address=address)
    return member_by_phrase(typed.get("name", ""), typed.get("phrase", ""), device=device, address=address)


def _door(request: HttpRequest, fault: str = "", *, is_locked: bool = False) -> HttpResponse:
    """The name stays as it was typed; words and PIN are typed again."""
    context = {
        "fault": fault,
        "is_locked": is_locked,
        "typed_name": request.POST.get("name", ""),
        "secret": request.POST.get("secret", ""),
        "is_shared": request.method != "POST" or "shared" in request.POST,
        "next": _next(request),
        "next_name": REDIRECT_FIELD_NAME,
    }
    return render(request, "pages/sign_in/class_card.html", context)


def _next(request: HttpRequest) -> str:
    asked = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if is_ours else ""
