"""An organization deleted by several at once, or while somebody claims for it. PostgreSQL only."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import ObjectDoesNotExist

from audit.models import Entry
from inventory.actions import claim_devices, delete_org
from inventory.models import Device, Unit
from mistadmin.core import tenancy
from mistadmin.core.access import Actor
from mistadmin.core.errors import Invalid
from orgs.models import Org
from tests.world import make_units

SYSTEM = Actor.system("race")
ROUNDS = 10

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="needs PostgreSQL: SQLite lets one writer in at a time, so there is no race to lose",
    ),
]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call returned or was refused with, all started at the same moment."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait(timeout=60)
        try:
            return call()
        except (Invalid, ObjectDoesNotExist, IntegrityError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls), initializer=tenancy.enter, initargs=(tenancy.ALL,)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, call) for call in calls]]


def test_one_of_many_deletes_it_and_the_others_find_nothing():
    for number in range(ROUNDS):
        org = Org.objects.create(name=f"Org {number}")
        results = at_once(*[lambda org=org: delete_org(SYSTEM, org)] * 6)
        assert sum(result is None for result in results) == 1
        assert sum(isinstance(result, Org.DoesNotExist) for result in results) == 5
        assert Entry.objects.filter(event="orgs.org.deleted", org_id=org.id).count() == 1


def test_a_claim_at_the_same_moment_leaves_no_device_without_its_organization():
    for number in range(ROUNDS):
        org, (unit,) = Org.objects.create(name=f"Org {number}"), make_units()
        deleted, claimed = at_once(
            lambda org=org: delete_org(SYSTEM, org),
            lambda org=org, unit=unit: claim_devices(SYSTEM, org, codes=[unit.claim_code]),
        )
        lives = Org.objects.filter(id=org.id).exists()
        assert lives == isinstance(deleted, Invalid)
        assert isinstance(claimed, IntegrityError) != lives
        assert Device.objects.filter(org_id=org.id).count() == int(lives)
        assert Unit.objects.get(mac=unit.mac).org_id == (org.id if lives else None)
