"""The token of a lab: renewed while the command runs, revoked after it, dead by itself after a kill."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ApiToken
from accounts.tokens import LEASE, is_leased
from mistadmin.lab import tokens
from mistadmin.lab.tokens import minted_token
from tests.client import ApiClient
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_token_is_renewed_while_the_command_runs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "RENEWED_EVERY", 0.05)
    known = ApiToken.objects.count()
    with minted_token(world.ada.email) as key:
        assert is_leased(key)
        ApiToken.objects.update(modified_time=timezone.now() - LEASE)
        assert _until(lambda: ApiClient(token=key).get("/self").status == 200)
    assert ApiToken.objects.count() == known


def test_token_of_a_killed_lab_is_dead_within_minutes(world: World) -> None:
    actor, token = tokens._mint(world.ada.email)
    script = ApiClient(token=token.key)
    script.get("/self").ok()
    ApiToken.objects.update(modified_time=timezone.now() - timedelta(minutes=2))
    script.get("/self").expect(401)
    assert LEASE.total_seconds() >= 4 * tokens.RENEWED_EVERY
    tokens._revoke(actor, token)


def test_renewal_ends_with_the_token(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "RENEWED_EVERY", 0.01)
    asked: list[bool] = []
    monkeypatch.setattr("accounts.leases.renew", lambda token_id: bool(asked.append(True)))
    with minted_token(world.ada.email):
        assert _until(lambda: bool(asked))
        time.sleep(0.1)
    assert len(asked) == 1


def _until(fact: Any) -> bool:
    deadline = time.monotonic() + 10
    while not (found := fact()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(found)
