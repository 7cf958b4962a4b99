"""The watcher of writes: an action that changed a tenant's rows must have left an audit entry."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection

from mistadmin.core.actions import Running, running

WRITE: Final = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)
ENTRIES: Final = "audit_entry"
# Not a change that somebody made: work owed, sign-in state, telemetry, and why a device was placed.
EXEMPT: Final = frozenset(
    {
        ENTRIES,
        "core_outbox",
        "core_heartbeat",
        "accounts_adminsession",
        "inventory_deviceevent",
        "autoprovision_decision",
    }
)


class Writes:
    """Tables that each action wrote, by the call of the action."""

    def __init__(self) -> None:
        self._tables: dict[Running, set[str]] = defaultdict(set)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        action, written = running.get(), WRITE.match(sql)
        if action and written and context["cursor"].rowcount != 0:
            self._tables[action].add(written[1])
        return result

    def silent(self) -> list[str]:
        """Actions that finished, changed something and left no entry, each with the tables it wrote."""
        by_outermost: dict[Running, set[str]] = defaultdict(set)
        for action, tables in self._tables.items():
            chain = list(_chain(action))
            # What a failed call wrote was rolled back with it.
            if all(call.finished for call in chain):
                by_outermost[chain[-1]] |= tables
        return [
            f"{action.name} wrote {', '.join(sorted(tables - EXEMPT))} without an audit entry"
            for action, tables in by_outermost.items()
            if tables - EXEMPT and ENTRIES not in tables
        ]

    def forget(self) -> None:
        """Drop what was seen so far."""
        self._tables.clear()


@contextmanager
def watched_writes() -> Iterator[Writes]:
    """Watch every action of this connection."""
    writes = Writes()
    with connection.execute_wrapper(writes):
        yield writes


def _chain(action: Running) -> Iterator[Running]:
    call: Running | None = action
    while call:
        yield call
        call = call.within
