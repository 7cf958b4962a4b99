"""What a call asks of the database tells nobody which addresses have an account (S10)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.client import ApiClient
from tests.world import World

_PASSWORD: Final = "a long enough password"
_NAME: Final = {"first_name": "Nora", "last_name": "New"}
_READS: Final = {"privileges": [{"scope": "org", "role": "read"}]}
_STATEMENT: Final = re.compile(r'(SELECT|INSERT|UPDATE|DELETE)[^"]*"(\w+)"')

CALLS: Final[dict[str, Callable[[str], dict[str, Any]]]] = {
    "/login": lambda email: {"email": email, "password": _PASSWORD},
    "/register": lambda email: {"email": email, "password": _PASSWORD, **_NAME},
    "/recover": lambda email: {"email": email},
    "/login/lookup": lambda email: {"email": email},
}


@pytest.mark.parametrize("path", CALLS)
def test_the_same_statements_with_an_account_and_without(
    anonymous: ApiClient, world: World, path: str
) -> None:
    known, unknown = (
        _statements(anonymous, path, CALLS[path](email)) for email in (world.gus.email, "nobody@example.com")
    )
    assert known == unknown


def test_the_same_statements_for_an_invitation(api: Callable[[str], ApiClient], world: World) -> None:
    path = f"/orgs/{world.acme.id}/invites"
    # The first call of a session does more than those that follow.
    _, known, unknown = (
        _statements(api("ada"), path, {"email": email, **_READS})[1]
        for email in ("first@example.com", world.gus.email, "nobody@example.com")
    )
    assert known == unknown


def _statements(client: ApiClient, path: str, body: dict[str, Any]) -> tuple[Any, list[Any]]:
    """The answer, and what was asked of the database for it, without the values."""
    with CaptureQueriesContext(connection) as asked:
        reply = client.post(path, body)
    found = [_STATEMENT.match(one["sql"]) for one in asked]
    return (reply.status, reply.body), [one.groups() for one in found if one]
