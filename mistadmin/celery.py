"""The Celery application and, in one dictionary, everything that happens on a schedule."""

from __future__ import annotations

import logging.config
import os
from datetime import timedelta
from typing import Any

from celery import Celery, Task
from celery.signals import setup_logging
from kombu.transport import TRANSPORT_ALIASES

from mistadmin.core import tenancy

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mistadmin.settings.prod")
TRANSPORT_ALIASES["folder"] = "mistadmin.broker:Transport"

SCHEDULE: dict[str, dict[str, Any]] = {
    # Finds the owed work whose poke was lost; the poke itself comes right after commit.
    "pay-outbox": {
        "task": "mistadmin.core.tasks.pay_outbox",
        "schedule": timedelta(seconds=5),
        "options": {"expire_seconds": 10},
    },
    "sweep-device-status": {
        "task": "inventory.tasks.sweep_status",
        "schedule": timedelta(seconds=15),
        "options": {"expire_seconds": 30},
    },
    "discard-paid-work": {
        "task": "mistadmin.core.tasks.discard_done",
        "schedule": timedelta(days=1),
        "options": {"expire_seconds": 3600},
    },
    "resume-stalled-jobs": {
        "task": "mistadmin.core.tasks.resume_stalled_jobs",
        "schedule": timedelta(seconds=5),
        "options": {"expire_seconds": 10},
    },
    "discard-old-jobs": {
        "task": "mistadmin.core.tasks.discard_old_jobs",
        "schedule": timedelta(days=1),
        "options": {"expire_seconds": 3600},
    },
    "discard-old-answers": {
        "task": "mistadmin.core.tasks.discard_old_answers",
        "schedule": timedelta(days=1),
        "options": {"expire_seconds": 3600},
    },
    "discard-expired-sessions": {
        "task": "accounts.tasks.discard_sessions",
        "schedule": timedelta(hours=1),
        "options": {"expire_seconds": 3600},
    },
    "discard-login-leftovers": {
        "task": "accounts.tasks.discard_login_leftovers",
        "schedule": timedelta(hours=1),
        "options": {"expire_seconds": 3600},
    },
    "discard-unused-tokens": {
        "task": "accounts.tasks.discard_unused_tokens",
        "schedule": timedelta(hours=6),
        "options": {"expire_seconds": 3600},
    },
    "discard-dead-leases": {
        "task": "accounts.tasks.discard_dead_leases",
        "schedule": timedelta(minutes=10),
        "options": {"expire_seconds": 600},
    },
    "discard-old-device-events": {
        "task": "inventory.tasks.discard_events",
        "schedule": timedelta(hours=1),
        "options": {"expire_seconds": 3600},
    },
    "discard-stray-images": {
        "task": "inventory.tasks.discard_stray_images",
        "schedule": timedelta(days=1),
        "options": {"expire_seconds": 3600},
    },
    # Each account once a day; one that could not be refreshed, every hour.
    "refresh-installed-base": {
        "task": "inventory.tasks.owe_refreshes",
        "schedule": timedelta(minutes=10),
        "options": {"expire_seconds": 600},
    },
    # Sent by beat and run by a worker: /healthz trusts only what made the whole way.
    "heartbeat": {
        "task": "mistadmin.core.tasks.heartbeat",
        "schedule": timedelta(seconds=5),
        "options": {"expire_seconds": 10},
    },
}


class Work(Task):
    """A task: workers act for every tenant, and by whom they were asked to is in what is owed."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with tenancy.across():
            return super().__call__(*args, **kwargs)


app = Celery("mistadmin", task_cls=Work)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()


@setup_logging.connect
def keep_logging(**_options: Any) -> None:
    """Log as the settings say; without a receiver Celery would configure logging itself."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
