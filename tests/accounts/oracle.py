"""The oracle as tests read it: tests/accounts/oracle.yaml, checked for words that nobody explained."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

_TABLE: Final[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("oracle.yaml").read_text())

ABILITIES: Final[dict[str, str]] = _TABLE["abilities"]
ROWS: Final[dict[str, list[dict[str, Any]]]] = _TABLE["roles"]
MSP_ROWS: Final[dict[str, list[dict[str, Any]]]] = {**_TABLE["msp_roles"], "": _TABLE["msp_group"]}


def _words(table: dict[str, list[dict[str, Any]]]) -> dict[str, frozenset[str]]:
    return {role: frozenset(word for row in rows for word in row["may"]) for role, rows in table.items()}


# Role -> what it may.
ROLES: Final = _words(ROWS)
# Role at a whole MSP -> what it may there; "" is whoever has any role at a group of it alone.
MSP_ROLES: Final = _words(MSP_ROWS)
