"""Portal pages of the inventory: the list and what is read beside it, claiming, and the bulk verbs."""

from inventory.views.actions import Assign, Release, Rename, Unassign
from inventory.views.claim import Claim
from inventory.views.list import Csv, Inventory, Rows, Suggest

__all__ = ["Assign", "Claim", "Csv", "Inventory", "Release", "Rename", "Rows", "Suggest", "Unassign"]
