"""The filters of the Audit Logs page (guide: Select the Time Period), read in the viewer's time zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mistadmin.core.errors import Invalid

PRESETS: Final = (
    ("60m", "Last 60 Min"),
    ("24h", "Last 24 Hr"),
    ("7d", "Last 7 Days"),
    ("today", "Today"),
    ("yesterday", "Yesterday"),
    ("week", "This Week"),
    ("date", "Custom Date"),
    ("range", "Custom Range"),
)
DEFAULT: Final = "today"
KEPT_DAYS: Final = 60
_DAY: Final = timedelta(days=1)

Span = tuple[datetime, datetime]


def shown_filters(query: Mapping[str, str]) -> dict[str, str]:
    """The filters as the page shows them; what is left out is empty, the period is today unless chosen."""
    shown = {name: query.get(name, "") for name in ("date", "start", "end", "admin", "site", "q")}
    preset = query.get("preset", "")
    return {**shown, "preset": preset if preset in dict(PRESETS) else DEFAULT}


def period(shown: Mapping[str, str], now: datetime, zone: str) -> Span:
    """The half-open time range of the filters; `zone` is where midnight is.

    Raises Invalid for a date or range that is none, or that lies outside the past 60 days.
    """
    here = now.astimezone(_zone(zone))
    preset = shown["preset"]
    if preset == "date":
        return _recent(_custom_date(shown, here), here)
    if preset == "range":
        return _recent(_custom_range(shown, here), here)
    start = _STARTS[preset](here)
    return start, _midnight(here) if preset == "yesterday" else here + timedelta(seconds=1)


def on_day_of(moment: datetime, now: datetime, zone: str) -> str:
    """The query of the page that shows the day of a moment; "" for one that it does not show any more."""
    day = moment.astimezone(_zone(zone))
    return f"preset=date&date={day:%Y-%m-%d}" if _recently(day, now.astimezone(_zone(zone))) else ""


def default_values(shown: Mapping[str, str], now: datetime, zone: str) -> dict[str, str]:
    """The filters with the fields of a custom period filled in, for a form just switched to it."""
    here = now.astimezone(_zone(zone))
    minute = "%Y-%m-%dT%H:%M"
    offered = {
        "date": here.strftime("%Y-%m-%d"),
        "start": _midnight(here).strftime(minute),
        "end": here.strftime(minute),
    }
    return {**shown, **{name: shown[name] or text for name, text in offered.items()}}


_STARTS: Final[dict[str, Callable[[datetime], datetime]]] = {
    "60m": lambda here: here - timedelta(minutes=60),
    "24h": lambda here: here - timedelta(hours=24),
    "7d": lambda here: _midnight(here, 7),
    "today": lambda here: _midnight(here),
    "yesterday": lambda here: _midnight(here, 1),
    # Weeks begin on Sunday.
    "week": lambda here: _midnight(here, here.isoweekday() % 7),
}


def _custom_date(shown: Mapping[str, str], here: datetime) -> Span:
    try:
        day = date.fromisoformat(shown["date"])
        return _start_of(day, here), _start_of(day + _DAY, here)
    except (ValueError, OverflowError):
        raise Invalid({"date": "choose a date"}) from None


def _custom_range(shown: Mapping[str, str], here: datetime) -> Span:
    errors, moments = {}, []
    for name in ("start", "end"):
        try:
            moments.append(datetime.fromisoformat(shown[name]).replace(tzinfo=here.tzinfo))
        except ValueError:
            errors[name] = "choose a date and time"
    if errors:
        raise Invalid(errors)
    start, end = moments
    if end <= start:
        raise Invalid({"end": "must be after the start"})
    try:
        return start, end + timedelta(minutes=1)
    except OverflowError:
        raise Invalid({"end": "choose a date and time"}) from None


def _recent(span: Span, here: datetime) -> Span:
    if not _recently(span[0], here):
        raise Invalid(f"Choose a period within the past {KEPT_DAYS} days.")
    return span


def _recently(moment: datetime, here: datetime) -> bool:
    return _midnight(here, KEPT_DAYS) <= moment <= here


def _midnight(here: datetime, days_ago: int = 0) -> datetime:
    return _start_of(here.date() - days_ago * _DAY, here)


def _start_of(day: date, here: datetime) -> datetime:
    # Built from the date, so that days on which clocks change still begin at midnight.
    return datetime.combine(day, time.min, here.tzinfo)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
