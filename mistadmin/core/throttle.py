"""Counting tries in the cache: a pause after too many, which ends by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import cast

from django.core.cache import cache

from mistadmin.core.counting import Counting
from mistadmin.core.errors import Throttled


def require_room(name: str, *, tries: int, seconds: int) -> None:
    """Raise Throttled when `name` has used up its tries within the window."""
    if cache.get(_key(name), 0) >= tries:
        raise Throttled(retry_after=seconds)


def require_rooms(limits: Mapping[str, int], *, seconds: int) -> None:
    """As `require_room` for several names and their tries, at the cost of one look into the cache."""
    keys = {_key(name): tries for name, tries in limits.items()}
    if any(used >= keys[key] for key, used in cache.get_many(keys).items()):
        raise Throttled(retry_after=seconds)


def reserve(limits: Mapping[str, int], *, seconds: int) -> None:
    """Count a try for every name before it is made; raises Throttled when one is over its tries."""
    over = [name for name, tries in limits.items() if count(name, seconds=seconds) > tries]
    if over:
        raise Throttled(retry_after=seconds)


def give_back(names: Iterable[str]) -> None:
    """Take back a reserved try that was no failure; earlier failures stay counted."""
    for name in names:
        try:
            cache.decr(_key(name))
        except ValueError:  # the window ended meanwhile
            continue


def count(name: str, *, seconds: int, by: int = 1) -> int:
    """Count tries of `name`; the window starts with the first and lasts `seconds`."""
    return cast(Counting, cache).count(_key(name), seconds, by)


def used(name: str) -> int:
    """How many tries of `name` its window has seen."""
    return int(cache.get(_key(name), 0))


def _key(name: str) -> str:
    return "throttle:" + hashlib.sha256(name.encode()).hexdigest()
