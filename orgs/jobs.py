"""Jobs of an organization: start, cancel, retry and undo them, and read how they go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from audit.log import record
from mistadmin.core.access import VIEW_INVENTORY, VIEW_ORG, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Conflict, Invalid, NotAllowed, NotVisible
from mistadmin.core.jobs import Row, counted, kinds, numbered
from mistadmin.core.models import INSERTED_AT_ONCE, Job, JobRow
from mistadmin.core.paging import Page, Slice
from orgs.models import Org

STATES: Final = tuple(JobRow.State.choices)
# Stands in a title for how many rows the job has.
COUNT: Final = "{devices}"


@action(needs=VIEW_ORG)
def start_job(
    actor: Actor, org: Org, *, kind: str, title: str, rows: Iterable[Row], undo_of: Job | None = None
) -> Job:
    """Write a plan down as a job, whose first step is owed then; rows that change nothing are left out.

    COUNT in the title becomes the number of devices. Raises Invalid when no row can be changed.
    """
    actor.require_somewhere(kinds()[kind].need, org.id)
    if actor.id is None:
        raise NotAllowed("A job is asked for by a person.")
    job = Job(org=org, kind=kind, undo_of=undo_of, admin_id=actor.id, src_ip=actor.src_ip)
    job.admin_name = f"{actor.name} {actor.email}".strip()[:255]
    job.save()
    planned = numbered(job, rows)
    while chunk := list(islice(planned, INSERTED_AT_ONCE)):
        JobRow.objects.bulk_create(chunk)
        job.total += len(chunk)
        job.failed += sum(row.state == JobRow.State.FAILED for row in chunk)
    if job.total == job.failed:
        raise Invalid("None of the devices can be changed." if job.total else "Nothing would change.")
    job.title = title.replace(COUNT, counted(job.total))[:255]
    job.save(update_fields=["title", "total", "failed"])
    record(actor, "orgs.job.started", job, after={"title": job.title, "devices": job.total})
    return job


@action(needs=VIEW_ORG)
def cancel_job(actor: Actor, job: Job) -> None:
    """Stop a job after the step under way; what is done stays done. Raises Conflict when it has ended."""
    job = _locked(actor, job)
    if job.is_finished:
        raise Conflict("The job has ended already.")
    job.status, job.finished_at = Job.Status.CANCELLED, timezone.now()
    job.save(update_fields=["status", "finished_at"])
    record(actor, "orgs.job.cancelled", job, after={"done": job.done, "devices": job.total})


@action(needs=VIEW_ORG)
def retry_job(actor: Actor, job: Job) -> None:
    """Try the failed rows of an ended job again, and go on with those that a cancelled one left.

    Raises Conflict when nothing is left to do.
    """
    job = _locked(actor, job)
    if not job.is_finished:
        raise Conflict("The job has not ended yet.")
    again = job.rows.filter(state=JobRow.State.FAILED).update(state=JobRow.State.WAITING, reason="")
    if not job.rows.filter(state=JobRow.State.WAITING).exists():
        raise Conflict("Nothing is left to do.")
    job.failed = 0
    job.status, job.finished_at, job.modified_time = Job.Status.WAITING, None, timezone.now()
    job.save(update_fields=["failed", "status", "finished_at", "modified_time"])
    record(actor, "orgs.job.retried", job, after={"devices": again})


@action(needs=VIEW_ORG)
def undo_job(actor: Actor, job: Job) -> Job:
    """Put back what a job changed, as a job of its own; a device that moved on since keeps what it has.

    Raises Conflict while the job runs, when it was undone already and when it changed nothing.
    """
    job = _locked(actor, job)
    if not job.is_finished:
        raise Conflict("The job has not ended yet.")
    if Job.objects.filter(undo_of=job).exists():
        raise Conflict("The job has been undone already.")
    if not job.done:
        raise Conflict("The job changed nothing.")
    rows = job.rows.filter(state=JobRow.State.DONE).order_by("position")
    back = (Row(row.target_id, row.label, row.site_id, row.after, row.before) for row in rows.iterator())
    title = f"Undo: {job.title}"
    return start_job(actor, job.org, kind=job.kind, title=title, rows=back, undo_of=job)


def list_jobs(actor: Actor, org: Org, *, page: Page) -> Slice:
    """A page of the jobs an actor sees, newest first: their own, and those with rows at their sites."""
    found = _visible(actor, org)
    rows = found.order_by("-created_time", "-id").values(
        "id", "title", "admin_name", "status", "total", "done", "failed", "created_time", "finished_at"
    )
    return Slice([dict(row) for row in rows[page.start : page.start + page.limit]], found.count(), page)


def get_job(actor: Actor, org: Org, job_id: UUID) -> Job:
    """One job; raises NotVisible."""
    job: Job | None = _visible(actor, org).select_related("org", "undo", "undo_of").filter(id=job_id).first()
    if job is None:
        raise NotVisible
    return job


def job_rows(actor: Actor, job: Job, *, state: str = "", page: Page) -> Slice:
    """A page of a job's rows at the actor's sites, in the order of the plan; `state` narrows."""
    found = _rows_of(actor, job)
    if state:
        found = found.filter(state=state)
    rows = found.order_by("position").values("target_id", "label", "before", "after", "state", "reason")
    return Slice([dict(row) for row in rows[page.start : page.start + page.limit]], found.count(), page)


def stream_rows(actor: Actor, job: Job) -> Iterator[tuple[Any, ...]]:
    """Every row of a job at the actor's sites: label, before, after, state, reason."""
    rows = _rows_of(actor, job).order_by("position")
    return iter(rows.values_list("label", "before", "after", "state", "reason").iterator(chunk_size=2000))


