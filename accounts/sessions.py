"""Sessions that ended by themselves: Django leaves their rows, and somebody has to take them away."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.contrib.sessions.models import Session
from django.utils import timezone

from mistadmin.core.purge import purge

# What one run takes away at most; the next run takes the rest.
MOST_SESSIONS: Final = 50_000


def discard_expired(now: datetime | None = None, *, most: int = MOST_SESSIONS) -> int:
    """Delete sessions that have expired, the oldest first; returns how many."""
    expired = Session.objects.filter(expire_date__lt=now or timezone.now()).order_by("expire_date")
    return purge(expired, most=most)
