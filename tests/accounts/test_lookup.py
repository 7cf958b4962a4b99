"""An account is found by its address through an index, which compares without regard to case."""

from __future__ import annotations

import pytest
from django.db import connection

from accounts.models import Admin
from tests.world import World


@pytest.fixture(autouse=True)
def _many_accounts(db: None) -> None:
    """Of a dozen accounts PostgreSQL reads all, unless that is made dear."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")


def test_an_account_with_a_password(world: World) -> None:
    wanted = Admin.objects.of_email(" Ada@Example.com ")
    assert "admin_email" in wanted.explain()
    assert wanted.get() == world.ada.admin


def test_accounts_of_identity_providers(world: World) -> None:
    told = [Admin.objects.create(email="ada@example.com", via_sso=True) for _ in range(2)]
    wanted = Admin.objects.told_of("ADA@example.com")
    assert "admin_email_via_sso" in wanted.explain()
    assert set(wanted) == set(told)
