"""Request models of sites and site groups, and rows as the API spells them."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from audit.log import masked
from mistadmin.core.shapes import Doc, Name, OptionalId, Request, epoch
from sites.models import Site, SiteGroup


@cache
def time_zones() -> frozenset[str]:
    """Names of the IANA time zones."""
    return frozenset(zoneinfo.available_timezones())


def checked_zone(name: str) -> str:
    """The name of an IANA time zone as it came; raises ValueError for any other text."""
    if name not in time_zones():
        raise ValueError("must be an IANA time zone such as Europe/Berlin")
    return name


def offset_minutes(name: str) -> int:
    """How far a time zone is ahead of UTC now; west of it counted round the clock, as Mist does."""
    offset = datetime.now(zoneinfo.ZoneInfo(name)).utcoffset() or timedelta()
    return int(offset.total_seconds() // 60) % (24 * 60)


class LatLng(Doc):
    """A place on earth in degrees."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lng: Annotated[float, Field(ge=-180, le=180)]


class SiteShape(Doc):
    """A site (createOrgSite, updateSiteInfo)."""

    name: Name
    timezone: Annotated[str, AfterValidator(checked_zone)] | None = None
    country_code: Annotated[str, Field(pattern=r"^([A-Za-z]{2})?$")] | None = None
    address: Annotated[str, Field(max_length=1000)] | None = None
    notes: Annotated[str, Field(max_length=10_000)] | None = None
    latlng: LatLng | None = None
    sitegroup_ids: list[UUID] | None = None
    alarmtemplate_id: OptionalId = None
    aptemplate_id: OptionalId = None
    gatewaytemplate_id: OptionalId = None
    networktemplate_id: OptionalId = None
    rftemplate_id: OptionalId = None
    secpolicy_id: OptionalId = None
    sitetemplate_id: OptionalId = None


class SiteSetting(Doc):
    """The site setting (updateSiteSettings): `vars` are flat texts; other keys are kept as sent."""

    vars: dict[Annotated[str, Field(pattern=r"^\w{1,64}$")], str] | None = None


class SiteGroupShape(Request):
    """A site group (createOrgSiteGroup)."""

    name: Name


class SiteGroupMembers(SiteGroupShape):
    """A site group with all of its sites."""

    site_ids: list[UUID] = []


ROW_COLUMNS = ("id", "org_id", "name", "timezone", "country_code", "body", "created_time", "modified_time")


def site_row(site: Any, sitegroup_ids: Iterable[UUID]) -> dict[str, Any]:
    """The site as the API spells it, from a Site or a row of ROW_COLUMNS; its secrets are not shown again."""
    return {
        **masked(site.body),
        "id": str(site.id),
        "org_id": str(site.org_id),
        "name": site.name,
        "timezone": site.timezone,
        "country_code": site.country_code,
        "sitegroup_ids": [str(one) for one in sitegroup_ids],
        "created_time": epoch(site.created_time),
        "modified_time": epoch(site.modified_time),
    }


def site_found(site: Site) -> dict[str, Any]:
    """A site in search results: what it is called and what its setting switches on (searchOrgSites)."""
    return {
        "id": str(site.id),
        "site_id": str(site.id),
        "org_id": str(site.org_id),
        "name": site.name,
        "timezone": site.timezone,
        "country_code": site.country_code,
        "timestamp": epoch(site.modified_time),
        "auto_upgrade_enabled": bool(_chosen(site, "auto_upgrade", "enabled", False)),
        "auto_upgrade_version": str(_chosen(site, "auto_upgrade", "version", "stable")),
        "honeypot_enabled": bool(_chosen(site, "rogue", "honeypot_enabled", False)),
        "vna_enabled": bool(_chosen(site, "vna", "enabled", False)),
        "wifi_enabled": bool(_chosen(site, "wifi", "enabled", True)),
    }


def _chosen(site: Site, section: str, key: str, default: Any) -> Any:
    # The setting keeps unknown keys as sent, so a section may be anything.
    values = site.setting.get(section)
    return values.get(key, default) if isinstance(values, dict) else default


def sitegroup_document(group: SiteGroup) -> dict[str, Any]:
    """What is changed of a site group; which sites are in it is said by the sites."""
    return {"name": group.name}


def sitegroup_row(group: SiteGroup, site_ids: Iterable[UUID]) -> dict[str, Any]:
    """The site group as the API spells it, with the sites the reader may see."""
    return {
        "id": str(group.id),
        "org_id": str(group.org_id),
        "name": group.name,
        "site_ids": [str(one) for one in site_ids],
        "created_time": epoch(group.created_time),
        "modified_time": epoch(group.modified_time),
    }
