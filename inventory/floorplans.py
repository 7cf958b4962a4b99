"""Floorplans with the devices on them: what installers may, deleting one, and another picture under them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from pydantic import Field, FiniteFloat

from audit.log import Change, record_many
from inventory.grace import Bounds
from inventory.models import Device
from inventory.places import taken_off
from mistadmin.core.access import EDIT_MAPS, INSTALL, Actor
from mistadmin.core.actions import action
from mistadmin.core.pictures import Plan
from mistadmin.core.shapes import Request
from mistadmin.core.versions import Seen, require_seen
from sites.map_shapes import map_document
from sites.maps import add_map, change_map, drop_maps, locked_map, redraw_map
from sites.models import Map, Site

_PATHS = ("wall_path", "wayfinding_path", "sitesurvey_path")


class Transform(Request):
    """Where the (0, 0) of a new picture is on the old one, in pixels, how it is turned and how large it is.

    A pixel of the new one is `scale` of the old one wide; `rotation` is clockwise, in degrees.
    """

    x: FiniteFloat = 0
    y: FiniteFloat = 0
    rotation: FiniteFloat = 0
    scale: Annotated[FiniteFloat, Field(gt=0, le=10_000)] = 1


class Replacing(Request):
    """The part `json` of replaceSiteMapImage."""

    transform: Transform | None = None


@action(needs=EDIT_MAPS)
def delete_map(actor: Actor, row: Map, *, seen: Seen = None) -> None:
    """Delete a floorplan; devices on it stay at the site. Raises Stale for another than was seen."""
    _delete(actor, row, seen)


@action(needs=EDIT_MAPS)
def replace_image(actor: Actor, row: Map, *, plan: Plan, transform: Transform | None) -> None:
    """Put another picture under what is on a floorplan (replaceSiteMapImage).

    With a transform devices and paths keep their places in the building; without one they keep x and y.
    """
    row = locked_map(row)
    if transform is None:
        redraw_map(actor, row, plan, {})
        return
    redraw_map(actor, row, plan, _transformed(row.body, transform))
    changes = []
    for device in _devices_on(row):
        before = {key: device.body[key] for key in ("x", "y", "orientation") if key in device.body}
        after = _moved(before, transform)
        device.body, device.modified_time = {**device.body, **after}, timezone.now()
        changes.append(Change(device, before, after))
    Device.every.bulk_update([one.target for one in changes], ["body", "modified_time"], batch_size=500)
    record_many(actor, "inventory.device.updated", changes)


@action(needs=INSTALL)
def install_map(actor: Actor, site: Site, *, map_id: UUID, values: Mapping[str, Any]) -> Map:
    """Create a floorplan under an id that the caller made (createInstallerMap).

    Raises Invalid for bad fields, for an id that the organization has, and for a site that is out of bounds.
    """
    Bounds(actor, site.org_id).require(site)
    return add_map(actor, site, values, map_id=map_id)


@action(needs=INSTALL)
def adjust_map(actor: Actor, row: Map, *, changes: Mapping[str, Any]) -> Map:
    """Change a floorplan of a site that is being installed (updateInstallerMap)."""
    Bounds(actor, row.org_id).require(row.site)
    return change_map(actor, row, changes)


@action(needs=INSTALL)
def withdraw_map(actor: Actor, row: Map) -> None:
    """Delete a floorplan of a site that is being installed (deleteInstallerMap)."""
    Bounds(actor, row.org_id).require(row.site)
    _delete(actor, row, None)


def _delete(actor: Actor, row: Map, seen: Seen) -> None:
    row = locked_map(row)
    require_seen(seen, row, map_document(row))
    changes = []
    for device in _devices_on(row):
        before, device.modified_time = taken_off(device), timezone.now()
        changes.append(Change(device, before, {}, {"map": row.name}))
    Device.every.bulk_update([one.target for one in changes], ["body", "modified_time"], batch_size=500)
    record_many(actor, "inventory.device.unplaced", changes)
    drop_maps(actor, [row])


def _devices_on(row: Map) -> Iterable[Device]:
    found = Device.every.filter(org_id=row.org_id, site_id=row.site_id, body__map_id=str(row.map_id))
    return list(found.order_by("id").select_for_update())


def _transformed(body: Mapping[str, Any], transform: Transform) -> dict[str, Any]:
    """The keys of a floorplan that its new picture changes: scale, origin and paths."""
    changes: dict[str, Any] = {}
    if body.get("ppm"):
        changes["ppm"] = round(body["ppm"] / transform.scale, 6)
    if "origin_x" in body and "origin_y" in body:
        x, y = _point(body["origin_x"], body["origin_y"], transform)
        changes |= {"origin_x": round(x), "origin_y": round(y)}
    for key in _PATHS:
        if paths := body.get(key):
            moved = [_path(one, transform) for one in (paths if isinstance(paths, list) else [paths])]
            changes[key] = moved if isinstance(paths, list) else moved[0]
    return changes


def _path(path: Mapping[str, Any], transform: Transform) -> dict[str, Any]:
    nodes = path.get("nodes")
    if not nodes:
        return dict(path)
    return {
        **path,
        "nodes": [
            {**one, "position": _moved(one["position"], transform)} if one.get("position") else one
            for one in nodes
        ],
    }


def _moved(place: Mapping[str, Any], transform: Transform) -> dict[str, Any]:
    after = dict(place)
    if place.get("x") is not None and place.get("y") is not None:
        after["x"], after["y"] = _point(place["x"], place["y"], transform)
    if place.get("orientation") is not None:
        after["orientation"] = round(place["orientation"] - transform.rotation) % 360
    return after


def _point(x: float, y: float, transform: Transform) -> tuple[float, float]:
    """A pixel of the old picture on the new one; y points down, so that turning by this is clockwise."""
    across, down = x - transform.x, y - transform.y
    turn = math.radians(transform.rotation)
    return (
        round((across * math.cos(turn) + down * math.sin(turn)) / transform.scale, 3),
        round((down * math.cos(turn) - across * math.sin(turn)) / transform.scale, 3),
    )
