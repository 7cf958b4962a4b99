"""Searching by parts of texts in spite of row level security (ADR 0031).

Under a policy PostgreSQL compares what might tell of other rows only after it has read the rows, so that an
index of text is of no use. A table that is searched has a view with the condition of its policy, where the
planner is free; it belongs to the owner of the table, and whoever asks it sees what the policy would show.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql.datastructures import BaseTable

Rows = TypeVar("Rows", bound="QuerySet[Any]")


def name_of(table: str) -> str:
    """The view of a table."""
    return f"{table}_search"


def searched(rows: Rows) -> Rows:
    """The same rows, read through the view where this thread is held to some tenants."""
    if connection.vendor != "postgresql":
        return rows
    connection.ensure_connection()
    if not connection.connection.confines():
        return rows
    found = rows.all()
    query, view = found.query, name_of(found.model._meta.db_table)
    alias = query.get_initial_alias()
    # Beside the table's own entry: a join with the table itself must not take the alias a second time.
    query.table_map[view] = [alias]
    query.alias_map[alias] = BaseTable(view, alias)
    return found
