"""Ekahau projects (.esx): zips of JSON documents and pictures, read within limits, never unpacked to disk.

What is read of one: floorPlans.json, images.json and the members image-ID; accessPoints.json with
simulatedRadios.json, measuredRadios.json and accessPointMeasurements.json.
"""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, BinaryIO, Final, TypeVar

from pydantic import Field, FiniteFloat

from mistadmin.core.errors import Invalid
from mistadmin.core.http import read_json
from mistadmin.core.shapes import Request, parse

MOST_PLANS: Final = 50
MOST_POINTS: Final = 5_000
_MOST_RECORDS: Final = 100_000
_MB: Final = 2**20
_MOST_JSON: Final = 10 * _MB
_MOST_PICTURE: Final = 30 * _MB
_MOST_PICTURES: Final = 100 * _MB
# What the list of members of a zip may take: some 20,000 of them.
_MOST_LIST: Final = 2 * _MB
_END, _END_SIZE, _COMMENT = b"PK\x05\x06", 22, 2**16
_LOCATOR, _LOCATOR_SIZE = b"PK\x06\x07", 20
# zipfile raises NotImplementedError for a way of packing that it does not know.
_DAMAGED: Final = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(EOFError, NotImplementedError, RuntimeError, OSError),
)
Text = Annotated[str, Field(max_length=1000)]
Id = Annotated[str, Field(max_length=64, pattern=r"^[\w-]+$")]
Pixels = Annotated[FiniteFloat, Field(ge=1, le=1_000_000)]
M = TypeVar("M", bound=Request)


class _FloorPlan(Request):
    id: Id
    name: Text = ""
    width: Pixels
    height: Pixels
    metersPerUnit: FiniteFloat | None = None
    imageId: Id | None = None
    # Of a drawing: the same as pixels.
    bitmapImageId: Id | None = None


class _FloorPlans(Request):
    floorPlans: Annotated[list[_FloorPlan], Field(max_length=MOST_PLANS)]


class _Coord(Request):
    x: FiniteFloat
    y: FiniteFloat


class _Location(Request):
    floorPlanId: Id
    coord: _Coord


class _AccessPoint(Request):
    id: Id
    name: Text = ""
    location: _Location | None = None


class _AccessPoints(Request):
    accessPoints: Annotated[list[_AccessPoint], Field(max_length=MOST_POINTS)] = []


class _Simulated(Request):
    accessPointId: Id
    antennaHeight: FiniteFloat | None = None
    antennaDirection: FiniteFloat | None = None


class _SimulatedRadios(Request):
    simulatedRadios: Annotated[list[_Simulated], Field(max_length=_MOST_RECORDS)] = []


class _Measured(Request):
    accessPointId: Id
    accessPointMeasurementIds: list[Id] = []


class _MeasuredRadios(Request):
    measuredRadios: Annotated[list[_Measured], Field(max_length=_MOST_RECORDS)] = []


class _Measurement(Request):
    id: Id
    mac: Text = ""


class _Measurements(Request):
    accessPointMeasurements: Annotated[list[_Measurement], Field(max_length=_MOST_RECORDS)] = []


@dataclass(frozen=True, slots=True)
class FloorPlan:
    """A floor plan: its size in its own pixels, pixels per metre if known, and the file of its picture."""

    id: str
    name: str
    width: int
    height: int
    ppm: float | None
    picture: bytes


@dataclass(frozen=True, slots=True)
class PlannedPoint:
    """An access point on a floor plan in its pixels; height in metres, orientation in degrees."""

    plan_id: str
    name: str
    x: float
    y: float
    height: float | None = None
    orientation: int | None = None
    macs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """What is imported of a project."""

    plans: list[FloorPlan] = field(default_factory=list)
    points: list[PlannedPoint] = field(default_factory=list)


def read_project(file: BinaryIO) -> Project:
    """An Ekahau project out of its file; raises Invalid on `file` for anything else and what is too large."""
    _check_list(file)
    try:
        with zipfile.ZipFile(file) as packed:
            return _project(packed)
    except _DAMAGED:
        raise Invalid({"file": "is a damaged or encrypted Ekahau project"}) from None


