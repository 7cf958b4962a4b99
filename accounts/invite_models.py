"""Invitations to administer an organization or an MSP; tables of accounts.models."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.reach_models import Reach, one_reach
from mistadmin.core.access import ROLES
from mistadmin.core.models import Stamped


class Invite(Stamped):
    """A pending invitation of one address; what it offers are its `privileges`. It goes when it is accepted.

    The mailed link is signed; only its digest is kept. Resending counts `links` up, and the older link is
    nobody's any more. `hours` of life are counted from `sent_time`.
    """

    org = models.ForeignKey("orgs.Org", on_delete=models.CASCADE, null=True, related_name="+")
    msp = models.ForeignKey("orgs.Msp", on_delete=models.CASCADE, null=True, related_name="+")
    email = models.EmailField(max_length=254)
    first_name = models.CharField(max_length=64, blank=True)
    last_name = models.CharField(max_length=64, blank=True)
    hours = models.PositiveSmallIntegerField(default=24)
    sent_time = models.DateTimeField(default=timezone.now)
    links = models.PositiveIntegerField(default=1)
    digest = models.CharField(max_length=64, unique=True)
    # Nobody for an organization's token. What somebody promised goes with the account.
    invited_by = models.ForeignKey("accounts.Admin", on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint("org", Lower("email"), name="invite_once"),
            models.UniqueConstraint("msp", Lower("email"), name="invite_once_at_msp"),
            models.CheckConstraint(
                condition=models.Q(org=None, msp__isnull=False) | models.Q(org__isnull=False, msp=None),
                name="invite_has_one_tenant",
            ),
        )

    def __str__(self) -> str:
        return self.email

    @property
    def tenant(self) -> Any:
        """The organization or the MSP."""
        return self.msp or self.org

    @property
    def expires_at(self) -> datetime:
        return self.sent_time + timedelta(hours=self.hours)

    @property
    def is_expired(self) -> bool:
        return timezone.now() >= self.expires_at

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Offer(Reach):
    """One role that an invitation offers, spelled as a Privilege; a deleted place takes it along."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    invite = models.ForeignKey(Invite, on_delete=models.CASCADE, related_name="privileges")
    org = models.ForeignKey("orgs.Org", on_delete=models.CASCADE, null=True, related_name="+")
    role = models.CharField(max_length=24, choices={key: role.label for key, role in ROLES.items()})
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, null=True, related_name="+")
    sitegroup = models.ForeignKey("sites.SiteGroup", on_delete=models.CASCADE, null=True, related_name="+")
    msp = models.ForeignKey("orgs.Msp", on_delete=models.CASCADE, null=True, related_name="+")
    orggroup = models.ForeignKey("orgs.OrgGroup", on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=one_reach(), name="offer_has_one_reach"),
            models.UniqueConstraint(
                fields=["invite", "role", "site", "sitegroup", "orggroup"],
                name="offer_once",
                nulls_distinct=False,
            ),
        )

    def __str__(self) -> str:
        return f"{self.role} in {self.org_id or self.msp_id}"
