"""getSelfApiUsage counts what really was asked: each token and each account alone, hour by hour."""

from __future__ import annotations

import pytest
import time_machine
from redis.exceptions import ConnectionError as RedisDown

from mistadmin.core import throttle
from tests.client import ApiClient


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


def test_a_broken_counter_refuses_nobody(script, monkeypatch):
    def down(*args, **kwargs):
        raise RedisDown("no counter")

    monkeypatch.setattr(throttle, "count", down)
    script.get("/self").ok()
