"""Reads of Installed Base, which belongs to no site: for those who see the whole organization's inventory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from inventory.installed_shapes import INSTALLED_COLUMNS, JSI_DEVICE_COLUMNS, installed_row, jsi_device_row
from inventory.installed_tables import INSTALLED, UNCLAIMED, shown_installed
from inventory.matching import MOST_WORDS, STATUSES, groups_of, in_order, ordering, rows_of
from inventory.models import InstalledDevice
from mistadmin.core.access import VIEW_INVENTORY, Actor, Placed
from mistadmin.core.errors import Invalid
from mistadmin.core.export import CHUNK, csv_chunks
from mistadmin.core.paging import Groups, Page, Slice
from mistadmin.core.tables import Column
from mistadmin.core.text import lowered
from orgs.juniper.accounts import list_accounts
from orgs.models import JuniperAccount

_SORTS: Final = {one.key: tuple(dict.fromkeys((*one.order, "id"))) for one in INSTALLED.columns if one.order}
# How replies call what the API sorts by.
_API_SORTS: Final = {
    "timestamp": ("serial", "id"),
    "device_name": ("name", "id"),
    "status": ("device__connected", "id"),
    **{
        name: (name, "id")
        for name in (
            *("serial", "model", "sku", "type", "version", "suggested_version", "warranty", "warranty_type"),
            *("eol_time", "eos_time", "version_time", "version_eos_time", "warranty_time"),
        )
    },
}
_SEARCHED: Final = (
    *("serial", "model", "sku", "name", "version", "suggested_version", "contract", "warranty"),
    *("warranty_type", "account__name", "device__search", "device__site__name"),
)
# What `text` of the API looks into.
API_SEARCHED: Final = ("serial", "model", "account__account_id", "warranty_type")
_COUNTED: Final = {
    "account_id": "account__account_id",
    **{name: name for name in ("model", "sku", "type", "version", "warranty_type")},
    **{name: name for name in ("eol_time", "eos_time", "version_time")},
}


# What people filter by, as they read it.
STATUS_CHOICES: Final = (
    ("connected", "Connected"),
    ("disconnected", "Disconnected"),
    ("never", "Never connected"),
    (UNCLAIMED, "Not claimed"),
)


@dataclass(frozen=True, slots=True)
class InstalledFilter:
    """Which devices of Installed Base; `status` is one of STATUSES or UNCLAIMED.

    `words` are looked for in `within`; `exact` are values that columns have to the letter; those whose end of
    life or of support is less than `eol`, `eos` from now.
    """

    model: str = ""
    status: str = ""
    words: tuple[str, ...] = ()
    within: tuple[str, ...] = _SEARCHED
    exact: tuple[tuple[str, str], ...] = ()
    eol: timedelta | None = None
    eos: timedelta | None = None
    sort: str = "serial"


def count_installed(actor: Actor, org: Placed) -> int | None:
    """How many devices Installed Base has; None for those who may not see it."""
    if not actor.can(VIEW_INVENTORY, org):
        return None
    return InstalledDevice.objects.filter(org_id=org.org_id).values("serial").distinct().count()


def list_installed(
    actor: Actor, org: Placed, *, filters: InstalledFilter, page: Page, reads: Sequence[str]
) -> Slice:
    """A page of Installed Base for people."""
    found = _matching(_installed(org, list_accounts(actor, org, VIEW_INVENTORY)), filters)
    total = found.count()
    rows = _by_id(rows_of(found, filters.sort, page, total, _SORTS), reads)
    return Slice(in_order([shown_installed(row) for row in rows], page, total), total, page)


def stream_installed(
    actor: Actor, org: Placed, filters: InstalledFilter, columns: Sequence[Column] = ()
) -> Iterator[bytes]:
    """The matching devices as CSV in chunks: these columns, or all."""
    reads, steps = INSTALLED.steps(columns or INSTALLED.columns)
    linked = list_accounts(actor, org, VIEW_INVENTORY)
    found = _matching(_installed(org, linked), filters).order_by(*ordering(filters.sort, _SORTS))
    return csv_chunks(steps, found.values_list(*reads).iterator(chunk_size=CHUNK))


def installed_models(actor: Actor, org: Placed) -> list[str]:
    """The models in Installed Base, for filters."""
    actor.require(VIEW_INVENTORY, org)
    found = InstalledDevice.objects.filter(org_id=org.org_id)
    return list(found.order_by("model").values_list("model", flat=True).distinct())


def page_of_installed(actor: Actor, org: Placed, *, filters: InstalledFilter, page: Page) -> Slice:
    """A page of Installed Base as the API spells it (listOrgJsiPastPurchases)."""
    found = _matching(_installed(org, _required(actor, org)), filters)
    total = found.count()
    ids = rows_of(found, filters.sort, page, total, _API_SORTS)
    return Slice(
        in_order([installed_row(row) for row in _by_id(ids, INSTALLED_COLUMNS)], page, total), total, page
    )


def page_of_jsi_devices(actor: Actor, org: Placed, *, filters: InstalledFilter, page: Page) -> Slice:
    """A page of the devices of Installed Base that the organization has (listOrgJsiDevices)."""
    found = _matching(_installed(org, _required(actor, org)), filters).filter(device__id__isnull=False)
    total = found.count()
    ids = rows_of(found, filters.sort, page, total, _API_SORTS)
    return Slice(
        in_order([jsi_device_row(row) for row in _by_id(ids, JSI_DEVICE_COLUMNS)], page, total), total, page
    )


def count_installed_by(actor: Actor, org: Placed, distinct: str, *, limit: int) -> Groups:
    """How many devices there are per value, most first (countOrgJsiAssetsAndContracts)."""
    found = _installed(org, _required(actor, org))
    if distinct == "status":
        return _by_status(found, limit)
    column = _COUNTED.get(distinct)
    if column is None:
        raise Invalid({"distinct": f"must be one of {', '.join((*_COUNTED, 'status'))}"})
    groups = groups_of(found, column, limit)
    if not distinct.endswith("_time"):
        return groups
    return Groups([(_epoch_text(value), count) for value, count in groups.rows], groups.total)


def _required(actor: Actor, org: Placed) -> list[JuniperAccount]:
    """The linked accounts; raises Invalid when there is none, as the API does."""
    linked = list_accounts(actor, org, VIEW_INVENTORY)
    if not linked:
        raise Invalid("no juniper account linked")
    return linked


def _installed(org: Placed, linked: list[JuniperAccount]) -> QuerySet[InstalledDevice]:
    """Each serial once: of two accounts that know it, the one whose contract holds longer."""
    found: QuerySet[InstalledDevice] = InstalledDevice.objects.filter(org_id=org.org_id)
    if len(linked) < 2:
        return found
    same = InstalledDevice.objects.filter(org_id=org.org_id, serial=OuterRef("serial"))
    longer = Q(contract_time__gt=OuterRef("contract_time"))
    longer |= Q(contract_time=OuterRef("contract_time"), id__gt=OuterRef("id"))
    return found.filter(~Exists(same.filter(longer)))


def _by_id(page: QuerySet[InstalledDevice], reads: Sequence[str]) -> list[dict[str, Any]]:
    """These rows in their order. Only those of the page are joined to devices, unless its order needs all."""
    ids = list(page.values_list("id", flat=True))
    rows = InstalledDevice.objects.filter(id__in=ids).values(*dict.fromkeys(("id", *reads)))
    by_id = {row["id"]: row for row in rows}
    return [by_id[one] for one in ids if one in by_id]


def _matching(found: QuerySet[InstalledDevice], filters: InstalledFilter) -> QuerySet[InstalledDevice]:
    if len(filters.words) > MOST_WORDS:
        raise Invalid({"q": f"A search has {MOST_WORDS} words at most."})
    for word in filters.words:
        hit = Q()
        for column in filters.within:
            hit |= Q(**{f"{column}__lower__contains": lowered(word)})
        found = found.filter(hit)
    if filters.model:
        found = found.filter(model=filters.model)
    if filters.status:
        found = found.filter(**_status(filters.status))
    for column, value in filters.exact:
        found = found.filter(**{column: value})
    now = timezone.now()
    for column, span in (("eol_time", filters.eol), ("eos_time", filters.eos)):
        if span is not None:
            found = found.filter(**{f"{column}__gte": now, f"{column}__lt": now + span})
    return found


def _status(status: str) -> Mapping[str, Any]:
    if status == UNCLAIMED:
        return {"device__id__isnull": True}
    if status not in STATUSES:
        raise Invalid({"status": f"must be one of {', '.join((*STATUSES, UNCLAIMED))}"})
    if status == "never":
        return {"device__id__isnull": False, "device__last_seen__isnull": True}
    return {"device__connected": status == "connected", "device__last_seen__isnull": False}


def _by_status(found: QuerySet[InstalledDevice], limit: int) -> Groups:
    counts = {
        word: found.filter(device__connected=connected).count()
        for word, connected in (("connected", True), ("disconnected", False))
    }
    rows = sorted(((word, count) for word, count in counts.items() if count), key=lambda row: -row[1])
    return Groups(rows[:limit], len(rows))


def _epoch_text(value: str) -> str:
    return str(int(datetime.fromisoformat(value).timestamp()))
