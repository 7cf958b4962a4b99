"""Replace a device by another of its type (guide: View and Update Your Device Inventory)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from audit.log import Change, record_many
from inventory.clusters import CALLED
from inventory.identifiers import mac_of
from inventory.models import Device, DeviceType
from inventory.places import taken_off
from mistadmin.core.access import MANAGE_DEVICES, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid
from sites.models import Site

# What can be left behind beside keys of the configuration.
_COLUMNS: Final = frozenset({"name", "deviceprofile_id"})


@action(needs=MANAGE_DEVICES)
def replace_device(actor: Actor, site: Site, *, old: str, new: str, discard: Iterable[str] = ()) -> Device:
    """Put a claimed, unassigned device in the place of one at a site (replaceOrgDevices).

    The new one takes site, name, profile and configuration but for the keys in `discard`; the old one is
    unassigned and keeps its name. Raises Invalid on `mac` or `inventory_mac`.
    """
    leaving = _locked(actor, site.org_id, "mac", old)
    coming = _locked(actor, site.org_id, "inventory_mac", new)
    if leaving.site_id != site.id:
        raise Invalid({"mac": "is not at this site"})
    if coming.site_id is not None:
        raise Invalid({"inventory_mac": "is assigned to a site; it has to be claimed and unassigned"})
    if coming.type != leaving.type:
        raise Invalid(
            {"inventory_mac": f"is of type {coming.type}, and the device to replace is {leaving.type}"}
        )
    if coming.type == DeviceType.GATEWAY and coming.model != leaving.model:
        raise Invalid(
            {"inventory_mac": f"is of model {coming.model}, and the gateway to replace is {leaving.model}"}
        )
    for field, device in (("mac", leaving), ("inventory_mac", coming)):
        if device.cluster_id is not None:
            raise Invalid({field: f"is part of a {CALLED[device.type]}, whose members stay together"})
    swap(actor, leaving, coming, discard)
    return coming


def swap(actor: Actor, leaving: Device, coming: Device, discard: Iterable[str] = ()) -> None:
    """Give a locked device the place of another that is locked too, and tell of it."""
    before = {device.pk: _facts(device) for device in (leaving, coming)}
    dropped = set(discard)
    coming.site_id, leaving.site_id = leaving.site_id, None
    coming.name = coming.name if "name" in dropped else leaving.name
    if "deviceprofile_id" not in dropped:
        coming.deviceprofile_id = leaving.deviceprofile_id
    coming.body = {key: value for key, value in leaving.body.items() if key not in dropped - _COLUMNS}
    # The old one is at no site any more, so that it is on no floorplan either.
    taken_off(leaving)
    coming.modified_time = leaving.modified_time = timezone.now()
    Device.objects.bulk_update((leaving, coming), ["site", "name", "deviceprofile", "body", "modified_time"])
    changes = [Change(device, before[device.pk], _facts(device)) for device in (leaving, coming)]
    record_many(actor, "inventory.device.replaced", changes[:1])
    record_many(actor, "inventory.device.replacing", changes[1:])


def _locked(actor: Actor, org_id: UUID, field: str, text: str) -> Device:
    found: Device | None = (
        Device.objects.select_for_update().filter(org_id=org_id, mac=mac_of(text) or "").first()
    )
    # A device out of the actor's reach is not told from one that does not exist.
    if found is None or not actor.can(MANAGE_DEVICES, found):
        raise Invalid({field: "is not in the inventory"})
    return found


def _facts(device: Device) -> dict[str, Any]:
    ids = {"site_id": device.site_id, "deviceprofile_id": device.deviceprofile_id}
    shown = {key: value and str(value) for key, value in ids.items()}
    return {**shown, "name": device.name, **device.body}
