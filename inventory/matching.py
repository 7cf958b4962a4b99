"""From a filter to rows of devices: which ones, in which order, and those of one page.

Narrows what a query has found for an actor; asks for nothing by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.fields.json import KeyTextTransform

from inventory.clusters import HEADS
from inventory.identifiers import mac_of
from inventory.models import Device
from inventory.models_catalog import EDGE_MODELS, MODELS
from inventory.tables import DEVICES, EDGES
from mistadmin.core.errors import Invalid
from mistadmin.core.paging import Groups, Page
from mistadmin.core.search_text import mac_part, spelled_mac_part
from mistadmin.core.search_view import searched
from mistadmin.core.text import lowered
from sites.models import Site

SORTS: Final[Mapping[str, Sequence[str]]] = {
    **{
        one.key: tuple(dict.fromkeys((*one.order, "id")))
        for one in (*DEVICES.columns, *EDGES.columns)
        if one.order
    },
    "site_id": ("site_id", "id"),
}
STATUSES: Final = ("connected", "disconnected", "never")
UNASSIGNED: Final = "unassigned"
MOST_WORDS: Final = 16
# A search takes shorter words for beginnings of words.
_SHORT: Final = 3
_BEFORE_WORDS: Final = " -_./:"
# Past so many rows a page is found in the index alone before its rows are read.
_DEEP: Final = 1000


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """Which devices and in which order; `sort` is a key of SORTS, with "-" in front for descending.

    `words` are words and phrases that a device has somewhere, `terms` the operators of a search with their
    values (inventory.search); `beginnings` takes words too short for the index for beginnings of words.
    `everywhere` looks for the words in the names of the site and of the device profile, too.
    `heads` leaves out the members of clusters that others stand for; `cluster_id` narrows to one cluster.
    `seen` is a half-open range of the last call, `columns` are values that columns have to the letter or, as
    `site__in`, one of several, and `unknown` asks for something that the product does not know of any device,
    so that none is it.
    """

    type: str | None = None
    site_id: UUID | None = None
    unassigned: bool | None = None
    status: str | None = None
    model: str | None = None
    text: str = ""
    words: tuple[str, ...] = ()
    terms: tuple[tuple[str, str], ...] = ()
    beginnings: bool = False
    everywhere: bool = False
    macs: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()
    connected: bool | None = None
    seen: tuple[datetime, datetime] | None = None
    hostname: str = ""
    columns: tuple[tuple[str, str | UUID | Sequence[UUID]], ...] = ()
    heads: bool = False
    cluster_id: UUID | None = None
    unknown: bool = False
    sort: str = "name"


def by_names(word: str) -> Q:
    """Devices whose site or profile has a word in its name."""
    return Q(site__name__lower__contains=word) | Q(deviceprofile__name__lower__contains=word)


def matching(
    devices: QuerySet[Device],
    filters: DeviceFilter,
    *,
    column: str = "search",
    named: Callable[[str], Q] = by_names,
) -> QuerySet[Device]:
    """The devices of a filter; `column` is where its short words are looked for, `named` how in names."""
    if filters.unknown:
        return devices.none()
    exact: dict[str, Any] = {
        "type": filters.type,
        "site_id": filters.site_id,
        "cluster_id": filters.cluster_id,
        "site__isnull": filters.unassigned,
        "mac__in": filters.macs or None,
        "serial__in": filters.serials or None,
        "model__in": filters.model.split(",") if filters.model else None,
        "connected": filters.connected,
        "hostname__lower__contains": lowered(filters.hostname) or None,
        "last_seen__gte": filters.seen and filters.seen[0],
        "last_seen__lt": filters.seen and filters.seen[1],
        **dict(filters.columns),
    }
    devices = devices.filter(**{key: value for key, value in exact.items() if value is not None})
    if filters.heads:
        devices = devices.filter(HEADS)
    if filters.status:
        devices = devices.filter(**_status(filters.status))
    words = list(dict.fromkeys([*lowered(filters.text).split(), *(lowered(word) for word in filters.words)]))
    if len(words) + len(filters.terms) > MOST_WORDS:
        raise Invalid({"text": f"has {len(words) + len(filters.terms)} words; {MOST_WORDS} are allowed"})
    if words or filters.terms or filters.hostname:
        devices = searched(devices)
    for word in words:
        hit = _word(word, column, beginnings=filters.beginnings)
        devices = devices.filter(hit | named(word) if filters.everywhere else hit)
    for key, value in filters.terms:
        devices = devices.filter(_TERMS[key](value))
    return devices


def rows_of(
    found: QuerySet[Any], sort: str, page: Page, total: int, sorts: Mapping[str, Sequence[str]] = SORTS
) -> QuerySet[Any]:
    """The rows of a page; those past the middle are read from the end, which skips fewer rows.

    `in_order` puts them in order. Raises Invalid on `sort` for what is no key of `sorts`.
    """
    start, end = page.start, min(page.start + page.limit, total)
    backwards = _from_the_end(page, total)
    order = ordering(sort, sorts, backwards=backwards)
    if start >= end:
        return found.none()
    if backwards:
        start, end = total - end, total - start
    if start < _DEEP:
        return found.order_by(*order)[start:end]
    ids = found.order_by(*order).values("id")[start:end]
    return found.model._default_manager.filter(id__in=ids).order_by(*order)


def in_order(rows: list[Any], page: Page, total: int) -> list[Any]:
    """The rows of `rows_of` in the order that was asked for."""
    return rows[::-1] if _from_the_end(page, total) else rows


def ordering(sort: str, sorts: Mapping[str, Sequence[str]] = SORTS, *, backwards: bool = False) -> list[Any]:
    """The columns of an order, which no two rows share; raises Invalid on `sort`."""
    columns = sorts.get(sort.removeprefix("-"))
    if columns is None:
        raise Invalid({"sort": f"must be one of {', '.join(sorts)}"})
    descending = sort.startswith("-") != backwards
    return [F(column).desc() if descending else F(column).asc() for column in columns]


def groups_of(found: QuerySet[Any], column: str, limit: int) -> Groups:
    """The values of a column with how many rows have each, most first; rows without one do not count."""
    groups = found.filter(**{f"{column}__isnull": False}).order_by().values(column)
    # The number of groups comes with each of them: finding them twice would cost twice as much.
    rows = groups.annotate(count=Count("pk"), groups=Window(Count("*"))).order_by("-count", column)
    counted = rows.values_list(column, "count", "groups")[: max(1, limit)]
    listed = [(str(value), count) for value, count, _ in counted]
    return Groups(listed[:limit], next((total for _, _, total in counted), 0))


def noted(devices: QuerySet[Device], reads: Sequence[str]) -> QuerySet[Device]:
    """With the notes, which stand in the configuration, when they are to be read."""
    return devices.annotate(notes=KeyTextTransform("notes", "body")) if "notes" in reads else devices


def _word(word: str, column: str, *, beginnings: bool) -> Q:
    """Devices with a word in one of the fields that are searched."""
    mac = mac_of(word)
    if mac:
        return Q(search__contains=mac)
    if beginnings and len(word) < _SHORT:
        return _beginning(word, column)
    digits = spelled_mac_part(word)
    return Q(search__contains=word) | Q(search__contains=digits) if digits else Q(search__contains=word)


def _beginning(word: str, column: str) -> Q:
    # A trigram index knows the beginnings of words from one letter on, and their insides from three.
    found = Q((f"{column}__startswith", word))
    for before in _BEFORE_WORDS:
        found |= Q((f"{column}__contains", before + word))
    return found


def _site(value: str) -> Q:
    return Q(site=None) if value.lower() == UNASSIGNED else Q(site__name__lower__contains=lowered(value))


def _group(value: str) -> Q:
    # A subquery: a site in two groups that match must not give its devices twice.
    return Q(site__in=Site.objects.filter(sitegroups__name__lower__contains=lowered(value)).values("id"))


def _mac(value: str) -> Q:
    digits = mac_part(value) or value
    return Q(search__contains=digits, mac__contains=digits)


def _model(value: str) -> Q:
    wanted = [part.upper() for part in value.split(",") if part]
    known = [model for model in (*MODELS, *EDGE_MODELS) if model.upper().startswith(tuple(wanted))]
    return Q(model__in=[*known, *wanted])


# Beside the column, the text that the index is on.
_TERMS: Final[Mapping[str, Callable[[str], Q]]] = {
    "name": lambda value: Q(search__contains=lowered(value), name__lower__contains=lowered(value)),
    "serial": lambda value: Q(search__contains=lowered(value), serial__lower__contains=lowered(value)),
    "mac": _mac,
    "site": _site,
    "group": _group,
    "model": _model,
    "type": lambda value: Q(type=value.lower()),
    "status": lambda value: Q(**_status(value.lower())),
}


def _status(status: str) -> dict[str, Any]:
    if status not in STATUSES:
        raise Invalid({"status": f"must be one of {', '.join(STATUSES)}"})
    if status == "never":
        return {"last_seen__isnull": True}
    return {"connected": status == "connected", "last_seen__isnull": False}


def _from_the_end(page: Page, total: int) -> bool:
    return page.start > total // 2
