"""The networks that a school comes from: an address of its own has room for all its classes at once.

Invariant: `network` is written one way (203.0.113.7/32, 2001:db8:1::/48), so that looking for equal ones finds it.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models

from consent.models.schools import School

SINGLE = "/32"


class SchoolNetwork(models.Model):
    school = models.ForeignKey(School, models.PROTECT, related_name="networks")
    network = models.CharField(max_length=43)
    note = models.CharField(max_length=80, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["network", "school"], name="school_network_once")]

    def __str__(self) -> str:
        """As people write it: an address alone without its length."""
        return self.network.removesuffix(SINGLE)
