"""Portal pages of the inventory: the list and what is read beside it, claiming, adopting, bulk verbs."""

from inventory.views.actions import Assign, Manage, Release, Rename, Unassign
from inventory.views.adopt import Adopt, Adopted, RotateSecret
from inventory.views.claim import Claim
from inventory.views.images import DeviceImages
from inventory.views.installed_base import Installed, InstalledCsv, InstalledProgress, RefreshInstalled
from inventory.views.installer import Installer, InstallerOffline, InstallerState, InstallerWorker
from inventory.views.installer_setting import InstallerSetting
from inventory.views.list import Csv, Inventory, Rows, Suggest

__all__ = [
    "Adopt",
    "Adopted",
    "Assign",
    "Claim",
    "Csv",
    "DeviceImages",
    "Installed",
    "InstalledCsv",
    "InstalledProgress",
    "Installer",
    "InstallerOffline",
    "InstallerSetting",
    "InstallerState",
    "InstallerWorker",
    "Inventory",
    "Manage",
    "RefreshInstalled",
    "Release",
    "Rename",
    "RotateSecret",
    "Rows",
    "Suggest",
    "Unassign",
]
