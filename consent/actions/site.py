"""A new installation set up by whoever started it, and what the site says of itself.

Invariants: the one-time address works while nobody operates the site, once, and is made anew at each start; after it
only operators change anything here. Until then nothing is on record: the first entry of the audit log says whose
database this is.
"""

import secrets
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.actions.addresses import claim_address, clean_address
from accounts.actions.attempts import Limit, count_try, network_of
from accounts.actions.members import check_name, create_member
from accounts.actions.passwords import encoded_password
from accounts.actor import Actor
from accounts.errors import FieldInvalid
from accounts.mail import send_mail
from accounts.models import MailOutbox, Member
from accounts.queries.members import free_sign_in_name
from consent.actions.acceptances import accept
from consent.actions.schools import give_grant
from consent.models import Grant, Site
from consent.models.site import ONLY
from consent.permissions import require_operator
from consent.queries.operators import has_operator
from consent.queries.sentences import POLICY
from consent.queries.site import site_facts

WRONG_TOKENS = Limit("set_up", 20, timedelta(hours=1))
WRONG_TOKEN = _(
    "This address doesn't work any more: it was used, or the server has been started again and printed a new one."
)
LONGEST_NAME = 80


def offer_set_up() -> str | None:
    """A new one-time token while nobody operates the site; None where somebody does. At start, by the machine."""
    token = None if has_operator() else secrets.token_hex(20)
    with transaction.atomic():
        row, _is_new = Site.objects.select_for_update().get_or_create(pk=ONLY, defaults={"changed_at": timezone.now()})
        row.set_up_hash = _hash(token) if token else ""
        row.save(update_fields=["set_up_hash"])
    return token


def set_up(
    actor: Actor,
    token: str,
    *,
    name: str,
    email: str,
    password: str,
    site_name: str,
    hosting_country: str,
    sentences: Collection[str],
    locale: str = "en",
    address: str,
) -> Member:
    """The first operator: an account, a yes to the texts in force (S2), the site's name and where its data lies.
    `address`: of the network. Raises FieldInvalid (`token` where it doesn't work), TooManyTries."""
    tries = count_try({WRONG_TOKENS: network_of(address)})
    if not is_offered(token):
        raise FieldInvalid(WRONG_TOKEN, field="token")
    tries.forgive()
    check_name(name)
    if POLICY not in sentences:
        raise FieldInvalid(_("Read each sentence and tick it."), field="sentences")
    email, site_name = clean_address(email), _site_name(site_name)
    country = _country(hosting_country)
    encoded = encoded_password(password, context=(name, email))
    with transaction.atomic():
        row = Site.objects.select_for_update().get(pk=ONLY)
        if not _is_token(row, token) or has_operator():  # somebody was faster
            raise FieldInvalid(WRONG_TOKEN, field="token")
        member = create_member(
            actor, sign_in_name=free_sign_in_name(name), name=name, encoded_password=encoded, locale=locale
        )
        claim_address(member, email)
        give_grant(Actor.system("set up"), member, Grant.Kind.OPERATOR)
        operator = Actor.of_member(member, session_id=actor.session_id)
        _keep(operator, row, site_name, country)
        accept(operator, member, [POLICY], address)
    return member


def change_site(actor: Actor, *, name: str, hosting_country: str) -> Site:
    """What it is called, and where its data lies. Raises NotFound, FieldInvalid (`site_name`, `hosting_country`)."""
    require_operator(actor)
    name, country = _site_name(name), _country(hosting_country)
    with transaction.atomic():
        row, _is_new = Site.objects.select_for_update().get_or_create(pk=ONLY, defaults={"changed_at": timezone.now()})
        _keep(actor, row, name, country)
    return row


def send_test_mail(actor: Actor, *, address: str) -> MailOutbox:
    """One mail to see whether mail leaves, to whatever address the operator reads. Raises NotFound, FieldInvalid."""
    require_operator(actor)
    to, now = clean_address(address), timezone.now()
    with transaction.atomic():
        mail = send_mail("test", address=to, period=f"test {now.isoformat()}", payload={"site": site_facts().name})
        audit.record(actor, "site.mail_tested", ("accounts.mailoutbox", str(mail.pk)))
    return mail


def is_offered(token: str) -> bool:
    """Whether the token works now."""
    row = Site.objects.filter(pk=ONLY).first()
    return row is not None and _is_token(row, token)


def _is_token(row: Site, token: str) -> bool:
    return bool(row.set_up_hash) and constant_time_compare(_hash(token.strip()[:100]), row.set_up_hash)


def _keep(actor: Actor, row: Site, name: str, country: str) -> None:
    row.name, row.hosting_country, row.set_up_hash, row.changed_at = name, country, "", timezone.now()
    row.save(update_fields=["name", "hosting_country", "set_up_hash", "changed_at"])
    audit.record(actor, "site.changed", row, name=name, hosting_country=country)


def _site_name(typed: str) -> str:
    name = " ".join(typed.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise FieldInvalid(_("Give the site a name of at most 80 characters."), field="site_name")
    return name


def _country(typed: str) -> str:
    country = typed.strip().upper()
    if len(country) != 2 or not (country.isascii() and country.isalpha()):
        raise FieldInvalid(_("Choose a country."), field="hosting_country")
    return country


def _hash(token: str) -> str:
    return salted_hmac("consent.set_up", token, algorithm="sha256").hexdigest()
