"""Addresses that wait for the answer of their mailbox."""

from django.utils import timezone

from accounts.models import MailedCode


def claimed_address(member_id: int) -> str | None:
    """The one that the member asked for last, while its code works."""
    waiting = MailedCode.objects.filter(
        member=member_id,
        purpose=MailedCode.Purpose.CLAIM_ADDRESS,
        used_at__isnull=True,
        expires_at__gt=timezone.now(),
    )
    return waiting.order_by("-pk").values_list("address", flat=True).first()
