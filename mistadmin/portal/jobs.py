"""Jobs: what bulk work was asked for, how it goes, and cancel, retry and undo."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from mistadmin.core.jobs import counted, kinds, run_to_the_end
from mistadmin.core.paging import Page
from mistadmin.core.portal import PortalView
from orgs.jobs import STATES, cancel_job, get_job, job_rows, list_jobs, may_steer, retry_job, undo_job

# An undo of at most so many devices is done before the answer.
_AT_ONCE: Final = 100


class Jobs(PortalView):
    """The jobs of an organization, newest first."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        found = list_jobs(self.actor, self.org, page=Page.of(request.GET, limit=50))
        return self.render("jobs/list.html", slice=found)


class JobPage(PortalView):
    """One job with the result of each device; the same page answers the refresh while it runs."""

    def get(self, request: HttpRequest, org_id: UUID, job_id: UUID) -> HttpResponse:
        job = get_job(self.actor, self.org, job_id)
        state = request.GET.get("state", "")
        state = state if state in dict(STATES) else ""
        rows = job_rows(self.actor, job, state=state, page=Page.of(request.GET, limit=50))
        shown: dict[str, Any] = {"job": job, "slice": rows, "state": state, "states": STATES}
        return self.render("jobs/detail.html", **shown, **_progress(job), **self._may(job))

    def _may(self, job: Any) -> dict[str, bool]:
        steers = may_steer(self.actor, job)
        left = job.total - job.done - job.failed
        undone = hasattr(job, "undo")
        return {
            "may_cancel": steers and not job.is_finished,
            "may_retry": steers and job.is_finished and bool(job.failed or left),
            "may_undo": steers and job.is_finished and bool(job.done) and not undone,
        }


class JobStep(PortalView, ABC):
    """A button of the job page: the address of the job with a word behind it, asked with POST."""

    def post(self, request: HttpRequest, org_id: UUID, job_id: UUID) -> HttpResponse:
        job = get_job(self.actor, self.org, job_id)
        return self.done(self.act(job), to=f"/orgs/{org_id}/jobs/{job_id}")

    @abstractmethod
    def act(self, job: Any) -> str:
        """Do it; returns what is said then."""


class Cancel(JobStep):
    """Stop after the step under way."""

    def act(self, job: Any) -> str:
        cancel_job(self.actor, job)
        return "Job cancelled. What was done stays done."


class Retry(JobStep):
    """Try the failed ones again."""

    def act(self, job: Any) -> str:
        retry_job(self.actor, job)
        return "The devices that failed are tried again."


class Undo(PortalView):
    """Put back what the job changed."""

    def post(self, request: HttpRequest, org_id: UUID, job_id: UUID) -> HttpResponse:
        undo = undo_job(self.actor, get_job(self.actor, self.org, job_id))
        url = f"/orgs/{org_id}/jobs/{undo.id}"
        if undo.total > _AT_ONCE:
            return self.done(f"{undo.title}: started.", to=url)
        run_to_the_end(undo.id)
        undo = get_job(self.actor, self.org, undo.id)
        if undo.failed:
            text = f"{counted(undo.failed)} of {undo.total:,} could not be put back."
            return self.done(text, to=url, level="warning")
        return self.done(f"Undone for {counted(undo.done)}.", to=f"/orgs/{org_id}/{kinds()[undo.kind].page}")


def _progress(job: Any) -> dict[str, Any]:
    """How far a job is: rows seen to, percent, devices per second, seconds to go (None when unknown)."""
    seen = job.done + job.failed
    if job.started_at is None:
        return {"seen": seen, "percent": 0, "rate": None, "remaining": None}
    seconds = ((job.finished_at or timezone.now()) - job.started_at).total_seconds()
    rate = job.done / seconds if seconds >= 0.1 and job.done else None
    left = None if job.is_finished or not rate else (job.total - seen) / rate
    return {"seen": seen, "percent": 100 * seen // max(1, job.total), "rate": rate, "remaining": left}
