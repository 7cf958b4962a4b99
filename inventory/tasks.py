"""Celery entry points of inventory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from celery import shared_task

from inventory import handout, images, installed_base, telemetry
from sites import maps


@shared_task(name="inventory.tasks.sweep_status")
def sweep_status() -> None:
    """Turn devices that stopped calling disconnected."""
    telemetry.sweep_status()


@shared_task(name="inventory.tasks.discard_events")
def discard_events() -> None:
    """Drop device events after their retention time."""
    telemetry.discard_events()


@shared_task(name="inventory.tasks.discard_stray_images")
def discard_stray_images() -> None:
    """Drop photos that no device has, and pictures that no floorplan has."""
    images.discard_strays()
    maps.discard_strays()


@shared_task(name="inventory.tasks.owe_refreshes")
def owe_refreshes() -> None:
    """Note which linked accounts have to be read again."""
    installed_base.owe_due()


def refresh_installed_base(owed: Sequence[dict[str, Any]]) -> None:
    """Read what the linked accounts have bought (orgs.juniper.linked, inventory.installed_base.*)."""
    installed_base.refresh_accounts(owed)


def outdate_configurations(owed: Sequence[dict[str, Any]]) -> None:
    """Have configurations made anew of which a site, profile or template that changed is a part."""
    for org_id, ids in _by_org(owed).items():
        handout.outdate(org_id, ids)


def outdate_unprofiled(owed: Sequence[dict[str, Any]]) -> None:
    """Have the configurations of devices made anew that a deleted profile may have been a part of."""
    for org_id in _by_org(owed):
        handout.outdate_unprofiled(org_id)


def _by_org(owed: Sequence[dict[str, Any]]) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = {}
    for row in owed:
        found.setdefault(UUID(row["org_id"]), set()).update(UUID(one) for one in row["ids"])
    return found
