"""Files of floorplans for tests: pictures, and Ekahau projects as the planning tool writes them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from PIL import Image, ImageDraw

GROUND: Final = "b069b358-4c97-5319-1f8c-7c5ca64d6ab1"
UPPER: Final = "cbdb7f0b-3be0-4872-88f9-58790b509c23"


def picture(size: tuple[int, int] = (400, 300), form: str = "PNG", **how: Any) -> bytes:
    """A plan with a room in it."""
    drawn = Image.new("RGB", size, "white")
    room = [size[0] // 10, size[1] // 10, size[0] * 9 // 10, size[1] * 9 // 10]
    ImageDraw.Draw(drawn).rectangle(room, outline="black", width=3)
    out = io.BytesIO()
    drawn.save(out, form, **how)
    return out.getvalue()


def building() -> bytes:
    """A plan that looks like one: rooms on both sides of a corridor."""
    drawn = Image.new("RGB", (1200, 760), "white")
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((20, 20, 1180, 740), outline="#333", width=8)
    for left in range(20, 1180, 232):
        pen.rectangle((left, 20, left + 232, 280), outline="#555", width=4)
        pen.rectangle((left, 480, left + 232, 740), outline="#555", width=4)
        for wall in (280, 480):
            pen.line((left + 80, wall, left + 150, wall), fill="white", width=8)
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()


def point(
    name: str,
    plan: str = GROUND,
    x: float = 100,
    y: float = 50,
    *,
    height: float = 2.7,
    direction: float = 45,
) -> dict[str, Any]:
    """An access point of a project, with what `project` says of its radio."""
    location = {"floorPlanId": plan, "coord": {"x": x, "y": y}}
    return {
        "id": str(uuid5(NAMESPACE_OID, f"{plan} {name}")),
        "name": name,
        "location": location,
        "radio": (height, direction),
    }


def plan(plan_id: str = GROUND, name: str = "Ground floor", **values: Any) -> dict[str, Any]:
    """A floor plan of a project, five centimetres a pixel."""
    told = {
        "width": 400.0,
        "height": 300.0,
        "metersPerUnit": 0.05,
        "imageId": str(uuid5(NAMESPACE_OID, plan_id)),
    }
    return {"id": plan_id, "name": name, **told, **values}


def project(
    plans: Sequence[Mapping[str, Any]] = (),
    points: Sequence[Mapping[str, Any]] = (),
    members: Mapping[str, bytes] | None = None,
) -> bytes:
    """An Ekahau project; `members` are added to it or take the place of its own."""
    plans = plans or [plan()]
    radios = [
        {"accessPointId": one["id"], "antennaHeight": one["radio"][0], "antennaDirection": one["radio"][1]}
        for one in points
    ]
    documents = {
        "project.json": {"project": {"name": "Hospital"}},
        "floorPlans.json": {"floorPlans": list(plans)},
        "images.json": {"images": [{"id": one.get("imageId"), "imageFormat": "PNG"} for one in plans]},
        "accessPoints.json": {
            "accessPoints": [{k: v for k, v in one.items() if k != "radio"} for one in points]
        },
        "simulatedRadios.json": {"simulatedRadios": radios},
    }
    content = {name: json.dumps(told).encode() for name, told in documents.items()}
    content |= {f"image-{one['imageId']}": picture() for one in plans if one.get("imageId")}
    return packed({**content, **(members or {})})


def packed(members: Mapping[str, bytes]) -> bytes:
    """A zip of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return out.getvalue()
