"""Reads of installers: what was claimed recently, and the places and documents it can be given by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from inventory.grace import Bounds, Limits
from inventory.identifiers import mac_of
from inventory.installer_shapes import INSTALLER_COLUMNS, installer_row, installer_site_row
from inventory.models import Device
from mistadmin.core.access import CLAIM, INSTALL, Actor, Placed
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.paging import MOST, Page, Slice
from mistadmin.core.resources import catalog
from mistadmin.core.text import lowered
from orgs.docs import name_docs
from orgs.models import Org
from sites.models import Site
from sites.queries import get_site, groups_seen


@dataclass(frozen=True, slots=True)
class RecentFilter:
    """Which recently claimed devices; "" and None ask for all."""

    model: str = ""
    site_name: str = ""
    site_id: UUID | None = None


def installer_limits(actor: Actor, org: Placed) -> Limits:
    """The installer parameters of an organization, for those who install there."""
    actor.require_somewhere(INSTALL, org.org_id)
    return Limits.of(org.org_id)


def page_of_recent(actor: Actor, org: Placed, *, filters: RecentFilter, page: Page) -> Slice:
    """A page of the devices that an installer may still change, the newest first."""
    devices: QuerySet[Device] = Device.objects.in_org(actor, org.org_id, INSTALL)
    limits = Limits.of(org.org_id)
    if not limits.all_devices:
        devices = devices.filter(created_time__gte=limits.since)
    exact = {"model": filters.model, "site__name": filters.site_name, "site_id": filters.site_id}
    devices = devices.filter(**{key: value for key, value in exact.items() if value})
    total = devices.count()
    rows = devices.order_by("-created_time", "id").values(*INSTALLER_COLUMNS)
    return Slice([installer_row(row) for row in rows[page.start : page.start + page.limit]], total, page)


def get_installable(actor: Actor, org: Placed, mac: str) -> Device:
    """One device by its MAC address among those where the actor installs; raises NotVisible."""
    devices = Device.objects.in_org(actor, org.org_id, INSTALL)
    device: Device | None = devices.filter(mac=mac_of(mac) or "").first()
    if device is None:
        raise NotVisible
    return device


def get_installable_site(actor: Actor, org: Placed, name: str) -> Site:
    """The site of this name among those where the actor installs, however old; raises NotVisible."""
    sites = Site.objects.in_org(actor, org.org_id, INSTALL)
    site: Site | None = sites.filter(name__lower=lowered(name)).first()
    if site is None:
        raise NotVisible
    return site


def list_installable_sites(actor: Actor, org: Placed) -> list[dict[str, Any]]:
    """The sites that the actor may install at, by name (listInstallerSites)."""
    sites: QuerySet[Site] = Site.objects.in_org(actor, org.org_id, INSTALL).order_by("name", "id")
    found = list(_open(actor, org, sites).defer("setting")[:MOST])
    groups = _group_names(found)
    templates = {one["id"]: one["name"] for one in list_names(actor, org, "rftemplates")}
    return [installer_site_row(site, groups.get(site.id, []), templates) for site in found]


def list_names(actor: Actor, org: Placed, path: str, **filters: Any) -> list[dict[str, Any]]:
    """Ids and names of the documents of a kind, by name; none of a kind that is not kept here."""
    actor.require_somewhere(INSTALL, org.org_id)
    kind = catalog().get(path)
    return name_docs(actor, org, kind, need=INSTALL, filters=filters) if kind else []


def list_group_names(actor: Actor, org: Placed) -> list[dict[str, Any]]:
    """Ids and names of the site groups, by name."""
    groups = groups_seen(actor, org, INSTALL).order_by("name", "id")
    return [{"id": str(one["id"]), "name": one["name"]} for one in groups.values("id", "name")[:MOST]]


def claim_place(actor: Actor, org: Org, site_id: UUID | None) -> Org | Site:
    """Where an installer claims to: the organization, or the site, which a role of one site implies.

    Raises Invalid on `site_id` when the role names several sites and the call names none.
    """
    actor.require_somewhere(CLAIM, org.id)
    reach = actor.sites_for(CLAIM, org.id)
    if site_id is None and reach is None:
        return org
    if site_id is None and reach and len(reach) == 1:
        (site_id,) = reach
    if site_id is None:
        raise Invalid({"site_id": "is required, because your role is limited to some sites"})
    site = get_site(actor, site_id)
    if site.org_id != org.id:
        raise NotVisible
    return site


def _open(actor: Actor, org: Placed, sites: QuerySet[Site]) -> QuerySet[Site]:
    """Sites within the bounds of the actor, as Bounds.covers_site decides for one."""
    bounds = Bounds(actor, org.org_id)
    managed = bounds.managed_sites
    if managed is None or actor.sites_for(INSTALL, org.org_id) is not None or bounds.limits.all_sites:
        return sites
    limits = bounds.limits
    return sites.filter(Q(created_time__gte=limits.since) | Q(id__in=limits.extra_sites) | Q(id__in=managed))


def _group_names(sites: list[Site]) -> dict[UUID, list[str]]:
    links = Site.sitegroups.through.objects.filter(site_id__in=[site.id for site in sites])
    found: dict[UUID, list[str]] = {}
    for site_id, name in links.order_by("sitegroup__name").values_list("site_id", "sitegroup__name"):
        found.setdefault(site_id, []).append(name)
    return found
