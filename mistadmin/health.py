"""Whether this instance works: web, database, worker and beat, as `/healthz` tells it.

Beat leaves a row after each round; a task that beat sends leaves one from inside a worker. Only what made the
whole way counts, and a sign of life carries its time, so none can go stale unnoticed.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from mistadmin.core.heartbeats import BEAT, WORKER, last

# Six rounds of five seconds: a task that holds every thread for a moment is no failure.
SILENCE = 30.0
OK = "ok"

log = logging.getLogger(__name__)


@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 when all parts work, else 503; each part says `ok` or what is wrong with it."""
    parts = {"web": OK, **_parts()}
    healthy = all(state == OK for state in parts.values())
    reply = JsonResponse({"status": OK if healthy else "failing", **parts}, status=200 if healthy else 503)
    # Whoever asks is told; a line per question would fill the log while an instance starts.
    reply._has_been_logged = True  # type: ignore[attr-defined]
    return reply


def _parts() -> dict[str, str]:
    try:
        seen = last()
    except Error:
        log.exception("the database does not answer")
        unknown = "unknown: the database does not answer"
        return {"database": "does not answer", WORKER: unknown, BEAT: unknown}
    return {"database": OK, WORKER: _state(seen.get(WORKER)), BEAT: _state(seen.get(BEAT))}


def _state(seen: datetime | None) -> str:
    if seen is None:
        return "no sign of life yet"
    # A clock that was set back must not make an old sign look fresh for ever.
    silent = abs((timezone.now() - seen).total_seconds())
    return OK if silent <= SILENCE else f"no sign of life for {silent:.0f} s"
