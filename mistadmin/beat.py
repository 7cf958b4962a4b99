"""The clock: django-celery-beat's scheduler, kept equal to the code and seen to be alive."""

from __future__ import annotations

import time

from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from mistadmin.core import heartbeats

MARK_EVERY = 5.0


class Scheduler(DatabaseScheduler):
    """Runs exactly `mistadmin.celery.SCHEDULE`."""

    _marked = 0.0

    def setup_schedule(self) -> None:
        """Take over the schedule of the code; entries that it no longer has are removed."""
        self.update_from_dict(self.app.conf.beat_schedule)
        PeriodicTask.objects.exclude(name__in=self.app.conf.beat_schedule).delete()

    def tick(self, *args: object, **kwargs: object) -> float:
        """Send what is due; the mark comes after it, so a clock that fails shows as silent."""
        if not self._marked:
            # At once rather than after the first interval: a start is then seen to work in a second.
            self.app.send_task("mistadmin.core.tasks.heartbeat")
        wait: float = super().tick(*args, **kwargs)
        if time.monotonic() - self._marked >= MARK_EVERY:
            heartbeats.mark(heartbeats.BEAT)
            self._marked = time.monotonic()
        return wait
