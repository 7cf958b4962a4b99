"""Handing a device its configuration: what it should have, what was sent, and what it says it has.

The digest of what a device should have stands on its row, so that an unchanged check-in reads no template.
A change of the device itself is seen by `modified_time`; what is said elsewhere outdates the digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from audit.log import masked
from inventory.effective import DEVICE, Effective, Layer, Value, for_type, lay
from inventory.models import DEVICE_TYPES, Device
from mistadmin.core.access import VIEW_INVENTORY, Actor
from sites.models import Site
from sites.queries import setting_layers
from sites.templates import LAID


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What a device is told: None for a configuration that it has, or of one that is not managed."""

    config: dict[str, Any] | None
    version: str | None


UNMANAGED: Final = HandedOut(None, None)


def hand_out(mac: str, device: Mapping[str, Any], held: str) -> HandedOut:
    """Give a calling device what it does not have yet, and note what it was sent and what it has.

    `device` are its columns of checkin_sql, its row locked by the caller; `held` is the version it reports.
    Mist Edges get none.
    """
    if not device["managed"] or device["type"] not in DEVICE_TYPES:
        return UNMANAGED
    if _is_current(device) and held == device["config_version"]:
        _note_held(mac, device, held)
        return HandedOut(None, held)
    found = Device.objects.filter(mac=mac).select_related("site", "deviceprofile").defer("search")
    effective, now = effective_of(found.get()), timezone.now()
    version = effective.version
    Device.objects.filter(mac=mac).update(config_version=version, config_made_at=now)
    if held == version:
        _note_held(mac, device, held)
        return HandedOut(None, version)
    if device["config_sent"] != version:
        Device.objects.filter(mac=mac).update(config_sent=version, config_sent_at=now)
    return HandedOut(effective.config, version)


def effective_of(device: Device) -> Effective:
    """What a device should have, secrets in clear: its own configuration over profile, site and templates."""
    return lay(_layers(device))


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far the configuration of a device has come, for people; `state` is one of the keys of STATES."""

    state: str
    version: str
    sent_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged: str
    values: tuple[Value, ...]


STATES: Final = {
    "unmanaged": "Not managed: the device gets no configuration",
    "acknowledged": "Acknowledged: the device has this version",
    "sent": "Sent, and not acknowledged yet",
    "waiting": "Pending: goes out when the device calls next",
}


def delivery_of(actor: Actor, device: Device) -> Delivery:
    """What a device should have, by origin and with secrets masked for everybody, and how far that is."""
    actor.require(VIEW_INVENTORY, device)
    layers = _layers(device)
    version = lay(layers).version
    shown = lay(Layer(one.origin, masked(one.values)) for one in layers)
    sent_at = device.config_sent_at if device.config_sent == version else None
    held_at = device.config_acked_at if device.config_acked == version else None
    state = "acknowledged" if held_at else "sent" if sent_at else "waiting"
    return Delivery(
        state if device.managed else "unmanaged", version, sent_at, held_at, device.config_acked, shown.values
    )


def outdate(org_id: UUID, ids: Iterable[UUID]) -> int:
    """Have versions made anew: of devices of these sites, profiles and templates."""
    wanted = list(ids)
    named = Q()
    for key in LAID:
        named |= Q(**{f"body__{key}__in": [str(one) for one in wanted]})
    sites = [*wanted, *Site.objects.filter(named, org_id=org_id).values_list("id", flat=True)]
    return _outdate(org_id, Q(site_id__in=sites) | Q(deviceprofile_id__in=wanted))


def outdate_unprofiled(org_id: UUID) -> int:
    """Have versions made anew of devices without a profile: theirs may have been deleted."""
    return _outdate(org_id, Q(deviceprofile=None))


def _outdate(org_id: UUID, which: Q) -> int:
    made = Device.objects.filter(which, org_id=org_id, config_made_at__isnull=False)
    return made.update(config_made_at=None)


def _is_current(device: Mapping[str, Any]) -> bool:
    made = device["config_made_at"]
    return made is not None and made > device["modified_time"]


def _note_held(mac: str, device: Mapping[str, Any], held: str) -> None:
    if device["config_acked"] != held:
        Device.objects.filter(mac=mac).update(config_acked=held, config_acked_at=timezone.now())


def _layers(device: Device) -> list[Layer]:
    layers = []
    if device.site:
        for origin, values in setting_layers(device.site):
            layers.append(Layer(origin, for_type(device.type, values)))
    if device.deviceprofile:
        layers.append(Layer(f"Device Profile {device.deviceprofile.name}", device.deviceprofile.body))
    columns = {
        "name": device.name,
        "site_id": _text(device.site_id),
        "deviceprofile_id": _text(device.deviceprofile_id),
    }
    return [*layers, Layer(DEVICE, {**device.body, **columns})]


def _text(value: object) -> str | None:
    return None if value is None else str(value)
