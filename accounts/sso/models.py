"""Identity providers, what their roles grant, who came in through them, and who did not."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from mistadmin.core.access import ROLES
from mistadmin.core.documents import DocumentField
from mistadmin.core.models import Stamped, TenantQuerySet


class Sso(Stamped):
    """An identity provider of one organization; `domain` is the random part of its addresses.

    `document` keeps what the API object says, the certificate included: it is public.
    """

    org = models.ForeignKey("orgs.Org", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)
    domain = models.CharField(max_length=16, unique=True)
    document = DocumentField(default=dict)

    objects = TenantQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["org", "name", "id"], name="sso_list"),)

    def __str__(self) -> str:
        return self.name


class SsoRole(Stamped):
    """What a role of that name, as identity providers assert it, grants in the organization."""

    org = models.ForeignKey("orgs.Org", on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=255)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["org", "name"], name="ssorole_once"),)

    def __str__(self) -> str:
        return self.name


class SsoGrant(models.Model):
    """One privilege of a role: everywhere in the organization, at one site, or at the sites of one group."""

    sso_role = models.ForeignKey(SsoRole, on_delete=models.CASCADE, related_name="grants")
    position = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=24, choices={key: role.label for key, role in ROLES.items()})
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, null=True, related_name="+")
    sitegroup = models.ForeignKey("sites.SiteGroup", on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(site=None) | models.Q(sitegroup=None), name="ssogrant_has_one_reach"
            ),
        )

    def __str__(self) -> str:
        return self.role

    @property
    def scope(self) -> str:
        """How the API spells the reach."""
        return "site" if self.site_id else "sitegroup" if self.sitegroup_id else "org"


class SsoIdentity(Stamped):
    """A person as one provider names them; nothing else, an e-mail address least of all, says who it is.

    `roles` are those of the last log-in.
    """

    sso = models.ForeignKey(Sso, on_delete=models.CASCADE, related_name="identities")
    name_id = models.CharField(max_length=255)
    admin = models.OneToOneField("accounts.Admin", on_delete=models.CASCADE, related_name="sso_identity")
    roles = models.ManyToManyField(SsoRole, related_name="identities")
    last_login = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["sso", "name_id"], name="ssoidentity_once"),)

    def __str__(self) -> str:
        return self.name_id


class SsoUse(models.Model):
    """An assertion that was accepted, or a request that was answered: neither is good a second time."""

    sso = models.ForeignKey(Sso, on_delete=models.CASCADE, related_name="+", db_index=False)
    value = models.CharField(max_length=255)
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["sso", "value"], name="ssouse_once"),)

    def __str__(self) -> str:
        return self.value


class SsoFailure(models.Model):
    """A log-in that was refused: why, for administrators, and the XML as far as it can be shown."""

    sso = models.ForeignKey(Sso, on_delete=models.CASCADE, related_name="failures", db_index=False)
    timestamp = models.DateTimeField(default=timezone.now)
    detail = models.CharField(max_length=500)
    xml = models.TextField()

    class Meta:
        indexes = (models.Index(fields=["sso", "-timestamp", "-id"], name="ssofailure_latest"),)

    def __str__(self) -> str:
        return self.detail
