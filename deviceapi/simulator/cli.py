"""`mistadmin simulate`: start the claimed fleet of an organization."""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError

from deviceapi.simulator.connection import Target
from deviceapi.simulator.device import Device, Facts, Unit, plausible_facts
from deviceapi.simulator.fleet import Fleet, Plan
from inventory.actions import ADOPTABLE
from inventory.adopt_commands import read_credential
from inventory.adoption import Credential
from inventory.identifiers import mac_of
from inventory.manufacturing import MadeUnit, adoptable_units, claimed_units
from mistadmin.core.access import Actor
from mistadmin.core.errors import Invalid, Refusal
from orgs.queries import find_org

_OPERATOR = Actor.system("simulate")
_NO_UNITS = "No switch and no WAN edge is unclaimed; `mistadmin units make` manufactures them."
_SECRET = re.compile("[0-9a-f]{64}")
_COLUMNS = ("mac", "serial", "model", "type", "claim_code", "secret")


def main(argv: Sequence[str]) -> int:
    """Run the fleet until told to stop; 0, or 1 when --once missed a device, or 2 for bad options."""
    options = _options(argv)
    try:
        org_id, units = _joining(options) if options.adopt else _units(options)
        devices = _devices(units, _scenario(options.scenario))[: options.count]
        if not devices:
            raise Invalid(_NO_UNITS if options.adopt else f"{options.org} has no claimed devices.")
        credential = _credential(options.adopt, org_id)
        for device in devices:
            device.joining = credential
        for stack in options.stack:
            _stack(devices, stack)
        target = Target(options.url or settings.BASE_URL)
    except (Refusal, DatabaseError, OSError, ValueError) as error:
        print(f"mistadmin simulate: {error}", file=sys.stderr)
        return 2
    say = _mute if options.quiet else _say
    fleet = Fleet(devices, target, Plan(org_id, options.interval, options.once), say)
    return _run(fleet, "adopted" if options.adopt else "checked in")


def _run(fleet: Fleet, done: str) -> int:
    stop_signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: fleet.stop()) for number in stop_signals]
    try:
        fleet.run()
    finally:
        for number, handler in zip(stop_signals, before, strict=True):
            signal.signal(number, handler)
    members = fleet.members
    if not fleet.once:
        return 0
    print(f"{len(fleet.accepted)} of {len(members)} devices {done}")
    return 0 if members and len(fleet.accepted) == len(members) else 1


def _units(options: argparse.Namespace) -> tuple[UUID, list[Unit]]:
    """The organization's id and the units that may belong to it."""
    if not options.secrets:
        org = find_org(_OPERATOR, options.org)
        return org.id, list(claimed_units(_OPERATOR, org))
    units = _read_units(options.secrets)
    try:
        # A file of secrets and an id need no database: the server may be elsewhere.
        return UUID(options.org), units
    except ValueError:
        org = find_org(_OPERATOR, options.org)
    claimed = {unit.mac for unit in claimed_units(_OPERATOR, org)}
    return org.id, [unit for unit in units if unit.mac in claimed]


def _joining(options: argparse.Namespace) -> tuple[UUID, list[Unit]]:
    """The organization's id and the switches and WAN edges that are to join it."""
    try:
        org_id = UUID(options.org)
    except ValueError:
        org_id = find_org(_OPERATOR, options.org).id
    units = _read_units(options.secrets) if options.secrets else adoptable_units(_OPERATOR)
    return org_id, [unit for unit in units if unit.type in ADOPTABLE]


def _credential(given: str | None, org_id: UUID) -> Credential | None:
    """What to join with: the text of a file, of standard input for "-", or what was given itself."""
    if given is None:
        return None
    text = _text(given)
    if _SECRET.fullmatch(text.strip()):
        return Credential(str(org_id), text.strip())
    found = read_credential(text)
    if found is None or not found.scope.startswith(str(org_id)):
        raise Invalid("--adopt takes adopt commands of this organization, a registration code or a secret.")
    return found


def _text(given: str) -> str:
    if given == "-":
        return sys.stdin.read()
    return Path(given).read_text("utf-8") if os.path.isfile(given) else given


