"""Work on sites that is owed; each function takes the list of what is owed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from mistadmin.core.access import Actor, Place
from sites import actions

_SYSTEM = Actor.system("Deleted Templates")


def forget_templates(owed: Sequence[dict[str, Any]]) -> None:
    """Take deleted documents from the sites that still name them as their templates."""
    gone: dict[str, set[UUID]] = {}
    for row in owed:
        gone.setdefault(row["org_id"], set()).update(UUID(one) for one in row["ids"])
    for org_id, ids in gone.items():
        actions.forget_templates(_SYSTEM, Place(UUID(org_id)), ids=ids)
