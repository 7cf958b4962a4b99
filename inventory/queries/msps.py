"""Organizations of an MSP with their numbers, and its devices by MAC: constant queries for many of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from inventory.identifiers import device_id_of, mac_of
from inventory.models import Device
from inventory.shapes import NO_SITE, org_stats_row
from mistadmin.core.access import VIEW_INVENTORY, VIEW_MSP, Actor
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.ids import posted_id
from mistadmin.core.paging import Page, Slice
from orgs.models import Msp, Org
from orgs.msp_queries import orgs_in
from orgs.shapes import org_row
from sites.models import Site

_SORTS: Final = ("name", "-name")
# The document has these of subscriptions, which no organization here has.
_UNKNOWN: Final = ("sub_insufficient", "trial_enabled", "usage_types")
_KINDS: Final = (("num_aps", "ap"), ("num_switches", "switch"), ("num_gateways", "gateway"))


def page_of_orgs(actor: Actor, msp: Msp, *, page: Page) -> Slice:
    """A page of the organizations that the actor reaches, by name (listMspOrgs)."""
    orgs = orgs_in(actor, msp)
    rows = [org_row(org) for org in orgs[page.start : page.start + page.limit]]
    return Slice(rows, orgs.count(), page)


def search_orgs(actor: Actor, msp: Msp, *, query: Mapping[str, str], page: Page) -> Slice:
    """A page of organizations with their numbers by `name`, a part of it, and `org_id` (searchMspOrgs)."""
    refused = {
        name: "is about subscriptions, which are not kept here" for name in _UNKNOWN if query.get(name)
    }
    sort = query.get("sort") or "name"
    if sort not in _SORTS:
        refused["sort"] = f"must be one of {', '.join(_SORTS)}"
    if refused:
        raise Invalid(refused)
    orgs, org_id = orgs_in(actor, msp, text=query.get("name", "")), posted_id(query, "org_id")
    orgs = orgs.filter(id=org_id) if org_id else orgs
    found = list(orgs.order_by(sort, "id")[page.start : page.start + page.limit])
    numbers, now = _numbers(actor, found), timezone.now().timestamp()
    rows = [
        {"org_id": str(org.id), "msp_id": str(msp.id), "name": org.name, "timestamp": now}
        | _per_kind(numbers[org.id])
        for org in found
    ]
    return Slice(rows, orgs.count(), page)


def table_of_orgs(actor: Actor, msp: Msp, *, text: str, page: Page) -> Slice:
    """A page of organizations for people: id, name, groups (names), and the numbers of `_in_all`."""
    orgs = orgs_in(actor, msp, text=text)
    found = list(orgs[page.start : page.start + page.limit])
    numbers = _numbers(actor, found)
    # Who has a role at one group is told of no other.
    held = actor.sites_for(VIEW_MSP, msp.id)
    groups = {
        org.id: sorted(one.name for one in org.orggroups.all() if held is None or one.id in held)
        for org in found
    }
    rows = [
        {"id": org.id, "name": org.name, "groups": groups[org.id], **_in_all(numbers[org.id])}
        for org in found
    ]
    return Slice(rows, orgs.count(), page)


def page_of_org_stats(actor: Actor, msp: Msp, *, page: Page) -> Slice:
    """A page of organizations with their numbers (listMspOrgStats), of devices that the actor sees."""
    orgs = orgs_in(actor, msp)
    found = list(orgs[page.start : page.start + page.limit])
    numbers = _numbers(actor, found)
    return Slice([org_stats_row(org, **_in_all(numbers[org.id])) for org in found], orgs.count(), page)


def find_device(actor: Actor, msp: Msp, mac: str) -> dict[str, Any]:
    """The device with this MAC in an organization of the MSP that the actor reaches; raises NotVisible."""
    plain = mac_of(mac)
    ids = [device_id_of(plain)] if plain else []
    device = Device.every.filter(id__in=ids, org__msp=msp).defer("search").first()
    if device is None:
        raise NotVisible
    actor.require(VIEW_INVENTORY, device)
    return {
        "mac": device.mac,
        "serial": device.serial,
        "model": device.model,
        "type": device.type,
        "org_id": str(device.org_id),
        "site_id": str(device.site_id or NO_SITE),
        "for_site": device.site_id is not None,
    }


class _Numbers:
    """What is counted of one organization: its sites, and its devices by type, placed and connected."""

    def __init__(self) -> None:
        self.sites = 0
        self.kinds: dict[str, dict[str, int]] = {}


def _numbers(actor: Actor, orgs: Sequence[Org]) -> dict[UUID, _Numbers]:
    numbers: dict[UUID, _Numbers] = defaultdict(_Numbers)
    for org_id, count in _seen(actor, orgs, Site, "id").values_list("org_id").annotate(Count("id")):
        numbers[org_id].sites = count
    up = Q(connected=True)
    counted = _seen(actor, orgs, Device, "site_id").values("org_id", "type")
    for row in counted.annotate(claimed=Count("id"), placed=Count("site_id"), up=Count("site_id", filter=up)):
        numbers[row["org_id"]].kinds[row["type"]] = {key: row[key] for key in ("claimed", "placed", "up")}
    return numbers


def _seen(actor: Actor, orgs: Iterable[Org], model: Any, site_field: str) -> Any:
    """Rows of these organizations at the sites where the actor sees devices."""
    reach = {org.id: actor.sites_for(VIEW_INVENTORY, org.id) for org in orgs}
    seen = Q(org__in=[org_id for org_id, sites in reach.items() if sites is None])
    for org_id, sites in reach.items():
        if sites:
            seen |= Q(org=org_id, **{f"{site_field}__in": sites})
    return model.objects.filter(seen).order_by()


def _in_all(numbers: _Numbers) -> dict[str, int]:
    """The numbers as listMspOrgStats calls them; a device counts from when it has a site."""
    total = {key: sum(kind[key] for kind in numbers.kinds.values()) for key in ("claimed", "placed", "up")}
    return {
        "num_sites": numbers.sites,
        "num_inventory": total["claimed"],
        "num_devices": total["placed"],
        "num_devices_connected": total["up"],
        "num_devices_disconnected": total["placed"] - total["up"],
    }


def _per_kind(numbers: _Numbers) -> dict[str, int]:
    """The numbers as searchMspOrgs calls them."""
    counted = {name: numbers.kinds.get(kind, {}).get("claimed", 0) for name, kind in _KINDS}
    aps = numbers.kinds.get("ap", {"claimed": 0, "placed": 0})
    return {"num_sites": numbers.sites, **counted, "num_unassigned_aps": aps["claimed"] - aps["placed"]}
