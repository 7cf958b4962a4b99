"""What pages are built of: icons, times, MAC addresses, status words, fields, heads of sorted tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from mistadmin.core.edits import UNKNOWN, Clash

register = template.Library()

_THEMES: Final = ("system", "light", "dark")
_DENSITIES: Final = ("dense", "comfortable")
_MAC_FORMATS: Final = {"colons": (":", 2), "dashes": ("-", 2), "dots": (".", 4)}
_CLOCKS: Final = {"12": "%-I:%M:%S %p", "24": "%H:%M:%S"}
_STATUSES: Final = {
    "connected": ("ok", "Connected"),
    "disconnected": ("bad", "Disconnected"),
    "never": ("idle", "Never connected"),
    "unclaimed": ("idle", "Not claimed"),
}
_MAC: Final = re.compile("[0-9a-f]{12}")
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_MANY: Final = 200
_PIECES: Final = re.compile(r"[^._]*[._]|[^._]+")


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """An inline lucide icon, hidden from assistive technology; the words stand beside it."""
    return _icon(str(name), size)


@lru_cache(maxsize=256)
def _icon(name: str, size: int) -> SafeString:
    drawn: str = lucide(name, size=size, aria_hidden="true")
    return mark_safe(" ".join(drawn.split()).replace("> <", "><"))  # noqa: S308 - drawn by the icon package


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """The colour scheme the viewer chose, from the `theme` cookie: system, light or dark."""
    return _cookie(context, "theme", _THEMES)


@register.simple_tag(takes_context=True)
def density(context: Context) -> str:
    """The row height the viewer chose, from the `density` cookie: dense or comfortable."""
    return _cookie(context, "density", _DENSITIES)


@register.simple_tag(takes_context=True)
def menu_width(context: Context) -> str:
    """The left menu as the viewer left it, from the `menu` cookie: wide or narrow."""
    return _cookie(context, "menu", ("wide", "narrow"))


def _cookie(context: Context, name: str, choices: tuple[str, ...]) -> str:
    request = context.get("request")
    chosen = request.COOKIES.get(name, "") if request else ""
    return chosen if chosen in choices else choices[0]


@register.simple_tag(takes_context=True)
def mac(context: Context, value: str) -> SafeString:
    """A MAC address (12 hex digits) in the viewer's format: colons, dashes, dots or bare."""
    separator, width = _MAC_FORMATS.get(_viewer(context, "mac_format", "colons"), ("", 12))
    digits = str(value or "")
    parts = [digits[at : at + width] for at in range(0, len(digits), width)]
    return format_html('<span class="mono">{}</span>', separator.join(parts))


@register.simple_tag(takes_context=True)
def device_label(context: Context, label: str) -> SafeString | str:
    """The name of a device, or its MAC address in the viewer's format where that stands for a name."""
    return mac(context, label) if _MAC.fullmatch(str(label)) else str(label)


@register.simple_tag
def status(word: str) -> SafeString:
    """A device status as a dot and a word; any other word is shown as it is."""
    tone, label = _STATUSES.get(str(word), ("", str(word).capitalize()))
    return format_html('<span class="status {}">{}</span>', tone, label)


@register.simple_tag(takes_context=True)
def when(
    context: Context, value: datetime | float | None, site_zone: str = "", absolute: bool = False
) -> SafeString:
    """A moment (datetime or epoch seconds): relative while fresh; exact in three time zones on hover."""
    if value is None:
        return mark_safe('<span class="faint">Never</span>')
    moment = value if isinstance(value, datetime) else datetime.fromtimestamp(value, tz=UTC)
    clock = _CLOCKS.get(str(_viewer(context, "time_format", "24")), _CLOCKS["24"])
    zone = _viewer(context, "timezone", "UTC")
    age = timezone.now() - moment
    relative = not absolute and age < timedelta(days=1)
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>',
        moment.astimezone(UTC).isoformat(timespec="seconds"),
        " · ".join(
            f"{_exact(moment, name, clock)} {name}"
            for name in dict.fromkeys((zone, site_zone or zone, "UTC"))
        ),
        mark_safe(" data-relative") if relative else "",
        _shortly(moment, age, zone) if not absolute else _exact(moment, zone, clock),
    )


