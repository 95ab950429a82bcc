"""The member's address of email: seen, and changed by a code that the new mailbox brings back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actions.addresses import change_address
from accounts.errors import FieldInvalid, TooManyTries
from accounts.queries.addresses import claimed_address
from frontend.register_forms import NewAddressForm, refuse, status_of
from frontend.views.admission import MemberRequest, admitted
from frontend.views.confirming import recently_confirmed
from frontend.views.young import grown


@require_http_methods(["GET", "HEAD", "POST"])
@admitted
@grown
@recently_confirmed
def address(request: MemberRequest) -> HttpResponse:
    form = NewAddressForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            change_address(request.actor, request.user, form.cleaned_data["email"])
        except (FieldInvalid, TooManyTries) as refused:
            refuse(form, refused)
        else:
            messages.success(
                request, _("We have written to the new address. It holds when you type the code of the mail.")
            )
            return redirect("confirm")
    context = {"form": form, "claimed": claimed_address(request.user.pk)}
    return render(request, "pages/addresses/address.html", context, status=status_of(form))
