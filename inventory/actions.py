"""Writes of inventory. Verbs take many devices and write set-wise; one device is a list of one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from accounts import actions as accounts
from audit.log import Change, record, record_many
from inventory import images
from inventory.clusters import CALLED
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
from inventory.grace import OUTSIDE, Bounds
from inventory.identifiers import code_of, device_id_of, shown_code
from inventory.imports import MOST_CODES
from inventory.models import Device, DeviceEvent, DeviceType, Unit
from inventory.naming import name_problem
from inventory.refusals import Refuse
from inventory.shapes import configuration_of, unit_row
from mistadmin.core import throttle
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
from mistadmin.core.models import INSERTED_AT_ONCE
from mistadmin.core.versions import Seen, require_seen
from orgs.models import DeviceProfile, Org
from sites import actions as sites
from sites.models import Site

# Access points are claimed by their codes only (guide: Adopt Switches, Adopt WAN Edges).
ADOPTABLE: Final = (DeviceType.SWITCH, DeviceType.GATEWAY)
# Unknown codes before a pause: a wrong paste or two pass, guessing does not.
_UNKNOWN_CODES, _GUESS_SECONDS = 20_000, 15 * 60
ALWAYS_MANAGED: Final = "is an access point, which is always managed"
_GONE: Final = "not found"
_DENIED: Final = "you may not change this device"


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """What became of each claim code: new units, units already owned, refused codes with reasons."""

    added: list[dict[str, Any]]
    duplicated: list[dict[str, Any]]
    errors: list[tuple[str, str]]


@dataclass(slots=True)
class BulkResult:
    """What became of each device: MACs that are now as asked, and MACs with the reason why not."""

    success: list[str] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)


@action(needs=CLAIM)
def claim_devices(actor: Actor, place: Org | Site, *, codes: Sequence[Any]) -> ClaimResult:
    """Claim units by their codes for an organization, straight to a site when one is passed.

    Every code gets its own result; a unit goes to exactly one organization however many ask at once.
    Raises Invalid for more than 10,000 codes.
    """
    guesses = f"claim:unknown:{actor.id}"
    throttle.require_room(guesses, tries=_UNKNOWN_CODES, seconds=_GUESS_SECONDS)
    if len(codes) > MOST_CODES:
        raise Invalid({"codes": f"has {len(codes):,} claim codes; {MOST_CODES:,} are allowed at once"})
    if isinstance(place, Site):
        Bounds(actor, place.org_id).require(place)
    wanted, errors = _read_codes(codes)
    won = _take_units(place.org_id, list(wanted))
    devices = [_new_device(unit, place) for unit in won]
    Device.objects.bulk_create(devices, batch_size=INSERTED_AT_ONCE)
    record_many(actor, "inventory.device.claimed", [Change(d, after=_claimed(d)) for d in devices])
    taken = {unit.claim_code for unit in won}
    rest = {code: text for code, text in wanted.items() if code not in taken}
    owned = {unit.claim_code: unit for unit in Unit.objects.filter(claim_code__in=list(rest))}
    duplicated = [unit_row(unit) for unit in owned.values() if unit.org_id == place.org_id]
    for code, text in rest.items():
        if code not in owned:
            errors.append((text, "is not a known claim code"))
        elif owned[code].org_id != place.org_id:
            errors.append((text, "belongs to another org"))
    unknown = len(rest) - len(owned)
    if unknown:
        throttle.count(guesses, seconds=_GUESS_SECONDS, by=unknown)
    return ClaimResult([unit_row(unit) for unit in won], duplicated, errors)


@action(needs=JOIN)
def adopt_unit(actor: Actor, place: Placed, *, mac: str) -> bool:
    """Take a switch or WAN edge that nobody owns into an organization; False when somebody owns it.

    The caller has proved to be the unit and to know an adopt secret of the place.
    """
    free = Unit.objects.filter(mac=mac, type__in=ADOPTABLE, org=None)
    if not free.update(org_id=place.org_id, claim=uuid.uuid4(), claimed_at=timezone.now()):
        return False
    device = _new_device(Unit.objects.defer("secret").get(mac=mac), place)
    device.adopted = True
    # Somebody has configured it already; it keeps that until people say otherwise (inventory_update).
    device.managed = False
    device.save(force_insert=True)
    record(actor, "inventory.device.adopted", device, after=_claimed(device))
    return True


@action(needs=INSTALL)
def assign_devices(
    actor: Actor, site: Site, *, devices: Iterable[Device], refuse: Refuse | None = None
) -> BulkResult:
    """Place devices at a site, with all members of their clusters; repeating it changes nothing.

    Raises Invalid for a site that is closed to installers.
    """
    Bounds(actor, site.org_id).require(site)
    result = BulkResult()
    changes = []
    for device in _together(actor, INSTALL, site.org_id, devices, result, refuse):
        result.success.append(device.mac)
        if device.site_id != site.id:
            before, device.site = {"site_id": device.site_id and str(device.site_id)}, site
            changes.append(Change(device, before, {"site_id": str(site.id)}, {"site": site.name}))
    _update(changes, site=site)
    record_many(actor, "inventory.device.assigned", changes)
    return result


@action(needs=MANAGE_DEVICES)
def unassign_devices(
    actor: Actor, place: Placed, *, devices: Iterable[Device], refuse: Refuse | None = None
) -> BulkResult:
    """Take devices from their sites, with all members of their clusters; they stay in the organization."""
    result = BulkResult()
    _unassign(actor, _together(actor, MANAGE_DEVICES, place.org_id, devices, result, refuse), result)
    return result


@action(needs=INSTALL)
def unassign_recent(actor: Actor, place: Placed, *, devices: Iterable[Device]) -> BulkResult:
    """Take devices from their sites within the grace period (unassignInstallerRecentlyClaimedDevice)."""
    result = BulkResult()
    _unassign(actor, _together(actor, INSTALL, place.org_id, devices, result), result)
    return result


@action(needs=MANAGE_DEVICES)
def release_devices(
    actor: Actor, org: Org, *, devices: Iterable[Device], refuse: Refuse | None = None
) -> BulkResult:
    """Give devices up, with all members of their clusters: site, name and history go.

    Their claim codes can be claimed again by anybody.
    """
    result = BulkResult()
    gone = _together(actor, MANAGE_DEVICES, org.org_id, devices, result, refuse)
    macs = [device.mac for device in gone]
    images.forget_files(gone)
    record_many(actor, "inventory.device.released", [Change(d, before=_claimed(d)) for d in gone])
    DeviceEvent.objects.filter(device_id__in=[device.id for device in gone]).delete()
    if any(device.type in ADOPTABLE for device in gone):
        # A member that said so only now, while these were waited for.
        Device.objects.filter(cluster_id__in=[device.id for device in gone]).update(cluster=None)
    Device.objects.filter(id__in=[device.id for device in gone]).delete()
    Unit.objects.filter(mac__in=macs, org_id=org.org_id).update(org=None, claim=None, claimed_at=None)
    result.success += macs
    return result


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
    for device in _together(actor, MANAGE_DEVICES, place.org_id, devices, result, refuse):
        if device.type not in ADOPTABLE:
            result.errors.append((device.mac, ALWAYS_MANAGED))
            continue
        result.success.append(device.mac)
        if device.managed != managed:
            changes.append(Change(device, {"managed": device.managed}, {"managed": managed}))
    _update(changes, managed=managed)
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
    result = BulkResult()
    changes = []
    wanted = Device.objects.filter(id__in=list(names), org_id=place.org_id)
    for device in _locked(actor, INSTALL, place.org_id, wanted, result, refuse):
        problem = name_problem(names[device.id])
        if problem:
            result.errors.append((device.mac, problem))
            continue
        result.success.append(device.mac)
        before, device.name = device.name, names[device.id]
        if device.name != before:
            device.modified_time = timezone.now()
            changes.append(Change(device, {"name": before}, {"name": device.name}))
    Device.objects.bulk_update([c.target for c in changes], ["name", "modified_time"], batch_size=500)
    record_many(actor, "inventory.device.renamed", changes)
    return result


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
    for device in _locked(actor, INSTALL, place.org_id, devices, result, refuse):
        if device.type != profile.type:
            result.errors.append((device.mac, f"is not of the profile's type {profile.type}"))
            continue
        result.success.append(device.mac)
        changes += _profile_change(device, profile)
    _update(changes, deviceprofile=profile)
    record_many(actor, "inventory.device.profiled", changes)
    return result


@action(needs=INSTALL)
def unassign_profile(
    actor: Actor, place: Placed, *, devices: Iterable[Device], refuse: Refuse | None = None
) -> BulkResult:
    """Take the profile from devices."""
    result = BulkResult()
    changes = []
    for device in _locked(actor, INSTALL, place.org_id, devices, result, refuse):
        result.success.append(device.mac)
        changes += _profile_change(device, None)
    _update(changes, deviceprofile=None)
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
    devices = Device.objects.filter(org_id=site.org_id, site=site)
    unassign_devices(actor, site, devices=devices)
    sites.delete_site(actor, site, seen=seen)


@action(needs=MANAGE_ORG)
def delete_org(actor: Actor, org: Org, *, seen: Seen = None) -> None:
    """Delete an organization for good (guide: Delete an Organization); its audit entries stay.

    Raises Invalid while a device is claimed, naming the first ones.
    """
    # A claim at the same moment refers to this row: it waits here, and finds no organization then.
    org = Org.objects.select_for_update().get(pk=org.pk)
    claimed = Device.objects.filter(org_id=org.org_id).order_by("id")
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
    # By its organization too: ids come from MACs, so a device released meanwhile may be somebody else's.
    device = Device.objects.select_for_update().get(pk=device.pk, org_id=device.org_id)
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
    configure(device, after, profile_types(device.org_id, named))
    device.save(update_fields=written(keys))
    record(actor, "inventory.device.updated", device, before=before, after=after)
    if "managed" in keys:
        # The other members of its cluster.
        manage_devices(actor, device, devices=[device], managed=device.managed)
    return device


def _unassign(actor: Actor, devices: Sequence[Device], result: BulkResult) -> None:
    result.success += [device.mac for device in devices]
    placed = [device for device in devices if device.site_id is not None]
    names = dict(Site.objects.filter(id__in={d.site_id for d in placed}).values_list("id", "name"))
    changes = [
        Change(device, {"site_id": str(device.site_id)}, {"site_id": None}, {"site": names[device.site_id]})
        for device in placed
    ]
    _update(changes, site=None)
    record_many(actor, "inventory.device.unassigned", changes)


def _read_codes(codes: Sequence[Any]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    wanted: dict[str, str] = {}
    errors = []
    for sent in codes:
        code, text = code_of(sent), sent if isinstance(sent, str) else repr(sent)
        if code is None:
            errors.append((text[:64], "is not a claim code: 15 letters and digits, with or without dashes"))
        elif code in wanted:
            errors.append((shown_code(code), "is in the list more than once"))
        else:
            wanted[code] = shown_code(code)
    return wanted, errors


def _take_units(org_id: UUID, codes: list[str]) -> list[Unit]:
    free = Unit.objects.filter(claim_code__in=codes, org=None)
    # Locked in one order by everybody, so that two large claims wait for each other and never deadlock.
    macs = list(free.order_by("mac").select_for_update().values_list("mac", flat=True))
    claim = uuid.uuid4()
    Unit.objects.filter(mac__in=macs, org=None).update(org_id=org_id, claim=claim, claimed_at=timezone.now())
    won = {unit.claim_code: unit for unit in Unit.objects.filter(claim=claim).defer("secret")}
    return [won[code] for code in codes if code in won]


def _new_device(unit: Unit, place: Placed) -> Device:
    return Device(
        id=device_id_of(unit.mac),
        org_id=place.org_id,
        site_id=getattr(place, "site_id", None),
        mac=unit.mac,
        serial=unit.serial,
        model=unit.model,
        type=unit.type,
        claim_code=unit.claim_code,
    )


def _claimed(device: Device) -> dict[str, Any]:
    facts = {"mac": device.mac, "serial": device.serial, "model": device.model, "name": device.name}
    return {**facts, "site_id": device.site_id and str(device.site_id)}


def _locked(
    actor: Actor,
    need: str,
    org_id: UUID,
    devices: Iterable[Device],
    result: BulkResult,
    refuse: Refuse | None = None,
) -> list[Device]:
    """The devices as they are now, locked in one order; those gone, out of reach or refused become errors."""
    asked = {device.id: device.mac for device in devices}
    rows = Device.objects.filter(id__in=list(asked), org_id=org_id).order_by("id").select_for_update()
    found = {device.id: device for device in rows}
    bounds, kept = Bounds(actor, org_id), []
    for device_id, mac in asked.items():
        device = found.get(device_id)
        if device is None:
            result.errors.append((mac, _GONE))
        elif not actor.can(need, device):
            result.errors.append((mac, _DENIED))
        elif not bounds.covers(device):
            result.errors.append((mac, OUTSIDE))
        elif refuse and (reason := refuse(device)):
            result.errors.append((mac, reason))
        else:
            kept.append(device)
    return kept


def _together(
    actor: Actor,
    need: str,
    org_id: UUID,
    devices: Iterable[Device],
    result: BulkResult,
    refuse: Refuse | None = None,
) -> list[Device]:
    """The devices with all members of their clusters, locked; where one is refused, all of them are."""
    asked = {device.id: device for device in devices}
    clusters = list(
        Device.objects.filter(id__in=list(asked), org_id=org_id, cluster__isnull=False)
        .order_by()
        .values_list("cluster_id", flat=True)
        .distinct()
    )
    if not clusters:
        return _locked(actor, need, org_id, asked.values(), result, refuse)
    members = {one.id: one for one in Device.objects.filter(org_id=org_id, cluster_id__in=clusters)}
    kept = _locked(actor, need, org_id, {**asked, **members}.values(), result, refuse)
    why = dict(result.errors)
    broken = {one.cluster_id: why[one.mac] for one in members.values() if one.mac in why}
    result.errors = [(mac, reason) for mac, reason in result.errors if device_id_of(mac) in asked]
    for device in kept:
        if device.cluster_id in broken and device.id in asked:
            reason = broken[device.cluster_id]
            result.errors.append((device.mac, f"another member of its {CALLED[device.type]}: {reason}"))
    return [device for device in kept if device.cluster_id not in broken]


def _profile_change(device: Device, profile: DeviceProfile | None) -> list[Change]:
    before, after = device.deviceprofile_id, profile.id if profile else None
    if before == after:
        return []
    old, new = before and str(before), after and str(after)
    return [Change(device, {"deviceprofile_id": old}, {"deviceprofile_id": new})]


def _update(changes: Sequence[Change], **columns: Any) -> None:
    if changes:
        ids = [change.target.id for change in changes]
        Device.objects.filter(id__in=ids).update(**columns, modified_time=timezone.now())
