"""What a query asks for: devices, their events, and the time an answer covers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from inventory.identifiers import device_id_of, mac_of
from inventory.matching import DeviceFilter
from inventory.models_catalog import MXEDGE
from inventory.queries import EventFilter
from mistadmin.core.errors import Invalid
from mistadmin.core.ids import posted_id
from mistadmin.core.times import time_range

# The names of the query that each of these reads, for the API document: filters_of, filters_of_search and
# filters_of_events.
DEVICES: Final = ("type", "site_id", "unassigned", "model", "text", "name", "mac", "serial", "vc_mac")
REPORTS: Final = (
    *DEVICES,
    *("hostname", "last_hostname", "ip", "ext_ip", "version", "lldp_port_id", "lldp_system_name", "map_id"),
    *("managed", "sort", "desc_sort"),
)
EVENTS: Final = (
    *("timestamp", "device_type", "type", "mac", "ap", "model", "site_id", "apfw", "text", "last_by"),
    *("type_code", "sort"),
)
TYPES: Final = ("ap", "switch", "gateway", "all")
_TRUE, _FALSE = {"true", "1"}, {"false", "0"}
_CONNECTED: Final = {"all": None, "connected": True, "disconnected": False}
# What devices report, asked for to the letter, and where it stands.
_REPORTED: Final = {
    **{name: name for name in ("ip", "ext_ip", "version", "lldp_port_id", "lldp_system_name")},
    "last_hostname": "hostname",
    "map_id": "body__map_id",
}
# What Mist knows of devices and nobody reports here: none is found by it.
_UNKNOWN: Final = (
    *(f"band_{band}_{what}" for band in (24, 5, 6) for what in ("bandwidth", "channel", "power")),
    *("clustered", "cpu", "eth0_port_speed", "evpn_unused", "evpntopo_id", "last_config_status"),
    *("lldp_mgmt_addr", "lldp_power_allocated", "lldp_power_draw", "lldp_system_desc"),
    *("mxedge_id", "mxedge_ids", "mxtunnel_status", "node", "node0_mac", "node1_mac", "power_constrained"),
    *("radius_stats", "t128agent_version"),
)
# How replies call what lists are sorted by.
_SORTS: Final = {
    **{name: name for name in ("mac", "model", "site_id", "version", "ip", "ext_ip", "hostname")},
    "sku": "model",
    "timestamp": "last_seen",
}
# The same of Mist Edges.
_FOR_SITE: Final = {"any": None, "true": False, "false": True}
_EDGE_TOLD: Final = {"distro": "distro", "tunterm_version": "version"}
_EDGE_SORTS: Final = {
    **{name: name for name in ("name", "model", "site_id", "last_seen", "uptime", "distro")},
    "timestamp": "last_seen",
    "mxedge_id": "mac",
    "tunterm_version": "version",
}


def filters_of(query: Mapping[str, str], *, kind: str | None = None) -> DeviceFilter:
    """Which devices of an inventory or a site; `kind` is the type that is meant when none is asked for."""
    return DeviceFilter(
        type=_type(query, "type", kind),
        site_id=posted_id(query, "site_id"),
        # unassigned=true is the default and means "these too"; only false narrows.
        unassigned=False if flag(query, "unassigned") is False else None,
        model=query.get("model") or None,
        text=query.get("text") or query.get("name", "").strip("*"),
        macs=tuple(mac_of(text) or text for text in listed(query, "mac")),
        serials=tuple(listed(query, "serial")),
        cluster_id=_cluster(query),
        sort="mac",
    )


def filters_of_inventory(query: Mapping[str, str]) -> DeviceFilter:
    """Which devices of an inventory; the members of clusters are shown when `vc` asks for them."""
    return replace(filters_of(query), heads=not flag(query, "vc"))


def filters_of_search(query: Mapping[str, str], during: tuple[datetime, datetime]) -> DeviceFilter:
    """Which devices by what they reported, of those that called within the time (searchOrgDevices)."""
    return replace(
        _reporting(query),
        hostname=query.get("hostname", "").strip("*"),
        seen=during,
        columns=(*_managed(query), *(_asked(query, one) for one in _REPORTED if query.get(one))),
        sort=_sort(query),
    )


def filters_of_stats(query: Mapping[str, str]) -> DeviceFilter:
    """Which devices by their state (listOrgDevicesStats). The time only has to be one: states are of now."""
    time_range(query)
    status = query.get("status") or "all"
    if status not in _CONNECTED:
        raise Invalid({"status": f"must be one of {', '.join(_CONNECTED)}"})
    return replace(_reporting(query), connected=_CONNECTED[status])


def filters_of_edges(query: Mapping[str, str]) -> DeviceFilter:
    """Which Mist Edges of an organization (listOrgMxEdges)."""
    for_site = query.get("for_site") or "any"
    if for_site not in _FOR_SITE:
        raise Invalid({"for_site": f"must be one of {', '.join(_FOR_SITE)}"})
    return DeviceFilter(type=MXEDGE, unassigned=_FOR_SITE[for_site], sort="mac")


def filters_of_edge_search(query: Mapping[str, str], during: tuple[datetime, datetime]) -> DeviceFilter:
    """Which Mist Edges by what they reported, of those that called within the time (searchOrgMxEdges)."""
    columns = {
        "id": posted_id(query, "mxedge_id"),
        **{of: query.get(name) for name, of in _EDGE_TOLD.items()},
    }
    return DeviceFilter(
        type=MXEDGE,
        site_id=posted_id(query, "site_id"),
        model=query.get("model") or None,
        seen=during,
        columns=tuple((column, value) for column, value in columns.items() if value),
        # Nobody is in a cluster, as none can be made yet.
        unknown=posted_id(query, "mxcluster_id") is not None,
        sort=_sort(query, _EDGE_SORTS),
    )


def filters_of_events(query: Mapping[str, str], *, kind: str | None = None) -> EventFilter:
    """Which events of which devices; `kind` is the type that is meant when none is asked for."""
    start, end = _second(query["timestamp"]) if query.get("timestamp") else time_range(query)
    return EventFilter(
        start=start,
        end=end,
        device_type=_type(query, "device_type", kind),
        types=tuple(name.upper() for name in listed(query, "type")),
        macs=(*_macs(query, "mac"), *_macs(query, "ap")),
        models=tuple(listed(query, "model")),
        site_id=posted_id(query, "site_id"),
        version=query.get("apfw", ""),
        text=query.get("text", "").strip("*"),
        last_by=query.get("last_by", ""),
        unknown=bool(query.get("type_code")),
        sort=query.get("sort") or "-timestamp",
    )


def listed(query: Mapping[str, str], name: str) -> list[str]:
    """The values of a list with commas."""
    return [part.strip() for part in query.get(name, "").split(",") if part.strip()]


def flag(query: Mapping[str, str], name: str) -> bool | None:
    """A switch, None when it is not set; raises Invalid for what is none."""
    text = query.get(name, "").lower()
    if text and text not in _TRUE | _FALSE:
        raise Invalid({name: "must be true or false"})
    return text in _TRUE if text else None


def day() -> dict[str, int]:
    """The day up to now, in epoch seconds."""
    now = int(time.time())
    return {"start": now - 86_400, "end": now}


def _reporting(query: Mapping[str, str]) -> DeviceFilter:
    asked = any(query.get(name) for name in _UNKNOWN)
    return replace(filters_of(query, kind="ap"), macs=_macs(query, "mac"), unknown=asked)


def _type(query: Mapping[str, str], name: str, kind: str | None) -> str | None:
    wanted = query.get(name) or kind
    if wanted is not None and wanted not in TYPES:
        raise Invalid({name: f"must be one of {', '.join(TYPES)}"})
    return None if wanted == "all" else wanted


def _managed(query: Mapping[str, str]) -> list[tuple[str, str]]:
    managed = flag(query, "managed")
    return [] if managed is None else [("managed", str(managed))]


def _asked(query: Mapping[str, str], name: str) -> tuple[str, str]:
    return _REPORTED[name], query[name]


def _cluster(query: Mapping[str, str]) -> UUID | None:
    if not query.get("vc_mac"):
        return None
    mac = mac_of(query["vc_mac"])
    if mac is None:
        raise Invalid({"vc_mac": "must be a MAC address"})
    return device_id_of(mac)


def _macs(query: Mapping[str, str], name: str) -> tuple[str, ...]:
    macs = [mac_of(text) for text in listed(query, name)]
    if None in macs:
        raise Invalid({name: "must be a MAC address, or several with commas"})
    return tuple(mac for mac in macs if mac)


def _sort(query: Mapping[str, str], sorts: Mapping[str, str] = _SORTS) -> str:
    name = "desc_sort" if query.get("desc_sort") else "sort"
    sort = f"-{query[name]}" if name == "desc_sort" else query.get(name) or "-timestamp"
    column = sorts.get(sort.removeprefix("-"))
    if column is None:
        raise Invalid({name: f"must be one of {', '.join(sorts)}"})
    return f"-{column}" if sort.startswith("-") else column


def _second(text: str) -> tuple[datetime, datetime]:
    try:
        return time_range({"start": text, "end": text})
    except Invalid:
        raise Invalid({"timestamp": "must be epoch seconds"}) from None
