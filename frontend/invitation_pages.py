"""What the pages of whoever is invited show beside the course: who invites, in which words, and how to want no more."""

from typing import Any

from accounts.mail.kinds import MailClass
from accounts.mail.stops import Stop, url_path_of
from accounts.queries.mail_stops import subject_of
from rooms.models import Invitation


def invitation_context(invitation: Invitation) -> dict[str, Any]:
    """`stop_url`: "do not invite me again", of the address that the mail went to, with the way back."""
    stop = Stop(subject_of(None, invitation.address or ""), MailClass.INVITATION)
    return {
        "invitation": invitation,
        "inviter": invitation.invited_by.course_name,
        "stop_url": url_path_of(stop),
    }
