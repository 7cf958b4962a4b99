"""One Juniper account, linked by several people at once: the database decides. PostgreSQL only."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import pytest
from django.db import connection
from django.utils import timezone

from inventory.installed_base import replace_devices
from inventory.models import InstalledDevice
from mistadmin.core import tenancy
from mistadmin.core.errors import Invalid
from orgs.juniper.accounts import add_account, unlink_account
from orgs.juniper.client import Grant
from orgs.models import JuniperAccount, Org
from tests.world import SYSTEM, make_asset, make_juniper_account

AT_ONCE: Final = 6

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="needs PostgreSQL: SQLite lets one writer in at a time, so there is no race to lose",
    ),
]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call came to, all begun at one moment, each with a connection of its own."""
    start = threading.Barrier(len(calls))

    def one(call: Callable[[], Any]) -> Any:
        start.wait(timeout=30)
        try:
            return call()
        except Invalid as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls), initializer=tenancy.enter, initargs=(tenancy.ALL,)) as pool:
        return list(pool.map(one, calls))


@pytest.fixture
def org() -> Org:
    return Org.objects.create(name="Acme")


def test_of_several_links_at_once_one_is_made(org: Org) -> None:
    grant = Grant("17", "ABC Corp", "token")
    came = at_once(*[partial(add_account, SYSTEM, org, grant=grant)] * AT_ONCE)
    refused = [one for one in came if isinstance(one, str)]
    assert refused == ["Account[ABC Corp] already linked"] * (AT_ONCE - 1)
    assert JuniperAccount.objects.count() == 1


def test_refresh_and_unlink_at_once_leave_nothing_behind(org: Org) -> None:
    assets = [make_asset(f"S{number}") for number in range(50)]
    for _ in range(5):
        account = make_juniper_account(org)
        at_once(
            partial(unlink_account, SYSTEM, org, account=account),
            partial(replace_devices, account.pk, assets, began=timezone.now()),
        )
        assert not JuniperAccount.objects.exists()
        assert not InstalledDevice.objects.exists()
