"""Change the configuration of many devices of a site at once, each in its own way (importSiteDevices)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from audit.log import Change, record_many
from inventory.configuration import (
    INSTALLED,
    changed,
    changed_keys,
    configure,
    profile_types,
    written,
)
from inventory.grace import OUTSIDE, Bounds
from inventory.imports import DeviceRow
from inventory.models import Device
from inventory.places import locked_maps
from inventory.shapes import configuration_of
from mistadmin.core.access import INSTALL, MANAGE_DEVICES, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid
from sites.models import Site


@action(needs=INSTALL)
def import_devices(actor: Actor, site: Site, *, rows: Sequence[DeviceRow]) -> list[Device]:
    """Lay what each row says over the configuration of its device; all of them or, with one bad row, none.

    Returns the devices in the order of the rows. Raises Invalid naming every bad row with its number.
    """
    macs = [row.mac for row in rows]
    maps = locked_maps(site.org_id, (row.changes.get("map_id") for row in rows))
    found = Device.objects.select_for_update().filter(org_id=site.org_id, site_id=site.id, mac__in=macs)
    devices = {device.mac: device for device in found.order_by("id")}
    before = {mac: configuration_of(device) for mac, device in devices.items()}
    problems, after = _read(rows, before)
    bounds = Bounds(actor, site.org_id)
    profiles = profile_types(site.org_id, after.values())
    for row in rows:
        if row.mac in after and not bounds.covers(devices[row.mac]):
            problems[_name(row)] = OUTSIDE
        elif row.mac in after:
            try:
                configure(devices[row.mac], after[row.mac], profiles, maps)
            except Invalid as error:
                problems[_name(row)] = _told(error)
    if problems:
        raise Invalid(problems)
    keys = set().union(*(changed_keys(before[mac], after[mac]) for mac in after))
    if keys - INSTALLED:
        actor.require(MANAGE_DEVICES, site)
    changes = [Change(devices[mac], before[mac], after[mac]) for mac in after if before[mac] != after[mac]]
    Device.objects.bulk_update([one.target for one in changes], written(keys), batch_size=250)
    record_many(actor, "inventory.device.updated", changes)
    return [devices[mac] for mac in after]


def _read(
    rows: Sequence[DeviceRow], before: Mapping[str, dict[str, Any]]
) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """What is wrong with which row, and the configurations that the good ones ask for."""
    problems: dict[str, str] = {}
    after: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.problem:
            problems[_name(row)] = row.problem
        elif row.mac not in before:
            problems[_name(row)] = f"mac: {row.mac} is not at this site"
        elif row.mac in after:
            problems[_name(row)] = f"mac: {row.mac} is in a row before"
        else:
            try:
                after[row.mac] = changed(before[row.mac], _laid(before[row.mac], row.changes))
            except Invalid as error:
                problems[_name(row)] = _told(error)
    return problems, after


def _laid(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes with the radio settings that they do not name: a file says a part of them."""
    sent, stored = changes.get("radio_config"), before.get("radio_config")
    if not isinstance(sent, dict) or not isinstance(stored, dict):
        return dict(changes)
    radio = dict(stored)
    for key, value in sent.items():
        known = stored.get(key)
        radio[key] = {**known, **value} if isinstance(value, dict) and isinstance(known, dict) else value
    return {**changes, "radio_config": radio}


def _name(row: DeviceRow) -> str:
    return f"row {row.number}"


def _told(error: Invalid) -> str:
    return "; ".join(f"{field}: {problem}" for field, problem in error.fields.items()) or str(error)
