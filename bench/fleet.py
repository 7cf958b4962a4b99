"""A fleet that checks in: how much processor the product's own processes use for it.

The fleet is `mistadmin simulate`, every device with its own secret over HTTP; the floor is the same fleet
against a bare view that believes what it is told and stores it in one statement.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import timedelta

import psycopg2

from bench import data, processes
from bench.rows import Row, at_most, told
from bench.server import Process, Server
from bench.stage import Stage

DEVICES, INTERVAL = 1_000, 10
WARM_UP, MEASURED, FLOOR_MEASURED = 30.0, 60.0, 30.0
HALF_A_CORE = 0.5


def measure(stage: Stage) -> list[Row]:
    """Cores used by web, worker and beat together, after every device has called a few times."""
    _claim_fleet(stage)
    address = {"MISTADMIN_BASE_URL": f"http://127.0.0.1:{stage.product.port}"}
    worker, beat = (
        stage.started(Process(stage.home / f"{word}.log", word, [], address)) for word in ("worker", "beat")
    )
    server = [stage.product, worker, beat]
    try:
        used, database = _watch(stage, stage.product, server, MEASURED)
    finally:
        for process in (beat, worker):
            process.end()
    floor, _ = _watch(stage, stage.floor, [stage.floor], FLOOR_MEASURED)
    rate = f"{DEVICES:,} devices every {INTERVAL} s"
    return [
        at_most(f"{rate}: web, worker and beat", used, "cores", HALF_A_CORE, floor),
        told(f"{rate}: PostgreSQL", database, "cores"),
    ]


def _claim_fleet(stage: Stage) -> None:
    """Units claimed for a site of the other organization, as an installer would."""
    from inventory.actions import claim_devices
    from mistadmin.core.access import Actor
    from sites.models import Site

    codes = [unit.claim_code for unit in data.make_units(DEVICES)]
    site = Site.objects.get(id=stage.world.other.site_ids[0])
    claim_devices(Actor.system("bench"), site, codes=codes)


def _watch(stage: Stage, server: Server, ours: Sequence[Process], seconds: float) -> tuple[float, float]:
    """Cores used while the fleet calls: by our processes, and by PostgreSQL for our database."""
    options = ["--org", str(stage.world.other.org_id), "--interval", str(INTERVAL), "--count", str(DEVICES)]
    url = f"http://127.0.0.1:{server.port}"
    log = stage.home / f"fleet-{server.log.stem}.log"
    fleet = stage.started(Process(log, "simulate", [*options, "--url", url], {}))
    try:
        time.sleep(WARM_UP)
        began, used = time.monotonic(), _cpu(ours)
        database = _backends_cpu(until=began + seconds)
        passed = time.monotonic() - began
        for process in (fleet, *ours):
            process.check()
        _check_all_called(stage)
        return (_cpu(ours) - used) / passed, database / passed
    finally:
        fleet.end()


def _check_all_called(stage: Stage) -> None:
    """A server that keeps few devices waiting is idle for the wrong reason."""
    from django.utils import timezone

    from inventory.models import Device

    since = timezone.now() - timedelta(seconds=1.5 * INTERVAL)
    called = Device.objects.filter(org_id=stage.world.other.org_id, last_seen__gte=since).count()
    if called < 0.98 * DEVICES:
        raise RuntimeError(f"only {called} of {DEVICES} devices called within {1.5 * INTERVAL:g} s")


def _cpu(ours: Sequence[Process]) -> float:
    return processes.cpu_seconds(pid for process in ours for pid in processes.tree(process.pid))


def _backends_cpu(*, until: float) -> float:
    """Processor time that PostgreSQL uses for our database from now on; 0 when it runs on another machine.

    Connections are renewed every minute, and the time of a backend is gone with it: hence the samples.
    """
    before: dict[int, float] | None = None
    used: dict[int, float] = {}
    with psycopg2.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        while time.monotonic() < until:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
            for (pid,) in cursor.fetchall():
                # One that ended just now counts as what it had used before.
                used[pid] = max(used.get(pid, 0.0), processes.cpu_seconds([pid]))
            before = dict(used) if before is None else before
            time.sleep(1)
    return sum(seconds - (before or {}).get(pid, 0.0) for pid, seconds in used.items())
