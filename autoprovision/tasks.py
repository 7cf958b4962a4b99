"""Auto-provisioning that is owed; each function takes the list of what is owed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from autoprovision import actions, queries
from autoprovision.rulesets import rules_of
from mistadmin.core.access import Actor
from mistadmin.core.errors import NotVisible
from orgs.queries import get_org

Owed = Sequence[dict[str, Any]]

_SYSTEM = Actor.system("Auto-Provisioning")
_BATCH = 500


def place_devices(owed: Owed) -> None:
    """Decide devices that were claimed or reported something new."""
    ids = {UUID(one) for row in owed for one in row["ids"]}
    for org_id, devices in queries.undecided_by_org(ids).items():
        _place(org_id, devices)


def place_organizations(owed: Owed) -> None:
    """Owe a decision for every device of organizations whose rules or targets changed, or that asked for it.

    In pieces, so that an organization of any size is decided within the time limit of a task.
    """
    for org_id in dict.fromkeys(row["org_id"] for row in owed):
        actions.owe_decisions(_SYSTEM, org_id=UUID(org_id))


def _place(org_id: UUID, ids: Sequence[UUID]) -> None:
    try:
        org = get_org(_SYSTEM, org_id)
    except NotVisible:
        return  # deleted since
    rules = rules_of(org)
    if not rules.enabled:
        return
    for start in range(0, len(ids), _BATCH):
        actions.place_devices(_SYSTEM, org, rules=rules, ids=ids[start : start + _BATCH])
