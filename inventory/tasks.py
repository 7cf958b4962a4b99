"""Celery entry points of inventory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from celery import shared_task

from inventory import handout, telemetry


@shared_task(name="inventory.tasks.sweep_status")
def sweep_status() -> None:
    """Turn devices that stopped calling disconnected."""
    telemetry.sweep_status()


@shared_task(name="inventory.tasks.discard_events")
def discard_events() -> None:
    """Drop device events after their retention time."""
    telemetry.discard_events()


def outdate_configurations(owed: Sequence[dict[str, Any]]) -> None:
    """Have the configurations of sites and profiles that changed made anew when their devices call."""
    for org_id, ids in _by_org(owed).items():
        handout.outdate(org_id, ids)


def outdate_organizations(owed: Sequence[dict[str, Any]]) -> None:
    """Have every configuration of organizations made anew: any site may have named what changed."""
    for org_id in _by_org(owed):
        handout.outdate(org_id, (), everywhere=True)


def _by_org(owed: Sequence[dict[str, Any]]) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = {}
    for row in owed:
        found.setdefault(UUID(row["org_id"]), set()).update(UUID(one) for one in row["ids"])
    return found
