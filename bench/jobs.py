"""Bulk work: 10,000 devices assigned to a site as a job that a worker does step by step."""

from __future__ import annotations

import time
from typing import Any

from bench.rows import Row, at_most
from bench.server import Process
from bench.stage import Stage

DEVICES = 10_000
_PATIENCE = 120.0


def measure(stage: Stage) -> list[Row]:
    """From the click to the last device: the plan written down, and every step in the worker."""
    selection, site, actor = _chosen(stage)
    worker = stage.started(Process(stage.home / "jobs-worker.log", "worker", [], {}))
    floor = _bare(DEVICES)
    try:
        _await_worker()
        began = time.perf_counter()
        job = _start(actor, site, selection)
        planned = time.perf_counter() - began
        _await_end(job)
        seconds = time.perf_counter() - began
    finally:
        worker.end()
    if (job.done, job.failed) != (DEVICES, 0):
        raise ValueError(f"{job.done} of {DEVICES} devices were assigned, {job.failed} failed")
    return [
        at_most(f"assign {DEVICES:,} devices as a job", seconds, "s", 5, floor),
        at_most(f"the answer to starting it, of {DEVICES:,} devices", planned, "s", 2),
    ]


def _chosen(stage: Stage) -> tuple[Any, Any, Any]:
    from accounts.auth import actor_for
    from accounts.models import Admin
    from inventory.forms import Selection
    from inventory.models import Device
    from sites.models import Site

    main = stage.world.main
    site = Site.objects.get(id=main.site_ids[0])
    elsewhere = Device.objects.filter(org_id=main.org_id).exclude(site=site).order_by("id")
    ids = tuple(elsewhere.values_list("id", flat=True)[:DEVICES])
    return Selection(ids=ids), site, actor_for(Admin.objects.get(email="bench@example.org"))


def _start(actor: Any, site: Any, selection: Any) -> Any:
    from inventory.jobs import Planned, to_site
    from mistadmin.core.access import INSTALL
    from orgs.jobs import COUNT, start_job

    rows = Planned(actor, site.org, selection, INSTALL, to_site(site))
    return start_job(actor, site.org, kind="inventory.site", title=f"Assign {COUNT}", rows=rows)


def _await_worker() -> None:
    """The worker has started when it has paid something that is owed."""
    from django.db import transaction

    from mistadmin.core import outbox
    from mistadmin.core.models import Outbox

    with transaction.atomic():
        outbox.owe("core.job.due", None, [])
    _until(lambda: not Outbox.objects.filter(event="core.job.due", done_at=None).exists())


def _await_end(job: Any) -> None:
    def ended() -> bool:
        job.refresh_from_db()
        return bool(job.is_finished)

    _until(ended)


def _until(fact: Any) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not fact():
        if time.monotonic() > deadline:
            raise RuntimeError(f"the worker did not get there within {_PATIENCE:g} s")
        time.sleep(0.05)


def _bare(rows: int) -> float:
    """Seconds of one transaction in SQL that moves as many devices and inserts entries."""
    from django.db import connection, transaction

    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        moved = f"SELECT id FROM inventory_device ORDER BY id LIMIT {rows}"
        cursor.execute(f"UPDATE inventory_device SET modified_time = now() WHERE id IN ({moved})")
        cursor.execute("CREATE TEMP TABLE trail (LIKE audit_entry INCLUDING ALL) ON COMMIT DROP")
        cursor.execute(f"INSERT INTO trail SELECT * FROM audit_entry LIMIT {rows}")
        transaction.set_rollback(True)
    return time.perf_counter() - began
