"""Celery entry points of inventory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from celery import shared_task

from inventory import images, installed_base, telemetry


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
    """Drop photos that no device has."""
    images.discard_strays()


@shared_task(name="inventory.tasks.owe_refreshes")
def owe_refreshes() -> None:
    """Note which linked accounts have to be read again."""
    installed_base.owe_due()


def refresh_installed_base(owed: Sequence[dict[str, Any]]) -> None:
    """Read what the linked accounts have bought (orgs.juniper.linked, inventory.installed_base.*)."""
    installed_base.refresh_accounts(owed)
