"""Request models of inventory and devices, and rows as the API spells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from pydantic import AfterValidator, ConfigDict, Field, FiniteFloat

from inventory.event_types import event_name, event_text
from inventory.identifiers import device_id_of
from inventory.models_catalog import HardwareModel
from inventory.naming import name_problem
from inventory.scopes import MOST_SERIALS
from mistadmin.core.ids import NO_ID
from mistadmin.core.shapes import Doc, OptionalId, Request, epoch
from orgs.models import Org
from orgs.shapes import org_row

# A device that has missed two calls of 10 s each and some patience is disconnected (guide: device status).
CHECKIN_SECONDS = 10
DISCONNECTED_AFTER_SECONDS = 45
_YEAR = 365 * 24 * 3600

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
    "adopted",
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
    "adopted",
    "org_id",
    "created_time",
    "modified_time",
    "cluster_id",
)


DEVICE_COLUMNS = (
    *API_COLUMNS,
    "id",
    "managed",
    "body",
    "images",
    "last_seen",
    "uptime",
    "version",
    "ip",
    "ext_ip",
    "lldp_system_name",
    "lldp_port_id",
    "lldp_port_desc",
)


REPORT_COLUMNS = (
    *(name for name in ROW_COLUMNS if "__" not in name and name != "claim_code"),
    "managed",
)

EVENT_COLUMNS = (
    "type",
    "timestamp",
    "facts",
    "org_id",
    "site_id",
    "device__mac",
    "device__model",
    "device__type",
)

# How Mist spells that a device has no site, where it always names one.
NO_SITE = NO_ID


class InventoryUpdate(Request):
    """updateOrgInventoryAssignment."""

    op: Literal["assign", "unassign", "delete", "upgrade_to_mist", "downgrade_to_jsi"]
    macs: Annotated[list[str], Field(max_length=10_000)] = []
    serials: Annotated[list[str], Field(max_length=10_000)] = []
    site_id: OptionalId = None
    no_reassign: bool = False
    managed: bool = False
    disable_auto_config: bool = False


class Replacement(Request):
    """replaceOrgDevices: which device goes, which comes, and the keys that are not taken over."""

    site_id: UUID
    mac: Annotated[str, Field(max_length=32)]
    inventory_mac: Annotated[str, Field(max_length=32)]
    discard: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=100)] = []


def one_line(name: str) -> str:
    """A name as people may give it; raises ValueError."""
    if problem := name_problem(name):
        raise ValueError(problem)
    return name


class DeviceShape(Doc):
    """What people configure on a device (updateSiteDevice); unknown keys are kept as sent."""

    name: Annotated[str, Field(max_length=255), AfterValidator(one_line)] | None = None
    deviceprofile_id: OptionalId = None
    managed: bool | None = None
    notes: Annotated[str, Field(max_length=10_000)] | None = None
    vars: dict[str, str] | None = None
    map_id: OptionalId = None
    x: FiniteFloat | None = None
    y: FiniteFloat | None = None
    height: FiniteFloat | None = None
    orientation: Annotated[int, Field(ge=0, le=359)] | None = None
    labels: list[Annotated[str, Field(max_length=255)]] | None = None


class Macs(Request):
    """A list of MAC addresses (assignOrgDeviceProfile)."""

    macs: Annotated[list[str], Field(max_length=10_000)]


class Registration(Request):
    """What a registration code of routers is good for (getOrg128TRegistrationCommands); ttl in seconds."""

    ttl: Annotated[int, Field(ge=1, le=_YEAR)] = _YEAR
    asset_ids: Annotated[
        list[Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,32}$")]],
        # Sent and empty is a mistake, not a code for every device.
        Field(min_length=1, max_length=MOST_SERIALS),
    ] = []


class Report(Request):
    """What a device says when it checks in. Texts stay as sent: rules compare them to the letter."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=False)

    model: Annotated[str, Field(max_length=32)] = ""
    serial: Annotated[str, Field(max_length=32)] = ""
    version: Annotated[str, Field(max_length=64)] = ""
    # A Mist Edge's other service and its operating system; `version` is its tunnel termination.
    agent_version: Annotated[str, Field(max_length=64)] = ""
    distro: Annotated[str, Field(max_length=64)] = ""
    hostname: Annotated[str, Field(max_length=255)] = ""
    ip: Annotated[str, Field(max_length=45)] = ""
    ext_ip: Annotated[str, Field(max_length=45)] = ""
    uptime: Annotated[int, Field(ge=0, lt=2**62)] = 0
    dns_suffix: Annotated[str, Field(max_length=255)] = ""
    config_hash: Annotated[str, Field(max_length=64)] = ""
    lldp: Lldp | None = None
    vc: Membership | None = None


class Membership(Request):
    """The virtual chassis or HA cluster a device is part of, by the MAC of the member that stands for it."""

    model_config = ConfigDict(extra="ignore")

    mac: Annotated[str, Field(max_length=17)]
    role: Annotated[str, Field(pattern="^[a-z0-9]{0,9}$")] = ""


