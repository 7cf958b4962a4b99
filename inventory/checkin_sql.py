"""The statements of an unchanged check-in, written by hand.

A fleet sends them all day, and building them with the ORM costs more than everything else a check-in does.
They run on PostgreSQL and on SQLite; what is stored looks as if the ORM had written it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

DEVICE_COLUMNS: Final = (
    "connected",
    "last_seen",
    "ip",
    "ext_ip",
    "dns_suffix",
    "lldp_system_name",
    "lldp_port_desc",
    "lldp_port_id",
    "version",
    "hostname",
    "agent_version",
    "distro",
    "org_id",
    "site_id",
    "name",
    "type",
    "managed",
    "cluster_id",
    "member_role",
    "modified_time",
    "config_version",
    "config_made_at",
    "config_sent",
    "config_acked",
)
_UUIDS: Final = ("org_id", "site_id", "cluster_id")
_TIMES: Final = ("modified_time", "config_made_at")

_UNIT: Final = "SELECT secret, org_id FROM inventory_unit WHERE mac = %s"
_DEVICE: Final = f"SELECT {', '.join(DEVICE_COLUMNS)} FROM inventory_device WHERE mac = %s"  # noqa: S608
_ACCEPT: Final = "UPDATE inventory_unit SET last_call_at = %s WHERE mac = %s AND last_call_at < %s"
_SEEN: Final = "UPDATE inventory_device SET connected = %s, last_seen = %s, uptime = %s WHERE mac = %s"


def unit_of(mac: str) -> tuple[bytes, UUID | None] | None:
    """The sealed secret and the owner of a unit; None for an unknown MAC."""
    row = _one(_UNIT, [mac])
    return None if row is None else (bytes(row[0]), _uuid(row[1]))


def locked_device(mac: str) -> dict[str, Any] | None:
    """The columns DEVICE_COLUMNS of a claimed device, locked until the transaction ends."""
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    row = _one(_DEVICE + lock, [mac])
    if row is None:
        return None
    device = dict(zip(DEVICE_COLUMNS, row, strict=True))
    ids = {key: _uuid(device[key]) for key in _UUIDS}
    times = {key: _moment(device[key]) for key in _TIMES}
    return {**device, **ids, **times}


def accept(mac: str, called_at: Decimal) -> bool:
    """Move the time of the last accepted call forward; False when it is not later."""
    return _write(_ACCEPT, [called_at, mac, called_at])


def see(mac: str, seen_at: datetime, uptime: int) -> None:
    """Note that a device is there; uptime in seconds."""
    _write(_SEEN, [True, connection.ops.adapt_datetimefield_value(seen_at), uptime, mac])


def _one(sql: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def _write(sql: str, values: Sequence[Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return bool(cursor.rowcount)


def _uuid(value: Any) -> UUID | None:
    # SQLite has no type for it.
    return value if value is None or isinstance(value, UUID) else UUID(value)


def _moment(value: Any) -> datetime | None:
    # SQLite has texts, without the zone that all of them are in.
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)
