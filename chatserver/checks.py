"""What has to hold before anybody may connect, beyond what single settings say.

Invariant: without its limits the server serves invented people alone. Demo and benchmark fill empty databases only, so
the first entry of the audit log, which nobody changes unseen, says whose database this is.
"""

from django.conf import settings

from accounts.models import AuditEntry

DEMO, BENCH = "demo", "bench"  # the reasons of Actor.system under which they fill a database


def problem() -> str | None:
    """A sentence for the operator, when the server must not start."""
    if not settings.LIMITS_ON and not has_invented_people():
        return (
            "CHATSERVER_LIMITS=bench lets sockets send without a limit. That is for invented people: for a database "
            "that the demo or `./chat bench provision` filled. This one holds others, or nobody."
        )
    return None


def has_invented_people() -> bool:
    return _filled_by() in (DEMO, BENCH)


def has_demo_people() -> bool:
    """Everybody knows their passwords."""
    return _filled_by() == DEMO


def _filled_by() -> str:
    first = AuditEntry.objects.order_by("pk").first()
    return str(first.data.get("reason", "")) if first is not None and first.via == "system" else ""
