"""When a device was connected, from the events of its connecting and falling silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from inventory.models import Device, DeviceEvent
from mistadmin.core.access import VIEW_INVENTORY, Actor

SPANS: Final = {"day": timedelta(days=1), "week": timedelta(days=7)}
# A device that goes and comes all the time: of more than that only the newest are told.
_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in one status: connected, disconnected, or unknown before the first event there is."""

    status: str
    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True, slots=True)
class History:
    """The statuses of a device over a time, without gaps; `percent` is of what is known, None for nothing."""

    start: datetime
    end: datetime
    stretches: tuple[Stretch, ...]

    @property
    def outages(self) -> Sequence[Stretch]:
        return [one for one in self.stretches if one.status == "disconnected"]

    @property
    def percent(self) -> float | None:
        times = dict.fromkeys(("connected", "disconnected", "unknown"), 0.0)
        for one in self.stretches:
            times[one.status] += one.seconds
        known = times["connected"] + times["disconnected"]
        return 100 * times["connected"] / known if known else None


def status_history(actor: Actor, device: Device, *, until: datetime, span: timedelta) -> History:
    """The statuses of a device within a span of time."""
    actor.require(VIEW_INVENTORY, device)
    start = until - span
    events = DeviceEvent.objects.filter(
        device_id=device.id, org_id=device.org_id, type__in=("connected", "disconnected")
    ).order_by("-timestamp", "-id")
    rows = events.filter(timestamp__gte=start, timestamp__lt=until).values_list("type", "timestamp")[:_MOST]
    newest_first = list(rows)
    before = events.filter(timestamp__lt=start).values_list("type", flat=True).first()
    known_from = newest_first[-1][1] if len(newest_first) == _MOST else start
    status = before if before and known_from == start else "unknown"
    return History(start, until, tuple(_stretches(status, start, until, newest_first[::-1])))


def _stretches(
    status: str, start: datetime, end: datetime, events: Sequence[tuple[str, datetime]]
) -> list[Stretch]:
    found = []
    for kind, moment in events:
        if kind != status:
            if moment > start:
                found.append(Stretch(status, start, moment))
            status, start = kind, moment
    return [*found, Stretch(status, start, end)]
