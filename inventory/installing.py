"""What installers do on site, with names instead of ids (API: installer; guide: Portal User Roles)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from inventory.actions import assign_devices, place_device
from inventory.grace import Bounds
from inventory.identifiers import mac_of
from inventory.installer_shapes import InstallerSite, Provision
from inventory.models import Device, DeviceType
from inventory.places import locked_maps
from inventory.replacing import swap
from mistadmin.core.access import INSTALL, Actor, Place
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.resources import catalog
from mistadmin.core.text import lowered
from orgs.docs import name_docs
from orgs.models import DeviceProfile, Org
from sites import actions as sites
from sites.models import Site, SiteGroup

ASSIGNED: Final = "device already assigned"
_NO_REPLACEMENT: Final = "invalid replacing_mac"


@action(needs=INSTALL)
def provision_device(actor: Actor, device: Device, *, wish: Provision) -> Device:
    """Place, name and configure a recently claimed device (provisionInstallerDevices).

    Raises Invalid for a device at another site, and for what is out of the installer's bounds.
    """
    locked_maps(device.org_id, [wish.map_id])
    site = _site_of(actor, device.org_id, wish)
    if site is not None:
        for _, reason in assign_devices(actor, site, devices=[device], refuse=_elsewhere(site.id)).errors:
            raise Invalid(reason)
        device.refresh_from_db(fields=["site"])
    return place_device(actor, device, changes=_changes(device, wish))


@action(needs=INSTALL)
def replace_recent(actor: Actor, device: Device, *, old: str) -> Device:
    """Put a device in the place of one that was claimed recently; that one is unassigned.

    Raises Invalid and NotVisible as provisionInstallerDevices does.
    """
    mac = mac_of(old)
    if mac is None or mac == device.mac:
        raise Invalid(_NO_REPLACEMENT)
    rows = Device.objects.filter(org_id=device.org_id, mac__in=(mac, device.mac)).order_by("id")
    found = {one.mac: one for one in rows.select_for_update()}
    coming, leaving = found.get(device.mac), found.get(mac)
    if leaving is None or not actor.can(INSTALL, leaving):
        raise NotVisible("replacing_mac inventory not found")
    if coming is None or not actor.can(INSTALL, coming):
        raise NotVisible
    bounds = Bounds(actor, device.org_id)
    bounds.require(leaving)
    bounds.require(coming)
    _check_swap(actor, leaving, coming)
    swap(actor, leaving, coming)
    return coming


@action(needs=INSTALL)
def put_site(actor: Actor, org: Org, *, name: str, wish: InstallerSite) -> Site:
    """Create a site, or change the one of this name (createOrUpdateInstallerSites).

    Raises Invalid for a site out of the installer's bounds and for templates and groups that do not exist.
    """
    # Two who create the same site at once: the second waits here, and finds it.
    Org.objects.select_for_update(no_key=True).filter(pk=org.pk).values_list("pk").first()
    values = _site_values(actor, org, wish)
    site = Site.objects.filter(org=org, name__lower=lowered(name)).first()
    if site is None:
        return sites.open_site(actor, org, values={"name": name, **values})
    Bounds(actor, org.id).require(site)
    return sites.adjust_site(actor, site, changes=values)


def _site_of(actor: Actor, org_id: UUID, wish: Provision) -> Site | None:
    if wish.site_id:
        by, found = "site_id", Site.objects.filter(id=wish.site_id)
    elif wish.site_name:
        by, found = "site_name", Site.objects.filter(name__lower=lowered(wish.site_name))
    else:
        return None
    site: Site | None = found.filter(org_id=org_id).first()
    # A site out of the actor's reach is not told from one that does not exist.
    if site is None or not actor.can(INSTALL, site):
        raise Invalid({by: "is no site that you may install at"})
    return site


def _elsewhere(site_id: UUID) -> Any:
    return lambda device: "" if device.site_id in (None, site_id) else ASSIGNED


def _changes(device: Device, wish: Provision) -> dict[str, Any]:
    sent = wish.model_dump(mode="json", exclude_unset=True)
    profile = sent.pop("deviceprofile_name", None)
    changes = {key: sent[key] for key in sent if key not in ("site_id", "site_name", "replacing_mac")}
    if profile:
        found = DeviceProfile.objects.filter(org_id=device.org_id, type=device.type, name=profile)
        ids = list(found.values_list("id", flat=True))
        if not ids:
            raise Invalid({"deviceprofile_name": f"is no {device.type} profile of this organization"})
        changes["deviceprofile_id"] = str(ids[0])
    return changes


def _check_swap(actor: Actor, leaving: Device, coming: Device) -> None:
    # Whose role names its sites claims straight to them: there the new device stands at the site already.
    beside = coming.site_id == leaving.site_id and not actor.can(INSTALL, Place(coming.org_id))
    if coming.site_id is not None and not beside:
        raise Invalid(ASSIGNED)
    alike = coming.type == leaving.type and (
        coming.type != DeviceType.GATEWAY or coming.model == leaving.model
    )
    if leaving.site_id is None or not alike:
        raise Invalid(_NO_REPLACEMENT)


def _site_values(actor: Actor, org: Org, wish: InstallerSite) -> dict[str, Any]:
    sent = wish.model_dump(mode="json", exclude_unset=True)
    names = {"rftemplate_name", "sitegroup_names"}
    values = {key: value for key, value in sent.items() if key not in names}
    if "rftemplate_name" in sent:
        values["rftemplate_id"] = _template(actor, org, wish.rftemplate_name or "")
    if "sitegroup_names" in sent:
        values["sitegroup_ids"] = _groups(org, wish.sitegroup_names or ())
    return values


def _template(actor: Actor, org: Org, name: str) -> str | None:
    if not name:
        return None
    found = name_docs(actor, org, catalog()["rftemplates"], need=INSTALL, filters={"name": name})
    if not found:
        raise Invalid({"rftemplate_name": "is no RF Template of this organization"})
    return str(found[0]["id"])


def _groups(org: Org, names: Iterable[str]) -> list[str]:
    wanted = set(names)
    found = dict(SiteGroup.objects.filter(org=org, name__in=wanted).values_list("name", "id"))
    if missing := sorted(wanted - found.keys()):
        raise Invalid({"sitegroup_names": f"names {missing[0]!r}, which is no site group"})
    return [str(one) for one in found.values()]
