"""What is done to claimed hardware, whichever family it is of: the bodies of the actions, without doors.

A family is what one role looks after: devices (access points, switches, WAN edges) or Mist Edges. The actions
of each say who may (inventory/actions.py, inventory/edges.py); what happens then is the same, and it reaches
no row of the other family.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from audit.log import Change, record_many
from inventory import images
from inventory.clusters import CALLED
from inventory.grace import OUTSIDE, Bounds
from inventory.identifiers import code_of, device_id_of, shown_code
from inventory.imports import MOST_CODES
from inventory.models import DEVICE_TYPES, Device, DeviceEvent, DeviceType, MistEdge, Unit
from inventory.naming import name_problem
from inventory.places import taken_off
from inventory.refusals import Refuse
from inventory.shapes import unit_row
from mistadmin.core import tenancy, throttle
from mistadmin.core.access import INSTALL, MANAGE_DEVICES, MANAGE_MXEDGES, Actor, Placed
from mistadmin.core.errors import Invalid
from mistadmin.core.models import INSERTED_AT_ONCE
from sites.models import Site

# Unknown codes before a pause: a wrong paste or two pass, guessing does not.
_UNKNOWN_CODES, _GUESS_SECONDS = 20_000, 15 * 60
_GONE: Final = "not found"
_DENIED: Final = "you may not change this device"


@dataclass(frozen=True, slots=True)
class Family:
    """Hardware that one role looks after.

    `install` and `manage` are the abilities that placing it and giving it up take, `stray` is what is said of
    the claim code of another family. The grace period of installers holds where it is `graced`.
    """

    model: type[Device]
    types: tuple[str, ...]
    install: str
    manage: str
    stray: str
    graced: bool = False


DEVICES: Final = Family(
    Device,
    DEVICE_TYPES,
    INSTALL,
    MANAGE_DEVICES,
    "is the code of a Mist Edge: claim it among the Mist Edges",
    graced=True,
)
EDGES: Final = Family(
    MistEdge, (DeviceType.MXEDGE,), MANAGE_MXEDGES, MANAGE_MXEDGES, "is not the code of a Mist Edge"
)


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


def claim(actor: Actor, family: Family, place: Placed, codes: Sequence[Any]) -> ClaimResult:
    """Claim units of a family by their codes; raises Invalid for more than 10,000 codes."""
    guesses = f"claim:unknown:{actor.id}"
    throttle.require_room(guesses, tries=_UNKNOWN_CODES, seconds=_GUESS_SECONDS)
    if len(codes) > MOST_CODES:
        raise Invalid({"codes": f"has {len(codes):,} claim codes; {MOST_CODES:,} are allowed at once"})
    if family.graced and isinstance(place, Site):
        Bounds(actor, place.org_id).require(place)
    wanted, errors = _read_codes(codes)
    won = _take_units(family, place.org_id, list(wanted))
    devices = [new_device(unit, place) for unit in won]
    Device.every.bulk_create(devices, batch_size=INSERTED_AT_ONCE)
    record_many(actor, "inventory.device.claimed", [Change(d, after=claimed(d)) for d in devices])
    taken = {unit.claim_code for unit in won}
    rest = {code: text for code, text in wanted.items() if code not in taken}
    # Whoever has a code is told that another organization has claimed it, and no more.
    with tenancy.across():
        known = {unit.claim_code: unit for unit in Unit.objects.filter(claim_code__in=list(rest))}
    duplicated = []
    for code, text in rest.items():
        unit = known.get(code)
        if unit is None:
            errors.append((text, "is not a known claim code"))
        elif unit.type not in family.types:
            errors.append((text, family.stray))
        elif unit.org_id == place.org_id:
            duplicated.append(unit_row(unit))
        else:
            errors.append((text, "belongs to another org"))
    unknown = len(rest) - len(known)
    if unknown:
        throttle.count(guesses, seconds=_GUESS_SECONDS, by=unknown)
    return ClaimResult([unit_row(unit) for unit in won], duplicated, errors)


def assign(
    actor: Actor, family: Family, site: Site, devices: Iterable[Any], refuse: Refuse | None = None
) -> BulkResult:
    """Place devices at a site; repeating it changes nothing. Raises Invalid for one closed to installers."""
    if family.graced:
        Bounds(actor, site.org_id).require(site)
    result = BulkResult()
    changes = []
    for device in together(actor, family, family.install, site.org_id, devices, result, refuse):
        result.success.append(device.mac)
        if device.site_id != site.id:
            before, device.site = {"site_id": device.site_id and str(device.site_id)}, site
            before |= taken_off(device)
            changes.append(Change(device, before, {"site_id": str(site.id)}, {"site": site.name}))
    _move(changes, site)
    record_many(actor, "inventory.device.assigned", changes)
    return result


def unassign(
    actor: Actor,
    family: Family,
    need: str,
    org_id: UUID,
    devices: Iterable[Any],
    refuse: Refuse | None = None,
) -> BulkResult:
    """Take devices from their sites; they stay in the organization."""
    result = BulkResult()
    found = together(actor, family, need, org_id, devices, result, refuse)
    result.success += [device.mac for device in found]
    placed = [device for device in found if device.site_id is not None]
    names = dict(Site.objects.filter(id__in={d.site_id for d in placed}).values_list("id", "name"))
    changes = [
        Change(
            device,
            {"site_id": str(device.site_id), **taken_off(device)},
            {"site_id": None},
            {"site": names[device.site_id]},
        )
        for device in placed
    ]
    _move(changes, None)
    record_many(actor, "inventory.device.unassigned", changes)
    return result


def release(
    actor: Actor, family: Family, org_id: UUID, devices: Iterable[Any], refuse: Refuse | None = None
) -> BulkResult:
    """Give devices up: site, name and history go, the claim codes can be claimed again by anybody."""
    result = BulkResult()
    gone = together(actor, family, family.manage, org_id, devices, result, refuse)
    macs = [device.mac for device in gone]
    images.forget_files(gone)
    record_many(actor, "inventory.device.released", [Change(d, before=claimed(d)) for d in gone])
    DeviceEvent.objects.filter(device_id__in=[device.id for device in gone]).delete()
    if any(device.type in CALLED for device in gone):
        # A member that said so only now, while these were waited for.
        Device.objects.filter(cluster_id__in=[device.id for device in gone]).update(cluster=None)
    family.model.objects.filter(id__in=[device.id for device in gone]).delete()
    Unit.objects.filter(mac__in=macs, org_id=org_id).update(org=None, claim=None, claimed_at=None)
    result.success += macs
    return result


def rename(
    actor: Actor, family: Family, org_id: UUID, names: Mapping[UUID, str], refuse: Refuse | None = None
) -> BulkResult:
    """Give each device its name; one that is too long or has control characters is an error of its own."""
    result = BulkResult()
    changes = []
    wanted = family.model.objects.filter(id__in=list(names), org_id=org_id)
    for device in locked(actor, family, family.install, org_id, wanted, result, refuse):
        problem = name_problem(names[device.id])
        if problem:
            result.errors.append((device.mac, problem))
            continue
        result.success.append(device.mac)
        before, device.name = device.name, names[device.id]
        if device.name != before:
            device.modified_time = timezone.now()
            changes.append(Change(device, {"name": before}, {"name": device.name}))
    targets = [change.target for change in changes]
    family.model.objects.bulk_update(targets, ["name", "modified_time"], batch_size=500)
    record_many(actor, "inventory.device.renamed", changes)
    return result


def new_device(unit: Unit, place: Placed) -> Device:
    """The device of a unit that an organization has just got."""
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


def claimed(device: Device) -> dict[str, Any]:
    """What an audit entry says of a device that came or went."""
    facts = {"mac": device.mac, "serial": device.serial, "model": device.model, "name": device.name}
    return {**facts, "site_id": device.site_id and str(device.site_id)}


def locked(
    actor: Actor,
    family: Family,
    need: str,
    org_id: UUID,
    devices: Iterable[Any],
    result: BulkResult,
    refuse: Refuse | None = None,
) -> list[Device]:
    """The devices as they are now, locked in one order; those gone, out of reach or refused become errors."""
    asked = {device.id: device.mac for device in devices}
    rows = family.model.objects.filter(id__in=list(asked), org_id=org_id).order_by("id").select_for_update()
    found = {device.id: device for device in rows}
    bounds, kept = Bounds(actor, org_id), []
    for device_id, mac in asked.items():
        device = found.get(device_id)
        if device is None:
            result.errors.append((mac, _GONE))
        elif not actor.can(need, device):
            result.errors.append((mac, _DENIED))
        elif family.graced and not bounds.covers(device):
            result.errors.append((mac, OUTSIDE))
        elif refuse and (reason := refuse(device)):
            result.errors.append((mac, reason))
        else:
            kept.append(device)
    return kept


def together(
    actor: Actor,
    family: Family,
    need: str,
    org_id: UUID,
    devices: Iterable[Any],
    result: BulkResult,
    refuse: Refuse | None = None,
) -> list[Device]:
    """The devices with all members of their clusters, locked; where one is refused, all of them are."""
    asked = {device.id: device for device in devices}
    known = family.model.objects.filter(org_id=org_id)
    clustered = known.filter(id__in=list(asked), cluster__isnull=False).order_by()
    clusters = list(clustered.values_list("cluster_id", flat=True).distinct())
    if not clusters:
        return locked(actor, family, need, org_id, asked.values(), result, refuse)
    members = {one.id: one for one in known.filter(cluster_id__in=clusters)}
    kept = locked(actor, family, need, org_id, {**asked, **members}.values(), result, refuse)
    why = dict(result.errors)
    broken = {one.cluster_id: why[one.mac] for one in members.values() if one.mac in why}
    result.errors = [(mac, reason) for mac, reason in result.errors if device_id_of(mac) in asked]
    for device in kept:
        if device.cluster_id in broken and device.id in asked:
            reason = broken[device.cluster_id]
            result.errors.append((device.mac, f"another member of its {CALLED[device.type]}: {reason}"))
    return [device for device in kept if device.cluster_id not in broken]


def update(changes: Sequence[Change], **columns: Any) -> None:
    """Write columns of the devices that changed."""
    if changes:
        ids = [change.target.id for change in changes]
        Device.every.filter(id__in=ids).update(**columns, modified_time=timezone.now())


def _move(changes: Sequence[Change], site: Site | None) -> None:
    """Write the site of devices that changed; those that were on a floorplan of the old one are on none."""
    update(changes, site=site)
    off = [change.target for change in changes if change.before and "map_id" in change.before]
    Device.every.bulk_update(off, ["body"], batch_size=500)


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


def _take_units(family: Family, org_id: UUID, codes: list[str]) -> list[Unit]:
    free = Unit.objects.filter(claim_code__in=codes, org=None, type__in=family.types)
    # Locked in one order by everybody, so that two large claims wait for each other and never deadlock.
    macs = list(free.order_by("mac").select_for_update().values_list("mac", flat=True))
    claim = uuid.uuid4()
    Unit.objects.filter(mac__in=macs, org=None).update(org_id=org_id, claim=claim, claimed_at=timezone.now())
    won = {unit.claim_code: unit for unit in Unit.objects.filter(claim=claim).defer("secret")}
    return [won[code] for code in codes if code in won]
