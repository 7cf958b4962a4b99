"""What log-ins through others leave behind: refusals, and marks of what was used up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from accounts.models import OauthState, SsoFailure, SsoUse
from mistadmin.core.purge import purge

FAILURES_KEPT: Final = timedelta(days=30)
# What one run takes away of each at most; the next run takes the rest.
_MOST: Final = 50_000


def discard(now: datetime | None = None) -> int:
    """Delete refusals after 30 days and marks whose time is over; returns how many."""
    now = now or timezone.now()
    old = (
        SsoFailure.objects.filter(timestamp__lt=now - FAILURES_KEPT).order_by("timestamp"),
        SsoUse.objects.filter(until__lt=now).order_by("until"),
        OauthState.objects.filter(until__lt=now).order_by("until"),
    )
    return sum(purge(rows, most=_MOST) for rows in old)
