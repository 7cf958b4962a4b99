"""Request models of inventory and devices, and rows as the API spells them."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from inventory.identifiers import device_id_of
from inventory.models_catalog import HardwareModel
from mistadmin.core.shapes import Doc, OptionalId, Request

# A device that has missed two calls of 10 s each and some patience is disconnected (guide: device status).
CHECKIN_SECONDS = 10
DISCONNECTED_AFTER_SECONDS = 45

ROW_COLUMNS = (
    "id",
    "org_id",
    "site_id",
    "site__name",
    "deviceprofile_id",
    "deviceprofile__name",
    "mac",
    "serial",
    "model",
    "type",
    "claim_code",
    "name",
    "hostname",
    "connected",
    "last_seen",
    "uptime",
    "version",
    "ip",
    "ext_ip",
    "dns_suffix",
    "lldp_system_name",
    "lldp_port_id",
    "lldp_port_desc",
    "created_time",
    "modified_time",
)

API_COLUMNS = (
    "mac",
    "serial",
    "model",
    "type",
    "claim_code",
    "name",
    "hostname",
    "site_id",
    "deviceprofile_id",
    "connected",
    "org_id",
    "created_time",
    "modified_time",
)


DEVICE_COLUMNS = (
    *API_COLUMNS,
    "id",
    "body",
    "last_seen",
    "uptime",
    "version",
    "ip",
    "ext_ip",
    "lldp_system_name",
    "lldp_port_id",
    "lldp_port_desc",
)


class InventoryUpdate(Request):
    """updateOrgInventoryAssignment."""

    op: Literal["assign", "unassign", "delete", "upgrade_to_mist", "downgrade_to_jsi"]
    macs: Annotated[list[str], Field(max_length=10_000)] = []
    serials: Annotated[list[str], Field(max_length=10_000)] = []
    site_id: OptionalId = None
    no_reassign: bool = False


class Replacement(Request):
    """replaceOrgDevices: which device goes, which comes, and the keys that are not taken over."""

    site_id: UUID
    mac: Annotated[str, Field(max_length=32)]
    inventory_mac: Annotated[str, Field(max_length=32)]
    discard: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=100)] = []


class DeviceShape(Doc):
    """What people configure on a device (updateSiteDevice); unknown keys are kept as sent."""

    name: Annotated[str, Field(max_length=255)] | None = None
    deviceprofile_id: OptionalId = None
    notes: Annotated[str, Field(max_length=10_000)] | None = None
    vars: dict[str, str] | None = None


class Macs(Request):
    """A list of MAC addresses (assignOrgDeviceProfile)."""

    macs: Annotated[list[str], Field(max_length=10_000)]


class Report(Request):
    """What a device says when it checks in. Texts stay as sent: rules compare them to the letter."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=False)

    model: Annotated[str, Field(max_length=32)] = ""
    serial: Annotated[str, Field(max_length=32)] = ""
    version: Annotated[str, Field(max_length=64)] = ""
    hostname: Annotated[str, Field(max_length=255)] = ""
    ip: Annotated[str, Field(max_length=45)] = ""
    ext_ip: Annotated[str, Field(max_length=45)] = ""
    uptime: Annotated[int, Field(ge=0, lt=2**62)] = 0
    dns_suffix: Annotated[str, Field(max_length=255)] = ""
    config_hash: Annotated[str, Field(max_length=64)] = ""
    lldp: Lldp | None = None


class Lldp(Request):
    """The neighbour a device sees on its uplink; texts stay as sent."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=False)

    system_name: Annotated[str, Field(max_length=255)] = ""
    port_id: Annotated[str, Field(max_length=255)] = ""
    port_desc: Annotated[str, Field(max_length=255)] = ""


def inventory_row(row: tuple[Any, ...]) -> dict[str, Any]:
    """An inventory item from the values of API_COLUMNS (getOrgInventory)."""
    mac, serial, model, kind, code, name, hostname, site, profile, connected, org, created, modified = row
    return {
        "id": f"00000000-0000-0000-1000-{mac}",
        "mac": mac,
        "serial": serial,
        "model": model,
        "type": kind,
        "magic": code,
        "name": name,
        "hostname": hostname,
        "site_id": site and str(site),
        "deviceprofile_id": profile and str(profile),
        "connected": connected,
        "adopted": False,
        "jsi": False,
        "sku": model,
        "org_id": str(org),
        "created_time": created.timestamp(),
        "modified_time": modified.timestamp(),
    }


def configuration_of(device: Any) -> dict[str, Any]:
    """What people have configured on a device."""
    columns = {
        "name": device.name,
        "deviceprofile_id": device.deviceprofile_id and str(device.deviceprofile_id),
    }
    return {**{key: value for key, value in columns.items() if value}, **device.body}


def device_row(device: Any) -> dict[str, Any]:
    """A device at a site (getSiteDevice): its configuration with the inventory facts."""
    facts = inventory_row(tuple(getattr(device, column) for column in API_COLUMNS))
    shown = {key: value for key, value in facts.items() if key != "magic" and value is not None}
    return {**device.body, **shown}


def stats_row(device: Any) -> dict[str, Any]:
    """What a device last reported (listSiteDevicesStats)."""
    return {
        "id": str(device.id),
        "mac": device.mac,
        "serial": device.serial,
        "model": device.model,
        "type": device.type,
        "name": device.name,
        "org_id": str(device.org_id),
        "site_id": device.site_id and str(device.site_id),
        "status": "connected" if device.connected else "disconnected",
        "last_seen": device.last_seen.timestamp() if device.last_seen else None,
        "uptime": device.uptime,
        "version": device.version,
        "ip": device.ip,
        "ext_ip": device.ext_ip,
        "lldp_stat": {
            "system_name": device.lldp_system_name,
            "port_id": device.lldp_port_id,
            "port_desc": device.lldp_port_desc,
        },
    }


def model_row(model: HardwareModel) -> dict[str, Any]:
    """A hardware model (listDeviceModels); access points name their family."""
    row = {"model": model.name, "type": model.type, "display": model.name, "description": model.description}
    return {**row, "ap_type": model.name.lower()} if model.type == "ap" else row


def unit_row(unit: Any) -> dict[str, Any]:
    """A unit in a claim reply: magic without dashes, as inventory shows it."""
    return {
        "id": str(device_id_of(unit.mac)),
        "mac": unit.mac,
        "magic": unit.claim_code,
        "model": unit.model,
        "serial": unit.serial,
        "type": unit.type,
    }


Report.model_rebuild()
