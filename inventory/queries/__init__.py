"""Reads of inventory."""

from inventory.matching import MOST_WORDS, SORTS, STATUSES, UNASSIGNED, DeviceFilter
from inventory.queries.counts import count_by, count_by_type, count_per_site, count_unassigned, models_in_use
from inventory.queries.devices import (
    device_as_row,
    devices_by_id,
    devices_by_mac,
    devices_to_plan,
    get_device,
    get_site_device,
    list_devices,
    page_of_devices,
    page_of_inventory,
    shown,
    spare_devices,
    stream_csv,
)
from inventory.queries.events import list_events
from inventory.queries.finding import find_devices, suggest

__all__ = [
    "MOST_WORDS",
    "SORTS",
    "STATUSES",
    "UNASSIGNED",
    "DeviceFilter",
    "count_by",
    "count_by_type",
    "count_per_site",
    "count_unassigned",
    "device_as_row",
    "devices_by_id",
    "devices_by_mac",
    "devices_to_plan",
    "find_devices",
    "get_device",
    "get_site_device",
    "list_devices",
    "list_events",
    "models_in_use",
    "page_of_devices",
    "page_of_inventory",
    "shown",
    "spare_devices",
    "stream_csv",
    "suggest",
]
