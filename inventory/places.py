"""Where devices are on floorplans: `map_id`, `x` and `y` in pixels, among the keys of their configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from inventory.models import Device
from mistadmin.core.errors import Invalid
from mistadmin.core.ids import id_of
from sites.models import Map

# Height and orientation are how a device hangs; they stay when it is taken off a floorplan.
PLACE: Final = ("map_id", "x", "y")


def locked_maps(org_id: UUID, sent: Iterable[Any]) -> dict[str, UUID]:
    """Which of these ids are floorplans of the organization, each with its site.

    They are locked before any device is, as when one is deleted: none goes while a device comes.
    """
    ids = {found for one in sent if (found := id_of(one))}
    if not ids:
        return {}
    rows = Map.objects.filter(org_id=org_id, map_id__in=ids).order_by("id").select_for_update(no_key=True)
    return {str(map_id): site_id for map_id, site_id in rows.values_list("map_id", "site_id")}


def check_place(device: Device, after: Mapping[str, Any], maps: Mapping[str, UUID]) -> None:
    """Refuse a floorplan that is not of the device's site; one that it had already stays."""
    wanted = after.get("map_id")
    if not wanted or wanted == device.body.get("map_id"):
        return
    if device.site_id is None or maps.get(wanted) != device.site_id:
        raise Invalid({"map_id": "is no floorplan of the device's site"})


def placed_again(org_id: UUID, body: Mapping[str, Any], site_id: str | None) -> dict[str, Any]:
    """A configuration for a device that comes back to a site, without its place if the floorplan is gone."""
    wanted = body.get("map_id")
    if not wanted or str(locked_maps(org_id, [wanted]).get(wanted)) == site_id:
        return dict(body)
    return {key: value for key, value in body.items() if key not in PLACE}


def taken_off(device: Device) -> dict[str, Any]:
    """Take a device off its floorplan and say where it was; who called saves its body."""
    was = {key: device.body[key] for key in PLACE if key in device.body}
    if was:
        device.body = {key: value for key, value in device.body.items() if key not in PLACE}
    return was
