"""Counters: they count for everybody at once, and each ends by itself."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache, caches

from mistadmin.core import throttle


def test_a_count_that_is_made_twenty_times_at_once_is_twenty() -> None:
    with ThreadPoolExecutor(20) as pool:
        seen = list(pool.map(lambda _: throttle.count("together", seconds=60), range(20)))
    assert sorted(seen) == list(range(1, 21))
    assert throttle.used("together") == 20


def test_counting_on_does_not_make_the_window_longer() -> None:
    throttle.count("window", seconds=60)
    throttle.count("window", seconds=6_000, by=5)
    assert _seconds_left("window") <= 60
    assert throttle.used("window") == 6


def test_a_new_window_starts_where_the_old_one_ended() -> None:
    throttle.count("ended", seconds=60, by=9)
    cache.delete(throttle._key("ended"))  # as it is when its time is over
    assert throttle.count("ended", seconds=60) == 1
    assert _seconds_left("ended") > 0


def test_what_others_keep_in_the_same_redis_stays(settings: Any) -> None:
    """As the messages to the workers do, and the counters of tests that run at the same time."""
    own = settings.CACHES["default"]
    if own["BACKEND"].endswith("CountingMemory"):
        pytest.skip("the memory of a process is nobody else's")
    settings.CACHES = {"default": own, "other": {**own, "KEY_PREFIX": f"{own['KEY_PREFIX']}-of-others"}}
    throttle.count("mine", seconds=60)
    caches["other"].set("kept", 1, 60)
    cache.clear()
    assert throttle.used("mine") == 0
    assert caches["other"].get("kept") == 1


def _seconds_left(name: str) -> float:
    """Seconds until a counter ends; fails for one that has no end."""
    backend: Any = cache
    key = backend.make_and_validate_key(throttle._key(name))
    if hasattr(backend, "_expire_info"):
        return float(backend._expire_info[key]) - time.time()
    left = backend._cache.get_client().ttl(key)
    if left < 0:
        pytest.fail("the counter would never end")
    return float(left)
