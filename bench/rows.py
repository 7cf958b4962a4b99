"""One measured figure, its floor and its goal."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """A figure as it is printed: `ratio` is how many times the floor it costs, `ok` None without a goal."""

    name: str
    figure: float
    unit: str
    floor: float | None = None
    floor_unit: str = ""
    ratio: float | None = None
    goal: str = ""
    ok: bool | None = None
    p95: float | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def compared(name: str, times: Sequence[float], floor: Sequence[float], goal: float | None = None) -> Row:
    """Medians in ms of times in seconds, taken in turn; the goal is a multiple of the floor."""
    figure, least = statistics.median(times) * 1e3, statistics.median(floor) * 1e3
    ratio = figure / least
    return Row(
        name,
        round(figure, 2),
        "ms",
        floor=round(least, 2),
        floor_unit="ms",
        ratio=round(ratio, 2),
        goal=f"≤ {goal:g} x floor" if goal else "",
        ok=ratio <= goal if goal else None,
        p95=round(statistics.quantiles(times, n=20)[-1] * 1e3, 2),
    )


def within(name: str, times: Sequence[float], floor: Sequence[float], goal: float) -> Row:
    """Medians in ms of times in seconds, taken in turn; the goal is a number of milliseconds."""
    row = compared(name, times, floor)
    return replace(row, goal=f"≤ {goal:g} ms", ok=row.figure <= goal)


def at_most(name: str, figure: float, unit: str, goal: float, floor: float | None = None) -> Row:
    """A figure that is better the smaller it is; the floor has the same unit."""
    return _beside(name, figure, unit, floor, f"≤ {goal:g} {unit}", figure <= goal)


def told(name: str, figure: float, unit: str, floor: float | None = None) -> Row:
    """A figure without a goal of its own."""
    return _beside(name, figure, unit, floor, "", None)


def _beside(name: str, figure: float, unit: str, floor: float | None, goal: str, ok: bool | None) -> Row:
    return Row(
        name,
        round(figure, 3),
        unit,
        floor=None if floor is None else round(floor, 3),
        floor_unit="" if floor is None else unit,
        ratio=round(figure / floor, 2) if floor else None,
        goal=goal,
        ok=ok,
    )
