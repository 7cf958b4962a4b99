"""Celery entry points of inventory."""

from __future__ import annotations

from celery import shared_task

from inventory import images, telemetry


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
