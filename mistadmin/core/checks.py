"""What `mistadmin manage check --deploy` asks of the instance beside Django's own questions."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Warning
from django.db import connection


def wall_stands(app_configs: Any, **_options: Any) -> list[CheckMessage]:
    """Whether PostgreSQL keeps tenants apart by itself (ADR 0031); the embedded database never does."""
    if connection.vendor != "postgresql":
        return []
    from mistadmin.core import wall  # its driver is not loaded for SQLite

    connection.ensure_connection()
    if wall.stands(connection.connection):
        return []
    hint = "Run `mistadmin migrate`; it says what is missing."
    return [Warning("The database does not keep tenants apart by itself.", hint=hint, id="core.W001")]
