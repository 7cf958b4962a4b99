"""The oracle as tests read it: tests/accounts/oracle.yaml, checked for words that nobody explained."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

_TABLE: Final[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("oracle.yaml").read_text())

ABILITIES: Final[dict[str, str]] = _TABLE["abilities"]
ROWS: Final[dict[str, list[dict[str, Any]]]] = _TABLE["roles"]
# Role -> what it may.
ROLES: Final[dict[str, frozenset[str]]] = {
    role: frozenset(word for row in rows for word in row["may"]) for role, rows in ROWS.items()
}