@register.filter
def day(moment: datetime | None) -> str:
    """The day of a moment in UTC, which is a day and no time of it; "" for None."""
    if moment is None:
        return ""
    there = moment.astimezone(UTC)
    return format_html('<time datetime="{}">{}</time>', f"{there:%Y-%m-%d}", _date(there))


@register.filter
def duration(seconds: float | None) -> str:
    """A span of seconds in its two largest units, as "3 d 4 h"; "" for None."""
    if seconds is None:
        return ""
    rest = max(0, int(seconds))
    parts: list[str] = []
    for size, unit in _UNITS:
        if rest >= size or (size == 1 and not parts):
            parts.append(f"{rest // size} {unit}")
        rest %= size
    return " ".join(parts[:2])


def _shortly(moment: datetime, age: timedelta, zone: str) -> str:
    if age >= timedelta(days=1):
        return _date(_at(moment, zone))
    seconds = max(0, int(age.total_seconds()))
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= size), (1, "s"))
    return f"{seconds // size} {unit} ago"


def _exact(moment: datetime, zone: str, clock: str) -> str:
    there = _at(moment, zone)
    return f"{_date(there)}, {_clock(there, clock)}"


def _at(moment: datetime, zone: str) -> datetime:
    try:
        return moment.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return moment.astimezone(UTC)


def _date(there: datetime) -> str:
    return f"{there.day} {there:%b %Y}"


def _clock(moment: datetime, pattern: str) -> str:
    # "%-I" is not known on every platform.
    hour = str(moment.hour % 12 or 12)
    return moment.strftime(pattern.replace("%-I", hour))


def _viewer(context: Context, key: str, default: str) -> Any:
    viewer = context.get("viewer")
    found = viewer.get(key) if isinstance(viewer, Mapping) else getattr(viewer, key, None)
    return found or default


@register.inclusion_tag("components/field.html", takes_context=True)
def field(context: Context, name: str, label: str, kind: str = "text", **options: Any) -> dict[str, Any]:
    """A labelled field with its help and its error.

    `kind` is an input type, or textarea, select, checkbox or picker (its value is a list of ids). Value and
    error come from the context's `values` and `errors` unless given. Options: value, error, help, required,
    choices ((value, label) pairs), blank (label of the empty choice), autocomplete, placeholder, maxlength,
    min, max, rows, mono, unlabelled (of a picker: what stands above says it), prefix (of the id).
    """
    values, errors = context.get("values") or {}, context.get("errors") or {}
    shown = {"value": values.get(name, ""), "error": errors.get(name, ""), "rows": 4} | options
    if shown["value"] is None:
        shown["value"] = ""
    if kind == "select":
        shown["chosen"] = str(shown["value"])
    own_id = f"{options.get('prefix', 'f')}-{name}"
    described = f"{own_id}-help" if shown["error"] or shown.get("help") else ""
    return shown | {"name": name, "label": label, "kind": kind, "id": own_id, "described": described}


@register.inclusion_tag("components/sort_head.html", takes_context=True)
def sort_head(context: Context, column: str, label: str, css: str = "") -> dict[str, Any]:
    """A column head that sorts; `sort` of the context's `filters` is the column in force, "-" descends."""
    filters = context.get("filters") or {}
    current = str(filters.get("sort", "") if isinstance(filters, Mapping) else getattr(filters, "sort", ""))
    active = current.lstrip("-") == column
    descending = active and current.startswith("-")
    return {
        "request": context.get("request"),
        "label": label,
        "css": css,
        "direction": ("descending" if descending else "ascending") if active else "",
        "target": f"-{column}" if active and not descending else column,
    }


