"""The whole inventory as CSV through the portal: how long, and how much memory it takes."""

from __future__ import annotations

import io
import time

from bench import processes
from bench.client import Client
from bench.rows import Row, at_most
from bench.stage import Stage

ROUNDS = 3


def measure(stage: Stage) -> list[Row]:
    """The best of a few downloads; the floor is PostgreSQL's own COPY of the same columns."""
    worker = processes.largest(stage.product.pid)
    processes.await_idle(stage.product.pid)
    resident = processes.memory_mb(worker)
    processes.forget_peak(worker)
    ours, bare = [], []
    for _ in range(ROUNDS):
        ours.append(_download(stage))
        bare.append(_copy(stage))
    growth = processes.peak_mb(worker) - resident
    return [
        at_most(f"CSV of {stage.devices:,} devices", min(ours), "s", 4, min(bare)),
        at_most("memory added by the CSV, at its peak", growth, "MB", 30),
    ]


def _download(stage: Stage) -> float:
    path = f"/orgs/{stage.world.main.org_id}/inventory.csv"
    with Client(stage.product.port, {"Cookie": stage.world.cookie}) as client:
        began = time.perf_counter()
        body = client.get(path).body
        seconds = time.perf_counter() - began
    lines = body.count(b"\n")
    if lines < stage.devices:
        raise ValueError(f"the CSV has {lines} lines for {stage.devices} devices")
    return seconds


def _copy(stage: Stage) -> float:
    from django.db import connection

    from inventory.shapes import ROW_COLUMNS

    columns = ", ".join(f"d.{column}" for column in ROW_COLUMNS if "__" not in column)
    query = (
        f"COPY (SELECT {columns}, s.name, p.name FROM inventory_device d "
        "LEFT JOIN sites_site s ON s.id = d.site_id "
        "LEFT JOIN orgs_deviceprofile p ON p.id = d.deviceprofile_id "
        f"WHERE d.org_id = '{stage.world.main.org_id}' ORDER BY d.name, d.id) TO STDOUT WITH CSV"
    )
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.copy_expert(query, io.BytesIO())
    return time.perf_counter() - began
