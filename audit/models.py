"""The audit trail: rows outlive what they speak of, so they hold ids and no foreign keys."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from mistadmin.core.models import TenantQuerySet


class Entry(models.Model):
    """One recorded fact, with the sentence people read and the values before and after."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    timestamp = models.DateTimeField(default=timezone.now)
    org_id = models.UUIDField(null=True)
    site_id = models.UUIDField(null=True)
    object_id = models.UUIDField(null=True)
    event = models.CharField(max_length=80)
    message = models.TextField()
    actor_kind = models.CharField(max_length=12)
    admin_id = models.UUIDField(null=True)
    admin_name = models.CharField(max_length=255)
    src_ip = models.GenericIPAddressField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    objects = TenantQuerySet.as_manager()

    # Entries without a site concern the whole organization and are shown to whoever may see all of it.
    site_field = "site_id"

    class Meta:
        verbose_name_plural = "entries"
        indexes = (
            models.Index(fields=["org_id", "-timestamp", "-id"], name="audit_org_time"),
            models.Index(fields=["object_id", "-timestamp"], name="audit_object_time"),
            models.Index(fields=["admin_id", "-timestamp"], name="audit_admin_time"),
            # Asked with every try to log in, for accounts of any activity and for none, at the same cost.
            models.Index(
                fields=["admin_id", "src_ip", "-timestamp"],
                condition=models.Q(event="accounts.admin.logged_in"),
                name="audit_logins",
            ),
            # When support looked last, also where it never did.
            models.Index(
                fields=["org_id", "-timestamp"],
                condition=models.Q(event="accounts.support.viewed"),
                name="audit_support",
            ),
        )

    def __str__(self) -> str:
        return self.message
