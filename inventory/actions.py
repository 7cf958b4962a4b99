"""Writes of inventory. Verbs take many devices and write set-wise; one device is a list of one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from accounts import actions as accounts
from audit.log import Change, record, record_many
from inventory import verbs
from inventory.configuration import (
    INSTALLED,
    PROVISIONED,
    changed,
    changed_keys,
    configure,
    profile_types,
    with_managed,
    written,
)
from inventory.grace import Bounds
from inventory.models import Device, DeviceType, Unit
from inventory.places import locked_maps
from inventory.refusals import Refuse
from inventory.shapes import configuration_of
from inventory.verbs import DEVICES, EDGES, BulkResult, ClaimResult
from mistadmin.core.access import (
    CLAIM,
    CREATE_SITES,
    INSTALL,
    JOIN,
    MANAGE_DEVICES,
    MANAGE_ORG,
    Actor,
    Placed,
)
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.versions import Seen, require_seen
from orgs.models import DeviceProfile, Org
from sites import actions as sites
from sites.models import Site

# Access points are claimed by their codes only (guide: Adopt Switches, Adopt WAN Edges).
ADOPTABLE: Final = (DeviceType.SWITCH, DeviceType.GATEWAY)
ALWAYS_MANAGED: Final = "is an access point, which is always managed"


@action(needs=CLAIM)
def claim_devices(actor: Actor, place: Org | Site, *, codes: Sequence[Any]) -> ClaimResult:
    """Claim units by their codes for an organization, straight to a site when one is passed.

    Every code gets its own result; a unit goes to exactly one organization however many ask at once.
    Raises Invalid for more than 10,000 codes.
    """
    return verbs.claim(actor, DEVICES, place, codes)


@action(needs=JOIN)
def adopt_unit(actor: Actor, place: Placed, *, mac: str) -> bool:
    """Take a switch or WAN edge that nobody owns into an organization; False when somebody owns it.

    The caller has proved to be the unit and to know an adopt secret of the place.
    """
    free = Unit.objects.filter(mac=mac, type__in=ADOPTABLE, org=None)
    if not free.update(org_id=place.org_id, claim=uuid.uuid4(), claimed_at=timezone.now()):
        return False
    device = verbs.new_device(Unit.objects.defer("secret").get(mac=mac), place)
    device.adopted = True
    # Somebody has configured it already; it keeps that until people say otherwise (inventory_update).
    device.managed = False
    device.save(force_insert=True)
    record(actor, "inventory.device.adopted", device, after=verbs.claimed(device))
    return True


@action(needs=INSTALL)
def assign_devices(
    actor: Actor, site: Site, *, devices: Iterable[Device], refuse: Refuse | None = None
) -> BulkResult:
    """Place devices at a site, with all members of their clusters; repeating it changes nothing.

    Raises Invalid for a site that is closed to installers.
    """
    return verbs.assign(actor, DEVICES, site, devices, refuse)


@action(needs=MANAGE_DEVICES)
def unassign_devices(
    actor: Actor, place: Placed, *, devices: Iterable[Device], refuse: Refuse | None = None
) -> BulkResult:
    """Take devices from their sites, with all members of their clusters; they stay in the organization."""
    return verbs.unassign(actor, DEVICES, DEVICES.manage, place.org_id, devices, refuse)


@action(needs=INSTALL)
def unassign_recent(actor: Actor, place: Placed, *, devices: Iterable[Device]) -> BulkResult:
    """Take devices from their sites within the grace period (unassignInstallerRecentlyClaimedDevice)."""
    return verbs.unassign(actor, DEVICES, DEVICES.install, place.org_id, devices)


@action(needs=MANAGE_DEVICES)
def release_devices(
    actor: Actor, org: Org, *, devices: Iterable[Device], refuse: Refuse | None = None
) -> BulkResult:
    """Give devices up, with all members of their clusters: site, name and history go.

    Their claim codes can be claimed again by anybody.
    """
    return verbs.release(actor, DEVICES, org.org_id, devices, refuse)


@action(needs=MANAGE_DEVICES)
def manage_devices(
    actor: Actor,
    place: Placed,
    *,
    devices: Iterable[Device],
    managed: bool,
    refuse: Refuse | None = None,
) -> BulkResult:
    """Have switches and WAN edges configured from here or not, with all members of their clusters."""
    result = BulkResult()
    changes = []
    for device in verbs.together(actor, DEVICES, MANAGE_DEVICES, place.org_id, devices, result, refuse):
        if device.type not in ADOPTABLE:
            result.errors.append((device.mac, ALWAYS_MANAGED))
            continue
        result.success.append(device.mac)
        if device.managed != managed:
            changes.append(Change(device, {"managed": device.managed}, {"managed": managed}))
    verbs.update(changes, managed=managed)
    if managed:
        record_many(actor, "inventory.device.managed", changes)
    else:
        record_many(actor, "inventory.device.unmanaged", changes)
    return result


@action(needs=INSTALL)
def name_devices(
    actor: Actor, place: Placed, *, names: Mapping[UUID, str], refuse: Refuse | None = None
) -> BulkResult:
    """Give each device its name; one that is too long or has control characters is an error of its own."""
    return verbs.rename(actor, DEVICES, place.org_id, names, refuse)


@action(needs=INSTALL)
def assign_profile(
    actor: Actor,
    place: Placed,
    *,
    profile: DeviceProfile,
    devices: Iterable[Device],
    refuse: Refuse | None = None,
) -> BulkResult:
    """Give devices a profile of their own type."""
    if profile.org_id != place.org_id:
        raise NotVisible
    result = BulkResult()
    changes = []
    for device in verbs.locked(actor, DEVICES, INSTALL, place.org_id, devices, result, refuse):
        if device.type != profile.type:
            result.errors.append((device.mac, f"is not of the profile's type {profile.type}"))
            continue
        result.success.append(device.mac)
        changes += _profile_change(device, profile)
    verbs.update(changes, deviceprofile=profile)
    record_many(actor, "inventory.device.profiled", changes)
    return result


@action(needs=INSTALL)
def unassign_profile(
    actor: Actor, place: Placed, *, devices: Iterable[Device], refuse: Refuse | None = None
) -> BulkResult:
    """Take the profile from devices."""
    result = BulkResult()
    changes = []
    for device in verbs.locked(actor, DEVICES, INSTALL, place.org_id, devices, result, refuse):
        result.success.append(device.mac)
        changes += _profile_change(device, None)
    verbs.update(changes, deviceprofile=None)
    record_many(actor, "inventory.device.unprofiled", changes)
    return result


@action(needs=INSTALL)
def update_device(actor: Actor, device: Device, *, changes: Mapping[str, Any], seen: Seen = None) -> Device:
    """Change top-level keys of a device's configuration; absent keys stay, unknown ones are kept.

    Name, profile and notes are part of installing; every other key needs the right to manage devices.
    Raises Stale for another configuration than was seen.
    """
    return _configured(actor, device, changes, seen, INSTALLED)


@action(needs=INSTALL)
def place_device(actor: Actor, device: Device, *, changes: Mapping[str, Any]) -> Device:
    """Change what provisioning sets on a device (provisionInstallerDevices): its place on a map as well."""
    return _configured(actor, device, changes, None, PROVISIONED)


@action(needs=CREATE_SITES)
def delete_site(actor: Actor, site: Site, *, seen: Seen = None) -> None:
    """Delete a site; its devices are unassigned first and stay in the organization."""
    for family in (DEVICES, EDGES):
        devices = family.model.objects.filter(org_id=site.org_id, site=site)
        verbs.unassign(actor, family, family.manage, site.org_id, devices)
    sites.delete_site(actor, site, seen=seen)


@action(needs=MANAGE_ORG)
def delete_org(actor: Actor, org: Org, *, seen: Seen = None) -> None:
    """Delete an organization for good (guide: Delete an Organization); its audit entries stay.

    Raises Invalid while a device is claimed, naming the first ones.
    """
    # A claim at the same moment refers to this row: it waits here, and finds no organization then.
    org = Org.objects.select_for_update().get(pk=org.pk)
    claimed = Device.every.filter(org_id=org.org_id).order_by("id")
    count = claimed.count()
    if count:
        named = ", ".join(
            f"{one.model} {one.name or one.mac}" for one in claimed.only("model", "name", "mac")[:3]
        )
        more = f" and {count - 3:,} more" if count > 3 else ""
        raise Invalid(
            f"inventory not empty: {named}{more} must be released first, in Organization > Inventory"
        )
    accounts.delete_org(actor, org, seen=seen)


def _configured(
    actor: Actor, device: Device, changes: Mapping[str, Any], seen: Seen, installed: frozenset[str]
) -> Device:
    maps = locked_maps(device.org_id, [changes.get("map_id")])
    # By its organization too: ids come from MACs, so a device released meanwhile may be somebody else's.
    device = Device.every.select_for_update().get(pk=device.pk, org_id=device.org_id)
    actor.require(INSTALL, device)
    Bounds(actor, device.org_id).require(device)
    before = configuration_of(device)
    require_seen(seen, device, before)
    after = changed(before, with_managed(device, changes))
    if after == before:
        return device
    keys = changed_keys(before, after)
    if keys - installed:
        actor.require(MANAGE_DEVICES, device)
    named = [after] if "deviceprofile_id" in keys else []
    configure(device, after, profile_types(device.org_id, named), maps)
    device.save(update_fields=written(keys))
    record(actor, "inventory.device.updated", device, before=before, after=after)
    if "managed" in keys:
        # The other members of its cluster.
        manage_devices(actor, device, devices=[device], managed=device.managed)
    return device


def _profile_change(device: Device, profile: DeviceProfile | None) -> list[Change]:
    before, after = device.deviceprofile_id, profile.id if profile else None
    if before == after:
        return []
    old, new = before and str(before), after and str(after)
    return [Change(device, {"deviceprofile_id": old}, {"deviceprofile_id": new})]
