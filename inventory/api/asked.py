"""What a query asks for: devices, lists of values, switches, and the time an answer covers."""

from __future__ import annotations

import time
from collections.abc import Mapping

from inventory.identifiers import mac_of
from inventory.matching import DeviceFilter
from mistadmin.core.errors import Invalid
from mistadmin.core.ids import posted_id

_TRUE, _FALSE = {"true", "1"}, {"false", "0"}


def filters_of(query: Mapping[str, str], *, kind: str | None = None) -> DeviceFilter:
    wanted = query.get("type") or kind
    return DeviceFilter(
        type=None if wanted in (None, "all") else wanted,
        site_id=posted_id(query, "site_id"),
        # unassigned=true is the default and means "these too"; only false narrows.
        unassigned=False if flag(query, "unassigned") is False else None,
        model=query.get("model") or None,
        text=query.get("text") or query.get("name", "").strip("*"),
        macs=tuple(mac_of(text) or text for text in listed(query, "mac")),
        serials=tuple(listed(query, "serial")),
        sort="mac",
    )


def listed(query: Mapping[str, str], name: str) -> list[str]:
    return [part.strip() for part in query.get(name, "").split(",") if part.strip()]


def flag(query: Mapping[str, str], name: str) -> bool | None:
    text = query.get(name, "").lower()
    if text and text not in _TRUE | _FALSE:
        raise Invalid({name: "must be true or false"})
    return text in _TRUE if text else None


def day() -> dict[str, int]:
    now = int(time.time())
    return {"start": now - 86_400, "end": now}
