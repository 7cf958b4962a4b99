"""Reads of inventory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, NullIf

from inventory.identifiers import mac_of, shown_code
from inventory.models import Device, DeviceEvent, DeviceType
from inventory.models_catalog import MODELS
from inventory.shapes import API_COLUMNS, DEVICE_COLUMNS, ROW_COLUMNS, inventory_row
from inventory.tables import COMPLETE, DEVICES, neighbour, status_of
from mistadmin.core.access import MANAGE_DEVICES, VIEW_INVENTORY, Actor, Placed
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.export import CHUNK, csv_chunks
from mistadmin.core.paging import Page, Part, Slice
from mistadmin.core.search_text import mac_part, spelled_mac_part
from mistadmin.core.tables import Column
from mistadmin.core.text import lowered
from orgs.queries import Secrets
from sites.models import Site

PLANNED: Final = (
    *("id", "org_id", "mac", "serial", "model", "type", "name", "claim_code"),
    *("site_id", "deviceprofile_id", "body"),
)
SORTS: Final = {one.key: tuple(dict.fromkeys((*one.order, "id"))) for one in DEVICES.columns if one.order}
STATUSES: Final = ("connected", "disconnected", "never")
# Shown in the list and not part of the indexed text of a device.
_ALSO_SEARCHED: Final = (
    *("site__name", "deviceprofile__name", "hostname", "ext_ip", "dns_suffix", "lldp_port_id"),
)
UNASSIGNED: Final = "unassigned"
MOST_WORDS: Final = 16
# A search asks so many devices first, and takes shorter words for beginnings of words.
_SAMPLE: Final = 2000
_SHORT: Final = 3
_BEFORE_WORDS: Final = " -_./:"
# Past so many rows a page is found in the index alone before its rows are read.
_DEEP: Final = 1000


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """Which devices and in which order; `sort` is a key of SORTS, with "-" in front for descending.

    `words` are words and phrases that a device has somewhere, `terms` the operators of a search with their
    values (inventory.search); `beginnings` takes words too short for the index for beginnings of words.
    `everywhere` also looks in what a list can show and the indexed text of a device does not have.
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
    sort: str = "name"


def list_devices(
    actor: Actor, org: Placed, *, filters: DeviceFilter, page: Page, reads: Sequence[str] = ROW_COLUMNS
) -> Slice:
    """A page of devices for people; `reads` are the columns of the query that the page needs."""
    found = _matching(_of(actor, org), filters)
    total = found.count()
    rows = _noted(_page(found, filters.sort, page, total), reads).values(*reads)
    return Slice(_in_order([_shown(row) for row in rows], page, total), total, page)


def page_of_inventory(actor: Actor, org: Placed, *, filters: DeviceFilter, page: Page) -> Slice:
    """A page of inventory items as the API spells them (getOrgInventory)."""
    found = _matching(_of(actor, org), filters)
    total = found.count()
    rows = _page(found, filters.sort, page, total).values_list(*API_COLUMNS)
    return Slice(_in_order([inventory_row(row) for row in rows], page, total), total, page)


def page_of_devices(actor: Actor, org: Placed, *, filters: DeviceFilter, page: Page) -> tuple[list[Any], int]:
    """A page of devices with DEVICE_COLUMNS as attributes, for replies that hold their configuration."""
    found = _matching(_of(actor, org), filters)
    total = found.count()
    rows = _page(found, filters.sort, page, total).values_list(*DEVICE_COLUMNS, named=True)
    return _in_order(list(rows), page, total), total


def count_by_type(actor: Actor, org: Placed, *, site_id: UUID | None = None) -> dict[str, int]:
    """How many devices of each type the actor sees; every type is present."""
    devices = _of(actor, org)
    if site_id:
        devices = devices.filter(site_id=site_id)
    counted = dict(devices.values_list("type").annotate(Count("id")).order_by())
    return {kind: counted.get(kind, 0) for kind in ("ap", "switch", "gateway")}


