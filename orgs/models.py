"""Organizations and their configuration documents."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from mistadmin.core.documents import DocumentField
from mistadmin.core.models import ConfigDoc, Stamped, TenantQuerySet


class Msp(Stamped):
    """A Managed Service Provider: a tenant whose people reach the organizations that are assigned to it.

    Its id stands where an organization's stands in grants, in what actors are asked and in audit entries.
    """

    name = models.CharField(max_length=255)

    objects = TenantQuerySet.as_manager()

    org_field = "id"
    org_wide = True
    site_id = None
    is_msp = True

    class Meta:
        verbose_name = "MSP"

    def __str__(self) -> str:
        return self.name

    @property
    def org_id(self) -> UUID:
        return self.id

    @property
    def home(self) -> str:
        """The address of its pages."""
        return f"/msps/{self.id}"


class Org(Stamped):
    """A tenant. `setting` is the organization setting; `body` keeps the other keys of the API object."""

    # Assigning and unassigning lock the row of the MSP first.
    msp = models.ForeignKey(Msp, on_delete=models.PROTECT, null=True, related_name="orgs")
    name = models.CharField(max_length=255)
    allow_mist = models.BooleanField(default=True)
    session_expiry = models.PositiveIntegerField(default=1440)
    setting = DocumentField(default=dict)
    body = DocumentField(default=dict)

    objects = TenantQuerySet.as_manager()

    org_field = "id"
    org_wide = True
    is_msp = False

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(session_expiry__gte=10, session_expiry__lte=20160),
                name="org_session_expiry_minutes",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def tenant_ids(self) -> frozenset[UUID]:
        """The organization, and the MSP that it is in."""
        return frozenset(one for one in (self.id, self.msp_id) if one)

    @property
    def org_id(self) -> UUID:
        return self.id

    @property
    def site_id(self) -> None:
        return None

    @property
    def home(self) -> str:
        """The address of its pages."""
        return f"/orgs/{self.id}"


class OrgGroup(Stamped):
    """Some of an MSP's organizations, for roles that reach no others."""

    msp = models.ForeignKey(Msp, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=255)
    orgs = models.ManyToManyField(Org, related_name="orggroups")

    objects = TenantQuerySet.as_manager()

    # A role at some groups of an MSP shows these; changing one takes a role at the MSP itself.
    org_field = "msp_id"
    site_field = "id"
    org_wide = True
    site_id = None

    class Meta:
        constraints = (models.UniqueConstraint("msp", Lower("name"), name="orggroup_name_in_msp"),)

    def __str__(self) -> str:
        return self.name

    @property
    def org_id(self) -> UUID:
        return self.msp_id


class OrgDoc(ConfigDoc):
    """A configuration document of a kind that needs no table of its own."""

    kind = models.CharField(max_length=40)

    class Meta:
        indexes = (models.Index(fields=["org", "kind", "name", "id"], name="orgdoc_list"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class DeviceProfile(ConfigDoc):
    """A device profile; a table of its own because devices point at it and placement finds it by name."""

    type = models.CharField(max_length=10, default="ap")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["org", "type", "name"], name="deviceprofile_name_in_org"),
        )

    def __str__(self) -> str:
        return self.name


class JuniperAccount(Stamped):
    """A Juniper account that an organization has linked; `account_id` and `name` are the account service's.

    `token` is what linking was exchanged for, sealed. Its rows (inventory.InstalledDevice) are of
    `refreshed_at`; `problem` says why the last try, at `tried_at`, brought none; `asked_at` is when somebody
    last wanted fresh ones. `left_out` devices have no contract that holds, or are of no kind managed here.
    """

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    account_id = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    linked_by = models.CharField(max_length=512)
    token = models.BinaryField()
    asked_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=255, blank=True)
    left_out = models.PositiveIntegerField(default=0)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["org", "account_id"], name="juniperaccount_once"),)

    def __str__(self) -> str:
        return self.name

    @property
    def is_waiting(self) -> bool:
        """Whether fresh rows were asked for and nobody has tried since."""
        return self.tried_at is None or self.tried_at < self.asked_at


Doc = OrgDoc | DeviceProfile
Body = dict[str, Any]
