"""Search over the portal: the palette over everything, the suggestions of the inventory, the page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import quote

from bench.client import Client
from bench.data import OUI, RARE
from bench.rows import Row, within
from bench.stage import Stage
from bench.timing import in_turn

ROUNDS: Final = 40
PALETTE_MS, SUGGEST_MS = 100, 30
# What is easy and what is not: rare, common, short, found nowhere, in every MAC, two common ones, operators.
TYPED: Final = {
    "a rare word": RARE.lower(),
    "a common word": "nursing",
    "one letter": "e",
    "two letters": "no",
    "two letters, nowhere": "zq",
    "two digits": "12",
    "a word, nowhere": "xyzzy",
    "the start of every MAC": ":".join(OUI[at : at + 2] for at in (0, 2, 4)),
    "two common words": "east west",
    "operators": 'site:"Leeds" model:AP45 status:disconnected',
    "operators that match most": "type:ap status:connected",
}


def measure(stage: Stage) -> list[Row]:
    """Each text typed into the palette, the inventory's filter and the page, beside one bare query."""
    org = f"/orgs/{stage.world.main.org_id}"
    with (
        Client(stage.product.port, {"Cookie": stage.world.cookie}) as product,
        Client(stage.floor.port) as floor,
    ):
        calls: dict[str, Callable[[], object]] = {}
        for name, text in TYPED.items():
            q = quote(text)
            calls[f"palette: {name}"] = partial(product.get, f"{org}/search/found?q={q}")
            calls[f"suggestions: {name}"] = partial(product.get, f"{org}/inventory/suggest?q={q}")
            calls[f"search page: {name}"] = partial(product.get, f"{org}/search?q={q}")
        bare = partial(floor.get, f"/api/v1{org}/found?text={RARE.lower()}")
        times = in_turn({**calls, "floor": bare}, rounds=ROUNDS)
    rows = []
    for name in calls:
        most = SUGGEST_MS if name.startswith("suggestions") else PALETTE_MS
        rows.append(within(name, times[name], times["floor"], most))
    return rows
