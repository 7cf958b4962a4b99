"""Organizations and sites in numbers, as far as the actor sees their devices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q

from inventory.models import DEVICE_TYPES, Device
from inventory.queries.devices import devices_of
from inventory.shapes import org_stats_row
from mistadmin.core.access import VIEW_INVENTORY, Actor, Placed
from mistadmin.core.paging import Page, Slice
from orgs.models import Org
from sites.models import Site
from sites.queries import page_of_sites, site_as_row
from sites.shapes import offset_minutes

_UP: Final = Count("id", filter=Q(connected=True))


def org_stats(actor: Actor, org: Org) -> dict[str, Any]:
    """An organization with its numbers (getOrgStats); a device counts from when it has a site."""
    counted = devices_of(actor, org).aggregate(
        claimed=Count("id"),
        placed=Count("site_id"),
        up=Count("site_id", filter=Q(connected=True)),
    )
    return org_stats_row(
        org,
        num_sites=Site.objects.in_org(actor, org.id, VIEW_INVENTORY).count(),
        num_inventory=counted["claimed"],
        num_devices=counted["placed"],
        num_devices_connected=counted["up"],
        num_devices_disconnected=counted["placed"] - counted["up"],
    )


def page_of_site_stats(actor: Actor, org: Placed, *, page: Page) -> Slice:
    """A page of sites with their numbers, by name (listOrgSiteStats)."""
    found = page_of_sites(actor, org, page=page, need=VIEW_INVENTORY)
    return Slice(_numbered(found.rows), found.total, page)


def site_stats(actor: Actor, site: Site) -> dict[str, Any]:
    """One site with its numbers (getSiteStats)."""
    actor.require(VIEW_INVENTORY, site)
    (row,) = _numbered([site_as_row(site)])
    return row


def _numbered(sites: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    sites = list(sites)
    devices = Device.objects.filter(site_id__in=[site["id"] for site in sites]).order_by()
    counted: dict[UUID, dict[str, tuple[int, int]]] = defaultdict(dict)
    rows = devices.values_list("site_id", "type").annotate(count=Count("id"), up=_UP)
    for site_id, kind, count, up in rows:
        counted[site_id][kind] = (count, up)
    return [_with_numbers(site, counted[UUID(site["id"])]) for site in sites]


def _with_numbers(site: dict[str, Any], counted: dict[str, tuple[int, int]]) -> dict[str, Any]:
    place = site.get("latlng")
    row = {**site, "latlng": place, **(place or {}), "tzoffset": offset_minutes(site["timezone"])}
    for kind in DEVICE_TYPES:
        row[f"num_{kind.value}"], row[f"num_{kind.value}_connected"] = counted.get(kind, (0, 0))
    row["num_devices"] = sum(count for count, _ in counted.values())
    row["num_devices_connected"] = sum(up for _, up in counted.values())
    row["num_clients"] = 0
    return row
