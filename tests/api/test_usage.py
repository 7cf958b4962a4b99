"""getSelfApiUsage counts what really was asked: each token and each account alone, hour by hour."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
import time_machine

from accounts import tokens, usage
from accounts.auth import actor_for_key
from mistadmin.core import throttle
from mistadmin.core.errors import Throttled
from tests.client import ApiClient

# How many of 8,000 calls at once pass takes seconds with the real numbers: USAGE_CALLS=8000.
CALLS: Final = int(os.environ.get("USAGE_CALLS", "160"))


@pytest.fixture
def script(world):
    return ApiClient(token=world.user_token.key)


def requests(client):
    return client.get("/self/usage").ok()["requests"]


@time_machine.travel("2026-03-01 10:59:00+00:00", tick=False)
def test_every_request_of_a_token_counts_also_a_refused_one(script, world):
    assert script.get("/self/usage").ok() == {"requests": 1, "request_limit": 5000, "seconds": 60}
    script.get("/self").ok()
    script.get(f"/orgs/{world.globex.id}").expect(404)
    assert requests(script) == 4


def test_counts_of_others_stay_apart(script, api, world):
    ada, organization = api("ada"), ApiClient(token=world.org_token.key)
    for _ in range(3):
        script.get("/self").ok()
    assert requests(ada) == 1
    assert requests(organization) == 1
    assert requests(api("gus")) == 1
    assert requests(script) == 4


def test_a_new_hour_counts_anew(script):
    with time_machine.travel("2026-03-01 10:59:59+00:00", tick=False):
        assert [requests(script), requests(script)] == [1, 2]
    with time_machine.travel("2026-03-01 11:00:00+00:00", tick=False):
        assert script.get("/self/usage").ok() == {"requests": 1, "request_limit": 5000, "seconds": 3600}


def test_a_wrong_token_counts_for_nobody(script):
    ApiClient(token="x" * 40).get("/self").expect(401)
    assert requests(script) == 1


def test_a_redis_that_is_down_refuses_nobody(script, settings):
    nobody = {"BACKEND": "mistadmin.core.counting.CountingRedis", "LOCATION": "redis://127.0.0.1:1"}
    settings.CACHES = {"default": nobody}
    script.get("/self").ok()


@time_machine.travel("2026-03-01 10:20:30+00:00", tick=False)
def test_the_last_request_of_the_hour_passes_and_the_next_is_told_when_to_come_back(script, world, api):
    hour = f"usage:token:{tokens.digest(world.user_token.key)}:{1772360430 // 3600}"
    throttle.count(hour, seconds=3600, by=usage.REQUEST_LIMIT - 1)
    assert script.get("/self/usage").ok()["requests"] == 5000
    refused = script.get("/self/usage")
    assert refused.expect(429)["detail"] == "Too many requests. Try again in 2370 seconds."
    assert refused.headers["Retry-After"] == "2370"
    # Nobody else is meant: not another token, and not the person whose token it is.
    ApiClient(token=world.org_token.key).get("/self").ok()
    api("ada").get("/self").ok()
    with time_machine.travel("2026-03-01 11:00:00+00:00", tick=False):
        script.get("/self").ok()


def test_a_refused_request_changes_nothing(script, world, monkeypatch):
    monkeypatch.setattr(usage, "REQUEST_LIMIT", 0)
    script.post("/orgs", {"name": "Too late"}).expect(429)
    assert not world.ada.actor.org_ids - {world.acme.id}


def test_sessions_are_counted_and_never_refused(api, monkeypatch):
    monkeypatch.setattr(usage, "REQUEST_LIMIT", 2)
    assert [requests(api("ada")) for _ in range(4)] == [1, 2, 3, 4]


def test_of_many_calls_at_once_exactly_as_many_pass_as_are_allowed(world, monkeypatch):
    if CALLS < 8000:
        monkeypatch.setattr(usage, "REQUEST_LIMIT", CALLS * 5 // 8)
    mine, other = world.user_token.key, world.org_token.key
    actors = {key: actor_for_key(key, None) for key in (mine, other)}

    def passes(key: str) -> bool:
        try:
            usage.count_request(actors[key], key)
        except Throttled:
            return False
        return True

    with time_machine.travel("2026-03-01 10:20:30+00:00", tick=False), ThreadPoolExecutor(16) as pool:
        wanted = {mine: CALLS, other: 9}
        passed = {key: pool.map(passes, [key] * count) for key, count in wanted.items()}
        assert sum(passed[mine]) == usage.REQUEST_LIMIT
        assert all(passed[other])
