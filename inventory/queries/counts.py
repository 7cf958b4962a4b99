"""How many devices there are, by what."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count

from inventory.matching import DeviceFilter, matching
from inventory.queries.devices import devices_of
from mistadmin.core.access import Actor, Placed
from mistadmin.core.errors import Invalid


def count_by_type(actor: Actor, org: Placed, *, site_id: UUID | None = None) -> dict[str, int]:
    """How many devices of each type the actor sees; every type is present."""
    devices = devices_of(actor, org)
    if site_id:
        devices = devices.filter(site_id=site_id)
    counted = dict(devices.values_list("type").annotate(Count("id")).order_by())
    return {kind: counted.get(kind, 0) for kind in ("ap", "switch", "gateway")}


def count_by(actor: Actor, org: Placed, column: str, filters: DeviceFilter) -> list[dict[str, Any]]:
    """How many devices there are per value of a column (countOrgInventory)."""
    allowed = {"model": "model", "type": "type", "site_id": "site_id", "version": "version", "mac": "mac"}
    if column not in allowed:
        raise Invalid({"distinct": f"must be one of {', '.join(allowed)}"})
    rows = matching(devices_of(actor, org), filters).values(column).annotate(count=Count("id"))
    return [
        {column: row[column] and str(row[column]), "count": row["count"]}
        for row in rows.order_by("-count", column)[:1000]
    ]


def count_unassigned(actor: Actor, org: Placed) -> int:
    """How many devices have no site yet."""
    return devices_of(actor, org).filter(site=None).count()


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
