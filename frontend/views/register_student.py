"""Students register with an offer alone, and the age comes before everything else (S1, S14, S18).

Invariant: the answer about the age is given once. It is bound to the offer on the server; what the session keeps of it
is which page comes next.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from accounts.actions.sessions import start_session
from accounts.errors import AppError, FieldInvalid, NotAllowed, NotFound
from accounts.models import Member
from consent.models import Registration
from consent.queries.sentences import sentences_for
from frontend.join_forms import AgeForm, StubForm, StudentForm
from frontend.register_forms import note_unasked, refuse, status_of
from frontend.views.joining import OFFER, no_offer, offer_context, remembered_offer, welcome
from rooms.actions.registrations import FOR_STUDENTS, NOT_AGAIN, Age, Birth, answer_age, register_grown, register_stub
from rooms.models import Enrollment
from rooms.queries.join_answers import questions_of
from rooms.queries.offers import Offer, course_of

AGE = "offer_age"
KIND = Registration.Kind.STUDENT


@require_http_methods(["GET", "HEAD", "POST"])
def register_student(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("join_offer")
    try:
        offer = remembered_offer(request)
    except NotFound:
        return no_offer(request)
    if offer.role != Enrollment.Role.STUDENT:
        return redirect("register_instructor")
    if offer.is_age_refused:
        return _refused(request, offer, str(NOT_AGAIN))
    answered = _answered(request, offer)
    if answered is None:
        return _ask_age(request, offer)
    age, birth = answered
    if age == Age.ADULT:
        return _refused(request, offer, str(FOR_STUDENTS), is_adult=True)
    return _grown(request, offer, birth) if age == Age.GROWN else _young(request, offer, age, birth)


def _answered(request: HttpRequest, offer: Offer) -> tuple[Age, Birth] | None:
    kept = request.session.get(AGE)
    if not kept or kept["offer"] != offer.remembered:
        return None
    return Age(kept["age"]), Birth(kept["year"], kept["month"])


def _ask_age(request: HttpRequest, offer: Offer) -> HttpResponse:
    form = AgeForm(request.POST if request.method == "POST" else None)
    note_unasked(KIND, form)
    if form.is_valid():
        birth = form.birth
        try:
            age = answer_age(request.actor, offer, birth)  # type: ignore[attr-defined]
        except NotAllowed as refused:
            return _refused(request, offer, refused.text)
        except FieldInvalid as refused:
            refuse(form, refused)
        else:
            kept = {"offer": offer.remembered, "age": str(age), "year": birth.year, "month": birth.month}
            request.session[AGE] = kept
            return redirect("register_student")
    return _page(request, offer, "age", form)


def _young(request: HttpRequest, offer: Offer, age: Age, birth: Birth) -> HttpResponse:
    """13 or under, or of an age that the school has to tell: the stub, and then the gate."""
    form = StubForm(request.POST if request.method == "POST" else None, initial={"language": _language()})
    note_unasked(KIND, form)
    if form.is_valid():
        known = birth if age == Age.YOUNG else None
        try:
            member = register_stub(request.actor, offer, form.stub, birth=known)  # type: ignore[attr-defined]
        except NotFound:
            return no_offer(request)
        except AppError as refused:
            refuse(form, refused)
        else:
            _enter(request, member)
            return redirect("gate")
    return _page(request, offer, "young", form, is_doubted=age == Age.DOUBTED)


def _grown(request: HttpRequest, offer: Offer, birth: Birth) -> HttpResponse:
    course = course_of(offer)
    data = request.POST if request.method == "POST" else None
    questions = questions_of(course)
    form = StudentForm(data, asked=sentences_for(KIND), is_school=course.school_id is not None, questions=questions)
    note_unasked(KIND, form)
    if form.is_valid():
        network = request.META.get("REMOTE_ADDR", "")
        person = form.person(_language())
        try:
            member = register_grown(request.actor, offer, person, birth=birth, address=network)  # type: ignore[attr-defined]
        except NotFound:
            return no_offer(request)
        except AppError as refused:
            refuse(form, refused)
        else:
            _enter(request, member)
            return welcome(request, course)
    return _page(request, offer, "grown", form)


def _language() -> str:
    return (get_language() or "en").partition("-")[0]


def _enter(request: HttpRequest, member: Member) -> None:
    for key in (OFFER, AGE):
        request.session.pop(key, None)
    start_session(request, member)


def _page(request: HttpRequest, offer: Offer, name: str, form: Any, **more: Any) -> HttpResponse:
    context = offer_context(offer) | {"form": form, "step": name} | more
    return render(request, f"pages/register/student_{name}.html", context, status=status_of(form))


def _refused(request: HttpRequest, offer: Offer, sentence: str, *, is_adult: bool = False) -> HttpResponse:
    context = offer_context(offer) | {"sentence": sentence, "is_adult": is_adult}
    return render(request, "pages/register/student_refused.html", context, status=403)