def _read_units(name: str) -> list[Unit]:
    with open(name, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = set(_COLUMNS) - set(reader.fieldnames or ())
        if missing:
            raise Invalid(
                f"{name} has no column {', '.join(sorted(missing))}; `mistadmin units make` writes it."
            )
        return [MadeUnit(*(row[column] or "" for column in _COLUMNS)) for row in reader]


def _scenario(name: str | None) -> dict[str, Facts] | None:
    """What each device of the scenario reports, by MAC."""
    if name is None:
        return None
    with open(name, encoding="utf-8") as file:
        entries = json.load(file)
    if not isinstance(entries, list):
        raise Invalid(f"{name} must hold a JSON list of devices.")
    return dict(_entry(name, number, entry) for number, entry in enumerate(entries, start=1))


def _entry(name: str, number: int, entry: Any) -> tuple[str, Facts]:
    mac = mac_of(entry.get("mac")) if isinstance(entry, Mapping) else None
    if mac is None:
        raise Invalid(f"{name}: device {number} has no MAC address.")
    uptime = entry.get("uptime", 0)
    if not isinstance(uptime, int) or uptime < 0:
        raise Invalid(f"{name}: device {number} has an uptime that is no number of seconds.")
    return mac, {key: value for key, value in entry.items() if key != "mac"}


def _devices(units: Iterable[Unit], scenario: Mapping[str, Facts] | None) -> list[Device]:
    if scenario is None:
        return [Device(unit, plausible_facts(unit)) for unit in units]
    by_mac = {unit.mac: unit for unit in units}
    strangers = [mac for mac in scenario if mac not in by_mac]
    if strangers:
        shown = ", ".join(strangers[:5])
        raise Invalid(f"{len(strangers)} devices of the scenario are not among the claimed units: {shown}")
    return [Device(by_mac[mac], facts) for mac, facts in scenario.items()]


# What the members of a virtual chassis and of an HA cluster are, the one that stands for them first.
_ROLES = {"switch": ("master", "backup", "linecard"), "gateway": ("primary", "secondary")}


def _stack(devices: Iterable[Device], text: str) -> None:
    """Have the devices with these MACs say that they are one, and that the first stands for them."""
    macs = [mac_of(part) for part in text.split(",")]
    by_mac = {device.mac: device for device in devices}
    members = [by_mac[mac] for mac in macs if mac in by_mac]
    roles = _ROLES.get(members[0].unit.type) if members else None
    if len(members) != len(macs) or roles is None or len({one.unit.type for one in members}) > 1:
        raise Invalid(f"--stack {text}: are not all switches, or all WAN edges, among the devices that call.")
    for number, member in enumerate(members):
        role = roles[min(number, len(roles) - 1)]
        member.facts = {**member.facts, "vc": {"mac": members[0].mac, "role": role}}


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mistadmin simulate", description=__doc__)
    parser.add_argument("--org", required=True, metavar="NAME|ID", help="the organization whose devices call")
    parser.add_argument("--url", help="the server (default: this instance's own address)")
    parser.add_argument(
        "--secrets",
        metavar="CSV",
        help="units as `units make` wrote them (default: this instance's database)",
    )
    parser.add_argument(
        "--adopt",
        metavar="FILE|TEXT",
        help="let unclaimed switches and WAN edges join: a file (- is standard input) with the adopt "
        "commands, or a registration code, or the secret",
    )
    parser.add_argument("--scenario", metavar="FILE", help="JSON list of what each device, by MAC, reports")
    parser.add_argument(
        "--stack",
        action="append",
        default=[],
        metavar="MAC,MAC",
        help="these switches are one virtual chassis, or these WAN edges one HA cluster; may be repeated",
    )
    parser.add_argument(
        "--interval", type=_positive, metavar="SECONDS", help="between calls (default: as the server says)"
    )
    parser.add_argument("--once", action="store_true", help="every device checks in once")
    parser.add_argument("--quiet", action="store_true", help="say nothing of the calls")
    parser.add_argument("--count", type=_natural, metavar="N", help="only the first N devices")
    return parser.parse_args(argv)


def _positive(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError("must be more than 0 seconds")
    return seconds


def _natural(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _mute(_line: str) -> None:
    """Nobody wants to hear of the calls."""
