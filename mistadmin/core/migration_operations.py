"""Migration steps that only one database understands."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations import RunSQL


class PostgresSQL(RunSQL):
    """SQL for PostgreSQL; the embedded database goes without."""

    def database_forwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, *states)

    def database_backwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, *states)