def count_by(actor: Actor, org: Placed, column: str, filters: DeviceFilter) -> list[dict[str, Any]]:
    """How many devices there are per value of a column (countOrgInventory)."""
    allowed = {"model": "model", "type": "type", "site_id": "site_id", "version": "version", "mac": "mac"}
    if column not in allowed:
        raise Invalid({"distinct": f"must be one of {', '.join(allowed)}"})
    rows = _matching(_of(actor, org), filters).values(column).annotate(count=Count("id"))
    return [
        {column: row[column] and str(row[column]), "count": row["count"]}
        for row in rows.order_by("-count", column)[:1000]
    ]


def count_unassigned(actor: Actor, org: Placed) -> int:
    """How many devices have no site yet."""
    return _of(actor, org).filter(site=None).count()


def count_per_site(actor: Actor, org: Placed) -> dict[UUID, int]:
    """How many devices there are at each site that has any."""
    rows = _of(actor, org).filter(site__isnull=False).values_list("site_id").annotate(Count("id")).order_by()
    return dict(rows)


def spare_devices(actor: Actor, org: Placed, device: Device) -> list[dict[str, Any]]:
    """Up to 100 unassigned devices that can take the place of this one, a gateway only of its model."""
    alike = {"model": device.model} if device.type == DeviceType.GATEWAY else {}
    spare = _of(actor, org).filter(type=device.type, site=None, **alike).order_by("name", "id")
    return [dict(row) for row in spare.values("mac", "name", "model", "serial")[:100]]


def models_in_use(actor: Actor, org: Placed) -> list[str]:
    """The models an organization has claimed, for filters."""
    return list(_of(actor, org).order_by("model").values_list("model", flat=True).distinct())


def get_device(actor: Actor, org: Placed, device_id: UUID) -> Device:
    """One device of an organization with its site and profile; raises NotVisible."""
    devices = Device.objects.visible_to(actor).filter(org_id=org.org_id, id=device_id)
    device: Device | None = devices.select_related("site", "deviceprofile").first()
    if device is None:
        raise NotVisible
    actor.require(VIEW_INVENTORY, device)
    return device


def get_site_device(actor: Actor, site_id: UUID, device_id: UUID) -> Device:
    """One device at a site; raises NotVisible when it is elsewhere."""
    found = Device.objects.filter(id=device_id, site_id=site_id).defer("search")
    device: Device | None = next(iter(found), None)
    if device is None:
        raise NotVisible
    actor.require(VIEW_INVENTORY, device)
    return device


def device_as_row(device: Device) -> dict[str, Any]:
    """A device for people, with the keys of list_devices."""
    values = {column: getattr(device, column) for column in ROW_COLUMNS if "__" not in column}
    return _shown(
        {
            **values,
            "site__name": device.site.name if device.site else None,
            "deviceprofile__name": device.deviceprofile.name if device.deviceprofile else None,
        }
    )


def devices_by_id(actor: Actor, org: Placed, ids: Sequence[UUID]) -> list[Device]:
    """The devices among these ids that the actor sees, in the order of the ids."""
    found = {d.id: d for d in _of(actor, org).filter(id__in=ids).select_related("site")}
    return [found[one] for one in ids if one in found]


def devices_by_mac(
    actor: Actor, org: Placed, macs: Sequence[str], serials: Sequence[str] = ()
) -> tuple[list[Device], list[tuple[str, str]]]:
    """The devices with these MACs and serials, and for each that is not there the text as sent and why."""
    spelled = {text: mac_of(text) for text in macs}
    by_mac = {d.mac: d for d in _of(actor, org).filter(mac__in=[m for m in spelled.values() if m])}
    by_serial = {d.serial: d for d in _of(actor, org).filter(serial__in=serials)} if serials else {}
    missing = [
        (text, "not a MAC address" if mac is None else "not found")
        for text, mac in spelled.items()
        if mac not in by_mac
    ]
    missing += [(serial, "not found") for serial in dict.fromkeys(serials) if serial not in by_serial]
    found = [by_mac[mac] for mac in spelled.values() if mac in by_mac]
    found += [by_serial[serial] for serial in serials if serial in by_serial]
    return list({device.id: device for device in found}.values()), missing


