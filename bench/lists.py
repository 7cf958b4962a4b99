"""Reads over REST: lists, deep pages, search, one device, each in turn with a bare view of the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bench.client import Client
from bench.data import RARE, World
from bench.rows import Row, compared
from bench.stage import Stage
from bench.timing import in_turn

LIST, SEARCH = "list 100 devices", "search by part of a name"
PAGES = (500, 901)


@dataclass(frozen=True, slots=True)
class Read:
    """What is read from product and floor alike, and how many times the floor it may cost."""

    name: str
    path: str
    goal: float


def measure(stage: Stage) -> list[Row]:
    """One row per read beside its floor; search and deep pages also beside our own first page."""
    product, floor = stage.clients()
    reads = _reads(stage.world)
    last = -(-stage.devices // 100)
    pages = [page for page in PAGES if page <= last] or [max(1, last // 2)]
    calls: dict[str, Callable[[], object]] = {}
    for read in reads:
        _check_same(read, product, floor)
        calls[read.name] = partial(product.get, read.path)
        calls[_floor(read.name)] = partial(floor.get, read.path)
    for page in pages:
        calls[f"page {page}"] = partial(product.get, f"{reads[0].path}&page={page}")
    times = in_turn(calls)
    rows = [compared(read.name, times[read.name], times[_floor(read.name)], read.goal) for read in reads]
    rows += [
        compared(f"page {page} over our page 1", times[f"page {page}"], times[LIST], 3) for page in pages
    ]
    return [*rows, compared("search over our list", times[SEARCH], times[LIST], 1)]


def _reads(world: World) -> list[Read]:
    from inventory.models import Device

    org, site = f"/api/v1/orgs/{world.main.org_id}", f"/api/v1/sites/{world.main.site_ids[0]}"
    device = Device.objects.filter(site_id=world.main.site_ids[0]).values_list("id", flat=True).earliest("id")
    return [
        Read(LIST, f"{org}/inventory?limit=100", 2),
        Read(SEARCH, f"{org}/inventory?limit=100&text={RARE.lower()}", 2),
        Read("list of one site", f"{site}/devices?limit=100&type=all", 1.5),
        Read("one device", f"{site}/devices/{device}", 2),
        Read("list 100 sites", f"{org}/sites?limit=100", 1.5),
        Read("audit page of 100", f"{org}/logs?limit=100", 1.5),
    ]


def _floor(name: str) -> str:
    return f"floor of {name}"


def _check_same(read: Read, product: Client, floor: Client) -> None:
    """A floor that answers something else would be no floor."""
    ours, bare = (json.loads(client.get(read.path).body) for client in (product, floor))
    if isinstance(bare, dict):
        ours = {key: ours.get(key) for key in bare}
    if ours != bare:
        raise ValueError(f"{read.name}: product and floor answer differently")
