"""Taking away old rows in pieces, so that no statement is long and no run is without end."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet

_AT_ONCE: Final = 2_000


def purge(rows: QuerySet[Any], *, most: int) -> int:
    """Delete the first `most` of these ordered rows at the most; returns how many there were."""
    deleted = 0
    while deleted < most:
        found = list(rows.values_list("pk", flat=True)[: min(_AT_ONCE, most - deleted)])
        if not found:
            break
        deleted += rows.model._default_manager.filter(pk__in=found).delete()[0]
        if len(found) < _AT_ONCE:
            break
    return deleted
