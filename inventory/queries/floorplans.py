"""Reads of the devices that are on floorplans, or may be put there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.db.models.fields.json import KeyTextTransform

from inventory.models import Device
from mistadmin.core.access import VIEW_INVENTORY, Actor
from mistadmin.core.paging import MOST
from sites.models import Map, Site

_SHOWN = ("id", "name", "mac", "model", "type", "connected", "last_seen", "body")


def count_on_maps(actor: Actor, site: Site) -> dict[UUID, int]:
    """How many devices are on each floorplan of a site; nothing for who does not see devices."""
    if not actor.can(VIEW_INVENTORY, site):
        return {}
    placed = Device.objects.filter(org_id=site.org_id, site=site, body__has_key="map_id").order_by()
    rows = placed.annotate(map=KeyTextTransform("map_id", "body")).values("map").annotate(count=Count("id"))
    counts = {row["map"]: row["count"] for row in rows}
    names = Map.objects.filter(site=site).values_list("map_id", flat=True)
    return {map_id: counts.get(str(map_id), 0) for map_id in names}


def devices_on_map(actor: Actor, row: Map) -> list[dict[str, Any]]:
    """The devices on a floorplan by name, up to 1,000; none for who does not see devices."""
    if not actor.can(VIEW_INVENTORY, row):
        return []
    return _shown(_at(row).filter(body__map_id=str(row.map_id)))


def devices_off_map(actor: Actor, row: Map) -> list[dict[str, Any]]:
    """The devices of the site that are not on this floorplan, by name, up to 1,000."""
    if not actor.can(VIEW_INVENTORY, row):
        return []
    on_it = _at(row).filter(body__map_id=str(row.map_id)).values("id")
    return _shown(_at(row).exclude(id__in=on_it))


def _at(row: Map) -> QuerySet[Device]:
    devices: QuerySet[Device] = Device.objects.filter(org_id=row.org_id, site_id=row.site_id)
    return devices


def _shown(devices: QuerySet[Device]) -> list[dict[str, Any]]:
    return [_row(device) for device in devices.order_by("name", "id").values(*_SHOWN)[:MOST]]


def _row(device: dict[str, Any]) -> dict[str, Any]:
    body = device["body"]
    status = "connected" if device["connected"] else ("disconnected" if device["last_seen"] else "never")
    told = {key: device[key] for key in ("id", "mac", "model", "type")}
    label = device["name"] or device["mac"]
    return {**told, "x": body.get("x"), "y": body.get("y"), "label": label, "status": status}
