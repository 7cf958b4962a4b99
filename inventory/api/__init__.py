"""REST: inventory, devices of a site, device profiles' members, and what devices report."""

from inventory.api.devices import DeviceModels, SiteDevice, SiteDevices, SiteDevicesStats
from inventory.api.inventory import (
    AssignProfile,
    Inventory,
    InventoryCount,
    InventorySearch,
    Replace,
    UnassignProfile,
)
from inventory.api.places import Org, Site

__all__ = [
    "AssignProfile",
    "DeviceModels",
    "Inventory",
    "InventoryCount",
    "InventorySearch",
    "Org",
    "Replace",
    "Site",
    "SiteDevice",
    "SiteDevices",
    "SiteDevicesStats",
    "UnassignProfile",
]
