"""Caches that count: a counter and the end of its window are written in one step."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient


class Uncounted(Exception):
    """The cache did not answer.

    Told apart from Redis's own exceptions, whose import is a tenth of a start also where there is no Redis.
    """


class Counting(Protocol):
    """What every cache of the product can do beside Django's."""

    def count(self, key: str, seconds: int, by: int = 1) -> int:
        """Add to a counter, which starts at nothing and lasts `seconds` from its first count.

        Raises Uncounted.
        """
        ...


class _Client(RedisCacheClient):
    @cached_property
    def _redis(self) -> Any:
        return super().get_client(write=True)

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        # There is one server, and making a client for each call takes longer than the call.
        return self._redis


class CountingRedis(RedisCache):
    """Redis, in which a counter cannot be left without an end by one that ended meanwhile."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client

    def count(self, key: str, seconds: int, by: int = 1) -> int:
        name = self.make_and_validate_key(key)
        try:
            with self._cache.get_client().pipeline(transaction=True) as steps:
                steps.set(name, 0, ex=seconds, nx=True)
                steps.incrby(name, by)
                return int(steps.execute()[-1])
        except self._cache._lib.RedisError as error:  # type: ignore[attr-defined]  # Django's, untold by its types
            raise Uncounted(str(error)) from error

    def clear(self) -> None:
        """Forget what is of this cache alone: the same Redis carries the messages to the workers."""
        client = self._cache.get_client()
        for name in client.scan_iter(match=self.make_key("*"), count=1_000):
            client.delete(name)


class CountingMemory(LocMemCache):
    """The memory of one process."""

    def count(self, key: str, seconds: int, by: int = 1) -> int:
        self.add(key, 0, seconds)
        try:
            return int(self.incr(key, by))
        except ValueError:  # the window ended between the two
            self.set(key, by, seconds)
            return by
