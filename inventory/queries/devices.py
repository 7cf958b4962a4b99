"""Reads of devices: pages of them, one of them, and those that are named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import F, QuerySet

from inventory.clusters import counted_members
from inventory.identifiers import mac_of
from inventory.imports import EXPORTED, export_steps
from inventory.matching import DeviceFilter, in_order, matching, noted, ordering, rows_of
from inventory.models import Device, DeviceType, MistEdge
from inventory.shapes import API_COLUMNS, DEVICE_COLUMNS, REPORT_COLUMNS, ROW_COLUMNS, inventory_row
from inventory.tables import COMPLETE, DEVICES, shown_row
from mistadmin.core.access import MANAGE_DEVICES, VIEW_INVENTORY, VIEW_MXEDGES, Actor, Placed
from mistadmin.core.errors import NotVisible
from mistadmin.core.export import CHUNK, csv_chunks
from mistadmin.core.paging import Page, Slice
from mistadmin.core.tables import Column, Table
from orgs.queries import Secrets

PLANNED: Final = (
    *("id", "org_id", "mac", "serial", "model", "type", "name", "claim_code"),
    *("site_id", "deviceprofile_id", "body", "managed", "cluster_id"),
)


def list_devices(
    actor: Actor, org: Placed, *, filters: DeviceFilter, page: Page, reads: Sequence[str] = ROW_COLUMNS
) -> Slice:
    """A page of devices for people; `reads` are the columns of the query that the page needs."""
    found = matching(devices_of(actor, org, filters.type), filters)
    total = found.count()
    rows = counted_members(noted(rows_of(found, filters.sort, page, total), reads).values(*reads))
    return Slice(in_order([shown_row(row) for row in rows], page, total), total, page)


def page_of_inventory(actor: Actor, org: Placed, *, filters: DeviceFilter, page: Page) -> Slice:
    """A page of inventory items as the API spells them (getOrgInventory)."""
    found = matching(devices_of(actor, org), filters)
    total = found.count()
    rows = rows_of(found, filters.sort, page, total).values_list(*API_COLUMNS)
    return Slice(in_order([inventory_row(row) for row in rows], page, total), total, page)


def page_of_devices(actor: Actor, org: Placed, *, filters: DeviceFilter, page: Page) -> tuple[list[Any], int]:
    """A page of devices with DEVICE_COLUMNS as attributes, for replies that hold their configuration."""
    found = matching(devices_of(actor, org), filters)
    total = found.count()
    rows = rows_of(found, filters.sort, page, total).values_list(*DEVICE_COLUMNS, named=True)
    return in_order(list(rows), page, total), total


def page_of_reports(
    actor: Actor,
    place: Placed,
    *,
    filters: DeviceFilter,
    page: Page,
    spelled: Callable[[Any], dict[str, Any]],
) -> Slice:
    """A page of devices without their configuration, each as `spelled` makes it of REPORT_COLUMNS."""
    found = matching(devices_of(actor, place), filters)
    total = found.count()
    rows = rows_of(found, filters.sort, page, total).values_list(*REPORT_COLUMNS, named=True)
    return Slice(in_order([spelled(row) for row in rows], page, total), total, page)


def spare_devices(actor: Actor, org: Placed, device: Device) -> list[dict[str, Any]]:
    """Up to 100 unassigned devices that can take the place of this one, a gateway only of its model."""
    alike = {"model": device.model} if device.type == DeviceType.GATEWAY else {}
    spare = devices_of(actor, org).filter(type=device.type, site=None, **alike).order_by("name", "id")
    return [dict(row) for row in spare.values("mac", "name", "model", "serial")[:100]]


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
    return _seen(actor, Device.objects.filter(id=device_id, site_id=site_id).defer("search"))


def find_site_device(actor: Actor, site_id: UUID, device_id: UUID) -> Device:
    """As `get_site_device`, for an action that locks the row and reads it anew: its place alone."""
    return _seen(actor, Device.objects.filter(id=device_id, site_id=site_id).only("org_id", "site_id"))


def _seen(actor: Actor, found: QuerySet[Any]) -> Device:
    device: Device | None = next(iter(found), None)
    if device is None:
        raise NotVisible
    actor.require(VIEW_INVENTORY, device)
    return device


def device_as_row(device: Device) -> dict[str, Any]:
    """A device for people, with the keys of list_devices."""
    values = {column: getattr(device, column) for column in ROW_COLUMNS if "__" not in column}
    return shown_row(
        {
            **values,
            "site__name": device.site.name if device.site else None,
            "deviceprofile__name": device.deviceprofile.name if device.deviceprofile else None,
        }
    )


def devices_by_id(actor: Actor, org: Placed, ids: Sequence[UUID]) -> list[Device]:
    """The devices among these ids that the actor sees, in the order of the ids."""
    found = {d.id: d for d in devices_of(actor, org).filter(id__in=ids).select_related("site")}
    return [found[one] for one in ids if one in found]


def devices_by_mac(
    actor: Actor, org: Placed, macs: Sequence[str], serials: Sequence[str] = ()
) -> tuple[list[Device], list[tuple[str, str]]]:
    """The devices with these MACs and serials, and for each that is not there the text as sent and why."""
    spelled = {text: mac_of(text) for text in macs}
    by_mac = {d.mac: d for d in devices_of(actor, org).filter(mac__in=[m for m in spelled.values() if m])}
    by_serial = {d.serial: d for d in devices_of(actor, org).filter(serial__in=serials)} if serials else {}
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
    actor: Actor,
    org: Placed,
    *,
    ids: Sequence[UUID] = (),
    filters: DeviceFilter | None = None,
    kind: str | None = None,
) -> Iterator[Any]:
    """Devices as rows with PLANNED, site_name and profile_name as attributes, streamed.

    By ids in their order, or every one that matches in the order of the list.
    """
    devices = devices_of(actor, org, filters.type if filters else kind)
    names = {"site_name": F("site__name"), "profile_name": F("deviceprofile__name")}
    if filters is not None:
        found = matching(devices, filters).order_by(*ordering(filters.sort))
        yield from _planned(found.annotate(**names)).iterator(chunk_size=CHUNK)
        return
    by_id = {row.id: row for row in _planned(devices.filter(id__in=ids).annotate(**names))}
    yield from (by_id[one] for one in ids if one in by_id)


def _planned(devices: QuerySet[Device]) -> Any:
    return devices.values_list(*PLANNED, "site_name", "profile_name", named=True)


def stream_csv(
    actor: Actor,
    org: Placed,
    filters: DeviceFilter,
    columns: Sequence[Column] = (),
    *,
    table: Table = DEVICES,
) -> Iterator[bytes]:
    """The matching devices as CSV in chunks: these columns, or those of the complete inventory."""
    known = {one.key: one for one in table.columns if table.may_read(one, actor, org.org_id)}
    reads, steps = table.steps(columns or [known[key] for key in COMPLETE if key in known])
    found = matching(devices_of(actor, org, filters.type), filters).order_by(*ordering(filters.sort))
    return csv_chunks(steps, noted(found, reads).values_list(*reads).iterator(chunk_size=CHUNK))


def stream_export(actor: Actor, site: Placed) -> Iterator[bytes]:
    """The devices of a site as CSV in chunks, in the columns that they can be imported by."""
    found = devices_of(actor, site).order_by("name", "id").values_list(*EXPORTED)
    return csv_chunks(list(export_steps()), found.iterator(chunk_size=CHUNK))


def shown(
    actor: Actor, org_id: UUID, devices: Iterable[Any], spelled: Callable[[Any], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Rows of an organization's devices; secrets are masked for who cannot manage them, or by no_reveal."""
    secrets = Secrets(actor, org_id)
    return [secrets.shown(spelled(device), MANAGE_DEVICES, device) for device in devices]


def devices_of(actor: Actor, org: Placed, kind: str | None = None) -> QuerySet[Device]:
    """Devices of an organization, or of a site when one is passed; Mist Edges when they are the `kind`."""
    devices: QuerySet[Device]
    if kind == DeviceType.MXEDGE:
        devices = MistEdge.objects.in_org(actor, org.org_id, VIEW_MXEDGES)
    else:
        devices = Device.objects.in_org(actor, org.org_id, VIEW_INVENTORY)
    site_id = getattr(org, "site_id", None)
    return devices.filter(site_id=site_id) if site_id else devices
