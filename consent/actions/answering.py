"""The code of the mail brought back: which request it belongs to (words § 10).

Invariant: mistyped, used and out of date are one answer; looking changes nothing, so that a program that opens every
link, and one that presses every button with nothing in the field, does no harm.
"""

from datetime import timedelta

from django.utils.translation import ngettext_lazy

from accounts.actions.attempts import Limit, count_try, network_of
from accounts.actions.mailed_codes import code_key
from accounts.errors import FieldInvalid, NotFound, TooManyTries
from consent.models import ConsentRequest
from consent.queries.requests import request_of_code

WRONG = ngettext_lazy(
    "This code doesn't work. It may be mistyped, used or out of date. Codes have no 0, O, 1 or I. %(n)d try left. "
    "For a new one, ask the teacher or the school office.",
    "This code doesn't work. It may be mistyped, used or out of date. Codes have no 0, O, 1 or I. %(n)d tries left. "
    "For a new one, ask the teacher or the school office.",
    "n",
)
TOO_MANY = ngettext_lazy(
    "Too many tries. Try again in %(minutes)d minute, or ask the school for a new code.",
    "Too many tries. Try again in %(minutes)d minutes, or ask the school for a new code.",
    "minutes",
)
SPAN = timedelta(minutes=15)
PER_DEVICE = Limit("consent_device", 5, SPAN)
PER_ADDRESS = Limit("consent_address", 100, SPAN)  # families behind one address; the code itself has 77 bits


def find_request(typed: str, *, device: str, address: str) -> ConsentRequest:
    """The request that waits behind what was typed; a wrong one is counted. `device`: what the browser is known by.
    Raises FieldInvalid, TooManyTries."""
    network = network_of(address)
    try:
        tries = count_try({PER_DEVICE: f"{device} from {network}", PER_ADDRESS: network})
    except TooManyTries as error:
        error.sentence = TOO_MANY
        raise
    try:
        request = request_of_code(code_key(typed))
    except NotFound as wrong:
        raise FieldInvalid(WRONG, field="code", n=tries.left(PER_DEVICE)) from wrong
    tries.forgive()
    return request
