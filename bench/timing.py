"""Taking turns: every call is made once per round, so that a busy moment touches them all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

WARM_UP = 20


def in_turn(calls: Mapping[str, Callable[[], object]], rounds: int = 200) -> dict[str, list[float]]:
    """Seconds of each call in each round, after a warm-up that is not counted."""
    for _ in range(min(WARM_UP, rounds)):
        for call in calls.values():
            call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - began)
    return times
