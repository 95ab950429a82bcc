"""Inviting into a course by email: written and seen, a result for each address, and what became of it, live (S13).

Invariant: invitations are the instructors' of the course; to everybody else there is no such page. What isn't stored is
in the answer to the form alone: in no session and no address.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actor import Actor
from accounts.errors import NotAllowed, NotFound
from accounts.mail.rendering import Rendered, sender
from frontend.course_pages import accepted, attempt, course_page
from frontend.invitation_forms import InvitationForm, first_words
from frontend.templatetags.local_time import clock, day
from frontend.views.admission import MemberRequest, admitted
from frontend.views.join_codes import taught
from frontend.views.polled import signed_out, state_answer
from rooms import permissions
from rooms.actions.invitation_mails import preview_invitation
from rooms.actions.invitations import Outcome, Result, invite, revoke_invitation, send_again
from rooms.models import Enrollment, Invitation
from rooms.queries.courses import CoursePlace
from rooms.queries.invitations import Invited, State, invitation_of, invitations_of, invited

A_PAGE = 100


class Word(NamedTuple):
    """A state or a result as people read it."""

    text: str | Promise
    kind: str
    glyph: str


STATES: dict[State, Word] = {
    "waiting": Word(gettext_lazy("Leaves in a moment"), "plain", "clock"),
    "sent": Word(gettext_lazy("Sent"), "accent", "check"),
    "not_arrived": Word(gettext_lazy("Did not arrive"), "danger", "circle-alert"),
    "joined": Word(gettext_lazy("Joined"), "info", "user-round-check"),
    "declined": Word(gettext_lazy("Said no"), "plain", "ban"),
    "revoked": Word(gettext_lazy("Taken back"), "plain", "circle-minus"),
    "expired": Word(gettext_lazy("Out of date"), "warn", "clock"),
}
OUTCOMES: dict[Outcome, Word] = {
    Outcome.SENT: Word(gettext_lazy("Sent"), "accent", "check"),
    Outcome.INVITED: Word(gettext_lazy("Invited already"), "info", "mail"),
    Outcome.MEMBER: Word(gettext_lazy("Member already"), "info", "user-round-check"),
    Outcome.BAD: Word(gettext_lazy("Not an address"), "danger", "circle-alert"),
    Outcome.UNWANTED: Word(gettext_lazy("Wants no invitations"), "plain", "ban"),
    Outcome.NEEDS_AGREEMENT: Word(gettext_lazy("Needs agreement"), "warn", "shield-alert"),
}


class ResultLine(NamedTuple):
    typed: str
    word: Word
    note: str


class InvitedLine(NamedTuple):
    """A line of the list: the same in the page and in the answer that keeps it live."""

    invitation: Invitation
    name: str
    state: State
    word: Word
    note: str
    is_open: bool


@require_http_methods(["GET", "HEAD", "POST"])
@admitted
def course_invitations(request: MemberRequest, course_id: int) -> HttpResponse:
    """`do`: preview shows the mail as it will look, anything else sends it."""
    place = taught(request, course_id)
    if request.method != "POST":
        return _page(request, place, InvitationForm(initial=first_words(place.course, request.user), **_rights(place)))
    form = InvitationForm(request.POST, **_rights(place))
    if request.POST.get("do") == "preview":
        shown: list[Rendered] = []
        accepted(form, lambda: shown.append(preview_invitation(place.course, request.user, form.letter)))
        return _page(request, place, form, preview=shown[0] if shown else None)
    results: list[Result] = []
    if not accepted(form, lambda: results.extend(_invited(request, place, form))):
        return _page(request, place, form)
    return _page(request, place, _for_the_bad_ones(form, place, results), results=results)


def _rights(place: CoursePlace) -> dict[str, bool]:
    return {"invites_staff": place.leads}


def _invited(request: MemberRequest, place: CoursePlace, form: InvitationForm) -> list[Result]:
    return invite(request.actor, place.course, form.cleaned_data["addresses"], form.letter)


def _for_the_bad_ones(form: InvitationForm, place: CoursePlace, results: Sequence[Result]) -> InvitationForm:
    """The same letter again, with what has to be corrected."""
    bad = [result.typed for result in results if result.outcome == Outcome.BAD]
    return InvitationForm(initial=form.cleaned_data | {"addresses": "\n".join(bad)}, **_rights(place))


def _page(
    request: MemberRequest,
    place: CoursePlace,
    form: InvitationForm,
    *,
    preview: Rendered | None = None,
    results: Sequence[Result] = (),
) -> HttpResponse:
    page = Paginator(_rows(place), A_PAGE).get_page(request.GET.get("page"))
    lines = invited_lines(invited(list(page.object_list)))
    return course_page(
        request,
        place,
        "course_invitations",
        "invitations",
        form=form,
        refusal=_refusal(request, place),
        preview=preview,
        sender=sender(),
        results=[result_line(result) for result in results if result.outcome != Outcome.NEEDS_AGREEMENT],
        not_kept=sum(result.outcome == Outcome.NEEDS_AGREEMENT for result in results),
        counted=_counted_results(results),
        page=page,
        lines=lines,
        progress=_progress(lines),
    )


def _rows(place: CoursePlace) -> QuerySet[Invitation]:
    return invitations_of(place.course).select_related("used_by")


def _refusal(request: MemberRequest, place: CoursePlace) -> str:
    """Why nobody can be invited now; "": somebody can."""
    try:
        permissions.can_invite(request.actor, place.course, Enrollment.Role.STUDENT)
    except NotAllowed as refused:
        return refused.text
    return ""


def result_line(result: Result) -> ResultLine:
    note = result.why
    if result.expires_at is not None:
        note = _("Works until %(day)s") % {"day": day(timezone.localtime(result.expires_at).date())}
    return ResultLine(result.typed, OUTCOMES[result.outcome], note)


def _counted_results(results: Sequence[Result]) -> str:
    sent = Counter(result.outcome for result in results)[Outcome.SENT]
    addresses = ngettext("%(n)d address", "%(n)d addresses", len(results)) % {"n": len(results)}
    return ngettext("%(addresses)s, %(n)d sent", "%(addresses)s, %(n)d sent", sent) % {
        "addresses": addresses,
        "n": sent,
    }


def invited_lines(rows: Sequence[Invited]) -> list[InvitedLine]:
    return [
        InvitedLine(row.invitation, _called(row), row.state, STATES[row.state], _note(row), row.is_open) for row in rows
    ]


def _called(row: Invited) -> str:
    """By the address while it is kept, then by who came in."""
    return row.invitation.address or row.name


def _note(row: Invited) -> str:
    if row.state == "joined":
        return row.name
    local = timezone.localtime(row.invitation.sent_at)
    sent = clock(local) if local.date() == timezone.localdate() else day(local.date())
    until = day(timezone.localtime(row.invitation.expires_at).date())
    return _("%(sent)s, works until %(until)s") % {"sent": sent, "until": until} if row.is_open else sent


def _progress(lines: Sequence[InvitedLine]) -> str:
    """Of those that wait or have left: nothing to say once all have."""
    waiting = sum(line.state == "waiting" for line in lines)
    if not waiting:
        return ""
    return ngettext("%(n)d email is still to leave.", "%(n)d emails are still to leave.", waiting) % {"n": waiting}


@require_safe
def invitations_state(request: HttpRequest, course_id: int) -> HttpResponse:
    """What became of each: `{progress, invited: [{id, glyph, kind, word, note, is_open}]}`, asked again and again. 401
    once nobody is signed in."""
    return _state(request, course_id) if request.user.is_authenticated else signed_out()


@admitted
def _state(request: MemberRequest, course_id: int) -> HttpResponse:
    page = Paginator(_rows(taught(request, course_id)), A_PAGE).get_page(request.GET.get("page"))
    lines = invited_lines(invited(list(page.object_list)))
    told = [
        {
            "id": line.invitation.pk,
            "glyph": line.word.glyph,
            "kind": line.word.kind,
            "word": str(line.word.text),
            "note": line.note,
            "is_open": line.is_open,
        }
        for line in lines
    ]
    return state_answer(request, {"progress": _progress(lines), "invited": told})


class Deed(NamedTuple):
    act: Callable[[Actor, Invitation], object]
    said: str | Promise


DEEDS = {
    "again": Deed(send_again, gettext_lazy("Sent again, with a new link. The old one is dead.")),
    "revoke": Deed(revoke_invitation, gettext_lazy("Taken back. Its link opens nothing any more.")),
}


@require_POST
@admitted
def change_invitation(request: MemberRequest, course_id: int, invitation_id: int, deed: str) -> HttpResponse:
    place = taught(request, course_id)
    if deed not in DEEDS:
        raise NotFound
    invitation, (act, said) = invitation_of(place.course, invitation_id), DEEDS[deed]
    try:
        attempt(request, lambda: act(request.actor, invitation), str(said))
    except NotFound:  # somebody has used it, or changed it, since the page was made
        messages.warning(request, _("This invitation has just changed. The list says how it is now."))
    return redirect("course_invitations", course_id)
