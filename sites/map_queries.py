"""Reads of floorplans. `need` is what the actor has to be able to do at the site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from mistadmin.core.access import EDIT_MAPS, INSTALL, VIEW_LOCATION, Actor, Place, Placed
from mistadmin.core.errors import NotVisible
from mistadmin.core.paging import MOST, Page, Slice
from mistadmin.core.text import lowered
from sites.map_shapes import image_paths, map_row
from sites.models import Map, Site
from sites.queries import get_site


def page_of_maps(actor: Actor, site: Place | Site, *, page: Page, need: str = VIEW_LOCATION) -> Slice:
    """A page of the floorplans of a site by name, as the API spells them (listSiteMaps)."""
    actor.require(need, site)
    rows = _of(site).order_by("name", "id")
    found = [map_row(row) for row in rows[page.start : page.start + page.limit]]
    return Slice(found, rows.count(), page)


def get_map(actor: Actor, site: Place | Site, map_id: UUID, *, need: str = VIEW_LOCATION) -> Map:
    """One floorplan of a site; raises NotVisible alike for a foreign and an unknown id."""
    actor.require(need, site)
    row: Map | None = _of(site).filter(map_id=map_id).first()
    if row is None:
        raise NotVisible
    return row


def floors_of(
    actor: Actor, org: Placed, site_ids: Iterable[UUID], *, need: str
) -> dict[UUID, list[dict[str, Any]]]:
    """The floorplans of sites by name, up to 1,000 in all, for pages: pictures as paths of this instance."""
    rows = Map.objects.in_org(actor, org.org_id, need).filter(site_id__in=list(site_ids))
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in rows.order_by("name", "id")[:MOST]:
        sides = {key: row.body.get(key) for key in ("width", "height", "ppm")}
        pictures = image_paths(row)
        shown = {"picture": pictures.get("url"), "thumbnail": pictures.get("thumbnail_url")}
        found[row.site_id].append({"id": str(row.map_id), "name": row.name, **sides, **shown})
    return found


def sight_of(actor: Actor, site: Placed) -> str:
    """By which ability the actor sees the floorplans of a site: installers do without watching places."""
    return INSTALL if actor.can(INSTALL, site) and not actor.can(VIEW_LOCATION, site) else VIEW_LOCATION


def site_to_map(actor: Actor, site_id: UUID, *, org_id: UUID | None = None) -> Site:
    """A site whose floorplans the actor edits; with `org_id` only one of that organization."""
    site = get_site(actor, site_id)
    if org_id not in (None, site.org_id):
        raise NotVisible
    actor.require(EDIT_MAPS, site)
    return site


def org_to_map(actor: Actor, org: Placed) -> Placed:
    """The organization, for who edits the floorplans of one site there at least."""
    actor.require_somewhere(EDIT_MAPS, org.org_id)
    return org


def named_site_to_map(actor: Actor, org: Placed, name: str) -> Site:
    """The site of this name whose floorplans the actor edits; raises NotVisible."""
    sites = Site.objects.in_org(actor, org.org_id, EDIT_MAPS)
    site: Site | None = sites.filter(name__lower=lowered(name)).first()
    if site is None:
        raise NotVisible
    return site


def _of(site: Place | Site) -> QuerySet[Map]:
    place: dict[str, Any] = {"org_id": site.org_id, "site_id": site.site_id}
    rows: QuerySet[Map] = Map.objects.filter(**place)
    return rows
