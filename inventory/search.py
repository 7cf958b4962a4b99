"""From the text of a search to a filter of devices: the operators that devices know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from inventory.models_catalog import MODELS
from inventory.queries import MOST_WORDS, STATUSES, UNASSIGNED, DeviceFilter
from mistadmin.core.errors import Invalid
from mistadmin.core.search_text import Operator, SearchText, mac_part, read_search

OPERATORS: Final[Mapping[str, Operator]] = {
    "name": Operator("part of the name"),
    "site": Operator(f"part of the name of the site, or {UNASSIGNED}"),
    "group": Operator("part of the name of a site group"),
    "model": Operator("how the model begins; several with commas", tuple(sorted(MODELS))),
    "mac": Operator("part of the MAC address, in any format"),
    "serial": Operator("part of the serial number"),
    "status": Operator("connected, disconnected or never", STATUSES),
    "type": Operator("ap, switch or gateway", ("ap", "switch", "gateway")),
}


def searched(text: str, filters: DeviceFilter) -> DeviceFilter:
    """The filter narrowed by a search; raises Invalid on `q` when an operator or its value is not known."""
    found = read_search(text, OPERATORS)
    check(found)
    # Who asks for a type in words means it, whichever tab is open.
    kind = None if found.values("type") else filters.type
    return replace(filters, type=kind, words=found.words, terms=found.terms)


def check(found: SearchText) -> None:
    """Refuse what no device operator understands; raises Invalid on `q`."""
    if found.unknown:
        known = ", ".join(f"{key}:" for key in OPERATORS)
        raise Invalid(
            {"q": f'{found.unknown[0]}: is not an operator. Use {known}, or put the text in "quotes".'}
        )
    if len(found.words) + len(found.terms) > MOST_WORDS:
        raise Invalid({"q": f"A search has {MOST_WORDS} words and operators at most."})
    for key, value in found.terms:
        _check_value(key, value)


def _check_value(key: str, value: str) -> None:
    exact = key in ("status", "type")
    if exact and value.lower() not in OPERATORS[key].choices:
        raise Invalid({"q": f"{key}: must be one of {', '.join(OPERATORS[key].choices)}."})
    if key == "mac" and mac_part(value) is None:
        raise Invalid({"q": "mac: takes hex digits, with or without separators."})
