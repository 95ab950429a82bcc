"""Site: what the operator says of this installation, in one row; and whether it waits for its first operator.

Invariant: the one-time address of a new installation is stored as a keyed hash, and only until somebody has used it.
"""

from django.db import models

ONLY = 1  # the row's key


class Site(models.Model):
    """`hosting_country` is where the data lies (S2): two letters; "" says what the environment says."""

    name = models.CharField(max_length=80, blank=True)
    hosting_country = models.CharField(max_length=2, blank=True)
    set_up_hash = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name or "ClassTrak"
