"""What is uploaded to import floorplans: a picture or an Ekahau project, a CSV file of names, and options."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any, Final, Literal
from uuid import uuid4

from inventory.ekahau import FloorPlan, PlannedPoint, Project, read_project
from inventory.identifiers import mac_of
from mistadmin.core.cells import read_cell
from mistadmin.core.errors import Invalid
from mistadmin.core.pictures import Plan, drawn_plan, is_picture
from mistadmin.core.shapes import OptionalId, Request
from mistadmin.core.text import lowered

MOST_ROWS: Final = 5_000
# Pixels of all pictures of one file, in millions: they are unpacked one after the other while somebody waits.
_MOST_MEGAPIXELS: Final = 250
# As they are called in Mist's format, and shorter.
_HEADS: Final = {
    "vendor ap name": "name",
    "name": "name",
    "mist ap mac": "mac",
    "mac": "mac",
    "map": "map",
    "x": "x",
    "y": "y",
}


class ImportOptions(Request):
    """The part `json` of an import; `site_id` is asked for where the address names no site."""

    vendor_name: Literal["ekahau", "ibwave"] | None = None
    import_all_floorplans: bool = False
    import_height: bool = True
    import_orientation: bool = True
    site_id: OptionalId = None


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A row of the CSV file: the name in the project with the MAC address here, or a place on a floorplan."""

    number: int
    name: str = ""
    mac: str = ""
    map: str = ""
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload that was understood: floor plans with their pictures drawn, points, and rows of names."""

    options: ImportOptions
    plans: list[tuple[FloorPlan, Plan]] = field(default_factory=list)
    points: list[PlannedPoint] = field(default_factory=list)
    rows: list[NamedRow] = field(default_factory=list)
    is_project: bool = False


def read_upload(file: Any, name: str, names: bytes | None, options: ImportOptions) -> Upload:
    """What an import asks for; `file` is binary and can be sought in, None when none was sent.

    Raises Invalid on `file` or `csv` for what is not understood or too large.
    """
    if file is None:
        raise Invalid({"file": "is required: a picture, or an Ekahau project (.esx)"})
    if options.vendor_name == "ibwave":
        raise Invalid(
            {"json.vendor_name": "iBwave projects are not read: export the floor plans as PNG or JPEG"}
        )
    rows = [] if names is None else _rows(names)
    head = file.read(16)
    file.seek(0)
    is_project = head.startswith(b"PK")
    if is_project:
        project = read_project(file)
    elif is_picture(head):
        project = _picture(file.read(), name)
    else:
        raise Invalid({"file": "is neither a picture (JPEG, PNG or WebP) nor an Ekahau project (.esx)"})
    plans = _drawn(_uniquely_named(project.plans), is_project)
    return Upload(options, plans, [*_placed(rows, plans), *project.points], rows, is_project)


def _picture(raw: bytes, name: str) -> Project:
    stem = " ".join("".join(c if c.isprintable() else " " for c in PurePath(name).stem).split())
    return Project([FloorPlan(str(uuid4()), stem[:240] or "Floorplan", 0, 0, None, raw)])


def _uniquely_named(plans: Sequence[FloorPlan]) -> list[FloorPlan]:
    """The plans with a name each; buildings have floors of one name."""
    named: dict[str, FloorPlan] = {}
    for plan in plans:
        name, number = plan.name, 1
        while lowered(name) in named:
            number += 1
            name = f"{plan.name} ({number})"
        named[lowered(name)] = replace(plan, name=name)
    return list(named.values())


def _drawn(plans: Sequence[FloorPlan], is_project: bool) -> list[tuple[FloorPlan, Plan]]:
    drawn, pixels = [], 0
    for one in plans:
        try:
            plan = drawn_plan(one.picture)
        except Invalid as error:
            where = f"has a floor plan {one.name!r} whose picture " if is_project else ""
            raise Invalid({"file": f"{where}{error.fields['file']}"}) from None
        pixels += plan.width * plan.height
        if pixels > _MOST_MEGAPIXELS * 1_000_000:
            raise Invalid({"file": f"has pictures of more than {_MOST_MEGAPIXELS} megapixels together"})
        if is_project:
            # It counts in pixels of its own, whatever the picture has.
            plan = replace(plan, width=one.width, height=one.height)
        drawn.append((replace(one, picture=b""), plan))
    return drawn


def _placed(rows: Sequence[NamedRow], plans: Sequence[tuple[FloorPlan, Plan]]) -> list[PlannedPoint]:
    """The places that the CSV file names."""
    by_name = {lowered(one.name): one.id for one, _ in plans}
    found = []
    for row in rows:
        if row.x is None or row.y is None:
            continue
        plan_id = by_name.get(lowered(row.map)) if row.map else (plans[0][0].id if len(plans) == 1 else None)
        if plan_id is None:
            raise Invalid({"csv": f"row {row.number}: map: names none of the floorplans of the file"})
        found.append(PlannedPoint(plan_id, row.name, row.x, row.y, macs=(row.mac,) if row.mac else ()))
    return found


def _rows(raw: bytes) -> list[NamedRow]:
    try:
        text = raw.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise Invalid({"csv": "is no CSV file in UTF-8"}) from None
    if "\0" in text:
        raise Invalid({"csv": "has NUL characters"})
    head = [cell.strip().lower() for cell in lines[0]] if lines else []
    columns = [_HEADS.get(name) for name in head]
    if None in columns or not {"name", "mac"} & set(columns) or len(set(columns)) < len(columns):
        raise Invalid(
            {"csv": "must begin with the columns Vendor AP name and Mist AP Mac, and may have map, x and y"}
        )
    filled = [(number, line) for number, line in enumerate(lines[1:], start=2) if any(line)]
    if len(filled) > MOST_ROWS:
        raise Invalid({"csv": f"has {len(filled):,} rows; {MOST_ROWS:,} are allowed at once"})
    return [_row(number, [str(one) for one in columns], line) for number, line in filled]


def _row(number: int, columns: Sequence[str], line: Sequence[str]) -> NamedRow:
    if len(line) > len(columns):
        raise Invalid({"csv": f"row {number}: has {len(line)} cells under {len(columns)} columns"})
    cells: dict[str, Any] = {name: read_cell(cell).strip() for name, cell in zip(columns, line, strict=False)}
    if cells.get("mac"):
        mac = mac_of(cells["mac"])
        if mac is None:
            raise Invalid({"csv": f"row {number}: {cells['mac'][:32]!r} is no MAC address"})
        cells["mac"] = mac
    for axis in ("x", "y"):
        cells[axis] = _number(number, axis, cells.get(axis, ""))
    if (cells["x"] is None) != (cells["y"] is None):
        raise Invalid({"csv": f"row {number}: x and y belong together"})
    return NamedRow(number, **cells)


def _number(number: int, axis: str, text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Invalid({"csv": f"row {number}: {axis} must be a number"})
    return value