@register.inclusion_tag("components/diff.html")
def diff(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, Any]:
    """What changed between two documents, one row per key, nested keys dotted; at most 200 rows."""
    old, new = (dict(_flat(document)) if document else {} for document in (before, after))
    keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    rows = [{"key": key, "before": old.get(key), "after": new.get(key)} for key in keys[:_MANY]]
    return {"rows": rows, "more": max(0, len(keys) - _MANY), "before": before or None, "after": after or None}


@register.inclusion_tag("components/conflict.html", takes_context=True)
def conflict(context: Context) -> dict[str, Any]:
    """Both sides of a stale edit, from the context's `clash`, `by` and `labels`; at most 200 rows.

    `called` says what stored values such as ids are called.
    """
    clash, labels, called = context["clash"], context["labels"], context.get("called") or {}
    found = [row for key in clash.changed for row in _sides(clash, key, labels.get(key, key))]
    rows = [{name: called.get(text, text) for name, text in row.items()} for row in found]
    shown = {name: context.get(name) for name in ("request", "by", "actor", "viewer")}
    return {**shown, "rows": rows[:_MANY], "more": max(0, len(rows) - _MANY)}


def _sides(clash: Clash, key: str, label: str) -> Iterator[dict[str, Any]]:
    """One row per nested key of a key that somebody else changed: as it was opened, now, mine."""
    known, touched = clash.was(key) is not UNKNOWN, key in clash.touched
    was, theirs = _leaves(key, clash.was(key)), _leaves(key, clash.theirs.get(key))
    yours = _leaves(key, clash.touched.get(key)) if touched else was
    for path in {**was, **theirs, **yours}:
        sides = [theirs.get(path, "—"), yours.get(path, "—"), was.get(path, "—")]
        if len(set(sides if known else sides[:2])) > 1:
            yield {
                "label": path if label == key else _labelled(label, path.removeprefix(key)),
                "was": sides[2] if known else None,
                "theirs": sides[0],
                "yours": sides[1] if touched else None,
            }


def _labelled(label: str, path: str) -> str:
    """A place inside a field, counted from one as people count: "Site Assignment: rules 1 prefix"."""
    parts = [str(int(part) + 1) if part.isdecimal() else part for part in path.split(".")[1:]]
    return f"{label}: {' '.join(parts)}" if parts else label


def _leaves(key: str, value: Any) -> dict[str, str]:
    return {} if value is None or value is UNKNOWN else dict(_flat(value, key))


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    children = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else None
    )
    if children is None or not value:
        yield path, _shown(value)
        return
    for key, child in children:
        yield from _flat(child, f"{path}.{key}" if path else str(key))


def _shown(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if value not in ("", [], {}) else "(empty)"


@register.filter
def breakable(path: str) -> SafeString:
    """A dotted path that a narrow column breaks after dots and underscores before it breaks a word."""
    return format_html_join(SafeString("<wbr>"), "{}", ((part,) for part in _PIECES.findall(path)))


@register.filter
def initials(name: str) -> str:
    """The first letters of the first and the last word of a name; "?" for an empty one."""
    words = str(name or "").split()
    return "".join(word[0] for word in dict.fromkeys((words[0], words[-1]))).upper() if words else "?"


@register.simple_tag
def options(rows: Iterable[Mapping[str, Any]], chosen: Any) -> SafeString:
    """The options of a select for rows {id, name}, the one with the chosen id selected."""
    wanted = str(chosen)
    marked = ((row["id"], " selected" if str(row["id"]) == wanted else "", row["name"]) for row in rows)
    return format_html_join("", '<option value="{}"{}>{}</option>', marked)


@register.filter
def same(left: Any, right: Any) -> bool:
    """Whether two ids are the same, one of them perhaps a UUID and the other its text."""
    return (
        str(left) == str(right) if isinstance(left, UUID) or isinstance(right, UUID) else bool(left == right)
    )
