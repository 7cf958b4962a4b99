"""How long it takes to say that another organization's thing is not there, against one that is nowhere (S2).

A figure, not a test: ACCESS_TIMING=30 makes that many calls of each kind per id and prints the medians, the
largest differences first. It is the time of the processor, in which SQLite has its part, so that other work
on the machine is not taken for a leak. Run it with -s, on SQLite.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from typing import Final

import pytest

from tests.accounts.cast import ALL, SESSION, Caller, Targets, callers
from tests.accounts.test_matrix import BELOW_OWN, FOREIGN, Cell, call, targets_of
from tests.arch.matrix import CASES, OWN, PUBLIC
from tests.arch.routes import operations
from tests.arch.test_access_matrix import undone

ROUNDS: Final = int(os.environ.get("ACCESS_TIMING", "0"))
SHOWN: Final = 15


def _cells(caller: Caller) -> Iterator[Cell]:
    """Every operation that names an id, about another organization's: in its place, and below the own."""
    for operation in operations():
        if str(operation) not in {*PUBLIC, *OWN}:
            for case in CASES[str(operation)]:
                for target in targets_of(operation, case):
                    if target in (FOREIGN, BELOW_OWN):
                        yield Cell(operation, case, caller, target)


def _difference(cell: Cell, targets: Targets) -> tuple[float, float, float]:
    """Medians in ms for another organization's and for nobody's, and how far they are apart."""
    parent = cell.operation.parameters[0]
    times: list[list[float]] = [[], []]
    for number in range(ROUNDS + 3):
        for kind, values in enumerate((targets.overseas, targets.unknown)):
            asked = targets.below_own(parent, values) if cell.target == BELOW_OWN else values
            with undone():
                began = time.thread_time()
                call(cell, asked)
                took = time.thread_time() - began
            if number >= 3:
                times[kind].append(took * 1e3)
    foreign, unknown = (statistics.median(some) for some in times)
    return abs(foreign - unknown), foreign, unknown


@pytest.mark.skipif(not ROUNDS, reason="a figure, not a test: name the rounds in ACCESS_TIMING")
def test_print_how_long_refusals_take(world, watched, caplog):
    caplog.set_level("CRITICAL", "django.request")
    targets = Targets(world)
    (ada,) = (
        one for one in callers(world) if (one.credential, one.role, one.reach) == (SESSION, "super_user", ALL)
    )
    found = sorted(((*_difference(cell, targets), str(cell)) for cell in _cells(ada)), reverse=True)
    watched.forget()
    print(f"\n{len(found)} cells, {sum(one[0] >= 2 for one in found)} of them 2 ms or more apart")
    for apart, foreign, unknown, name in found[:SHOWN]:
        print(f"{apart:6.2f} ms  {foreign:6.2f}  {unknown:6.2f}  {name}")
    assert len(found) > 100
