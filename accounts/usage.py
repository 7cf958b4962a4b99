"""How many API requests a credential made in the current hour: counted for each token and account alone."""

from __future__ import annotations

import time
from typing import Any, Final

import structlog
from redis.exceptions import RedisError

from accounts import tokens
from mistadmin.core import throttle
from mistadmin.core.access import Actor

log = structlog.get_logger(__name__)

# What the API document promises to each token; `GET /self/usage` tells it.
REQUEST_LIMIT: Final = 5_000
_HOUR: Final = 3600


def count_request(actor: Actor, key: str | None) -> None:
    """Count one request of a token, or of an account's sessions when there is no key."""
    if not actor.is_signed_in:
        return
    try:
        throttle.count(_name(actor, key), seconds=_HOUR)
    except RedisError as error:
        # A count is no reason to refuse work that the database could do.
        log.warning("usage.not_counted", error=str(error))


def usage_of(actor: Actor, key: str | None) -> dict[str, Any]:
    """Requests of this hour with the present one, the limit, and the seconds until counting starts anew."""
    return {
        "requests": throttle.used(_name(actor, key)),
        "request_limit": REQUEST_LIMIT,
        "seconds": _HOUR - int(time.time()) % _HOUR,
    }


def _name(actor: Actor, key: str | None) -> str:
    who = f"token:{tokens.digest(key)}" if key else f"admin:{actor.id}"
    return f"usage:{who}:{int(time.time()) // _HOUR}"