def _project(packed: zipfile.ZipFile) -> Project:
    if "floorPlans.json" not in packed.NameToInfo:
        raise Invalid({"file": "is a zip file, and no Ekahau project: it has no floorPlans.json"})
    plans, size = [], 0
    for one in _document(packed, "floorPlans.json", _FloorPlans).floorPlans:
        plans.append(_plan(packed, one))
        size += len(plans[-1].picture)
        if size > _MOST_PICTURES:
            raise Invalid({"file": f"has pictures of more than {_MOST_PICTURES // _MB} MB unpacked"})
    return Project(plans, _points(packed))


def _plan(packed: zipfile.ZipFile, told: _FloorPlan) -> FloorPlan:
    picture = None
    for image_id in (told.bitmapImageId, told.imageId):
        if picture is None and image_id:
            picture = _member(packed, f"image-{image_id}", _MOST_PICTURE)
    if picture is None:
        raise Invalid({"file": f"has no picture for its floor plan {told.name!r}"})
    ppm = round(1 / told.metersPerUnit, 6) if told.metersPerUnit and told.metersPerUnit > 0 else None
    name = " ".join(told.name.split())[:240] or "Floorplan"
    return FloorPlan(told.id, name, round(told.width), round(told.height), ppm, picture)


def _points(packed: zipfile.ZipFile) -> list[PlannedPoint]:
    radios: dict[str, _Simulated] = {}
    for radio in _document(packed, "simulatedRadios.json", _SimulatedRadios).simulatedRadios:
        # An access point has a radio for each band; the first says how it hangs.
        radios.setdefault(radio.accessPointId, radio)
    macs = _measured_macs(packed)
    return [
        PlannedPoint(
            plan_id=one.location.floorPlanId,
            name=one.name,
            x=round(one.location.coord.x, 3),
            y=round(one.location.coord.y, 3),
            height=_height(radios.get(one.id)),
            orientation=_orientation(radios.get(one.id)),
            macs=macs.get(one.id, ()),
        )
        for one in _document(packed, "accessPoints.json", _AccessPoints).accessPoints
        if one.location
    ]


def _measured_macs(packed: zipfile.ZipFile) -> dict[str, tuple[str, ...]]:
    measured = _document(packed, "accessPointMeasurements.json", _Measurements).accessPointMeasurements
    heard = {one.id: one.mac for one in measured}
    found: dict[str, tuple[str, ...]] = {}
    for radio in _document(packed, "measuredRadios.json", _MeasuredRadios).measuredRadios:
        macs = tuple(heard[one] for one in radio.accessPointMeasurementIds if heard.get(one))
        found[radio.accessPointId] = found.get(radio.accessPointId, ()) + macs
    return found


def _height(radio: _Simulated | None) -> float | None:
    return radio.antennaHeight if radio else None


def _orientation(radio: _Simulated | None) -> int | None:
    return round(radio.antennaDirection) % 360 if radio and radio.antennaDirection is not None else None


def _document(packed: zipfile.ZipFile, name: str, model: type[M]) -> M:
    """A JSON member, checked; an absent one is an empty one."""
    raw = _member(packed, name, _MOST_JSON)
    try:
        data: Any = {} if raw is None else read_json(raw)
        if not isinstance(data, Mapping):
            raise Invalid("is no JSON object")
        return parse(model, data)
    except Invalid as error:
        told = next((f"{path}: {why}" for path, why in error.fields.items()), str(error))
        raise Invalid({"file": f"{name} cannot be read: {told}"}) from None


def _member(packed: zipfile.ZipFile, name: str, most: int) -> bytes | None:
    """The content of a member; its head may say anything, so that only what comes out is counted."""
    info = packed.NameToInfo.get(name)
    if info is None:
        return None
    with packed.open(info) as member:
        content = member.read(most + 1)
    if len(content) > most:
        raise Invalid({"file": f"{name} is larger than {most // _MB} MB unpacked"})
    return content


def _check_list(file: BinaryIO) -> None:
    """Refuse a zip whose list of members is huge before it is read: each member costs memory."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(max(0, size - _END_SIZE - _COMMENT - _LOCATOR_SIZE))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise Invalid({"file": "is a damaged zip file"})
    listed = int.from_bytes(tail[at + 12 : at + 16], "little")
    is_large = tail[max(0, at - _LOCATOR_SIZE) : at].startswith(_LOCATOR)
    if listed > _MOST_LIST or is_large:
        raise Invalid({"file": "has more members than an Ekahau project"})
    file.seek(0)
