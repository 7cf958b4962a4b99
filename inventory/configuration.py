"""The configuration of a device: what people set on it, top-level key by top-level key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from audit.log import unmasked
from inventory.models import Device, DeviceType
from inventory.places import check_place
from inventory.shapes import DeviceShape
from mistadmin.core.errors import Invalid
from mistadmin.core.shapes import merge
from orgs.models import DeviceProfile

# Keys with a column of their own.
_COLUMNS: Final = {"name": "name", "deviceprofile_id": "deviceprofile", "managed": "managed"}
# Keys that are part of installing; every other one needs the right to manage devices.
INSTALLED: Final = frozenset({"name", "deviceprofile_id", "notes"})
# What installers set beside those when they provision a device (provisionInstallerDevices).
PROVISIONED: Final = INSTALLED | {"map_id", "x", "y", "height", "orientation", "role"}
# Keys of a device that the product reports and nobody sets; clients send them back unchanged.
FACTS: Final = frozenset(
    {"mac", "serial", "model", "type", "magic", "sku", "hostname", "connected", "adopted", "jsi", "hw_rev"}
    | {"image1_url", "image2_url", "image3_url"}
)


def changed(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with some keys changed; absent keys stay. Raises Invalid naming what is wrong."""
    wanted = {key: value for key, value in changes.items() if key not in FACTS}
    return merge(DeviceShape, before, unmasked(wanted, before))


def with_managed(device: Device, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Changes in which `managed` also says what `disable_auto_config`, its twin, was to say."""
    if device.type == DeviceType.AP or "disable_auto_config" not in changes:
        return changes
    rest = {key: value for key, value in changes.items() if key != "disable_auto_config"}
    disabled, shown = bool(changes["disable_auto_config"]), not (device.managed or device.adopted)
    # Clients send both back as they got them: what they changed counts, `managed` first.
    if disabled is not shown and rest.get("managed", device.managed) is device.managed:
        rest["managed"] = not disabled
    return rest


def changed_keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """The keys that two configurations do not have alike."""
    return {key for key in {*before, *after} if before.get(key) != after.get(key)}


def configure(
    device: Device, after: Mapping[str, Any], profiles: Mapping[UUID, str], maps: Mapping[str, UUID]
) -> None:
    """Give a device a configuration; who called saves the columns that are `written`.

    `profiles` are those of the organization with their types, `maps` its floorplans with their sites. Raises
    Invalid for a profile of another type and for a floorplan of another site.
    """
    check_place(device, after, maps)
    profile_id = UUID(after["deviceprofile_id"]) if after.get("deviceprofile_id") else None
    if profile_id and profile_id != device.deviceprofile_id and profiles.get(profile_id) != device.type:
        raise Invalid({"deviceprofile_id": f"is no {device.type} profile of this organization"})
    device.name, device.deviceprofile_id = after.get("name", ""), profile_id
    device.managed = bool(after.get("managed", device.managed))
    device.body = {key: value for key, value in after.items() if key not in _COLUMNS}
    device.modified_time = timezone.now()


def written(keys: Iterable[str]) -> list[str]:
    """The columns that a change of these keys writes."""
    return [*dict.fromkeys(_COLUMNS.get(key, "body") for key in keys), "modified_time"]


def profile_types(org_id: UUID, configurations: Iterable[Mapping[str, Any]]) -> dict[UUID, str]:
    """The types of the profiles that configurations name and the organization has."""
    ids = {one["deviceprofile_id"] for one in configurations if one.get("deviceprofile_id")}
    return (
        dict(DeviceProfile.objects.filter(org_id=org_id, id__in=ids).values_list("id", "type")) if ids else {}
    )