class Lldp(Request):
    """The neighbour a device sees on its uplink; texts stay as sent."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=False)

    system_name: Annotated[str, Field(max_length=255)] = ""
    port_id: Annotated[str, Field(max_length=255)] = ""
    port_desc: Annotated[str, Field(max_length=255)] = ""


def inventory_row(row: tuple[Any, ...]) -> dict[str, Any]:
    """An inventory item from the values of API_COLUMNS (getOrgInventory)."""
    mac, serial, model, kind, code, name, hostname, site, profile, *rest = row
    connected, adopted, org, created, modified, cluster = rest
    item = {
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
        "adopted": adopted,
        "jsi": False,
        "sku": model,
        "org_id": str(org),
        "created_time": created.timestamp(),
        "modified_time": modified.timestamp(),
    }
    return {**item, **_in_cluster(mac, serial, cluster)} if cluster else item


def _in_cluster(mac: str, serial: str, cluster: UUID) -> dict[str, Any]:
    """A cluster is called by the MAC of the member that stands for it, in Mist's words that of FPC0."""
    head = cluster.hex[-12:]
    return {"vc_mac": head, "chassis_mac": head, **({"chassis_serial": serial} if mac == head else {})}


def configuration_of(device: Any) -> dict[str, Any]:
    """What people have configured on a device."""
    columns = {
        "name": device.name,
        "deviceprofile_id": device.deviceprofile_id and str(device.deviceprofile_id),
    }
    managed = {} if device.type == "ap" else {"managed": device.managed}
    return {**{key: value for key, value in columns.items() if value}, **managed, **device.body}


def device_row(device: Any) -> dict[str, Any]:
    """A device at a site (getSiteDevice): its configuration with the inventory facts."""
    facts = inventory_row(tuple(getattr(device, column) for column in API_COLUMNS))
    shown = {key: value for key, value in facts.items() if key != "magic" and value is not None}
    if device.type != "ap":
        # An adopted device is managed when somebody says so, any other until somebody says not.
        shown["managed"] = device.managed
        shown["disable_auto_config"] = not (device.managed or device.adopted)
    return {**device.body, **shown, **image_urls(device.org_id, device.id, device.images)}


def image_urls(org_id: UUID, device_id: UUID, images: Mapping[str, str]) -> dict[str, str]:
    """Where the photos of a device are, by image1_url to image3_url, for who may see the device."""
    folder = f"{settings.BASE_URL}/orgs/{org_id}/devices/{device_id}/images"
    return {f"image{number}_url": f"{folder}/{name}" for number, name in sorted(images.items())}


def stats_row(device: Any, fields: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What a device last reported (listSiteDevicesStats), and the further `fields`; "*" is all of them."""
    row = {
        "id": str(device.id),
        "mac": device.mac,
        "serial": device.serial,
        "model": device.model,
        "type": device.type,
        "name": device.name,
        "org_id": str(device.org_id),
        "site_id": str(device.site_id or NO_SITE),
        "status": "connected" if device.connected else "disconnected",
        "last_seen": epoch(device.last_seen),
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
    if not fields:
        return row
    more = {
        "hostname": device.hostname,
        "deviceprofile_id": device.deviceprofile_id and str(device.deviceprofile_id),
        "ip_stat": {"ip": device.ip, "dns_suffix": [device.dns_suffix] if device.dns_suffix else []},
        "created_time": epoch(device.created_time),
        "modified_time": epoch(device.modified_time),
    }
    return row | {key: value for key, value in more.items() if key in fields or "*" in fields}


def org_stats_row(org: Org, **numbers: int) -> dict[str, Any]:
    """An organization with its numbers as the API spells it; without an MSP it says null and no groups."""
    unset: dict[str, Any] = {"alarmtemplate_id": None, "msp_id": None, "orggroup_ids": []}
    return {**unset, **org_row(org), **numbers, "sle": []}


def name_row(device: Any) -> dict[str, Any]:
    """A device by address and name (listOrgDevices)."""
    return {"mac": device.mac, "name": device.name}


def radios_row(device: Any) -> dict[str, Any]:
    """An access point and the addresses of its radios, which no device reports (listOrgApsMacs)."""
    return {"mac": device.mac, "radio_macs": []}


def found_row(device: Any) -> dict[str, Any]:
    """A device in search results (searchOrgDevices): what it reported, and nothing where it did not."""
    row = {
        "mac": device.mac,
        "model": device.model,
        "sku": device.model,
        "type": device.type,
        "org_id": str(device.org_id),
        "site_id": str(device.site_id or NO_SITE),
        "timestamp": epoch(device.last_seen),
        "hostname": [device.hostname] if device.hostname else None,
        "last_hostname": device.hostname,
        "uptime": device.uptime,
        "version": device.version,
        "ip": device.ip,
        "ext_ip": device.ext_ip,
    }
    if device.type == "ap":
        row |= {
            "lldp_system_name": device.lldp_system_name,
            "lldp_port_id": device.lldp_port_id,
            "lldp_port_desc": device.lldp_port_desc,
        }
    else:
        row["managed"] = device.managed
    told = {key: value for key, value in row.items() if value not in (None, "")}
    # The document asks for these of an access point; no device here reports them.
    unknown = {"power_constrained": False, "power_opmode": "", "mxtunnel_status": "", "wlans": []}
    return {**told, **unknown} if device.type == "ap" else told


def event_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """An event from the values of EVENT_COLUMNS (searchOrgDeviceEvents)."""
    kind, mac, facts = row["device__type"], row["device__mac"], row["facts"]
    event = {
        "type": event_name(kind, row["type"]),
        "timestamp": epoch(row["timestamp"]),
        "text": event_text(row["type"], facts),
        "mac": mac,
        "model": row["device__model"],
        "device_type": kind,
        "org_id": str(row["org_id"]),
        "site_id": str(row["site_id"] or NO_SITE),
    }
    if kind != "ap":
        return event
    return {**event, "ap": mac, **({"apfw": facts["version"]} if facts.get("version") else {})}


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
