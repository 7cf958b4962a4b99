"""What was decided for a device, kept with its reasons."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Decision(models.Model):
    """The latest decision on site, profile and name of a device, each with every rule's verdict."""

    device = models.OneToOneField(
        "inventory.Device", on_delete=models.CASCADE, primary_key=True, related_name="decision"
    )
    org = models.ForeignKey("orgs.Org", on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)
    aspects = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"decision for {self.device_id}"
