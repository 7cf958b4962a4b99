"""Request models of Mist Edges, and rows as the API spells them."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from inventory.models_catalog import HardwareModel
from inventory.shapes import DEVICE_COLUMNS, NO_SITE, one_line
from mistadmin.core.shapes import Doc, Name, OptionalId, Request, epoch

EDGE_COLUMNS = (*DEVICE_COLUMNS, "agent_version", "distro")


def _no_cluster(cluster_id: UUID | None) -> None:
    # Clusters cannot be made yet, so that no id can be of one.
    if cluster_id is not None:
        raise ValueError("is no Mist Edge cluster of this organization")


class ExtraRoute(Doc):
    """Where what is for a network goes (tunterm_extra_routes, by CIDR)."""

    via: Annotated[str, Field(max_length=255)] | None = None


class PortVlans(Doc):
    """The VLANs of one port (tunterm_switch_config)."""

    port_vlan_id: int | None = None
    vlan_ids: list[Annotated[int, Field(ge=1, le=4094)] | str] | None = None


class EdgeSwitching(Doc):
    """VLANs of the tunnel ports, by port (tunterm_switch_config)."""

    __pydantic_extra__: dict[str, PortVlans]
    enabled: bool | None = None


class VlanDhcp(Doc):
    """How DHCP is answered in one VLAN, or in all of them (tunterm_dhcpd_config)."""

    enabled: bool | None = None
    servers: list[Annotated[str, Field(max_length=255)]] | None = None
    type: Literal["relay"] | None = None


class EdgeDhcp(VlanDhcp):
    """How DHCP is answered in tunnels, for all and by VLAN (tunterm_dhcpd_config)."""

    __pydantic_extra__: dict[str, VlanDhcp]


class EdgeAddress(Doc):
    """The address of a tunnel interface (tunterm_ip_config)."""

    ip: IPv4Address
    netmask: Annotated[str, Field(max_length=15)]
    gateway: IPv4Address


class EdgeManagement(Doc):
    """How the management port gets its address (oob_ip_config)."""

    type: Literal["dhcp", "static"] = "dhcp"
    ip: IPv4Address | None = None
    gateway: IPv4Address | None = None


class EdgePorts(Doc):
    """Which ports look to the access points and which to the network (tunterm_port_config)."""

    separate_upstream_downstream: bool = False
    downstream_ports: list[Annotated[str, Field(max_length=32)]] = []
    upstream_ports: list[Annotated[str, Field(max_length=32)]] = []
    upstream_port_vlan_id: Annotated[int, Field(ge=1, le=4094)] | None = None


class EdgeShape(Doc):
    """What people configure on a Mist Edge (updateOrgMxEdge); unknown keys are kept as sent."""

    name: Annotated[str, Field(max_length=255), AfterValidator(one_line)] | None = None
    note: Annotated[str, Field(max_length=10_000)] | None = None
    mxcluster_id: Annotated[OptionalId, AfterValidator(_no_cluster)] = None
    services: list[Annotated[str, Field(max_length=32)]] | None = None
    ntp_servers: list[Annotated[str, Field(max_length=255)]] | None = None
    mxedge_mgmt: dict[str, Any] | None = None
    oob_ip_config: EdgeManagement | None = None
    proxy: dict[str, Any] | None = None
    tunterm_ip_config: EdgeAddress | None = None
    tunterm_port_config: EdgePorts | None = None
    tunterm_switch_config: EdgeSwitching | None = None
    tunterm_dhcpd_config: EdgeDhcp | None = None
    tunterm_extra_routes: dict[str, ExtraRoute] | None = None


class NewEdge(EdgeShape):
    """What a Mist Edge is registered with (createOrgMxEdge)."""

    name: Name
    model: str


class EdgeCode(Request):
    """The claim code of a Mist Edge (claimOrgMxEdge)."""

    code: Annotated[str, Field(max_length=64)]


class EdgeIds(Request):
    """Mist Edges by their ids (unassignOrgMxEdgeFromSite)."""

    mxedge_ids: Annotated[list[UUID], Field(max_length=1_000)]


class EdgesToSite(EdgeIds):
    """Mist Edges and the site they go to (assignOrgMxEdgeToSite)."""

    site_id: UUID


def edge_row(edge: Any) -> dict[str, Any]:
    """A Mist Edge (getOrgMxEdge): its configuration with what it is; `magic` is its claim code."""
    return {
        **edge.body,
        "id": str(edge.id),
        "org_id": str(edge.org_id),
        "site_id": str(edge.site_id or NO_SITE),
        "for_site": edge.site_id is not None,
        "name": edge.name,
        "model": edge.model,
        "mac": edge.mac,
        "serial": edge.serial,
        "magic": edge.claim_code,
        "mxagent_registered": edge.last_seen is not None,
        "tunterm_registered": bool(edge.version),
        "versions": _versions(edge),
        "created_time": epoch(edge.created_time),
        "modified_time": epoch(edge.modified_time),
    }


def found_edge_row(edge: Any, *, stats: bool = False) -> dict[str, Any]:
    """A Mist Edge in search results (searchOrgMxEdges): what it reported, and its state with `stats`."""
    told = {
        "last_seen": epoch(edge.last_seen),
        "uptime": edge.uptime,
        "distro": edge.distro,
        "tunterm_version": edge.version,
    }
    row = {
        "mxedge_id": str(edge.id),
        "org_id": str(edge.org_id),
        "site_id": str(edge.site_id or NO_SITE),
        "name": edge.name,
        "model": edge.model,
        "mac": edge.mac,
        **{key: value for key, value in told.items() if value not in (None, "")},
    }
    if not stats:
        return row
    state = {
        "id": str(edge.id),
        "serial": edge.serial,
        "for_site": edge.site_id is not None,
        "status": "connected" if edge.connected else "disconnected",
        "mxagent_registered": edge.last_seen is not None,
        "tunterm_registered": bool(edge.version),
        "created_time": epoch(edge.created_time),
        "modified_time": epoch(edge.modified_time),
    }
    return {**row, **state, **({"ip_stat": {"ip": edge.ip}} if edge.ip else {})}


def edge_model_row(model: HardwareModel) -> dict[str, Any]:
    """A model of Mist Edges (listMxEdgeModels)."""
    row = {"model": model.name, "display": model.name.removeprefix("ME-")}
    if not model.ports:
        return row
    ports = [{"display": name, "speed": speed} for name, speed in model.ports]
    return {**row, "ports": {str(number): port for number, port in enumerate(ports)}}


def _versions(edge: Any) -> dict[str, str]:
    told = {"mxagent": edge.agent_version, "tunterm": edge.version}
    return {service: version for service, version in told.items() if version}
