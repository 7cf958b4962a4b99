"""The request model of floorplans, and rows as the API spells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from django.conf import settings
from pydantic import BeforeValidator, Field, FiniteFloat, NonNegativeInt

from mistadmin.core.shapes import Doc, Name, epoch

# Pixels of a side: more than any picture that is taken, and small enough to be counted with.
MOST_PIXELS: Final = 1_000_000
_MOST_NODES: Final = 10_000
# What the product works out; clients send it back as they read it.
FACTS: Final = frozenset({"url", "thumbnail_url", "flags"})
_DEFAULTS: Final = {"type": "image", "orientation": 0, "locked": False}

Pixels = Annotated[int, Field(ge=1, le=MOST_PIXELS)]
Metres = Annotated[FiniteFloat, Field(gt=0, le=100_000)]


def _degrees(most: int) -> Any:
    def checked(value: Any) -> Any:
        # The API spells degrees as texts; clients send numbers as well.
        text = str(value)
        try:
            inside = -most <= float(text) <= most
        except ValueError:
            inside = False
        if not inside:
            raise ValueError(f"must be degrees from -{most} to {most}")
        return text

    return BeforeValidator(checked)


class Corner(Doc):
    """Where a corner of a map of the world is, in degrees as texts."""

    lat: Annotated[str, _degrees(90)]
    lng: Annotated[str, _degrees(180)]


class Position(Doc):
    """A place on a map in pixels."""

    x: FiniteFloat
    y: FiniteFloat


class Node(Doc):
    """A point of a path and where the path goes on from there."""

    name: Annotated[str, Field(max_length=255)]
    position: Position | None = None
    edges: dict[str, str] | None = None


class Path(Doc):
    """A path of walls, of ways or of a survey."""

    coordinate: Annotated[str, Field(max_length=64)] | None = None
    nodes: Annotated[list[Node], Field(max_length=_MOST_NODES)] | None = None


class SurveyPath(Path):
    """A path that somebody walks to measure."""

    id: UUID | None = None
    name: Annotated[str, Field(max_length=255)] | None = None


class Micello(Doc):
    """An account of a service that draws maps."""

    account_key: Annotated[str, Field(max_length=255)] | None = None
    default_level_id: int | None = None
    map_id: Annotated[str, Field(max_length=255)] | None = None


class Wayfinding(Doc):
    """How people are led across a map."""

    micello: Micello | None = None
    snap_to_path: bool | None = None


class MapShape(Doc):
    """A floorplan (createSiteMap, updateSiteMap): sizes in pixels and in metres, `ppm` pixels per metre."""

    name: Name
    type: Literal["image", "google"] | None = None
    width: Pixels | None = None
    height: Pixels | None = None
    width_m: Metres | None = None
    height_m: Metres | None = None
    ppm: Annotated[FiniteFloat, Field(gt=0, le=1_000_000)] | None = None
    orientation: Annotated[int, Field(ge=0, le=359)] | None = None
    origin_x: Annotated[int, Field(ge=-MOST_PIXELS, le=MOST_PIXELS)] | None = None
    origin_y: Annotated[int, Field(ge=-MOST_PIXELS, le=MOST_PIXELS)] | None = None
    latlng_tl: Corner | None = None
    latlng_br: Corner | None = None
    view: Literal["hybrid", "roadmap", "satellite", "terrain"] | None = None
    locked: bool | None = None
    occupancy_limit: NonNegativeInt | None = None
    wall_path: Path | None = None
    wayfinding: Wayfinding | None = None
    wayfinding_path: Path | None = None
    sitesurvey_path: Annotated[list[SurveyPath], Field(max_length=1000)] | None = None


def measured(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """A floorplan whose pixels, metres and pixels per metre agree.

    The scale that changed counts: `ppm` itself, else the width in metres, else the height.
    """
    found = dict(after)
    sides = [(found.get(side), f"{side}_m") for side in ("width", "height")]
    if found.get("ppm") is None or found["ppm"] == before.get("ppm"):
        for pixels, key in sides:
            if pixels and found.get(key) and found[key] != before.get(key):
                found["ppm"] = round(pixels / found[key], 6)
                break
    if found.get("ppm"):
        found.update({key: round(pixels / found["ppm"], 3) for pixels, key in sides if pixels})
    return found


def map_document(row: Any) -> dict[str, Any]:
    """What is stored of a floorplan, for its version: everything that people change, and its picture."""
    return {**row.body, "name": row.name, "image": row.image}


def map_row(row: Any) -> dict[str, Any]:
    """A floorplan as the API spells it (getSiteMap)."""
    return {
        **_DEFAULTS,
        **row.body,
        "id": str(row.map_id),
        "org_id": str(row.org_id),
        "site_id": str(row.site_id),
        "for_site": True,
        "name": row.name,
        "created_time": epoch(row.created_time),
        "modified_time": epoch(row.modified_time),
        **{key: f"{settings.BASE_URL}{path}" for key, path in image_paths(row).items()},
    }


def image_paths(row: Any) -> dict[str, str]:
    """Where the picture of a floorplan and its small one are, for who may see it; none without a picture."""
    if not row.image:
        return {}
    full, small = file_names(row.image)
    folder = f"/orgs/{row.org_id}/sites/{row.site_id}/maps/{row.map_id}/images"
    return {"url": f"{folder}/{full}", "thumbnail_url": f"{folder}/{small}"}


def file_names(image: str) -> tuple[str, str]:
    """The files of a picture: the whole one and the small one."""
    return f"{image}.jpg", f"{image}-small.jpg"
