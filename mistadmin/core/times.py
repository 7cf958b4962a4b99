"""Times as the API takes them: epoch seconds, "now", or an age such as -1d; and durations such as 2w."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from django.utils import timezone

from mistadmin.core.errors import Invalid

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN: Final = re.compile(r"^(\d{1,6})([smhdw])$")


def time_range(query: Mapping[str, str], *, duration: str = "1d") -> tuple[datetime, datetime]:
    """`start`, `end` and `duration` of a query as a half-open range; raises Invalid for what is none."""
    now = timezone.now()
    end = _moment(query, "end", now) or now
    start = _moment(query, "start", now)
    if start is None:
        text = query.get("duration") or duration
        span = _seconds(text)
        if span is None:
            raise Invalid({"duration": "must be a number with s, m, h, d or w, such as 1d"})
        start = _shifted(end, -span, "duration")
    # The end is named to the second, and what happened within that second belongs to it.
    return start, _shifted(end, 1, "end")


def spelled_range(start: datetime, end: datetime) -> dict[str, int]:
    """A range of time_range as replies repeat it, in epoch seconds."""
    return {"start": int(start.timestamp()), "end": int(end.timestamp()) - 1}


def span_of(query: Mapping[str, str], name: str) -> timedelta | None:
    """A duration of a query, None when it is not there; raises Invalid for what is none."""
    text = query.get(name, "")
    seconds = _seconds(text) if text else None
    if text and seconds is None:
        raise Invalid({name: "must be a number with s, m, h, d or w, such as 30d"})
    return None if seconds is None else timedelta(seconds=seconds)


def _moment(query: Mapping[str, str], name: str, now: datetime) -> datetime | None:
    text = query.get(name, "")
    if not text:
        return None
    if text == "now":
        return now
    span = _seconds(text.removeprefix("-")) if text.startswith("-") else None
    try:
        return now - timedelta(seconds=span) if span is not None else datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise Invalid({name: "must be epoch seconds, now, or an age such as -1d"}) from None


def _shifted(moment: datetime, seconds: int, name: str) -> datetime:
    try:
        return moment + timedelta(seconds=seconds)
    except OverflowError:
        raise Invalid({name: "is out of range"}) from None


def _seconds(text: str) -> int | None:
    found = _SPAN.match(text)
    return int(found[1]) * _UNITS[found[2]] if found else None
