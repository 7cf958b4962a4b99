"""Request models of installers, and rows as they read them: names instead of ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, FiniteFloat

from inventory.shapes import image_urls
from mistadmin.core.shapes import OptionalId, Request, epoch

INSTALLER_COLUMNS = (
    *("mac", "serial", "model", "type", "name", "site__name", "deviceprofile__name", "body", "connected"),
    *("last_seen", "uptime", "version", "ip", "ext_ip", "created_time", "id", "org_id", "images"),
)


class Provision(Request):
    """provisionInstallerDevices; values of the configuration are checked with it (DeviceShape)."""

    name: str | None = None
    site_name: Annotated[str, Field(max_length=255)] | None = None
    site_id: OptionalId = None
    deviceprofile_name: Annotated[str, Field(max_length=255)] | None = None
    map_id: OptionalId = None
    x: FiniteFloat | None = None
    y: FiniteFloat | None = None
    height: FiniteFloat | None = None
    orientation: int | None = None
    role: Annotated[str, Field(max_length=64)] | None = None
    replacing_mac: Annotated[str, Field(max_length=32)] | None = None


class InstallerSite(Request):
    """createOrUpdateInstallerSites; values are checked with the site (SiteShape)."""

    name: str | None = None
    address: str | None = None
    country_code: str | None = None
    latlng: dict[str, Any] | None = None
    timezone: str | None = None
    rftemplate_name: Annotated[str, Field(max_length=255)] | None = None
    sitegroup_names: Annotated[list[Annotated[str, Field(max_length=255)]], Field(max_length=100)] | None = (
        None
    )


def installer_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A recently claimed device from the values of INSTALLER_COLUMNS (listInstallerListOf…ClaimedDevices)."""
    told = {
        **{key: row[key] for key in ("mac", "serial", "model", "type", "name", "connected")},
        **{key: row["body"].get(key) for key in ("map_id", "x", "y", "height", "orientation")},
        **{key: row[key] for key in ("uptime", "version", "ip", "ext_ip")},
        "site_name": row["site__name"],
        "deviceprofile_name": row["deviceprofile__name"],
        "last_seen": epoch(row["last_seen"]),
        "claimed_time": epoch(row["created_time"]),
        **image_urls(row["org_id"], row["id"], row["images"]),
    }
    return {key: value for key, value in told.items() if value not in (None, "")}


def installer_site_row(site: Any, sitegroup_names: list[str], templates: Mapping[str, str]) -> dict[str, Any]:
    """A site for installers (listInstallerSites): its groups and its RF template by name."""
    row = {
        "id": str(site.id),
        "name": site.name,
        "address": site.body.get("address", ""),
        "country_code": site.country_code,
        "latlng": site.body.get("latlng"),
        "timezone": site.timezone,
        "sitegroup_names": sitegroup_names,
    }
    template = templates.get(site.body.get("rftemplate_id") or "")
    return {**row, "rftemplate_name": template} if template else row