def devices_to_plan(
    actor: Actor, org: Placed, *, ids: Sequence[UUID] = (), filters: DeviceFilter | None = None
) -> Iterator[Any]:
    """Devices as rows with PLANNED, site_name and profile_name as attributes, streamed.

    By ids in their order, or every one that matches in the order of the list.
    """
    devices = _of(actor, org)
    names = {"site_name": F("site__name"), "profile_name": F("deviceprofile__name")}
    if filters is not None:
        found = _matching(devices, filters).order_by(*_order(filters.sort))
        yield from _planned(found.annotate(**names)).iterator(chunk_size=CHUNK)
        return
    by_id = {row.id: row for row in _planned(devices.filter(id__in=ids).annotate(**names))}
    yield from (by_id[one] for one in ids if one in by_id)


def _planned(devices: QuerySet[Device]) -> Any:
    return devices.values_list(*PLANNED, "site_name", "profile_name", named=True)


def suggest(actor: Actor, org: Placed, filters: DeviceFilter, *, limit: int = 8) -> list[dict[str, Any]]:
    """The first devices of a search while it is typed, by name; those without a name come last.

    In a large organization it is asked of the first devices by MAC alone; where that gives enough it never
    sorts all that match, and where it does not, too few match for that to take long.
    """
    devices = _of(actor, org)
    edge = next(iter(devices.order_by("id").values_list("id", flat=True)[_SAMPLE : _SAMPLE + 1]), None)
    filters = replace(filters, beginnings=True)
    rows: list[dict[str, Any]] = []
    if edge:
        # Reading so few rows costs less than asking the index for a short word: no index is on this column.
        part = devices.filter(id__lt=edge).alias(read=Coalesce("search", Value(""), output_field=TextField()))
        rows = _first_named(_matching(part, filters, column="read"), limit)
    if len(rows) < limit:
        rows = _first_named(_matching(devices, filters), limit)
    return [_shown(row) for row in rows]


def _first_named(found: QuerySet[Device], limit: int) -> list[dict[str, Any]]:
    named_first = NullIf("name", Value("")).asc(nulls_last=True)
    return list(found.order_by(named_first, "id").values(*ROW_COLUMNS)[:limit])


def find_devices(actor: Actor, org: Placed, filters: DeviceFilter, page: Page) -> Part:
    """A page of the devices of a search, by name, without counting them all."""
    found = _matching(_of(actor, org), replace(filters, beginnings=True))
    found = found.order_by("name", "id").values(*ROW_COLUMNS)
    part = Part.of(found, page)
    return replace(part, rows=[_shown(row) for row in part.rows])


def list_events(actor: Actor, device: Device, *, limit: int = 50) -> list[dict[str, Any]]:
    """What the device went through, newest first."""
    actor.require(VIEW_INVENTORY, device)
    events = DeviceEvent.objects.filter(device_id=device.id, org_id=device.org_id)
    rows = events.order_by("-timestamp", "-id").values("type", "timestamp", "facts", "site_id")
    return [dict(row) for row in rows[:limit]]


def stream_csv(
    actor: Actor, org: Placed, filters: DeviceFilter, columns: Sequence[Column] = ()
) -> Iterator[bytes]:
    """The matching devices as CSV in chunks: these columns, or those of the complete inventory."""
    known = {one.key: one for one in DEVICES.columns if DEVICES.may_read(one, actor, org.org_id)}
    reads, steps = DEVICES.steps(columns or [known[key] for key in COMPLETE if key in known])
    found = _matching(_of(actor, org), filters).order_by(*_order(filters.sort))
    return csv_chunks(steps, _noted(found, reads).values_list(*reads).iterator(chunk_size=CHUNK))


