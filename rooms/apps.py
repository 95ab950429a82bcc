from typing import Any

from django.apps import AppConfig


class RoomsConfig(AppConfig):
    name = "rooms"

    def ready(self) -> None:
        from consent.signals import consent_changed

        consent_changed.connect(follow_consent, dispatch_uid="rooms")


def follow_consent(sender: object, *, child_id: int, allowed: bool, at: Any, **_: object) -> None:
    """Classmates see a child's messages while the gate lets the child in, and not a moment longer (S20). What the child
    was writing was not sent, and isn't kept."""
    from rooms.actions.drafts import forget_drafts
    from rooms.actions.enrollments import hide_member, show_member

    if allowed:
        show_member(child_id)
    else:
        hide_member(child_id, at=at)
        forget_drafts(child_id)
