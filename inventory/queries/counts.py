"""How many devices there are, by what."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from inventory.clusters import HEADS
from inventory.matching import DeviceFilter, groups_of, matching
from inventory.models import DEVICE_TYPES, Device, DeviceType
from inventory.queries.devices import devices_of
from inventory.shapes import NO_SITE
from mistadmin.core.access import VIEW_INVENTORY, VIEW_MXEDGES, Actor, Placed
from mistadmin.core.errors import Invalid
from mistadmin.core.paging import Groups

_TEXTS: Final = ("hostname", "ip", "lldp_port_id", "lldp_system_name", "version")
_COLUMNS: Final = ("mac", "model")
_PLURALS: Final = (("ap", "aps"), ("switch", "switches"), ("gateway", "gateways"))
# The last ones are of no device here.
_DISTINCT: Final = (
    *(*_TEXTS, *_COLUMNS, "map_id", "site_id"),
    *("lldp_mgmt_addr", "lldp_system_desc", "mxedge_id", "mxtunnel_status"),
)


def count_by_type(actor: Actor, org: Placed, *, site_id: UUID | None = None) -> dict[str, int]:
    """How many devices of each type the actor sees; every type is present."""
    devices = devices_of(actor, org)
    if site_id:
        devices = devices.filter(site_id=site_id)
    counted = dict(devices.values_list("type").annotate(Count("id")).order_by())
    return {kind: counted.get(kind, 0) for kind in ("ap", "switch", "gateway")}


def count_per_tab(actor: Actor, org: Placed) -> dict[str, tuple[int, int]]:
    """How many each list shows of a type that the actor may see, and how many of those have no site.

    A cluster is one.
    """
    shown: list[DeviceType] = []
    seen = Q(pk__in=[])
    for need, kinds in ((VIEW_INVENTORY, DEVICE_TYPES), (VIEW_MXEDGES, (DeviceType.MXEDGE,))):
        if actor.can_somewhere(need, org.org_id):
            sites = actor.sites_for(need, org.org_id)
            seen |= Q(type__in=kinds) & (Q() if sites is None else Q(site_id__in=sites))
            shown += kinds
    rows = Device.every.filter(seen, HEADS, org_id=org.org_id).order_by().values("type")
    # Counted by a column of the index, so that no row is read for it.
    rows = rows.annotate(count=Count("type"), free=Count("type", filter=Q(site=None)))
    counted = {row["type"]: (row["count"], row["free"]) for row in rows}
    return {kind.value: counted.get(kind.value, (0, 0)) for kind in shown}


def count_by(actor: Actor, org: Placed, column: str, filters: DeviceFilter) -> list[dict[str, Any]]:
    """How many devices there are per value of a column (countOrgInventory)."""
    allowed = {"model": "model", "type": "type", "site_id": "site_id", "version": "version", "mac": "mac"}
    if column not in allowed:
        raise Invalid({"distinct": f"must be one of {', '.join(allowed)}"})
    rows = matching(devices_of(actor, org), filters).values(column).annotate(count=Count("id"))
    none = NO_SITE if column == "site_id" else ""
    return [
        {column: str(row[column] or none), "count": row["count"]}
        for row in rows.order_by("-count", column)[:1000]
    ]


def count_devices(actor: Actor, place: Placed, distinct: str, filters: DeviceFilter, *, limit: int) -> Groups:
    """How many devices there are per value of what they report, most first (countOrgDevices)."""
    if distinct not in _DISTINCT:
        raise Invalid({"distinct": f"must be one of {', '.join(_DISTINCT)}"})
    found = matching(devices_of(actor, place), filters)
    if distinct in _TEXTS:
        return groups_of(found.exclude(**{distinct: ""}), distinct, limit)
    if distinct == "map_id":
        return groups_of(found.annotate(map_id=KeyTextTransform("map_id", "body")), distinct, limit)
    if distinct == "site_id":
        # Devices without a site are a group of their own.
        placed = found.annotate(place=Coalesce("site_id", Value(UUID(NO_SITE))))
        return groups_of(placed, "place", limit)
    return groups_of(found, distinct, limit) if distinct in _COLUMNS else Groups([], 0)


def summarize_devices(actor: Actor, org: Placed) -> dict[str, int]:
    """How many devices of each type there are, and how many have no site (listOrgDevicesSummary)."""
    rows = devices_of(actor, org).order_by().values("type")
    rows = rows.annotate(count=Count("type"), free=Count("type", filter=Q(site=None)))
    counted = {row["type"]: (row["count"], row["free"]) for row in rows}
    summary = {"num_mxedges": _count_edges(actor, org) or 0}
    for kind, plural in _PLURALS:
        summary[f"num_{plural}"], summary[f"num_unassigned_{plural}"] = counted.get(kind, (0, 0))
    return summary


def count_per_site(actor: Actor, org: Placed) -> dict[UUID, int]:
    """How many devices there are at each site that has any."""
    rows = (
        devices_of(actor, org)
        .filter(site__isnull=False)
        .values_list("site_id")
        .annotate(Count("id"))
        .order_by()
    )
    return dict(rows)


def models_in_use(actor: Actor, org: Placed) -> list[str]:
    """The models an organization has claimed, for filters."""
    return list(devices_of(actor, org).order_by("model").values_list("model", flat=True).distinct())


def _count_edges(actor: Actor, org: Placed) -> int | None:
    """How many Mist Edges the actor sees; None for who may see none."""
    if not actor.can_somewhere(VIEW_MXEDGES, org.org_id):
        return None
    return devices_of(actor, org, DeviceType.MXEDGE).count()
