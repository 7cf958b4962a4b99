"""Writes of floorplans. What follows for devices on them is up to inventory (inventory.floorplans)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.log import Change, record, record_many
from mistadmin.core.access import EDIT_MAPS, INSTALL, VIEW_LOCATION, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.files import Folder
from mistadmin.core.pictures import Plan
from mistadmin.core.shapes import merge
from mistadmin.core.versions import Seen, require_seen
from sites.map_shapes import FACTS, MapShape, file_names, map_document, measured
from sites.models import Map, Site

_FILES: Final = Folder("maps")
# Floorplans of a site: more than a building has floors, and all of them fit on a page.
MOST_MAPS: Final = 1000


@action(needs=EDIT_MAPS)
def create_map(actor: Actor, site: Site, *, values: Mapping[str, Any], plan: Plan | None = None) -> Map:
    """Create a floorplan, with its picture when one is passed.

    Raises Invalid for bad fields and for a name the site already has.
    """
    return add_map(actor, site, values, plan)


@action(needs=EDIT_MAPS)
def update_map(actor: Actor, row: Map, *, changes: Mapping[str, Any], seen: Seen = None) -> Map:
    """Change top-level keys of a floorplan; absent keys stay. Raises Stale for another than was seen."""
    return change_map(actor, row, changes, seen)


@action(needs=EDIT_MAPS)
def add_image(actor: Actor, row: Map, *, plan: Plan) -> Map:
    """Give a floorplan its picture, in place of the one it had (addSiteMapImage)."""
    row = locked_map(row)
    redraw_map(actor, row, plan, {})
    return row


@action(needs=EDIT_MAPS)
def remove_image(actor: Actor, row: Map) -> None:
    """Take the picture from a floorplan (deleteSiteMapImage); raises NotVisible when it has none."""
    row = locked_map(row)
    if not row.image:
        raise NotVisible
    _FILES.drop_later(file_names(row.image))
    row.image, row.modified_time = "", timezone.now()
    row.save(update_fields=["image", "modified_time"])
    record(actor, "sites.map.unpictured", row, before={"image": True})


def add_map(
    actor: Actor, site: Site, values: Mapping[str, Any], plan: Plan | None = None, map_id: UUID | None = None
) -> Map:
    """Create a floorplan under an id that the caller made, or under a new one."""
    if Map.objects.filter(site=site).count() >= MOST_MAPS:
        raise Invalid(f"The site has {MOST_MAPS:,} floorplans, which is the most there can be.")
    row = Map(map_id=map_id or uuid4(), org_id=site.org_id, site=site)
    _describe(row, merge(MapShape, {}, _sent(values)))
    if plan:
        _picture(row, plan)
    _save(row)
    record(actor, "sites.map.created", row, after=_facts(row))
    return row


def change_map(actor: Actor, row: Map, changes: Mapping[str, Any], seen: Seen = None) -> Map:
    """Change top-level keys of a floorplan; absent keys stay."""
    row = locked_map(row)
    require_seen(seen, row, map_document(row))
    before = _facts(row)
    _describe(row, merge(MapShape, before, _sent(changes)))
    after = _facts(row)
    if after == before:
        return row
    row.modified_time = timezone.now()
    _save(row)
    record(actor, "sites.map.updated", row, before=before, after=after)
    return row


def redraw_map(actor: Actor, row: Map, plan: Plan, changes: Mapping[str, Any]) -> None:
    """Give a locked floorplan another picture, and what changes with it."""
    before, old = {**_facts(row), "image": row.image}, row.image
    _describe(row, {**_facts(row), **changes})
    _picture(row, plan)
    if old:
        _FILES.drop_later(file_names(old))
    row.modified_time = timezone.now()
    row.save(update_fields=["body", "image", "modified_time"])
    record(actor, "sites.map.pictured", row, before=before, after={**_facts(row), "image": row.image})


def drop_maps(actor: Actor, rows: Iterable[Map]) -> None:
    """Delete floorplans that no device is on any more, with their pictures."""
    rows = list(rows)
    if not rows:
        return
    record_many(actor, "sites.map.deleted", [Change(row, before=_facts(row)) for row in rows])
    _FILES.drop_later([name for row in rows if row.image for name in file_names(row.image)])
    Map.objects.filter(pk__in=[row.pk for row in rows]).delete()


def locked_map(row: Map) -> Map:
    """The floorplan as it is now, locked; raises NotVisible when it is gone."""
    found: Map | None = Map.objects.select_for_update().filter(pk=row.pk).first()
    if found is None:
        raise NotVisible
    return found


def image_path(actor: Actor, org_id: UUID, site_id: UUID, map_id: UUID, name: str) -> Path:
    """The file of a floorplan's picture, for who watches places or installs there; raises NotVisible."""
    rows = Map.objects.visible_to(actor).filter(org_id=org_id, site_id=site_id, map_id=map_id)
    row: Map | None = rows.only("org_id", "site_id", "image").first()
    if row is None or not row.image or name not in file_names(row.image):
        raise NotVisible
    if not (actor.can(VIEW_LOCATION, row) or actor.can(INSTALL, row)):
        raise NotVisible
    path = _FILES.path(name)
    if not path.is_file():
        raise NotVisible
    return path


def discard_strays() -> None:
    """Drop pictures that no floorplan has."""
    images = Map.objects.exclude(image="").values_list("image", flat=True)
    _FILES.discard_strays({name for image in images.iterator() for name in file_names(image)})


def _sent(values: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise Invalid("The body must be a JSON object.")
    return {key: value for key, value in values.items() if key not in FACTS}


def _facts(row: Map) -> dict[str, Any]:
    return {**row.body, "name": row.name}


def _describe(row: Map, document: Mapping[str, Any]) -> None:
    row.name = document["name"]
    row.body = {key: value for key, value in measured(row.body, document).items() if key != "name"}


def _picture(row: Map, plan: Plan) -> None:
    name = secrets.token_urlsafe(24)
    for file, content in zip(file_names(name), (plan.full, plan.small), strict=True):
        _FILES.keep(file, content)
    row.image = name
    sides = {"type": "image", "width": plan.width, "height": plan.height}
    row.body = measured(row.body, {**row.body, **sides})


def _save(row: Map) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "map_id" in str(error):
            raise Invalid({"map_id": "is the id of another floorplan"}) from None
        raise Invalid({"name": f"{row.name!r} already exists at this site"}) from None
