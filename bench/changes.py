"""Writes over REST: one device with its audit entry, and 10,000 claim codes in one call."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from bench import data
from bench.client import Client
from bench.rows import Row, at_most, compared
from bench.stage import Stage
from bench.timing import in_turn

CODES = 10_000


def change(stage: Stage) -> list[Row]:
    """A new name for a device: authorised, locked, merged, recorded, durable."""
    from inventory.models import Device

    product, floor = stage.clients()
    site = stage.world.main.site_ids[1]
    ours, bare = (
        f"/api/v1/sites/{site}/devices/{device}"
        for device in Device.objects.filter(site_id=site).order_by("id").values_list("id", flat=True)[:2]
    )
    names = count(1)

    def rename(client: Client, path: str) -> None:
        client.send("PUT", path, json.dumps({"name": f"Renamed {next(names)}"}).encode(), _JSON)

    times = in_turn({"product": lambda: rename(product, ours), "floor": lambda: rename(floor, bare)})
    return [compared("change one device, with its audit entry", times["product"], times["floor"], 2.5)]


def claim(stage: Stage) -> list[Row]:
    """One call over HTTP for the time, one in this process for the statements; the floor is bare SQL."""
    product, _ = stage.clients()
    path = f"/api/v1/orgs/{stage.world.main.org_id}/inventory"
    units = data.make_units(2 * CODES)
    floor = _bare_claim(CODES)
    body = json.dumps([unit.claim_code for unit in units[:CODES]]).encode()
    began = time.perf_counter()
    reply = product.send("POST", path, body, _JSON).json()
    seconds = time.perf_counter() - began
    if len(reply["added"]) != CODES:
        raise ValueError(f"{len(reply['added'])} of {CODES} codes were claimed: {reply['reason'][:3]}")
    statements = _statements(stage, [unit.claim_code for unit in units[CODES:]])
    return [
        at_most(f"claim {CODES:,} codes in one call", seconds, "s", 6, floor),
        at_most("SQL statements of that claim", statements, "statements", 30),
    ]


def _statements(stage: Stage, codes: list[str]) -> int:
    from django.test import Client as InProcess

    client = InProcess(headers={"authorization": stage.world.headers["Authorization"]})
    with _counted() as statements:
        reply = client.post(
            f"/api/v1/orgs/{stage.world.main.org_id}/inventory",
            json.dumps(codes),
            content_type="application/json",
            headers={"host": "127.0.0.1"},
        )
    if reply.status_code != 200:
        raise ValueError(f"the claim in this process answered {reply.status_code}: {reply.content[:300]!r}")
    return len(statements)


@contextmanager
def _counted() -> Iterator[list[str]]:
    from django.db import connection

    statements: list[str] = []

    def note(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield statements


def _bare_claim(rows: int) -> float:
    """Seconds of one transaction in SQL that updates as many units and inserts devices and entries."""
    from django.db import connection, transaction

    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        taken = f"SELECT mac FROM inventory_unit ORDER BY mac LIMIT {rows}"
        cursor.execute(f"UPDATE inventory_unit SET claimed_at = now() WHERE mac IN ({taken})")
        # A copy with the same indexes, of which the generated column is left out.
        cursor.execute("CREATE TEMP TABLE bare (LIKE inventory_device INCLUDING ALL) ON COMMIT DROP")
        columns = ", ".join(data.DEVICE_COLUMNS)
        cursor.execute(f"INSERT INTO bare ({columns}) SELECT {columns} FROM inventory_device LIMIT {rows}")
        cursor.execute("CREATE TEMP TABLE trail (LIKE audit_entry INCLUDING ALL) ON COMMIT DROP")
        cursor.execute(f"INSERT INTO trail SELECT * FROM audit_entry LIMIT {rows}")
        transaction.set_rollback(True)
    return time.perf_counter() - began


_JSON = {"Content-Type": "application/json"}
