"""An account is found by its address through the unique index, which compares without regard to case."""

from __future__ import annotations

from django.db import connection

from accounts.models import Admin
from tests.world import World


def test_an_address_is_looked_up_in_the_index(world: World) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Of a dozen accounts PostgreSQL reads all, unless that is made dear.
            cursor.execute("SET LOCAL enable_seqscan = off")
    wanted = Admin.objects.of_email(" Ada@Example.com ")
    assert "admin_email" in wanted.explain()
    assert wanted.get() == world.ada.admin
