"""How many API requests a credential made in the current hour: counted for each token and account alone."""

from __future__ import annotations

import time
from typing import Any, Final

import structlog

from accounts import tokens
from mistadmin.core import throttle
from mistadmin.core.access import Actor
from mistadmin.core.counting import Uncounted
from mistadmin.core.errors import Throttled

log = structlog.get_logger(__name__)

# What the API document promises to each token; `GET /self/usage` tells it.
REQUEST_LIMIT: Final = 5_000
_HOUR: Final = 3600


def count_request(actor: Actor, key: str | None) -> None:
    """Count one request of a token, or of an account's sessions when there is no key.

    Raises Throttled for a token that has used up its hour. People are never refused: a client that logs in
    with a password cannot wait (mist-api: client.md, Rate limit).
    """
    if not actor.is_signed_in:
        return
    try:
        used = throttle.count(_name(actor, key), seconds=_HOUR)
    except Uncounted as error:
        # A count is no reason to refuse work that the database could do.
        log.warning("usage.not_counted", error=str(error))
        return
    if key and used > REQUEST_LIMIT:
        raise Throttled(retry_after=_seconds_left())


def usage_of(actor: Actor, key: str | None) -> dict[str, Any]:
    """Requests of this hour with the present one, the limit, and the seconds until counting starts anew."""
    return {
        "requests": throttle.used(_name(actor, key)),
        "request_limit": REQUEST_LIMIT,
        "seconds": _seconds_left(),
    }


def _seconds_left() -> int:
    """Seconds until counting starts anew, at least one."""
    return _HOUR - int(time.time()) % _HOUR


def _name(actor: Actor, key: str | None) -> str:
    who = f"token:{tokens.digest(key)}" if key else f"admin:{actor.id}"
    return f"usage:{who}:{int(time.time()) // _HOUR}"
