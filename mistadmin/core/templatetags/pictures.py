"""Pictures that pages draw into themselves: codes to scan, and a status over time. No style, no script."""

from __future__ import annotations

import json
from typing import Any, Final

import segno
from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_WIDE: Final = 1000
# From the top: how high a status is drawn, so that it is told apart without its colour.
_TOPS: Final = {"connected": 0, "disconnected": 14, "unknown": 24}
_HIGH: Final = 28


@register.simple_tag
def qr(text: str, label: str) -> SafeString:
    """A QR code (ISO/IEC 18004) of a short text; `label` says what it holds."""
    drawn = segno.make(text, micro=False).svg_inline(border=2, light="#fff", omitsize=True, svgclass="qr")
    named = format_html('<svg role="img" aria-label="{}"', label)
    return mark_safe(drawn.replace("<svg", named, 1))  # noqa: S308 - drawn by segno, the label is escaped


@register.simple_tag
def status_strip(history: Any, label: str) -> SafeString:
    """A status over time (inventory.queries.History) as a strip; `label` tells it in words."""
    whole = (history.end - history.start).total_seconds()
    bars = (
        (
            one.status,
            round((one.start - history.start).total_seconds() / whole * _WIDE, 1),
            _TOPS[one.status],
            # A blink of an outage is still seen.
            max(2, round(one.seconds / whole * _WIDE, 1)),
            _HIGH - _TOPS[one.status],
        )
        for one in history.stretches
    )
    return format_html(
        '<svg class="strip" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        "{}</svg>",
        _WIDE,
        _HIGH,
        label,
        format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', bars),
    )


@register.filter
def as_set(value: Any) -> str:
    """A value of a configuration as people write it: texts as they are, anything else as JSON."""
    if isinstance(value, str):
        return value or "(empty)"
    return "none" if value is None else json.dumps(value, ensure_ascii=False)
