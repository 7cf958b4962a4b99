"""Celery entry points of the kernel."""

from __future__ import annotations

from celery import shared_task

from mistadmin.core import heartbeats, jobs, once, outbox


@shared_task(name="mistadmin.core.tasks.pay_outbox", soft_time_limit=50, time_limit=60)
def pay_outbox() -> None:
    """Pay what is owed until nothing is due; poked after a commit, swept by beat."""
    while outbox.pay_due():
        continue


@shared_task(name="mistadmin.core.tasks.discard_done")
def discard_done() -> None:
    """Drop paid outbox rows after their retention time."""
    outbox.discard_done()


@shared_task(name="mistadmin.core.tasks.resume_stalled_jobs")
def resume_stalled_jobs() -> None:
    """Go on with jobs whose worker died."""
    jobs.resume_stalled()


@shared_task(name="mistadmin.core.tasks.discard_old_jobs")
def discard_old_jobs() -> None:
    """Drop jobs after their retention time."""
    jobs.discard_old()


@shared_task(name="mistadmin.core.tasks.discard_old_answers")
def discard_old_answers() -> None:
    """Drop the kept answers to repeatable calls after their time."""
    once.discard_old()


@shared_task(name="mistadmin.core.tasks.heartbeat")
def heartbeat() -> None:
    """Prove that beat sends and a worker runs; /healthz reads the row."""
    heartbeats.mark(heartbeats.WORKER)
