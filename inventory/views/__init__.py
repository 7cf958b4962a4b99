"""Portal pages of the inventory: the list and what is read beside it, claiming, adopting, bulk verbs."""

from inventory.views.actions import Assign, Release, Rename, Unassign
from inventory.views.adopt import Adopt, Adopted, RotateSecret
from inventory.views.claim import Claim
from inventory.views.installed_base import Installed, InstalledCsv, InstalledProgress, RefreshInstalled
from inventory.views.list import Csv, Inventory, Rows, Suggest

__all__ = [
    "Adopt",
    "Adopted",
    "Assign",
    "Claim",
    "Csv",
    "Installed",
    "InstalledCsv",
    "InstalledProgress",
    "Inventory",
    "RefreshInstalled",
    "Release",
    "Rename",
    "RotateSecret",
    "Rows",
    "Suggest",
    "Unassign",
]
