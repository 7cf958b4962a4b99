"""Bulk work as people see it: a plan with one row per target, and a job that applies it step by step.

A kind of job is one declaration, found through settings.JOB_KINDS. Its rows say what each target was and
what it shall be; to undo a job is to run the same kind with the two exchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from mistadmin.core import outbox
from mistadmin.core.access import VIEW_INVENTORY, Actor
from mistadmin.core.errors import Refusal
from mistadmin.core.models import Job, JobRow
from mistadmin.core.paging import Page

log = structlog.get_logger(__name__)

# Targets of one step: small enough for a transaction of well under a second, also on SQLite.
STEP: Final = 500
STALLED: Final = timedelta(seconds=10)
RETENTION: Final = timedelta(days=30)
DUE: Final = "core.job.due"

# What came of each row that did not work out, by the row's primary key.
Reasons = dict[int, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One target of a plan: JSON values `before` and `after`.

    `note` tells what to look at before applying, `refusal` why the row cannot be applied at all.
    """

    target_id: UUID
    label: str
    site_id: UUID | None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    refusal: str = ""

    @property
    def changes(self) -> bool:
        return not self.refusal and self.before != self.after


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of job: `need` is the ability to ask for it, `apply` does rows and returns what failed.

    `seen_by` is the ability that seeing it takes, `page` the list it changes, below /orgs/<id>/.

    `apply` runs in the transaction that marks the rows; it calls actions, so that permissions, audit entries
    and owed work are the same as one by one.
    """

    key: str
    need: str
    apply: Callable[[Actor, Any, Sequence[JobRow]], Reasons]
    seen_by: str = VIEW_INVENTORY
    page: str = "inventory"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job would do: counts over all rows, and one page of them, refusals and notes first."""

    changing: int
    unchanged: int
    refused: int
    noted: int
    rows: Sequence[Row]
    total: int
    page: Page

    @property
    def first(self) -> int:
        return self.page.start + 1

    @property
    def last(self) -> int:
        return self.page.start + len(self.rows)

    @property
    def next(self) -> int | None:
        return self.page.number + 1 if self.last < self.total else None

    @property
    def previous(self) -> int | None:
        return self.page.number - 1 if self.page.number > 1 else None


def survey(rows: Iterable[Row], page: Page) -> Plan:
    """Count a plan in one pass and keep the rows of one page; memory is bounded by the page."""
    end = page.start + page.limit
    shelves: tuple[list[Row], ...] = ([], [], [], [])
    counts = [0, 0, 0, 0]
    for row in rows:
        shelf = 0 if row.refusal else 1 if row.note and row.changes else 2 if row.changes else 3
        counts[shelf] += 1
        if len(shelves[shelf]) < end:
            shelves[shelf].append(row)
    refused, noted, plain, unchanged = counts
    shown = [row for shelf in shelves for row in shelf][page.start : end]
    return Plan(noted + plain, unchanged, refused, noted, shown, sum(counts), page)


def counted(devices: int) -> str:
    """How many devices, in words of a sentence."""
    return "1 device" if devices == 1 else f"{devices:,} devices"


@cache
def kinds() -> Mapping[str, JobKind]:
    """Every declared kind of job by its key."""
    declared: Iterable[JobKind] = (kind for name in settings.JOB_KINDS for kind in import_string(name))
    return {kind.key: kind for kind in declared}


def run_due(owed: Sequence[Mapping[str, Any]]) -> None:
    """Do one step of each job that is owed one; what is left after it is owed again."""
    for job_id in (one for payload in owed for one in payload["ids"]):
        run_step(UUID(job_id))


def run_to_the_end(job_id: UUID) -> None:
    """Do every step here and now, for a job so small that nobody should wait for a worker."""
    while run_step(job_id):
        continue


def run_step(job_id: UUID) -> bool:
    """Do the next rows of a job, in one transaction with their marks; whether any are left."""
    with transaction.atomic():
        job = Job.objects.select_for_update(of=("self",)).select_related("org").filter(id=job_id).first()
        if job is None or job.is_finished:
            return False
        rows = list(job.rows.filter(state=JobRow.State.WAITING).order_by("position")[: STEP + 1])
        if rows:
            _mark(job, rows[:STEP], _apply(job, rows[:STEP]))
        now, left = timezone.now(), len(rows) > STEP
        job.status = Job.Status.RUNNING if left else Job.Status.DONE
        job.started_at = job.started_at or now
        job.finished_at = None if left else now
        job.modified_time = now
        job.save(update_fields=["status", "started_at", "finished_at", "modified_time"])
        if left:
            outbox.owe(DUE, job.org_id, [job.id])
        return left


def resume_stalled() -> None:
    """Owe a step of each job that nothing moved for a while: the worker that had its lease may be dead.

    A step too many finds the job locked or ended and does nothing.
    """
    now = timezone.now()
    stalled = Job.objects.filter(
        status__in=(Job.Status.WAITING, Job.Status.RUNNING), modified_time__lt=now - STALLED
    )
    for job in stalled.only("id", "org_id"):
        with transaction.atomic():
            Job.objects.filter(id=job.id).update(modified_time=now)
            outbox.owe(DUE, job.org_id, [job.id])


def discard_old() -> None:
    """Delete jobs that ended longer ago than they are kept; they cannot be undone any more."""
    Job.objects.filter(finished_at__lt=timezone.now() - RETENTION).delete()


def _apply(job: Job, rows: Sequence[JobRow]) -> Reasons:
    # As the person's grants are now: who lost the right since the plan does not go on using it.
    actor: Actor = import_string(settings.JOB_ACTOR)(job.admin_id, job.src_ip)
    try:
        with transaction.atomic():
            return kinds()[job.kind].apply(actor, job.org, rows)
    except Refusal as refusal:
        log.info("job.refused", job=str(job.id), reason=str(refusal))
        return {row.pk: str(refusal) for row in rows}


def _mark(job: Job, rows: Sequence[JobRow], reasons: Reasons) -> None:
    failed = [row for row in rows if row.pk in reasons]
    for row in failed:
        row.state, row.reason = JobRow.State.FAILED, reasons[row.pk][:255]
    done = [row.pk for row in rows if row.pk not in reasons]
    JobRow.objects.filter(pk__in=done).update(state=JobRow.State.DONE, reason="")
    JobRow.objects.bulk_update(failed, ["state", "reason"], batch_size=500)
    Job.objects.filter(pk=job.pk).update(done=F("done") + len(done), failed=F("failed") + len(failed))


def numbered(job: Job, rows: Iterable[Row]) -> Iterator[JobRow]:
    """The rows of a plan that a job has to do or to account for, in order."""
    wanted = (row for row in rows if row.changes or row.refusal)
    for position, row in enumerate(wanted):
        yield JobRow(
            job=job,
            position=position,
            target_id=row.target_id,
            site_id=row.site_id,
            label=row.label[:255],
            before=dict(row.before),
            after=dict(row.after),
            state=JobRow.State.FAILED if row.refusal else JobRow.State.WAITING,
            reason=row.refusal[:255],
        )
