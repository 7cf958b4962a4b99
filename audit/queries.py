"""Reads of the audit trail."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet

from audit.models import Entry
from mistadmin.core import tenancy
from mistadmin.core.access import VIEW_AUDIT, VIEW_INVENTORY, Actor, Placed
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.ids import NO_ID
from mistadmin.core.paging import Page, Slice
from mistadmin.core.text import lowered

_COLUMNS = (
    "id",
    "timestamp",
    "org_id",
    "site_id",
    "object_id",
    "event",
    "message",
    "admin_id",
    "admin_name",
    "src_ip",
    "before",
    "after",
)
_MOST_NAMES = 50
SORTS = ("timestamp", "-timestamp", "admin_id", "site_id")
DISTINCT = ("admin_name", "admin_id", "message", "site_id")


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries: a half-open time range, and parts of the administrator's name and of the message."""

    start: datetime | None = None
    end: datetime | None = None
    admin: str = ""
    site_id: UUID | None = None
    text: str = ""
    sort: str = "-timestamp"


def list_entries(actor: Actor, org: Placed, *, filters: EntryFilter, page: Page) -> Slice:
    """A page of an organization's entries, newest first unless sorted otherwise."""
    return _page(Entry.objects.in_org(actor, org.org_id, VIEW_AUDIT), filters, page)


def list_own_entries(actor: Actor, *, filters: EntryFilter, page: Page) -> Slice:
    """A page of what the actor did, in every organization and in the account."""
    # Also in organizations that the actor has left, or that are gone.
    with tenancy.across():
        own = Entry.objects.filter(admin_id=actor.id) if actor.id else Entry.objects.none()
        return _page(own, filters, page)


def latest_entries(actor: Actor, *, org_id: UUID | None = None, limit: int) -> list[dict[str, Any]]:
    """The newest entries the actor may see, of one organization or all; entries outlive organizations."""
    rows = Entry.objects.visible_to(actor)
    if org_id:
        rows = rows.filter(org_id=org_id)
    return list(rows.order_by("-timestamp", "-id").values(*_COLUMNS)[:limit])


def count_entries(actor: Actor, org: Placed, *, distinct: str, filters: EntryFilter) -> list[dict[str, Any]]:
    """How many entries there are per value of one column, most first."""
    if distinct not in DISTINCT:
        raise Invalid({"distinct": f"must be one of {', '.join(DISTINCT)}"})
    rows = _matching(Entry.objects.in_org(actor, org.org_id, VIEW_AUDIT), filters)
    none = NO_ID if distinct.endswith("_id") else ""
    counted = rows.values_list(distinct).annotate(count=Count("id")).order_by("-count", distinct)
    return [{distinct: str(value or none), "count": count} for value, count in counted[:1000]]


def entries_of(actor: Actor, target: Any, *, limit: int = 20) -> list[dict[str, Any]]:
    """The latest entries about one device, for its own page."""
    actor.require(VIEW_INVENTORY, target)
    rows = Entry.objects.filter(org_id=target.org_id, object_id=target.pk)
    return list(rows.order_by("-timestamp", "-id").values(*_COLUMNS)[:limit])


def last_change(actor: Actor, target: Any, event: str) -> dict[str, Any] | None:
    """Who did this to something last, and when; None for who may not see that."""
    if not actor.can(VIEW_AUDIT, target):
        return None
    rows = Entry.objects.filter(org_id=target.org_id, object_id=target.pk, event=event)
    return rows.order_by("-timestamp", "-id").values("admin_id", "admin_name", "timestamp").first()


def last_logins(actor: Actor, org: Placed, admin_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When each of these accounts logged in last, as far as the organization was told."""
    logins = Entry.objects.in_org(actor, org.org_id, VIEW_AUDIT).filter(
        event="accounts.admin.logged_in", admin_id__in=list(admin_ids)
    )
    return dict(
        logins.order_by().values("admin_id").annotate(last=Max("timestamp")).values_list("admin_id", "last")
    )


def get_entry(actor: Actor, org: Placed, entry_id: UUID) -> dict[str, Any]:
    """One entry of an organization; raises NotVisible."""
    row = Entry.objects.in_org(actor, org.org_id, VIEW_AUDIT).filter(id=entry_id).values(*_COLUMNS).first()
    if row is None:
        raise NotVisible
    return dict(row)


def _page(rows: QuerySet[Any], filters: EntryFilter, page: Page) -> Slice:
    if filters.sort not in SORTS:
        raise Invalid({"sort": f"must be one of {', '.join(SORTS)}"})
    found = _matching(rows, filters)
    descending = filters.sort.startswith("-")
    column = F(filters.sort.lstrip("-"))
    order = column.desc(nulls_last=True) if descending else column.asc(nulls_last=True)
    ordered = found.order_by(order, "-id" if descending else "id")
    if filters.sort == "-timestamp":
        ordered = found.order_by("-timestamp", "-id")  # exactly the index
    return Slice(list(ordered.values(*_COLUMNS)[page.start : page.start + page.limit]), found.count(), page)


def _matching(rows: QuerySet[Any], filters: EntryFilter) -> QuerySet[Any]:
    if filters.start:
        rows = rows.filter(timestamp__gte=filters.start)
    if filters.end:
        rows = rows.filter(timestamp__lt=filters.end)
    if filters.site_id:
        rows = rows.filter(site_id=filters.site_id)
    if filters.text:
        rows = rows.filter(message__lower__contains=lowered(filters.text))
    if filters.admin:
        parts = list(dict.fromkeys(part.strip() for part in filters.admin.split(",")))
        if len(parts) > _MOST_NAMES:
            raise Invalid({"admin_name": f"has {len(parts)} names; {_MOST_NAMES} are allowed"})
        names = Q(pk__in=[])
        for part in parts:
            names |= Q(admin_name__lower__contains=lowered(part))
        rows = rows.filter(names)
    return rows
