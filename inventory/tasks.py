"""Celery entry points of inventory."""

from __future__ import annotations

from celery import shared_task

from inventory import telemetry


@shared_task(name="inventory.tasks.sweep_status")
def sweep_status() -> None:
    """Turn devices that stopped calling disconnected."""
    telemetry.sweep_status()


@shared_task(name="inventory.tasks.discard_events")
def discard_events() -> None:
    """Drop device events after their retention time."""
    telemetry.discard_events()
