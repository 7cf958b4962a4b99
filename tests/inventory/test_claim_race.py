"""One unit, many organizations at once: exactly one gets it. PostgreSQL only, with a connection per claimant.

CLAIM_ROUNDS sets the rounds; the figure of the acceptance test is CLAIM_ROUNDS=1000.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
from django.db import connection

from audit.models import Entry
from inventory.actions import claim_devices
from inventory.edges import claim_edges
from inventory.models import Device, MistEdge, Unit
from inventory.verbs import ClaimResult
from mistadmin.core import tenancy
from mistadmin.core.access import Actor
from orgs.models import Org
from tests.world import make_units

ROUNDS: Final = int(os.environ.get("CLAIM_ROUNDS", "30"))
ORGANIZATIONS: Final = 20
SYSTEM: Final = Actor.system("race")

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="needs PostgreSQL: SQLite lets one writer in at a time, so there is no race to lose",
    ),
]


class Claimants:
    """Threads with a database connection each, that claim at the same moment."""

    def __init__(self, orgs: list[Org]) -> None:
        self.orgs = orgs
        self.verb = claim_devices
        self._start = threading.Barrier(len(orgs))
        self._pool = ThreadPoolExecutor(len(orgs), initializer=tenancy.enter, initargs=(tenancy.ALL,))

    def claim(self, codes_of: Callable[[Org], list[str]]) -> dict[Org, ClaimResult]:
        """Every organization claims its list at once; what became of each."""
        futures = {org: self._pool.submit(self._one, org, codes_of(org)) for org in self.orgs}
        return {org: future.result(timeout=60) for org, future in futures.items()}

    def close(self) -> None:
        leaving = [self._pool.submit(self._leave) for _ in self.orgs]
        for future in leaving:
            future.result(timeout=60)
        self._pool.shutdown()

    def _one(self, org: Org, codes: list[str]) -> ClaimResult:
        self._start.wait(timeout=60)
        return self.verb(SYSTEM, org, codes=codes)

    def _leave(self) -> None:
        self._start.wait(timeout=60)  # one of these per thread, or a connection would stay open
        connection.close()


@pytest.fixture
def claimants():
    found = Claimants([Org.objects.create(name=f"Org {number}") for number in range(ORGANIZATIONS)])
    yield found
    found.close()


def test_one_unit_goes_to_exactly_one_of_twenty(claimants):
    units = make_units(count=ROUNDS)
    for unit in units:
        results = claimants.claim(lambda _, code=unit.claim_code: [code])
        winners = [org for org, result in results.items() if result.added]
        assert len(winners) == 1
        for org, result in results.items():
            if org != winners[0]:
                assert result.errors == [(unit.claim_code, "belongs to another org")]
        assert Unit.objects.get(mac=unit.mac).org_id == winners[0].id
        assert Device.objects.get(mac=unit.mac).org_id == winners[0].id
    assert Entry.objects.filter(event="inventory.device.claimed").count() == ROUNDS


def test_one_mist_edge_goes_to_exactly_one_of_twenty(claimants):
    claimants.verb = claim_edges
    for unit in make_units("ME-X5", 5):
        results = claimants.claim(lambda _, code=unit.claim_code: [code])
        (winner,) = [org for org, result in results.items() if result.added]
        assert MistEdge.objects.get(mac=unit.mac).org_id == winner.id


def test_overlapping_lists_in_any_order_neither_deadlock_nor_share(claimants):
    codes = [unit.claim_code for unit in make_units(count=60)]

    def mine(org: Org) -> list[str]:
        turn = claimants.orgs.index(org)
        turned = codes[turn:] + codes[:turn]
        return turned if turn % 2 else turned[::-1]

    results = claimants.claim(mine)
    added = [row["mac"] for result in results.values() for row in result.added]
    assert len(added) == len(set(added)) == len(codes)
    for result in results.values():
        assert len(result.added) + len(result.errors) == len(codes)


def test_same_organization_twice_at_once_owns_it_once(claimants):
    (unit,) = make_units()
    claimants.orgs[:] = [claimants.orgs[0]] * ORGANIZATIONS
    futures = [
        claimants._pool.submit(claimants._one, claimants.orgs[0], [unit.claim_code]) for _ in claimants.orgs
    ]
    results = [future.result(timeout=60) for future in futures]
    assert sorted((len(result.added), len(result.duplicated)) for result in results) == [(0, 1)] * 19 + [
        (1, 0)
    ]
    assert Device.objects.count() == 1
