from typing import Any

from django.apps import AppConfig


class RoomsConfig(AppConfig):
    name = "rooms"

    def ready(self) -> None:
        from accounts.signals import account_cancelled
        from consent.signals import consent_changed

        consent_changed.connect(follow_consent, dispatch_uid="rooms")
        account_cancelled.connect(follow_the_end, dispatch_uid="rooms")


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


def follow_the_end(sender: object, *, member_id: int, at: Any, **_: object) -> None:
    """Whose account is over has no seat any more."""
    from rooms.actions.enrollments import end_enrollments

    end_enrollments(member_id, at=at)
