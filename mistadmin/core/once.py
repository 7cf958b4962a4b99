"""Calls that are sent again and done once: `Idempotency-Key` on operations whose handler is `@once`."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from mistadmin.core.access import Actor
from mistadmin.core.errors import Conflict, Invalid, Unauthenticated
from mistadmin.core.models import Answer
from mistadmin.core.purge import purge

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_KEPT: Final = timedelta(days=90)
_MOST_AT_ONCE: Final = 100_000

Handler = Callable[..., Response]


def once(handler: Handler) -> Handler:
    """Let a caller repeat a call under its key: the first answer is kept for 90 days and given again.

    Keys are of one caller: nobody meets another's. A refusal changed nothing, so it is not kept; a repeated
    call is judged anew. Raises Invalid for a malformed key and Conflict for another call under a used one.
    """

    @functools.wraps(handler)
    def answer(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return handler(view, request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise Invalid("Idempotency-Key must be 16 to 64 letters, digits, dashes or underscores.")
        with transaction.atomic():
            run = functools.partial(handler, view, request, *args, **kwargs)
            return _answered(_caller(view.actor), key, request, run)

    return answer


def discard_old() -> None:
    """Drop kept answers after their time."""
    old = Answer.objects.filter(created_time__lt=timezone.now() - _KEPT)
    purge(old.order_by("created_time", "id"), most=_MOST_AT_ONCE)


def _caller(actor: Actor) -> UUID:
    if actor.id is None:
        raise Unauthenticated
    return actor.id


def _answered(caller: UUID, key: str, request: Request, run: Callable[[], Response]) -> Response:
    call = _digest(request)
    kept = _reserve(caller, key, call)
    if kept.status:
        if bytes(kept.call) != call:
            raise Conflict("This Idempotency-Key was used for another call.")
        return Response(kept.body, status=kept.status, headers={"Idempotency-Replayed": "true"})
    response = run()
    if response.status_code >= 400:
        kept.delete()
        return response
    kept.status, kept.body = response.status_code, response.data
    kept.save(update_fields=["status", "body"])
    return response


def _reserve(caller: UUID, key: str, call: bytes) -> Answer:
    """The row of a key: new and without a status for one caller, the first answer for every other."""
    try:
        with transaction.atomic():
            return Answer.objects.create(actor_id=caller, key=key, call=call)
    except IntegrityError:
        # The first call held its row until it was done, so its answer stands here now.
        return Answer.objects.get(actor_id=caller, key=key)


def _digest(request: Request) -> bytes:
    """What tells one call from another: method, path with its query, and the body without its boundaries."""
    parts = [request.method.encode(), request.get_full_path().encode()]
    if request.content_type.startswith("multipart/"):
        parts += [hashlib.sha256(part.read()).digest() for _, part in sorted(request.FILES.items())]
        parts.append(orjson.dumps(sorted(request.POST.lists())))
        for _, part in sorted(request.FILES.items()):
            part.seek(0)
    else:
        parts.append(orjson.dumps(request.data))
    return hashlib.sha256(b"\0".join(parts)).digest()
