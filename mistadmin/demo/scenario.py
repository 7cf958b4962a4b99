"""The scenario file, the expected placement, and the comparison of what came with what was expected."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
_REPORTED: Final = ("model", "ip", "netmask", "lldp", "dns_suffix", "version", "uptime")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a device is, by names; an empty text means none."""

    site: str
    profile: str
    name: str


@dataclass(frozen=True, slots=True)
class Bound:
    """A device of the scenario and the manufactured unit that plays it."""

    ref: str
    device: Mapping[str, Any]
    unit: Mapping[str, str]

    @property
    def mac(self) -> str:
        return self.unit["mac"]

    @property
    def before(self) -> Mapping[str, str]:
        before: Mapping[str, str] = self.device.get("before", {})
        return before


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the final table."""

    ref: str
    expected: Placement
    came: Placement | None
    why: str

    @property
    def right(self) -> bool:
        return self.came == self.expected


def load_scenario() -> dict[str, Any]:
    """The hospital, in the shape this package's docstring tells."""
    scenario: dict[str, Any] = json.loads((HERE / "hospital.json").read_text("utf-8"))
    return scenario


def load_expected() -> dict[str, tuple[Placement, str]]:
    """ref -> where the device must end up, and why."""
    with (HERE / "hospital_expected.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["ref"]: (Placement(row["site"], row["profile"], row["name"]), row["why"])
            for row in csv.DictReader(file)
        }


def count_models(devices: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """How many units of each model the devices need."""
    return Counter(device["model"] for device in devices)


def bind(devices: Iterable[Mapping[str, Any]], units: Iterable[Mapping[str, str]]) -> list[Bound]:
    """Give device i of a model the i-th unit of that model; raises ValueError when units run out."""
    stock: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for unit in units:
        stock[unit["model"]].append(unit)
    taken: Counter[str] = Counter()
    bound = []
    for device in devices:
        model = device["model"]
        if taken[model] == len(stock[model]):
            raise ValueError(f"{device['ref']} finds no {model} left among {taken[model]} manufactured")
        bound.append(Bound(device["ref"], device, stock[model][taken[model]]))
        taken[model] += 1
    return bound


def reports(bound: Iterable[Bound]) -> list[dict[str, Any]]:
    """What each unit tells when it checks in: the simulator's scenario file."""
    return [
        {"mac": one.mac, **{key: one.device[key] for key in _REPORTED if key in one.device}} for one in bound
    ]


def compare(bound: Iterable[Bound], came: Mapping[str, Placement]) -> list[Line]:
    """One line per device; `came` is keyed by MAC."""
    expected = load_expected()
    return [Line(one.ref, expected[one.ref][0], came.get(one.mac), expected[one.ref][1]) for one in bound]


def table(lines: Iterable[Line]) -> str:
    """Expected beside came, with the reason; a line that differs starts with `!`."""
    head = f"  {'ref':<5} {'expected: site / profile / name':<58} {'came':<58} why"
    return "\n".join([head, *(_row(line) for line in lines)])


def condensed(lines: Iterable[Line]) -> str:
    """How many devices came as expected, per site and profile."""
    places = (line.expected for line in lines if line.right)
    counts = Counter((place.site or "-", place.profile or "-") for place in places)
    rows = [f"  {site:<14} {profile:<14} {count:>4}" for (site, profile), count in sorted(counts.items())]
    return "\n".join([f"  {'site':<14} {'profile':<14} as expected", *rows])


def _row(line: Line) -> str:
    mark = " " if line.right else "!"
    came = "not in the inventory" if line.came is None else _text(line.came)
    return f"{mark} {line.ref:<5} {_text(line.expected):<58} {came:<58} {line.why}"


def _text(placement: Placement) -> str:
    return " / ".join(part or "-" for part in (placement.site, placement.profile, placement.name))