def may_steer(actor: Actor, job: Job) -> bool:
    """Whether the actor may cancel, retry and undo a job: its author, and who may ask for it anywhere."""
    need = kinds()[job.kind].need
    return actor.can(need, job) or (actor.id == job.admin_id and actor.can_somewhere(need, job.org_id))


def _locked(actor: Actor, job: Job) -> Job:
    if not may_steer(actor, job):
        raise NotAllowed
    locked: Job = Job.objects.select_for_update(of=("self",)).select_related("org").get(pk=job.pk)
    return locked


def _visible(actor: Actor, org: Org) -> QuerySet[Job]:
    views = _views()
    if not any(actor.can_somewhere(need, org.id) for need in views):
        actor.require_somewhere(VIEW_INVENTORY, org.id)
    seen = Q(pk__in=[])
    for need, keys in views.items():
        if actor.can_somewhere(need, org.id):
            seen |= Q(kind__in=keys) & _within(actor, actor.sites_for(need, org.id))
    jobs: QuerySet[Job] = Job.objects.filter(seen, org_id=org.id)
    return jobs


def _within(actor: Actor, sites: frozenset[UUID] | None) -> Q:
    """Jobs of the actor's own and those with rows at these sites; None is all of them."""
    if sites is None:
        return Q()
    return Q(admin_id=actor.id) | Q(Exists(JobRow.objects.filter(job=OuterRef("pk"), site_id__in=sites)))


def _views() -> dict[str, list[str]]:
    """The abilities that seeing jobs takes, with the kinds that each lets see."""
    found: dict[str, list[str]] = {}
    for kind in kinds().values():
        found.setdefault(kind.seen_by, []).append(kind.key)
    return found


def _rows_of(actor: Actor, job: Job) -> QuerySet[JobRow]:
    if actor.id == job.admin_id:
        rows: QuerySet[JobRow] = job.rows.all()
        return rows
    need = kinds()[job.kind].seen_by
    found: QuerySet[JobRow] = JobRow.objects.in_org(actor, job.org_id, need).filter(job=job)
    return found
