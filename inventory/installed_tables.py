"""The columns of Installed Base: what was sold and is supported, and what the device of this serial says."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from inventory.tables import status_of
from mistadmin.core.access import VIEW_INVENTORY
from mistadmin.core.export import moment, plain
from mistadmin.core.tables import Column, Table

UNCLAIMED: Final = "unclaimed"
_SEEN: Final = ("device__id", "device__connected", "device__last_seen")


def live_status(device_id: UUID | None, connected: bool | None, last_seen: datetime | None) -> str:
    """Whether the device of this serial is connected, or is none of the organization's."""
    return status_of(bool(connected), last_seen) if device_id else UNCLAIMED


def shown_installed(row: dict[str, Any]) -> dict[str, Any]:
    """A row with what people read of it; it has only what was asked for."""
    shown = {name.replace("__", "_"): value for name, value in row.items()}
    if "device_connected" in shown:
        shown["status"] = live_status(*(row[name] for name in _SEEN))
    shown["path"] = f"devices/{row['device__id']}" if row["device__id"] else ""
    return shown


def _day(value: datetime | None) -> str:
    return f"{value:%Y-%m-%d}" if value else ""


def _time(key: str, label: str, *, usual: bool = False, css: str = "num") -> Column:
    return Column(key, label, "day", order=(key,), css=css, usual=usual, write=_day)


INSTALLED: Final = Table(
    key="installed-base",
    path="inventory/installed-base",
    label="Installed Base",
    everything="All devices",
    need=VIEW_INVENTORY,
    filters=("model", "status", "q"),
    sort="serial",
    href="{path}",
    mark="serial",
    reads=("id", "serial", "device__id"),
    columns=(
        Column("serial", "Serial", "link", order=("serial",), css="name clip", fixed=True),
        Column(
            "status",
            "Status",
            "status",
            reads=_SEEN,
            order=("device__connected",),
            css="end",
            usual=True,
            write=live_status,
        ),
        Column("model", "Model", order=("model",), usual=True),
        Column(
            "device",
            "Name",
            value="device_name",
            reads=("device__name",),
            order=("device__name",),
            css="clip end",
            usual=True,
        ),
        Column(
            "site",
            "Site",
            value="device_site_name",
            reads=("device__site__name",),
            order=("device__site__name",),
            css="clip",
            usual=True,
        ),
        Column("version", "Version", "mono", order=("version",), css="clip spare wide", usual=True),
        Column(
            "suggested_version",
            "Suggested version",
            "mono",
            order=("suggested_version",),
            css="clip",
        ),
        Column("contract", "Contract", order=("contract",), css="clip tight spare extra", usual=True),
        _time("contract_time", "Contract until", usual=True),
        Column(
            "warranty_type",
            "Warranty type",
            order=("warranty_type",),
            css="clip",
        ),
        _time("eol_time", "End of life", css="num spare extra", usual=True),
        _time("eos_time", "End of support", css="num spare", usual=True),
        Column("type", "Type", order=("type",), write=plain),
        Column("sku", "SKU", order=("sku",)),
        Column("sold_as", "Name in the account", value="name", reads=("name",), order=("name",), css="clip"),
        Column("warranty", "Warranty", order=("warranty",), css="clip"),
        _time("warranty_time", "Warranty until"),
        _time("version_time", "Version released"),
        _time("version_eos_time", "Version supported until"),
        Column(
            "account",
            "Juniper account",
            value="account_name",
            reads=("account__name",),
            order=("account__name",),
            css="clip",
        ),
        Column("mac", "MAC", "mac", value="device_mac", reads=("device__mac",), order=("device__mac",)),
        Column("ip", "IP address", "mono", value="device_ip", reads=("device__ip",), order=("device__ip",)),
        Column(
            "firmware",
            "Reported firmware",
            "mono",
            value="device_version",
            reads=("device__version",),
            order=("device__version",),
        ),
        Column(
            "last_seen",
            "Last seen",
            "when",
            value="device_last_seen",
            reads=("device__last_seen",),
            order=("device__last_seen",),
            css="num",
            title="Last Seen (UTC)",
            write=moment,
        ),
    ),
)
TABLES: Final = (INSTALLED,)
