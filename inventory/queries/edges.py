"""Reads of Mist Edges: pages of them, one of them, and how many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import Value
from django.db.models.functions import Coalesce

from inventory.edge_shapes import EDGE_COLUMNS, edge_row
from inventory.event_types import event_text
from inventory.matching import DeviceFilter, groups_of, in_order, matching, rows_of
from inventory.models import DeviceType, MistEdge
from inventory.queries.devices import devices_of
from inventory.queries.events import list_events
from inventory.shapes import NO_SITE
from mistadmin.core.access import MANAGE_MXEDGES, VIEW_MXEDGES, Actor, Placed
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.paging import Groups, Page, Slice
from orgs.queries import Secrets

# What Mist Edges can be counted by, and where it stands; there are no clusters.
_DISTINCT: Final = {
    "distro": "distro",
    "model": "model",
    "mxcluster_id": None,
    "site_id": "place",
    "tunterm_version": "version",
}


def page_of_edges(
    actor: Actor,
    place: Placed,
    *,
    filters: DeviceFilter,
    page: Page,
    spelled: Callable[[Any], dict[str, Any]] | None = None,
) -> Slice:
    """A page of the Mist Edges of an organization or a site, as `spelled` makes them of EDGE_COLUMNS.

    Unless told they are spelled whole (listOrgMxEdges).
    """
    found = matching(devices_of(actor, place, DeviceType.MXEDGE), filters)
    total = found.count()
    rows = list(rows_of(found, filters.sort, page, total).values_list(*EDGE_COLUMNS, named=True))
    told = shown_edges(actor, place.org_id, rows) if spelled is None else [spelled(row) for row in rows]
    return Slice(in_order(told, page, total), total, page)


def count_edges(actor: Actor, org: Placed, distinct: str, filters: DeviceFilter, *, limit: int) -> Groups:
    """How many Mist Edges there are per value of one thing, most first (countOrgMxEdges)."""
    if distinct not in _DISTINCT:
        raise Invalid({"distinct": f"must be one of {', '.join(_DISTINCT)}"})
    found = matching(devices_of(actor, org, DeviceType.MXEDGE), filters)
    column = _DISTINCT[distinct]
    if column is None:
        return Groups([], 0)
    if column == "place":
        found = found.annotate(place=Coalesce("site_id", Value(UUID(NO_SITE))))
    elif column != "model":
        found = found.exclude(**{column: ""})
    return groups_of(found, column, limit)


def get_edge(actor: Actor, place: Placed, edge_id: UUID) -> MistEdge:
    """One Mist Edge of an organization, or at a site when one is passed; raises NotVisible."""
    edges = MistEdge.objects.visible_to(actor).filter(org_id=place.org_id, id=edge_id)
    site_id = getattr(place, "site_id", None)
    if site_id:
        edges = edges.filter(site_id=site_id)
    edge: MistEdge | None = edges.select_related("site").first()
    if edge is None:
        raise NotVisible
    actor.require(VIEW_MXEDGES, edge)
    return edge


def edges_by_id(actor: Actor, org: Placed, ids: Sequence[UUID]) -> list[MistEdge]:
    """The Mist Edges among these ids that the actor sees, in the order of the ids."""
    edges: Any = devices_of(actor, org, DeviceType.MXEDGE).filter(id__in=ids)
    found = {edge.id: edge for edge in edges}
    return [found[one] for one in dict.fromkeys(ids) if one in found]


def shown_edges(actor: Actor, org_id: UUID, edges: Iterable[Any]) -> list[dict[str, Any]]:
    """Mist Edges as the API spells them; secrets and claim codes are for who manages them."""
    secrets = Secrets(actor, org_id)
    rows = []
    for edge in edges:
        row = secrets.shown(edge_row(edge), MANAGE_MXEDGES, edge)
        if not actor.can(MANAGE_MXEDGES, edge):
            row = {key: value for key, value in row.items() if key != "magic"}
        rows.append(row)
    return rows


def told_events(actor: Actor, edge: MistEdge) -> list[dict[str, Any]]:
    """What a Mist Edge went through, newest first: {timestamp, sentence}."""
    rows = list_events(actor, edge)
    return [
        {"timestamp": row["timestamp"], "sentence": event_text(row["type"], row["facts"])} for row in rows
    ]
