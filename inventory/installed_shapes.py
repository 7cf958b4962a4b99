"""Rows of Installed Base as the API spells them, and what the operations of Juniper accounts take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mistadmin.core.shapes import epoch

_TEXTS: Final = (
    "model",
    "serial",
    "sku",
    "type",
    "version",
    "suggested_version",
    "warranty",
    "warranty_type",
)
_TIMES: Final = ("eol_time", "eos_time", "version_time", "version_eos_time", "warranty_time")
INSTALLED_COLUMNS: Final = (
    *("org_id", "name", "master", *_TEXTS, *_TIMES),
    *("device__id", "device__name", "device__connected"),
)
JSI_DEVICE_COLUMNS: Final = ("serial", "device__mac", "device__model", "device__ext_ip", "device__last_seen")


def installed_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A device of Installed Base; what is not known of it is not there."""
    known = {
        "org_id": str(row["org_id"]),
        "device_name": row["device__name"] or row["name"],
        "master": row["master"],
        **{name: row[name] for name in _TEXTS},
        **{name: _second(row[name]) for name in _TIMES},
    }
    if row["device__id"]:
        known["status"] = "connected" if row["device__connected"] else "disconnected"
    return {name: value for name, value in known.items() if value not in (None, "")}


def jsi_device_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A device of Installed Base that the organization has claimed or adopted."""
    shown = {
        "mac": row["device__mac"],
        "model": row["device__model"],
        "serial": row["serial"],
        "ext_ip": row["device__ext_ip"],
        "last_seen": epoch(row["device__last_seen"]),
    }
    return {name: value for name, value in shown.items() if value not in (None, "") or name == "last_seen"}


def _second(moment: Any) -> int | None:
    return None if moment is None else int(moment.timestamp())
