"""Signs of life of the processes, which /healthz reads (mistadmin.health)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils import timezone

from mistadmin.core.models import Heartbeat

WORKER: Final = "worker"
BEAT: Final = "beat"


def mark(name: str) -> None:
    """Leave the sign of life of a process."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": timezone.now()})


def last() -> dict[str, datetime]:
    """When each process last left one."""
    return dict(Heartbeat.objects.filter(name__in=(WORKER, BEAT)).values_list("name", "beat_at"))


def forget() -> None:
    """Drop the signs of life of processes that ended, before new ones start."""
    Heartbeat.objects.filter(name__in=(WORKER, BEAT)).delete()
