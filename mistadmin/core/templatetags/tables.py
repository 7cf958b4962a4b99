"""What lists are built of: heads that sort, and the cells of a row by the kind of their column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django import template
from django.template.context import Context
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from mistadmin.core.tables import Column, Layout
from mistadmin.core.templatetags.ui import day, duration, icon, mac, status, when

register = template.Library()

# Classes by which the usual columns make room for each other; columns that somebody chose all stay.
_MAKES_ROOM: Final = frozenset({"spare", "extra", "roomy", "wide", "tight", "end"})


@register.inclusion_tag("components/sort_head.html", takes_context=True)
def column_head(context: Context, layout: Layout, column: Column) -> dict[str, Any]:
    """The head of a column: a link that sorts by it, where it can be sorted by."""
    active = layout.sort.lstrip("-") == column.key
    descending = active and layout.sort.startswith("-")
    return {
        "request": context.get("request"),
        "label": column.label,
        "css": _css(layout, column).replace("clip", "").strip(),
        "direction": ("descending" if descending else "ascending") if active else "",
        "target": (f"-{column.key}" if active and not descending else column.key) if column.order else "",
    }


@register.simple_tag(takes_context=True)
def table_row(context: Context, layout: Layout, row: Mapping[str, Any], pick: bool = False) -> SafeString:
    """A row: its cells, and with `pick` a box that selects it and the button of its menu."""
    cells = [_cell(context, layout, column, row) for column in layout.columns]
    if pick:
        mark = row[layout.table.mark]
        name = row.get("name") or mark
        cells = [_pick(row["id"], mark, name), *cells, _menu_button(mark, name)]
    return mark_safe(f"<tr>{''.join(cells)}</tr>")  # noqa: S308 - each cell was escaped


def _cell(context: Context, layout: Layout, column: Column, row: Mapping[str, Any]) -> str:
    css = _css(layout, column)
    marked = format_html(' class="{}"', css) if css else ""
    # A day alone would not say what of.
    named = (layout.chosen or column.kind == "day") and not column.fixed
    label = format_html(' data-label="{}"', column.label) if named else ""
    inner = KINDS[column.kind](context, layout, column, row)
    return format_html("<td{}{}>{}</td>", marked, label, inner)


def _pick(value: Any, mark: str, name: str) -> str:
    return format_html(
        '<td class="pick"><label><span class="vh">Select {}</span>'
        '<input type="checkbox" name="ids" value="{}" id="p-{}" autocomplete="off"></label></td>',
        name,
        value,
        mark,
    )


def _menu_button(mark: str, name: str) -> str:
    # No stop of its own for Tab, which has a hundred rows to pass: a key opens it (static/js/keys.js).
    return format_html(
        '<td class="rowmenu"><button class="button quiet small only-icon only-script" type="button" '
        'id="m-{}" data-row-menu tabindex="-1" aria-haspopup="menu" aria-label="Actions for {}">{}</button>'
        "</td>",
        mark,
        name,
        icon("ellipsis-vertical"),
    )


def _css(layout: Layout, column: Column) -> str:
    if not layout.chosen:
        return column.css
    kept = " ".join(name for name in column.css.split() if name not in _MAKES_ROOM)
    return kept if column.fixed else f"{kept} line".strip()


def _text(context: Context, layout: Layout, column: Column, row: Mapping[str, Any]) -> str:
    value = row[column.shows]
    if value in (None, ""):
        return format_html('<span class="faint">{}</span>', column.blank) if column.blank else ""
    return conditional_escape(value)


def _link(context: Context, layout: Layout, column: Column, row: Mapping[str, Any]) -> str:
    table, org = layout.table, context.get("org")
    path = table.href.format_map(row)
    if not path:
        return _mono(context, layout, column, row)
    tagged = column.tag and row[column.tag]
    # In front, so that a long name makes room for it.
    words = [column.tag.capitalize()] if tagged else []
    if members := row.get("members"):
        words.append(f"{members} members" if members > 1 else "Member")
    tag = format_html_join("", '<span class="tag">{}</span> ', ((word,) for word in words))
    return format_html(
        '{}<a href="/orgs/{}/{}" id="d-{}">{}</a>',
        tag,
        org.id if org else "",
        path,
        row[table.mark],
        _text(context, layout, column, row),
    )


def _mono(context: Context, layout: Layout, column: Column, row: Mapping[str, Any]) -> str:
    text = _text(context, layout, column, row)
    return format_html('<span class="mono">{}</span>', text) if text else ""


def _mac(context: Context, layout: Layout, column: Column, row: Mapping[str, Any]) -> str:
    return mac(context, row[column.shows])


def _status(context: Context, layout: Layout, column: Column, row: Mapping[str, Any]) -> str:
    return status(row[column.shows])


def _when(context: Context, layout: Layout, column: Column, row: Mapping[str, Any]) -> str:
    return when(context, row[column.shows])


def _day(context: Context, layout: Layout, column: Column, row: Mapping[str, Any]) -> str:
    return day(row[column.shows])


def _duration(context: Context, layout: Layout, column: Column, row: Mapping[str, Any]) -> str:
    return duration(row[column.shows])


def _devices(context: Context, layout: Layout, column: Column, row: Mapping[str, Any]) -> str:
    org = context.get("org")
    return format_html(
        '<a href="/orgs/{}/inventory?site={}">{}'
        '<span class="unit"> devices</span><span class="vh"> at {}</span></a>',
        org.id if org else "",
        row["id"],
        row[column.shows],
        row["name"],
    )


KINDS: Final[dict[str, Callable[[Context, Layout, Column, Mapping[str, Any]], str]]] = {
    "text": _text,
    "link": _link,
    "mono": _mono,
    "mac": _mac,
    "status": _status,
    "when": _when,
    "day": _day,
    "duration": _duration,
    "devices": _devices,
}
