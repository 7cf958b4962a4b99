"""Devices found by text: while it is typed, and as a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, Lower, NullIf

from inventory.matching import UNASSIGNED, DeviceFilter, by_names, matching
from inventory.models import Device
from inventory.queries.devices import devices_of
from inventory.shapes import ROW_COLUMNS
from inventory.tables import shown_row
from mistadmin.core.access import Actor, Placed
from mistadmin.core.paging import Page, Part
from mistadmin.core.text import lowered
from orgs.models import DeviceProfile
from sites.models import Site

# A search asks so many devices first.
_SAMPLE: Final = 2000


def suggest(actor: Actor, org: Placed, filters: DeviceFilter, *, limit: int = 8) -> list[dict[str, Any]]:
    """The first devices of a search while it is typed, by name; those without a name come last.

    In a large organization it is asked of the first devices by MAC alone; where that gives enough it never
    sorts all that match, and where it does not, too few match for that to take long.
    """
    devices = devices_of(actor, org, filters.type)
    edge = next(iter(devices.order_by("id").values_list("id", flat=True)[_SAMPLE : _SAMPLE + 1]), None)
    filters = _with_sites(org, replace(filters, beginnings=True))
    named = _names_known(org, filters) if filters.everywhere else by_names
    rows: list[dict[str, Any]] = []
    if edge:
        # Reading so few rows costs less than asking the index for a short word: no index is on this column.
        part = devices.filter(id__lt=edge).alias(read=Coalesce("search", Value(""), output_field=TextField()))
        rows = _first_named(matching(part, filters, column="read", named=named), limit)
    if len(rows) < limit:
        rows = _first_named(matching(devices, filters, named=named), limit)
    return [shown_row(row) for row in rows]


def _with_sites(org: Placed, filters: DeviceFilter) -> DeviceFilter:
    """The filter with the ids of the sites that its operators name.

    From a join the database cannot tell how few they are, and it would read every device of the organization.
    """
    named = [term for term in filters.terms if term[0] == "site" and term[1].lower() != UNASSIGNED]
    if not named:
        return filters
    sites = Site.objects.filter(org_id=org.org_id)
    for _, name in named:
        sites = sites.filter(name__lower__contains=lowered(name))
    rest = tuple(term for term in filters.terms if term not in named)
    return replace(
        filters,
        terms=rest,
        columns=(*filters.columns, ("site__in", list(sites.values_list("id", flat=True)))),
    )


def _names_known(org: Placed, filters: DeviceFilter) -> Callable[[str], Q]:
    """As by_names, with the ids of the sites and profiles: a join would keep the database from its index."""
    words = [lowered(word) for word in filters.words]
    some = reduce(or_, (Q(name__lower__contains=word) for word in words), Q())
    sites, profiles = (
        list(model.objects.filter(some, org_id=org.org_id).values_list("id", Lower("name"))) if words else []
        for model in (Site, DeviceProfile)
    )
    return lambda word: Q(site__in=_having(word, sites)) | Q(deviceprofile__in=_having(word, profiles))


def _having(word: str, names: Sequence[tuple[UUID, str]]) -> list[UUID]:
    return [key for key, name in names if word in name]


def _first_named(found: QuerySet[Device], limit: int) -> list[dict[str, Any]]:
    named_first = NullIf("name", Value("")).asc(nulls_last=True)
    return list(found.order_by(named_first, "id").values(*ROW_COLUMNS)[:limit])


def find_devices(actor: Actor, org: Placed, filters: DeviceFilter, page: Page) -> Part:
    """A page of the devices of a search, by name, without counting them all."""
    found = matching(
        devices_of(actor, org, filters.type), _with_sites(org, replace(filters, beginnings=True))
    )
    found = found.order_by("name", "id").values(*ROW_COLUMNS)
    part = Part.of(found, page)
    return replace(part, rows=[shown_row(row) for row in part.rows])
