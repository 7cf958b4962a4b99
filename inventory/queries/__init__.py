"""Reads of inventory."""

from inventory.matching import MOST_WORDS, SORTS, STATUSES, UNASSIGNED, DeviceFilter
from inventory.queries.counts import (
    count_by,
    count_by_type,
    count_devices,
    count_per_site,
    count_shown,
    models_in_use,
    summarize_devices,
)
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
    page_of_reports,
    shown,
    spare_devices,
    stream_csv,
    stream_export,
)
from inventory.queries.events import EventFilter, count_events, list_events, search_events
from inventory.queries.finding import find_devices, suggest
from inventory.queries.stats import org_stats, page_of_site_stats, site_stats
from inventory.queries.status import SPANS, History, status_history

__all__ = [
    "MOST_WORDS",
    "SORTS",
    "SPANS",
    "STATUSES",
    "UNASSIGNED",
    "DeviceFilter",
    "EventFilter",
    "History",
    "count_by",
    "count_by_type",
    "count_devices",
    "count_events",
    "count_per_site",
    "count_shown",
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
    "org_stats",
    "page_of_devices",
    "page_of_inventory",
    "page_of_reports",
    "page_of_site_stats",
    "search_events",
    "shown",
    "site_stats",
    "spare_devices",
    "status_history",
    "stream_csv",
    "stream_export",
    "suggest",
    "summarize_devices",
]
