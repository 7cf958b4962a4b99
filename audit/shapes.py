"""Audit entries as the API spells them (listOrgAuditLogs)."""

from __future__ import annotations

from typing import Any, Final

# How Mist spells "no site" and "no organization".
_NONE: Final = "00000000-0000-0000-0000-000000000000"


def log_row(entry: dict[str, Any]) -> dict[str, Any]:
    """One entry; keys without a value are left out, except the place, which clients expect."""
    row = {
        "id": str(entry["id"]),
        "timestamp": entry["timestamp"].timestamp(),
        "org_id": _id(entry["org_id"]) or _NONE,
        "site_id": _id(entry["site_id"]) or _NONE,
        "admin_id": _id(entry["admin_id"]),
        "admin_name": entry["admin_name"],
        "message": entry["message"],
        "src_ip": entry["src_ip"],
        "before": entry["before"],
        "after": entry["after"],
    }
    return {key: value for key, value in row.items() if value is not None}


def _id(value: Any) -> str | None:
    return None if value is None else str(value)
