"""What devices went through."""

from __future__ import annotations

from typing import Any

from inventory.models import Device, DeviceEvent
from mistadmin.core.access import VIEW_INVENTORY, Actor


def list_events(actor: Actor, device: Device, *, limit: int = 50) -> list[dict[str, Any]]:
    """What the device went through, newest first."""
    actor.require(VIEW_INVENTORY, device)
    events = DeviceEvent.objects.filter(device_id=device.id, org_id=device.org_id)
    rows = events.order_by("-timestamp", "-id").values("type", "timestamp", "facts", "site_id")
    return [dict(row) for row in rows[:limit]]
