"""Photos of devices: up to three each, kept as files that only those reach who may see the device."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from audit.log import record
from inventory.grace import Bounds
from inventory.models import DEVICE_TYPES, Device
from mistadmin.core.access import INSTALL, MANAGE_MXEDGES, VIEW_INVENTORY, VIEW_MXEDGES, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.files import Folder
from mistadmin.core.pictures import redrawn

NUMBERS: Final = ("1", "2", "3")
_FILES: Final = Folder("devices")


@action(needs=INSTALL)
def add_image(actor: Actor, device: Device, *, number: str, raw: bytes | None) -> None:
    """Keep a photo of a device under one of the numbers (addSiteDeviceImage); raises as `attach`."""
    attach(actor, INSTALL, device, number, raw)


@action(needs=INSTALL)
def remove_image(actor: Actor, device: Device, *, number: str) -> None:
    """Drop the photo of a device under a number (deleteSiteDeviceImage); raises NotVisible for none."""
    detach(actor, INSTALL, device, number)


@action(needs=MANAGE_MXEDGES)
def add_edge_image(actor: Actor, device: Device, *, number: str, raw: bytes | None) -> None:
    """Keep a photo of a Mist Edge under one of the numbers (addOrgMxEdgeImage); raises as `attach`."""
    attach(actor, MANAGE_MXEDGES, device, number, raw)


@action(needs=MANAGE_MXEDGES)
def remove_edge_image(actor: Actor, device: Device, *, number: str) -> None:
    """Drop the photo of a Mist Edge under a number (deleteOrgMxEdgeImage); raises NotVisible for none."""
    detach(actor, MANAGE_MXEDGES, device, number)


def attach(actor: Actor, need: str, device: Device, number: str, raw: bytes | None) -> None:
    """Keep a photo under a number, in place of the one that was there.

    Raises Invalid on `file` as pictures.redrawn does, and NotVisible for another number.
    """
    if raw is None:
        raise Invalid({"file": "is required"})
    picture, name = redrawn(raw), f"{secrets.token_urlsafe(24)}.jpg"
    device = _locked(actor, need, device, number)
    _FILES.keep(name, picture)
    _keep(device, {**device.images, number: name})
    record(actor, "inventory.device.pictured", device, after={f"image{number}": True})


def detach(actor: Actor, need: str, device: Device, number: str) -> None:
    """Drop the photo under a number; raises NotVisible when there is none."""
    device = _locked(actor, need, device, number)
    if number not in device.images:
        raise NotVisible
    _keep(device, {key: name for key, name in device.images.items() if key != number})
    record(actor, "inventory.device.unpictured", device, before={f"image{number}": True})


def shown_images(device: Device) -> dict[str, Any]:
    """What a page shows of the photos of a device: where each is, and the first free number, "" for none."""
    folder = f"/orgs/{device.org_id}/devices/{device.id}/images"
    kept = [{"number": one, "url": f"{folder}/{name}"} for one, name in sorted(device.images.items())]
    free = next((number for number in NUMBERS if number not in device.images), "")
    return {"images": kept, "free_image": free}


def image_path(actor: Actor, org_id: UUID, device_id: UUID, name: str) -> Path:
    """The file of a photo that a device of the organization has; raises NotVisible alike for all others."""
    devices = Device.every.visible_to(actor).filter(org_id=org_id, id=device_id).exclude(images={})
    device: Device | None = devices.only("org_id", "site_id", "type", "images").first()
    if device is None or name not in device.images.values() or not actor.can(_view(device), device):
        raise NotVisible
    path = _FILES.path(name)
    if not path.is_file():
        raise NotVisible
    return path


def forget_files(devices: Iterable[Device]) -> None:
    """Drop the files of devices that go, once that is committed."""
    _FILES.drop_later([name for device in devices for name in device.images.values()])


def discard_strays() -> None:
    """Drop files that no device has."""
    known: set[str] = set()
    for images in Device.every.exclude(images={}).values_list("images", flat=True).iterator():
        known.update(images.values())
    _FILES.discard_strays(known)


def _view(device: Device) -> str:
    return VIEW_INVENTORY if device.type in DEVICE_TYPES else VIEW_MXEDGES


def _locked(actor: Actor, need: str, device: Device, number: str) -> Device:
    if number not in NUMBERS:
        raise NotVisible
    found: Device = Device.every.select_for_update().get(pk=device.pk, org_id=device.org_id)
    actor.require(need, found)
    if found.type in DEVICE_TYPES:
        # Installers do not touch Mist Edges, so that no grace period holds there.
        Bounds(actor, found.org_id).require(found)
    return found


def _keep(device: Device, images: dict[str, str]) -> None:
    _FILES.drop_later([name for number, name in device.images.items() if images.get(number) != name])
    device.images = images
    device.save(update_fields=["images"])
