"""Work owed after a commit: rows written with the change, leased, tried again, buried when hopeless.

Celery and its broker carry only a poke. Whatever they lose, the sweep finds in the table.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError

from mistadmin.core.models import Outbox

log = structlog.get_logger(__name__)

Handler = Callable[[Sequence[dict[str, Any]]], None]

LEASE: Final = timedelta(seconds=60)
# Rows leased at once: with IDS_PER_ROW it bounds how much one run of a handler gets.
BATCH: Final = 50
ATTEMPTS: Final = 10
RETENTION: Final = timedelta(days=7)
# One row carries at most this many ids, so that a batch stays a small unit of work.
IDS_PER_ROW: Final = 500


def owe(event: str, org_id: UUID | None, ids: Iterable[UUID]) -> None:
    """Write down what `event` about these objects owes, by reactions.py, and poke the worker after commit."""
    tasks = reactions().get(event, ())
    if not tasks:
        return
    everything = [str(one) for one in ids]
    chunks = [everything[i : i + IDS_PER_ROW] for i in range(0, len(everything), IDS_PER_ROW)] or [[]]
    Outbox.objects.bulk_create(
        Outbox(
            event=event,
            org_id=org_id,
            task=task,
            payload={"event": event, "org_id": org_id and str(org_id), "ids": chunk},
        )
        for task in tasks
        for chunk in chunks
    )
    transaction.on_commit(poke, robust=True)


def reactions() -> Mapping[str, tuple[str, ...]]:
    """The reactions table of the product: event name -> dotted names of what follows."""
    table: Mapping[str, tuple[str, ...]] = import_string(settings.REACTIONS)
    return table


def poke() -> None:
    """Tell a worker that something is owed; a lost poke costs seconds, never work."""
    from mistadmin.core.tasks import pay_outbox  # tasks import this module

    try:
        pay_outbox.apply_async(retry=False)
    except (OperationalError, OSError) as error:
        log.warning("outbox.poke_failed", error=str(error))


def pay_due(limit: int = BATCH) -> int:
    """Lease what is due and run it, set-wise per task; returns how many rows were paid."""
    batches: dict[tuple[str, int], list[Outbox]] = defaultdict(list)
    for row in _lease(limit):
        if row.attempts > ATTEMPTS:
            _put_back(row, RuntimeError("the worker died each time it ran this"))
            continue
        # What was tried before runs alone: it may be what took its whole batch down.
        batches[row.task, row.id if row.attempts > 1 else 0].append(row)
    return sum(_pay(task, rows) for (task, _), rows in batches.items())


def discard_done() -> int:
    """Delete paid rows older than the retention time; the dead stay for the operator."""
    deleted, _ = Outbox.objects.filter(done_at__lt=timezone.now() - RETENTION).delete()
    return deleted


def _lease(limit: int) -> list[Outbox]:
    now, lease = timezone.now(), uuid.uuid4()
    skip_locked = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        due = (
            Outbox.objects.select_for_update(skip_locked=skip_locked)
            .filter(done_at=None, dead_at=None, next_at__lte=now)
            .order_by("next_at", "id")
            .values_list("id", flat=True)[:limit]
        )
        Outbox.objects.filter(id__in=list(due)).update(
            lease=lease, next_at=now + LEASE, attempts=F("attempts") + 1
        )
    return list(Outbox.objects.filter(lease=lease, done_at=None).order_by("id"))


def _pay(task: str, rows: list[Outbox]) -> int:
    try:
        handler: Handler = import_string(task)
        handler([{**row.payload, "event_id": str(row.event_id)} for row in rows])
    except SoftTimeLimitExceeded:
        raise  # the process ends in a moment; the lease runs out and the rows are due again
    except Exception as error:  # whatever a handler raises is owed again, not lost
        if len(rows) > 1:
            # One bad row must not hold up its neighbours.
            return sum(_pay(task, [row]) for row in rows)
        _put_back(rows[0], error)
        return 0
    # The lease is the fence: a row leased anew by somebody else is theirs to close.
    Outbox.objects.filter(id__in=[row.id for row in rows], lease=rows[0].lease).update(
        done_at=timezone.now(), last_error=""
    )
    return len(rows)


def _put_back(row: Outbox, error: Exception) -> None:
    now = timezone.now()
    text = f"{type(error).__name__}: {error}"[:2000]
    hopeless = row.attempts >= ATTEMPTS
    log.error(
        "outbox.failed", task=row.task, row=row.id, attempts=row.attempts, dead=hopeless, exc_info=error
    )
    Outbox.objects.filter(id=row.id, lease=row.lease).update(
        last_error=text,
        next_at=now + timedelta(seconds=min(2**row.attempts, 3600)),
        dead_at=now if hopeless else None,
    )
