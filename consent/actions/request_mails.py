"""The mail that asks a parent (words § 6), written in the transaction of the request, and forgotten with it.

Invariants: the code that the link brings along stands in the mail alone, here only its keyed hash; codes, mails and the
address go in the commit in which the request is answered or over.
"""

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.formats import date_format

from accounts.actions.mailed_codes import code_key, new_code
from accounts.mail import send_mail
from accounts.mail.causes import forget_mails_about, forget_mails_but
from consent.models import ConsentRequest, RequestCode, School
from consent.queries.requests import last_day

KIND = "consent_request"
PAGE = "/consent/"
CAUSE = ConsentRequest._meta.label_lower


def mail_request(request: ConsentRequest, school: School) -> None:
    """One mail with a code of its own; at most one a day, by the school's clock. Raises FieldInvalid for an address or
    a name that can't be mailed."""
    if request.channel != ConsentRequest.Channel.EMAIL or not request.address:
        return
    code = new_code()
    RequestCode.objects.create(request=request, key=code_key(code), made_at=timezone.now())
    send_mail(
        KIND,
        address=request.address,
        period=_period(request),
        payload={
            "school": school.name,
            "child": request.child.given_name,
            "until": _day(request, school),
            "code": code,
            "code_url": f"{settings.SITE_URL}{PAGE}?language={request.language}#{code}",
        },
        locale=request.language,
        cause=(CAUSE, str(request.pk)),
    )


def forget_request_mails(requests: QuerySet[ConsentRequest]) -> None:
    """Inside the transaction in which these are answered or over."""
    RequestCode.objects.filter(request__in=requests).delete()
    for pk in requests.values_list("pk", flat=True):
        forget_mails_about(KIND, (CAUSE, str(pk)))


def forget_mails_of_the_answered() -> int:
    """What a sender held while the request was answered; the clock's."""
    waiting = ConsentRequest.objects.filter(state=ConsentRequest.State.WAITING).values_list("pk", flat=True)
    return forget_mails_but(KIND, CAUSE, [str(pk) for pk in waiting])


def _period(request: ConsentRequest) -> str:
    again = request.asked_again_at
    return f"request {request.pk}" if again is None else f"request {request.pk} {again.isoformat(timespec='minutes')}"


def _day(request: ConsentRequest, school: School) -> str:
    """As the mail's language writes a day."""
    with translation.override(request.language):
        return date_format(last_day(request, school), "MONTH_DAY_FORMAT")
