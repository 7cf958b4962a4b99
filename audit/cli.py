"""`mistadmin logs`: the audit trail for the operator, also of organizations that were deleted."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from audit.queries import latest_entries
from mistadmin.core.access import Actor


def logs(argv: Sequence[str]) -> int:
    """Print entries, the newest last: time, organization, who, from where, what; returns the exit code."""
    parser = argparse.ArgumentParser(prog="mistadmin logs", description="Print the audit trail.")
    parser.add_argument("--org", type=UUID, metavar="ID", help="of one organization, deleted or not")
    parser.add_argument("--limit", type=_count, default=100, help="how many of the newest (default 100)")
    options = parser.parse_args(argv)
    found = latest_entries(Actor.system("logs"), org_id=options.org, limit=options.limit)
    for row in reversed(found):
        print(_line(row))
    return 0


def _line(row: dict[str, Any]) -> str:
    when = row["timestamp"].isoformat(timespec="seconds")
    cells = (when, row["org_id"] or "-", row["admin_name"], row["src_ip"] or "-", row["message"])
    return "\t".join(_printable(str(cell)) for cell in cells)


def _printable(text: str) -> str:
    # Names were typed by strangers, and a terminal obeys control characters.
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError(text)
    return count
