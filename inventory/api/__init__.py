"""REST: inventory, adopting, devices, their events, and organizations, sites and devices in numbers."""

from inventory.api.adopt import AdoptCommand, InstalledBaseCommand, RegisterCommand
from inventory.api.devices import (
    DeviceModels,
    DeviceSummary,
    OrgDeviceCount,
    OrgDevices,
    OrgDeviceSearch,
    RadioMacs,
    SiteDevice,
    SiteDeviceCount,
    SiteDevices,
    SiteDeviceSearch,
)
from inventory.api.events import DeviceEventDefinitions, OrgEventCount, OrgEvents, SiteEventCount, SiteEvents
from inventory.api.images import ClientDeviceImage, DeviceImage, ImageFile, InstallerImage
from inventory.api.installed_base import JsiDevices, JsiInventory, JsiInventoryCount, JsiInventorySearch
from inventory.api.installer import (
    InstallerAlarmTemplates,
    InstallerDevice,
    InstallerDevices,
    InstallerProfiles,
    InstallerRfTemplates,
    InstallerSiteByName,
    InstallerSiteGroups,
    InstallerSites,
)
from inventory.api.inventory import (
    AssignProfile,
    Inventory,
    InventoryCount,
    InventorySearch,
    Replace,
    UnassignProfile,
)
from inventory.api.places import Org, Site
from inventory.api.stats import (
    OrgDevicesStats,
    OrgStats,
    SiteDevicesStats,
    SiteDeviceStats,
    SitesStats,
    SiteStats,
)
from inventory.api.transfer import DeviceExport, DeviceImport

__all__ = [
    "AdoptCommand",
    "AssignProfile",
    "ClientDeviceImage",
    "DeviceEventDefinitions",
    "DeviceExport",
    "DeviceImage",
    "DeviceImport",
    "DeviceModels",
    "DeviceSummary",
    "ImageFile",
    "InstalledBaseCommand",
    "InstallerAlarmTemplates",
    "InstallerDevice",
    "InstallerDevices",
    "InstallerImage",
    "InstallerProfiles",
    "InstallerRfTemplates",
    "InstallerSiteByName",
    "InstallerSiteGroups",
    "InstallerSites",
    "Inventory",
    "InventoryCount",
    "InventorySearch",
    "JsiDevices",
    "JsiInventory",
    "JsiInventoryCount",
    "JsiInventorySearch",
    "Org",
    "OrgDeviceCount",
    "OrgDeviceSearch",
    "OrgDevices",
    "OrgDevicesStats",
    "OrgEventCount",
    "OrgEvents",
    "OrgStats",
    "RadioMacs",
    "RegisterCommand",
    "Replace",
    "Site",
    "SiteDevice",
    "SiteDeviceCount",
    "SiteDeviceSearch",
    "SiteDeviceStats",
    "SiteDevices",
    "SiteDevicesStats",
    "SiteEventCount",
    "SiteEvents",
    "SiteStats",
    "SitesStats",
    "UnassignProfile",
]
