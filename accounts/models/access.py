"""Access: one number per member that moves whenever what the member may do has changed.

It has a table of its own that no `save()` of a member touches: a stale save would undo a revocation (tried).
Only `accounts.actions.access.bump_access` writes it.
"""

from django.db import models

from accounts.models.members import Member


class Access(models.Model):
    member = models.OneToOneField(Member, models.PROTECT, primary_key=True, related_name="access")
    epoch = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.member_id} at {self.epoch}"
