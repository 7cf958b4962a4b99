"""Django's `migrate`, which on PostgreSQL also builds the wall between tenants (ADR 0031)."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from mistadmin.core import row_security, tenancy

_MISSING = """
The wall between tenants is not built: this user of the database may not make its roles. The product works
without it; what the code forgets to ask for, nothing then refuses. An administrator of the database runs:

{statements}

After that, run this command again.
"""


class Command(migrate.Command):
    """Migrates as the owner of the tables, then brings policies in line with what is declared."""

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        with tenancy.owning():
            if connection.vendor != "postgresql" or options["plan"] or options["check_unapplied"]:
                super().handle(*args, **options)
                return
            if row_security.has_views(connection) and _pending(connection):
                row_security.drop_views(connection)
            super().handle(*args, **options)
            # Half way the tables may not be what the declaration speaks of.
            if not _pending(connection):
                self._build(connection)

    def _build(self, connection: Any) -> None:
        try:
            row_security.build(connection)
        except row_security.CannotBuild as error:
            self.stderr.write(_MISSING.format(statements=error))


def _pending(connection: Any) -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
