"""One person with many tabs at once: one default view, one row of what is remembered. PostgreSQL only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
from django.db import connection

from accounts.actions.lists import arrange_list, choose_default_view, save_view
from accounts.models import ListPreference, SavedView
from audit.models import Entry
from inventory.tables import DEVICES
from mistadmin.core import tenancy
from tests.world import Person, make_admin, make_org

TABS: Final = 8
ROUNDS: Final = 10

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="needs PostgreSQL: SQLite lets one writer in at a time, so there is no race to lose",
    ),
]


def at_once(calls: Sequence[Callable[[], Any]]) -> None:
    """Do all of these at the same moment, each with a connection of its own; raises what one raised."""
    start = threading.Barrier(len(calls))

    def one(call: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=60)
            call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls), initializer=tenancy.enter, initargs=(tenancy.ALL,)) as pool:
        for future in [pool.submit(one, call) for call in calls]:
            future.result(timeout=60)


def test_one_default_view_is_left() -> None:
    admin = make_admin("Alma")
    org, actor = make_org("Acme", by=admin), Person("ada", "super_user", admin).actor
    views = [
        save_view(actor, org, table=DEVICES, values={"name": f"View {number}"}) for number in range(TABS)
    ]
    links = SavedView.default_for.through.objects
    for _ in range(ROUNDS):
        at_once(
            [lambda view=view: choose_default_view(actor, org, table=DEVICES, view=view) for view in views]
        )
        assert links.count() == 1
    chosen = Entry.objects.filter(event="accounts.view.defaulted").latest("timestamp")
    assert chosen.admin_id == admin.id


def test_columns_of_many_tabs_end_in_one_row() -> None:
    admin = make_admin("Alma")
    actor = Person("ada", "super_user", admin).actor
    wishes = [{"columns": ["name", column.key]} for column in DEVICES.columns[1 : TABS + 1]]
    at_once([lambda wish=wish: arrange_list(actor, table=DEVICES, values=wish) for wish in wishes])
    assert ListPreference.objects.get().columns in [wish["columns"] for wish in wishes]
    entries = Entry.objects.filter(event="accounts.list.arranged")
    assert entries.count() == TABS
