"""Sessions that ended by themselves and links that nobody followed: somebody has to take their rows away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from accounts.models import AdminSession, Recovery
from mistadmin.core.purge import purge

# What one run takes away at most; the next run takes the rest.
MOST_SESSIONS: Final = 50_000
# Long after its link has expired; until then a second use is told from a first.
_RECOVERIES_KEPT: Final = timedelta(days=1)


def discard_expired(now: datetime | None = None, *, most: int = MOST_SESSIONS) -> int:
    """Delete sessions that have expired, the oldest first; returns how many."""
    expired = AdminSession.objects.filter(expire_date__lt=now or timezone.now()).order_by("expire_date")
    return purge(expired, most=most)


def discard_recoveries(now: datetime | None = None, *, most: int = MOST_SESSIONS) -> int:
    """Delete what is left of forgotten passwords; returns how many."""
    until = (now or timezone.now()) - _RECOVERIES_KEPT
    return purge(Recovery.objects.filter(created_time__lt=until).order_by("created_time"), most=most)
