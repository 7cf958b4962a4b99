"""The columns of the device lists, and the buttons above them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from inventory.identifiers import shown_code
from mistadmin.core.access import CLAIM, MANAGE_MXEDGES, VIEW_INVENTORY, VIEW_MXEDGES, Actor, Placed
from mistadmin.core.cells import safe_cell
from mistadmin.core.export import moment, plain
from mistadmin.core.tables import Column, Table


def status_of(connected: bool, last_seen: datetime | None) -> str:
    """Whether a device is connected, or ever was."""
    return "connected" if connected else "disconnected" if last_seen else "never"


def neighbour(system: str, port: str) -> str:
    """An LLDP neighbour and its port in one text."""
    return " · ".join(filter(None, (system, port)))


def shown_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row with what people read of it; it has only what was asked for."""
    if "site__name" in row:
        row["site_name"] = row.pop("site__name")
    if "deviceprofile__name" in row:
        row["profile_name"] = row.pop("deviceprofile__name")
    if "claim_code" in row:
        row["claim_code"] = shown_code(row["claim_code"])
    if "lldp_port_id" in row and "lldp_system_name" in row:
        row["lldp"] = neighbour(row["lldp_system_name"], row["lldp_port_id"])
    if "connected" in row and "last_seen" in row:
        row["status"] = status_of(row["connected"], row["last_seen"])
    if "managed" in row:
        row["managed_word"] = "Yes" if row["managed"] else "No"
    if not row.pop("connected", True):
        row["uptime"] = None
    return row


def _neighbour(system: str, port: str) -> str:
    return safe_cell(neighbour(system, port))


def _uptime(seconds: int | None, connected: bool) -> str:
    return plain(seconds if connected else None)


_LLDP: Final = ("lldp_system_name", "lldp_port_id")
_SEEN: Final = ("connected", "last_seen")

DEVICES: Final = Table(
    key="inventory",
    path="inventory",
    label="Devices",
    everything="All devices",
    need=VIEW_INVENTORY,
    filters=("type", "site", "status", "q"),
    sort="name",
    href="devices/{id}",
    mark="mac",
    reads=("id", "mac", "name", "adopted", "cluster_id"),
    columns=(
        Column(
            "name",
            "Name",
            "link",
            order=("name",),
            css="name clip",
            blank="Unnamed",
            fixed=True,
            tag="adopted",
        ),
        Column(
            "status",
            "Status",
            "status",
            reads=_SEEN,
            order=("connected",),
            css="end",
            usual=True,
            write=status_of,
        ),
        Column(
            "site",
            "Site",
            value="site_name",
            reads=("site__name",),
            order=("site__name",),
            css="clip",
            blank="Not assigned",
            usual=True,
        ),
        Column(
            "profile",
            "Device Profile",
            value="profile_name",
            reads=("deviceprofile__name",),
            order=("deviceprofile__name",),
            css="clip tight spare extra",
            usual=True,
        ),
        Column("model", "Model", order=("model",), css="end", usual=True, write=plain),
        Column("mac", "MAC", "mac", order=("id",), usual=True, write=plain),
        Column(
            "lldp",
            "LLDP neighbour",
            reads=_LLDP,
            order=_LLDP,
            css="clip tight spare roomy",
            usual=True,
            write=_neighbour,
        ),
        Column(
            "version", "Firmware", "mono", order=("version",), css="spare wide", usual=True, title="Version"
        ),
        Column(
            "last_seen",
            "Last seen",
            "when",
            order=("last_seen",),
            css="num end",
            usual=True,
            title="Last Seen (UTC)",
            write=moment,
        ),
        Column("serial", "Serial", "mono", order=("serial",), write=plain),
        Column(
            "claim_code",
            "Claim Code",
            "mono",
            order=("claim_code",),
            need=CLAIM,
            write=shown_code,
        ),
        Column("ip", "IP address", "mono", order=("ip",), title="IP Address"),
        Column("ext_ip", "External IP address", "mono", order=("ext_ip",), title="External IP Address"),
        Column(
            "uptime",
            "Uptime",
            "duration",
            reads=("uptime", "connected"),
            order=("uptime",),
            css="num",
            title="Uptime (s)",
            write=_uptime,
        ),
        Column(
            "lldp_system",
            "LLDP system name",
            value="lldp_system_name",
            reads=("lldp_system_name",),
            order=("lldp_system_name",),
            css="clip",
            title="LLDP System Name",
        ),
        Column(
            "lldp_port",
            "LLDP port",
            "mono",
            value="lldp_port_id",
            reads=("lldp_port_id",),
            order=("lldp_port_id",),
            title="LLDP Port",
        ),
        Column(
            "lldp_port_desc",
            "LLDP port description",
            order=("lldp_port_desc",),
            css="clip",
            title="LLDP Port Description",
        ),
        Column("dns_suffix", "DNS suffix", order=("dns_suffix",), css="clip", title="DNS Suffix"),
        Column("hostname", "Host name", order=("hostname",), css="clip", title="Host Name"),
        Column(
            "created",
            "Claimed",
            "when",
            value="created_time",
            reads=("created_time",),
            order=("created_time",),
            css="num",
            title="Claimed (UTC)",
            write=moment,
        ),
        Column(
            "managed",
            "Managed",
            value="managed_word",
            reads=("managed",),
            order=("managed",),
            write=lambda managed: "yes" if managed else "no",
        ),
        Column("notes", "Notes", css="clip"),
        Column("type", "Type", listed=False, write=plain),
    ),
)


