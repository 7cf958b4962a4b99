"""Sites, site groups and floorplans."""

from __future__ import annotations

import uuid
from uuid import UUID

from django.db import models
from django.db.models.functions import Lower

from mistadmin.core.documents import DocumentField
from mistadmin.core.models import Stamped, TenantQuerySet


class SiteGroup(Stamped):
    """A named set of sites; templates and administrator scopes refer to it."""

    org = models.ForeignKey("orgs.Org", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)

    objects = TenantQuerySet.as_manager()

    org_wide = True

    class Meta:
        constraints = (models.UniqueConstraint(fields=["org", "name"], name="sitegroup_name_in_org"),)

    def __str__(self) -> str:
        return self.name


class Site(Stamped):
    """A place of an organization. `body` keeps every key of the API object that has no column."""

    org = models.ForeignKey("orgs.Org", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    timezone = models.CharField(max_length=64, default="UTC")
    country_code = models.CharField(max_length=2, blank=True)
    body = DocumentField(default=dict)
    setting = DocumentField(default=dict)
    sitegroups = models.ManyToManyField(SiteGroup, related_name="sites")

    objects = TenantQuerySet.as_manager()

    site_field = "id"

    class Meta:
        constraints = (
            models.UniqueConstraint("org", Lower("name"), name="site_name_in_org"),
            # Lets other tables refer to (org, site) together, so that no row can point across tenants.
            models.UniqueConstraint(fields=["org", "id"], name="site_in_org"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def site_id(self) -> UUID:
        return self.id


class Map(Stamped):
    """A floorplan of a site. `body` is the API's object but for the name; `image` names its picture's files.

    `map_id` is what everybody calls it: clients of installers make it themselves (createInstallerMap), so it
    is unique in its organization only, and nobody learns from it what another organization has.
    """

    map_id = models.UUIDField(default=uuid.uuid4, editable=False)
    org = models.ForeignKey("orgs.Org", on_delete=models.PROTECT, related_name="+", db_index=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=255)
    body = DocumentField(default=dict)
    image = models.CharField(max_length=64, blank=True)

    objects = TenantQuerySet.as_manager()

    site_field = "site_id"

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["org", "map_id"], name="map_id_in_org"),
            models.UniqueConstraint("site", Lower("name"), name="map_name_in_site"),
        )

    def __str__(self) -> str:
        return self.name