def shown(
    actor: Actor, org_id: UUID, devices: Iterable[Any], spelled: Callable[[Any], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Rows of an organization's devices; secrets are masked for who cannot manage them, or by no_reveal."""
    secrets = Secrets(actor, org_id)
    return [secrets.shown(spelled(device), MANAGE_DEVICES, device) for device in devices]


def _of(actor: Actor, org: Placed) -> QuerySet[Device]:
    """Devices of an organization, or of a site when one is passed."""
    devices: QuerySet[Device] = Device.objects.in_org(actor, org.org_id, VIEW_INVENTORY)
    site_id = getattr(org, "site_id", None)
    return devices.filter(site_id=site_id) if site_id else devices


def _matching(
    devices: QuerySet[Device], filters: DeviceFilter, *, column: str = "search"
) -> QuerySet[Device]:
    """The devices of a filter; `column` is where its short words are looked for."""
    exact: dict[str, Any] = {
        "type": filters.type,
        "site_id": filters.site_id,
        "site__isnull": filters.unassigned,
        "mac__in": filters.macs or None,
        "serial__in": filters.serials or None,
        "model__in": filters.model.split(",") if filters.model else None,
    }
    devices = devices.filter(**{key: value for key, value in exact.items() if value is not None})
    if filters.status:
        devices = devices.filter(**_status(filters.status))
    words = list(dict.fromkeys([*lowered(filters.text).split(), *(lowered(word) for word in filters.words)]))
    if len(words) + len(filters.terms) > MOST_WORDS:
        raise Invalid({"text": f"has {len(words) + len(filters.terms)} words; {MOST_WORDS} are allowed"})
    for word in words:
        hit = _word(word, column, beginnings=filters.beginnings)
        for other in _ALSO_SEARCHED if filters.everywhere else ():
            hit |= Q(**{f"{other}__lower__contains": word})
        devices = devices.filter(hit)
    for key, value in filters.terms:
        devices = devices.filter(_TERMS[key](value))
    return devices


def _noted(devices: QuerySet[Device], reads: Sequence[str]) -> QuerySet[Device]:
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
    known = [model for model in MODELS if model.upper().startswith(tuple(wanted))]
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


def _order(sort: str, *, backwards: bool = False) -> list[Any]:
    columns = SORTS.get(sort.removeprefix("-"))
    if columns is None:
        raise Invalid({"sort": f"must be one of {', '.join(SORTS)}"})
    descending = sort.startswith("-") != backwards
    return [F(column).desc() if descending else F(column).asc() for column in columns]


def _page(found: QuerySet[Device], sort: str, page: Page, total: int) -> QuerySet[Device]:
    """The rows of a page; those past the middle are read from the end, which skips fewer rows."""
    start, end = page.start, min(page.start + page.limit, total)
    if start >= end:
        return found.none()
    backwards = _from_the_end(page, total)
    order = _order(sort, backwards=backwards)
    if backwards:
        start, end = total - end, total - start
    if start < _DEEP:
        return found.order_by(*order)[start:end]
    ids = found.order_by(*order).values("id")[start:end]
    return Device.objects.filter(id__in=ids).order_by(*order)


def _from_the_end(page: Page, total: int) -> bool:
    return page.start > total // 2


def _in_order(rows: list[Any], page: Page, total: int) -> list[Any]:
    return rows[::-1] if _from_the_end(page, total) else rows


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row with what people read of it; it has only what was asked for."""
    if "site__name" in row:
        row["site_name"] = row.pop("site__name")
    if "deviceprofile__name" in row:
        row["profile_name"] = row.pop("deviceprofile__name")
    if "claim_code" in row:
        row["claim_code"] = shown_code(row["claim_code"])
    if "lldp_port_id" in row and "lldp_system_name" in row:
        row["lldp"] = neighbour(row["lldp_system_name"], row["lldp_port_id"])
    if "connected" in row and "last_seen" in row:
        row["status"] = status_of(row["connected"], row["last_seen"])
    if not row.pop("connected", True):
        row["uptime"] = None
    return row
