"""Why a verb passes over a device, judged on the device as it is once it is locked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

# Takes a locked device; "" when nothing speaks against it.
Refuse = Callable[[Any], str]


def elsewhere(site_id: UUID) -> Refuse:
    """Refuse devices that are at another site already (`no_reassign` of updateOrgInventoryAssignment)."""
    return lambda device: "" if device.site_id in (None, site_id) else "is already assigned to a site"


def moved_on(key: str, planned: Mapping[UUID, Any]) -> Refuse:
    """Refuse devices whose `key` is not what it was when the work was planned."""

    def refuse(device: Any) -> str:
        if device.id not in planned:  # a member that goes along with the device that stands for it
            return ""
        now = getattr(device, key)
        text = str(now) if isinstance(now, UUID) else now
        return "" if text == planned[device.id] else "was changed meanwhile and keeps what it has"

    return refuse
