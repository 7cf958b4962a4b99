"""One call sent ten times at once under one key: done once, and answered alike. PostgreSQL only."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
from django.db import connection

from audit.models import Entry
from tests.client import ApiClient, Reply
from tests.world import World, grant, make_admin, make_units

AT_ONCE: Final = 10

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="needs PostgreSQL: SQLite lets one writer in at a time, so there is no race to lose",
    ),
]


def test_a_call_sent_ten_times_at_once_is_done_once(world: World) -> None:
    ines = make_admin("Ines")
    grant(ines, world.acme, "installer")
    (unit,) = make_units()
    clients = [ApiClient(ines) for _ in range(AT_ONCE)]
    start = threading.Barrier(AT_ONCE)
    path, body = f"/installer/orgs/{world.acme.id}/devices", f'["{unit.claim_code}"]'.encode()

    def call(client: Any) -> Reply:
        try:
            start.wait(timeout=60)
            return client.send("POST", path, body, headers={"Idempotency-Key": "k" * 32})
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        replies = list(pool.map(call, clients))
    answers = [reply.ok() for reply in replies]
    assert answers == [answers[0]] * AT_ONCE
    assert [row["mac"] for row in answers[0]["inventory_added"]] == [unit.mac]
    assert sum("Idempotency-Replayed" in reply.headers for reply in replies) == AT_ONCE - 1
    assert Entry.objects.filter(event="inventory.device.claimed", object_id__isnull=False).count() == 1