def _like_devices(key: str, **changes: Any) -> Column:
    """A column as the list of devices has it."""
    return replace(next(one for one in DEVICES.columns if one.key == key), **changes)


EDGES: Final = Table(
    key="mxedges",
    path="inventory/mxedges",
    label="Mist Edges",
    everything="All Mist Edges",
    need=VIEW_MXEDGES,
    filters=("site", "status", "q"),
    sort="name",
    href="inventory/mxedges/{id}",
    mark="mac",
    reads=("id", "mac", "name"),
    columns=(
        _like_devices("name", tag=""),
        *(_like_devices(key) for key in ("status", "site", "model", "mac")),
        _like_devices("version", label="Tunnel Termination", title="Tunnel Termination Version"),
        Column(
            "agent_version",
            "Mist Agent",
            "mono",
            order=("agent_version",),
            css="spare wide",
            usual=True,
            title="Mist Agent Version",
        ),
        *(_like_devices(key) for key in ("last_seen", "serial")),
        _like_devices("claim_code", need=MANAGE_MXEDGES),
        *(_like_devices(key) for key in ("ip", "ext_ip", "uptime")),
        Column("distro", "Distribution", "mono", order=("distro",)),
        *(_like_devices(key) for key in ("hostname", "created")),
    ),
)
TABLES: Final = (DEVICES, EDGES)
# The complete inventory as a file: its columns stay as they are, whatever the page shows.
COMPLETE: Final = (
    *("name", "status", "site", "model", "type", "mac", "serial", "claim_code", "profile", "ip", "version"),
    *("lldp_system", "lldp_port", "lldp_port_desc", "dns_suffix", "last_seen", "created"),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """A button of the Inventory page: the devices of one type, or a list of its own at `path`."""

    key: str
    label: str
    path: str = ""
    need: str = VIEW_INVENTORY
    # Whether it takes the need in the whole organization, not at one site of it.
    whole: bool = False


TABS: Final = (
    Tab("ap", "Access Points"),
    Tab("switch", "Switches"),
    Tab("gateway", "WAN Edges"),
    Tab("mxedge", "Mist Edges", EDGES.path, VIEW_MXEDGES),
    Tab("installed", "Installed Base", "inventory/installed-base", whole=True),
)


def device_tabs(
    actor: Actor, org: Placed, counts: Mapping[str, int | None], current: str
) -> list[dict[str, Any]]:
    """The buttons for those who may use them, with their counts where there are any."""
    base = f"/orgs/{org.org_id}"
    return [
        {
            "label": tab.label,
            "url": f"{base}/{tab.path}" if tab.path else f"{base}/{DEVICES.path}?type={tab.key}",
            "count": counts.get(tab.key),
            "current": tab.key == current,
        }
        for tab in TABS
        if (actor.can(tab.need, org) if tab.whole else actor.can_somewhere(tab.need, org.org_id))
    ]
