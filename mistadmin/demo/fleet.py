"""The demo organization as a newcomer finds it: the hospital with its rules, its access points calling in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from inventory import actions as inventory
from inventory.manufacturing import MadeUnit, claimed_labels, claimed_units, make_units
from inventory.queries import devices_by_mac
from mistadmin.core.access import Actor
from mistadmin.core.resources import catalog
from mistadmin.demo.scenario import Bound, bind, count_models, load_scenario, reports
from orgs.actions import update_setting
from orgs.docs import create_doc
from orgs.models import Org
from sites.actions import create_site
from sites.queries import get_site, list_sites

FILE: Final = "demo_fleet.json"
SOLD: Final = "demo_sold.json"
_ACTOR: Final = Actor.system("demo")


@transaction.atomic
def furnish(org: Org, home: Path) -> None:
    """Give an empty organization the hospital's sites, profiles, rules and claimed devices.

    What the devices report is written to FILE in `home`, for the simulator.
    """
    scenario = load_scenario()
    for values in scenario["sites"]:
        create_site(_ACTOR, org, values=values)
    resource = catalog()["deviceprofiles"]
    profiles = {
        one["name"]: create_doc(_ACTOR, org, resource=resource, values=one)
        for one in scenario["deviceprofiles"]
    }
    update_setting(_ACTOR, org, changes=scenario["setting"])
    bound = bind(scenario["devices"], _manufacture(scenario["devices"]))
    inventory.claim_devices(_ACTOR, org, codes=[one.unit["claim_code"] for one in bound])
    _prepare(org, bound, profiles)
    _write(home, reports(bound))


def calling(org: Org, home: Path) -> Path | None:
    """The file for the simulator, cut down to the devices that the organization still owns; None without."""
    file = home / FILE
    if not file.exists():
        return None
    claimed = {unit.mac for unit in claimed_units(_ACTOR, org)}
    entries = json.loads(file.read_text("utf-8"))
    left = [entry for entry in entries if entry["mac"] in claimed]
    if len(left) < len(entries):
        _write(home, left)
    return file if left else None


def sold(org: Org, home: Path) -> Path:
    """The file for the stand-in of the account service: what the organization has claimed by now."""
    file = home / SOLD
    labels = claimed_labels(_ACTOR, org)
    file.write_text(json.dumps([{"serial": serial, "model": model} for serial, model in labels]), "utf-8")
    return file


def _manufacture(devices: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    made: list[MadeUnit] = []
    for model, count in count_models(devices).items():
        made += make_units(_ACTOR, model=model, count=count)
    return [{"mac": unit.mac, "model": unit.model, "claim_code": unit.claim_code} for unit in made]


def _prepare(org: Org, bound: Iterable[Bound], profiles: Mapping[str, Any]) -> None:
    """What the hospital's administrators did by hand before the first check-in."""
    prepared = {one.mac: one.before for one in bound if one.before}
    sites = {row["name"]: row["id"] for row in list_sites(_ACTOR, org)}
    devices, _ = devices_by_mac(_ACTOR, org, list(prepared))
    names = {device.id: prepared[device.mac].get("name", "") for device in devices}
    inventory.name_devices(_ACTOR, org, names={key: name for key, name in names.items() if name})
    for device in devices:
        before = prepared[device.mac]
        if "site" in before:
            site = get_site(_ACTOR, sites[before["site"]])
            inventory.assign_devices(_ACTOR, site, devices=[device])
        if "profile" in before:
            inventory.assign_profile(_ACTOR, org, profile=profiles[before["profile"]], devices=[device])


def _write(home: Path, entries: list[dict[str, Any]]) -> None:
    (home / FILE).write_text(json.dumps(entries), encoding="utf-8")
