"""Who wants no more mail of a class. Whoever has an account is known by it, so that a new address changes nothing."""

from collections.abc import Collection

from django.utils.crypto import salted_hmac

from accounts.models import MailOutbox, MailStop


def subject_of(recipient: int | None, address: str) -> str:
    """How a stop names somebody: the address of whoever has no account is not kept (S13)."""
    if recipient is not None:
        return f"member:{recipient}"
    return f"address:{salted_hmac('accounts.mail_stops', address, algorithm='sha256').hexdigest()}"


def is_stopped(row: MailOutbox, mail_class: str) -> bool:
    return MailStop.objects.filter(subject=subject_of(row.recipient, row.address), mail_class=mail_class).exists()


def stopped_among(addresses: Collection[str], mail_class: str) -> set[str]:
    """Those of these addresses that want no more mail of the class, whoever has them. One statement."""
    subjects = {subject_of(None, address): address for address in addresses}
    stopped = MailStop.objects.filter(subject__in=subjects, mail_class=mail_class)
    return {subjects[subject] for subject in stopped.values_list("subject", flat=True)}
