"""Pages of the portal as the server makes them, beside a bare list of the same organization."""

from __future__ import annotations

from functools import partial
from typing import Final

from bench.client import Client
from bench.rows import Row, within
from bench.stage import Stage
from bench.timing import in_turn

PAGE_MS: Final = 60
# What an administrator opens all day, the first being what every open tab asks for every 5 s.
PAGES: Final = {
    "refresh of the inventory's rows": "inventory/rows",
    "inventory page": "inventory",
    "Mist Edges page": "inventory/mxedges",
    "Installed Base page": "inventory/installed-base",
}


def measure(stage: Stage) -> list[Row]:
    """Each page for somebody who is logged in."""
    org = stage.world.main.org_id
    with (
        Client(stage.product.port, {"Cookie": stage.world.cookie}) as product,
        Client(stage.floor.port) as floor,
    ):
        calls = {name: partial(product.get, f"/orgs/{org}/{path}") for name, path in PAGES.items()}
        bare = partial(floor.get, f"/api/v1/orgs/{org}/inventory")
        times = in_turn({**calls, "floor": bare})
    return [within(name, times[name], times["floor"], PAGE_MS) for name in calls]
