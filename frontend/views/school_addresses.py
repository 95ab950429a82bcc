"""The internet addresses of a school, whose classes come from one of them all at once: the list, for its administrators
and for the operator."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import FieldInvalid, NotFound
from accounts.queries.networks import networks_around
from consent.actions.networks import LONGEST_NOTE, add_network, may_list_private, remove_network
from consent.models import School
from consent.queries.children import young_students
from consent.queries.networks import LONGEST, is_private, network_from, networks_of_school, school_with_list, shown
from consent.queries.schools import administered_schools
from frontend.course_pages import accepted
from frontend.forms import ActionForm, text_input
from frontend.views.admission import MemberRequest, admitted
from frontend.views.confirming import recently_confirmed
from frontend.views.school import office
from frontend.ways import ways_of

REMOVED = "removed_network"  # in the session, until the page has offered to put it back


class NetworkForm(ActionForm):
    network = forms.CharField(
        label=gettext_lazy("Address or network"),
        help_text=gettext_lazy("For example: 203.0.113.7, 203.0.113.0/24 or 2001:db8:1::/48"),
        max_length=LONGEST,
        widget=text_input(spellcheck="false", autocapitalize="none"),
    )
    note = forms.CharField(
        label=gettext_lazy("Where it is (optional)"), max_length=LONGEST_NOTE, required=False, widget=text_input()
    )


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """Where the reader comes from, and what of it a list would hold; no `network` where none could."""

    address: str
    network: str
    is_listed: bool


@require_http_methods(["GET", "HEAD", "POST"])
@admitted
@recently_confirmed
def addresses(request: MemberRequest, school_id: int) -> HttpResponse:
    school, listed = school_with_list(request.actor, school_id), networks_of_school(request.actor, school_id)
    form = NetworkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and accepted(form, lambda: add_network(request.actor, school, **form.cleaned_data)):
        messages.success(request, _("It is on the list. In a few seconds there is room for your classes."))
        return redirect("school_addresses", school_id)
    context = _frame(request, school) | {
        "place": "school_addresses",
        "form": form,
        "networks": listed,
        "own": own_address(request, {row.network for row in listed}),
        "removed": request.session.pop(REMOVED, None) if request.method != "POST" else None,
    }
    return render(request, "pages/school/addresses.html", context, status=422 if form.errors else 200)


@require_POST
@admitted
@recently_confirmed
def remove(request: MemberRequest, school_id: int, network_id: int) -> HttpResponse:
    """What was removed is offered once more on the next page."""
    row = networks_of_school(request.actor, school_id).filter(pk=network_id).first()
    if row is None:
        raise NotFound
    remove_network(request.actor, row)
    request.session[REMOVED] = {"network": str(row), "note": row.note}
    return redirect("school_addresses", school_id)


def own_address(request: MemberRequest, listed: Collection[str]) -> OwnAddress:
    """As the server sees it: where a school's administrator reads this at school, it is what the list needs."""
    address = request.META.get("REMOTE_ADDR", "")
    try:
        network = network_from(address)
    except FieldInvalid:
        return OwnAddress(address, "", is_listed=False)
    if is_private(network) and not may_list_private(request.actor):
        return OwnAddress(address, "", is_listed=False)
    return OwnAddress(
        address, shown(network), is_listed=any(around in listed for around in networks_around(str(network)))
    )


def _frame(request: MemberRequest, school: School) -> dict[str, Any]:
    """The office for who administers the school; an operator comes from the operator's page of it."""
    if administered_schools(request.user.pk).filter(pk=school.pk).exists():
        students = young_students(request.actor, school.pk)
        return {"layout": "layouts/office.html", **office(request, school.pk, students)}
    return {"layout": "layouts/operator.html", "school": school, "ways": ways_of(request.user.pk)}
