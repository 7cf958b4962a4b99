"""What devices went through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet, TextField, Value, Window
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Lower

from inventory.event_types import FACTS, KINDS, NAMES, event_name, event_text
from inventory.matching import groups_of, in_order, rows_of
from inventory.models import Device, DeviceEvent, DeviceType, Joined
from inventory.shapes import EVENT_COLUMNS, event_row
from mistadmin.core.access import VIEW_INVENTORY, VIEW_MXEDGES, Actor, Placed
from mistadmin.core.errors import Invalid
from mistadmin.core.paging import MOST, Groups, Page, Slice
from mistadmin.core.text import lowered

EVENT_SORTS: Final[Mapping[str, Sequence[str]]] = {
    "timestamp": ("timestamp", "id"),
    "mac": ("device_id", "timestamp", "id"),
    "site_id": ("site_id", "timestamp", "id"),
    "type": ("type", "timestamp", "id"),
}
_MOST_WORDS: Final = 16
# What events can be counted by; those that are None are of no event here.
_DISTINCT: Final[Mapping[str, str | None]] = {
    "ap": "device__mac",
    "apfw": "version",
    "mac": "device__mac",
    "model": "device__model",
    "org_id": "org_id",
    "site_id": "site_id",
    "timestamp": "timestamp",
    "type": "type",
    "text": "facts",
    "type_code": None,
}
# Of which the last event can be asked for.
_LAST_BY: Final[Mapping[str, Sequence[str]]] = {
    "mac": ("device_id",),
    "ap": ("device_id",),
    "model": ("device__model",),
    "site_id": ("site_id",),
    "type": ("type", "device__type"),
}


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events of a half-open time range; `types` are names of inventory.event_types.

    `unknown` asks for something that no event here has.
    """

    start: datetime
    end: datetime
    device_type: str | None = None
    types: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    site_id: UUID | None = None
    version: str = ""
    text: str = ""
    last_by: str = ""
    unknown: bool = False
    sort: str = "-timestamp"


def list_events(actor: Actor, device: Device, *, limit: int = 50) -> list[dict[str, Any]]:
    """What the device went through, newest first."""
    actor.require(VIEW_MXEDGES if device.type == DeviceType.MXEDGE else VIEW_INVENTORY, device)
    events = DeviceEvent.objects.filter(device_id=device.id, org_id=device.org_id)
    rows = events.order_by("-timestamp", "-id").values("type", "timestamp", "facts", "site_id")
    return [dict(row) for row in rows[:limit]]


def search_events(actor: Actor, place: Placed, *, filters: EventFilter, page: Page) -> Slice:
    """A page of the events of an organization's or a site's devices as the API spells them."""
    found = _last(_matching(_events_of(actor, place), filters), filters.last_by)
    total = found.count()
    rows = rows_of(found, filters.sort, page, total, EVENT_SORTS).values(*EVENT_COLUMNS)
    return Slice(in_order([event_row(row) for row in rows], page, total), total, page)


def count_events(actor: Actor, place: Placed, distinct: str, filters: EventFilter, *, limit: int) -> Groups:
    """How many events there are per value of one thing, most first."""
    if distinct not in _DISTINCT:
        raise Invalid({"distinct": f"must be one of {', '.join(_DISTINCT)}"})
    column = _DISTINCT[distinct]
    filters = replace(filters, device_type="ap") if distinct in ("ap", "apfw") else filters
    found = _matching(_events_of(actor, place), filters)
    if column is None:
        return Groups([], 0)
    if distinct in ("type", "text"):
        return _named_groups(found, distinct, limit)
    if distinct == "timestamp":
        groups = groups_of(found, column, limit)
        times = [(str(datetime.fromisoformat(text).timestamp()), count) for text, count in groups.rows]
        return Groups(times, groups.total)
    return groups_of(found.annotate(version=KeyTextTransform("version", "facts")), column, limit)


def _events_of(actor: Actor, place: Placed) -> QuerySet[DeviceEvent]:
    events: QuerySet[DeviceEvent] = DeviceEvent.objects.in_org(actor, place.org_id, VIEW_INVENTORY)
    site_id = getattr(place, "site_id", None)
    return events.filter(site_id=site_id) if site_id else events


def _matching(events: QuerySet[DeviceEvent], filters: EventFilter) -> QuerySet[DeviceEvent]:
    if filters.unknown:
        return events.none()
    if filters.device_type is None:
        events = events.exclude(device__type=DeviceType.MXEDGE)
    exact: dict[str, Any] = {
        "device__type": filters.device_type,
        "device__mac__in": filters.macs or None,
        "device__model__in": filters.models or None,
        "site_id": filters.site_id,
        "facts__version": filters.version or None,
    }
    found = events.filter(timestamp__gte=filters.start, timestamp__lt=filters.end)
    found = found.filter(**{key: value for key, value in exact.items() if value is not None})
    if filters.types:
        found = found.filter(_any(Q(device__type=of, type=kind) for of, kind in _known(filters.types)))
    return _told(found, filters.text) if filters.text else found


def _known(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    return (NAMES[name] for name in names if name in NAMES)


def _any(choices: Iterable[Q]) -> Q:
    found = Q(pk__in=[])
    for one in choices:
        found |= one
    return found


def _told(events: QuerySet[DeviceEvent], text: str) -> QuerySet[DeviceEvent]:
    """Events with every word of a text in their message (event_types.event_text)."""
    words = lowered(text).split()
    if len(words) > _MOST_WORDS:
        raise Invalid({"text": f"has {len(words)} words; {_MOST_WORDS} are allowed"})
    facts = (Coalesce(KeyTextTransform(key, "facts"), Value(""), output_field=TextField()) for key in FACTS)
    events = events.alias(told=Lower(Joined(*facts)))
    for word in words:
        # At the beginning of a word: "connected" does not mean "disconnected".
        said = [key for key, kind in KINDS.items() if f" {word}" in f" {lowered(kind.text)}"]
        keys = [key for key in FACTS if word in key]
        events = events.filter(Q(type__in=said) | Q(told__contains=word) | _any(_has(key) for key in keys))
    return events


def _has(key: str) -> Q:
    return Q(facts__has_key=key)


def _last(events: QuerySet[DeviceEvent], by: str) -> QuerySet[DeviceEvent]:
    """Only the last event for each value of something; ids grow with time."""
    if not by:
        return events
    if by not in _LAST_BY:
        raise Invalid({"last_by": f"must be one of {', '.join(_LAST_BY)}"})
    newest = Window(Max("id"), partition_by=[F(column) for column in _LAST_BY[by]])
    return events.alias(newest=newest).filter(id=F("newest"))


def _named_groups(found: QuerySet[DeviceEvent], distinct: str, limit: int) -> Groups:
    """Groups whose values are put into words here; several rows of the database may be called alike."""
    columns = ("type", "facts") if distinct == "text" else ("type", "device__type")
    rows = found.order_by().values_list(*columns).annotate(count=Count("id")).order_by("-count", *columns)
    counted: Counter[str] = Counter()
    for kind, of, count in rows[:MOST]:
        counted[event_text(kind, of) if distinct == "text" else event_name(of, kind)] += count
    return Groups(counted.most_common(limit), len(counted))
