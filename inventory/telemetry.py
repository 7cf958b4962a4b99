"""What devices tell: check-ins and the status that follows from them.

Telemetry is not an administrator's change: it writes DeviceEvent rows, and it owes work the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from inventory import checkin_sql
from inventory.clusters import take_part
from inventory.handout import HandedOut, hand_out
from inventory.identifiers import device_id_of
from inventory.models import Device, DeviceEvent
from inventory.shapes import DISCONNECTED_AFTER_SECONDS, Report
from mistadmin.core import outbox, secrets
from mistadmin.core.purge import purge

# A change of one of these may change where the device belongs.
_PLACING: Final = ("ip", "ext_ip", "dns_suffix", "lldp_system_name", "lldp_port_desc")
# How long a device's events are kept (docs/operations.md), and how many go in one run.
EVENTS_KEPT: Final = timedelta(days=60)
MOST_EVENTS: Final = 100_000
_NOWHERE: Final = "inventory_unit:secret:"


@dataclass(frozen=True, slots=True)
class Caller:
    """A unit that calls: its secret and the organization that owns it, if any."""

    mac: str
    secret: str
    org_id: UUID | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a device is told: where it belongs, and what people configured on it."""

    org_id: UUID
    site_id: UUID | None
    name: str
    handed: HandedOut


class Replayed(Exception):
    """This call of the device, or a later one, was accepted before."""


def find_caller(mac: str) -> Caller | None:
    """The manufactured unit with this MAC; None, after as much work, when there is none."""
    unit = checkin_sql.unit_of(mac)
    if unit is None:
        secrets.unseal(secrets.seal(mac, _NOWHERE), _NOWHERE)
        return None
    sealed, org_id = unit
    return Caller(mac, secrets.unseal(sealed, unit_secret_place(mac)), org_id)


def unit_secret_place(mac: str) -> str:
    """Where a unit's secret is stored, as the seal knows it."""
    return f"{_NOWHERE}{mac}"


def accept_call(mac: str, called_at: Decimal) -> bool:
    """Accept a call once: False when this or a later call of the device was accepted before."""
    return checkin_sql.accept(mac, called_at)


@transaction.atomic
def check_in(caller: Caller, report: Report, *, called_at: Decimal) -> Assignment | None:
    """Accept a call, store what a claimed device reports and say where it belongs; None when nobody owns it.

    All or nothing: a call that could not be stored was not accepted either and may come again.
    Raises Replayed.
    """
    # The device before its unit, as whoever releases devices locks them.
    device = checkin_sql.locked_device(caller.mac) if caller.org_id else None
    if not accept_call(caller.mac, called_at):
        raise Replayed
    if device is None or device["org_id"] != caller.org_id:
        return None
    reported = _reported(report)
    changed = {key: value for key, value in reported.items() if device[key] != value}
    if changed:
        Device.every.filter(mac=caller.mac).update(**changed)
    take_part(caller.mac, device, report.vc)
    checkin_sql.see(caller.mac, timezone.now(), report.uptime)
    _tell(device_id_of(caller.mac), device, changed)
    handed = hand_out(caller.mac, device, report.config_hash)
    return Assignment(device["org_id"], device["site_id"], device["name"], handed)


def sweep_status(now: datetime | None = None) -> int:
    """Turn devices that stopped calling disconnected; returns how many."""
    now = now or timezone.now()
    with transaction.atomic():
        silent = list(
            Device.every.select_for_update()
            .filter(connected=True, last_seen__lt=now - timedelta(seconds=DISCONNECTED_AFTER_SECONDS))
            .order_by("id")
            .values_list("id", "org_id", "site_id")
        )
        Device.every.filter(id__in=[row[0] for row in silent]).update(connected=False)
        DeviceEvent.objects.bulk_create(
            DeviceEvent(device_id=device, org_id=org, site_id=site, type="disconnected", timestamp=now)
            for device, org, site in silent
        )
    return len(silent)


def discard_events(now: datetime | None = None, *, most: int = MOST_EVENTS) -> int:
    """Delete device events older than their retention time, the oldest first; returns how many.

    Ids grow with time, so the oldest rows need no index on the time, which every event would pay.
    """
    oldest = DeviceEvent.objects.order_by("id").values("id")[:most]
    until = (now or timezone.now()) - EVENTS_KEPT
    return purge(DeviceEvent.objects.filter(id__in=oldest, timestamp__lt=until).order_by("id"), most=most)


def _reported(report: Report) -> dict[str, Any]:
    lldp = report.lldp
    return {
        "ip": report.ip,
        "ext_ip": report.ext_ip,
        "dns_suffix": report.dns_suffix,
        "lldp_system_name": lldp.system_name if lldp else "",
        "lldp_port_desc": lldp.port_desc if lldp else "",
        "lldp_port_id": lldp.port_id if lldp else "",
        "version": report.version,
        "hostname": report.hostname,
        "agent_version": report.agent_version,
        "distro": report.distro,
    }


def _tell(device_id: UUID, before: dict[str, Any], changed: dict[str, Any]) -> None:
    events: list[tuple[str, dict[str, Any]]] = [] if before["connected"] else [("connected", {})]
    if changed and before["last_seen"]:
        events.append(("reported", changed))
    if events:
        place = {"device_id": device_id, "org_id": before["org_id"], "site_id": before["site_id"]}
        rows = [DeviceEvent(type=kind, facts=facts, **place) for kind, facts in events]
        DeviceEvent.objects.bulk_create(rows)
    if before["last_seen"] is None or any(key in changed for key in _PLACING):
        outbox.owe("inventory.device.reported", before["org_id"], [device_id])
