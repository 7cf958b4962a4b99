"""Event -> sentence; `{…}` are names of the target. An event without a sentence cannot be recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

MESSAGES: Final[dict[str, str]] = {
    "accounts.admin.registered": "Register account",
    "accounts.admin.register_repeated": "Register account again",
    "accounts.admin.verified": "Verify e-mail address",
    "accounts.admin.logged_in": "Login",
    "accounts.admin.login_failed": "Failed login",
    "accounts.admin.logged_out": "Logout",
    "accounts.admin.updated": "Update Account",
    "accounts.admin.password_changed": "Change Password",
    "accounts.admin.staffed": "Update Instance Staff",
    "accounts.token.created": 'Add API Token "{name}"',
    "accounts.token.updated": 'Update API Token "{name}"',
    "accounts.token.deleted": 'Delete API Token "{name}"',
    "accounts.list.arranged": 'Arrange List "{name}"',
    "accounts.view.created": 'Add View "{name}"',
    "accounts.view.updated": 'Update View "{name}"',
    "accounts.view.deleted": 'Delete View "{name}"',
    "accounts.view.defaulted": 'Change Default View of "{name}"',
    "accounts.org.opened": 'Access Org "{name}"',
    "orgs.org.created": 'Add Org "{name}"',
    "orgs.org.updated": 'Update Org "{name}"',
    "orgs.org.deleted": 'Delete Org "{name}"',
    "orgs.setting.updated": "Update Org Settings",
    "orgs.doc.created": 'Add {label} "{name}"',
    "orgs.doc.updated": 'Update {label} "{name}"',
    "orgs.doc.deleted": 'Delete {label} "{name}"',
    "orgs.juniper.linked": 'Link Juniper Account "{name}"',
    "orgs.juniper.unlinked": 'Unlink Juniper Account "{name}"',
    "orgs.job.started": 'Start Job "{name}"',
    "orgs.job.cancelled": 'Cancel Job "{name}"',
    "orgs.job.retried": 'Retry Job "{name}"',
    "sites.site.created": 'Add Site "{name}"',
    "sites.site.updated": 'Update Site "{name}"',
    "sites.site.deleted": 'Delete Site "{name}"',
    "sites.setting.updated": 'Update Site Settings of "{name}"',
    "sites.map.created": 'Add Floorplan "{name}"',
    "sites.map.updated": 'Update Floorplan "{name}"',
    "sites.map.pictured": 'Replace Image of Floorplan "{name}"',
    "sites.map.unpictured": 'Delete Image of Floorplan "{name}"',
    "sites.map.deleted": 'Delete Floorplan "{name}"',
    "sites.sitegroup.created": 'Add Site Group "{name}"',
    "sites.sitegroup.updated": 'Update Site Group "{name}"',
    "sites.sitegroup.deleted": 'Delete Site Group "{name}"',
    "inventory.device.claimed": "Claim {model} {mac}",
    "inventory.device.adopted": "Adopt {model} {mac}",
    "inventory.device.assigned": 'Assign {label} to Site "{site}"',
    "inventory.device.replaced": "Replace {label}",
    "inventory.device.replacing": "Put {label} in place of another",
    "inventory.device.unassigned": 'Unassign {label} from Site "{site}"',
    "inventory.device.released": "Release {label}",
    "inventory.device.managed": "Manage {label}",
    "inventory.device.unmanaged": "Stop Managing {label}",
    "inventory.device.renamed": "Rename {label}",
    "inventory.device.updated": "Update {label}",
    "inventory.device.profiled": "Assign Device Profile to {label}",
    "inventory.device.unprofiled": "Unassign Device Profile of {label}",
    "inventory.device.unplaced": 'Take {label} off Floorplan "{map}"',
    "inventory.device.pictured": "Add Image to {label}",
    "inventory.device.unpictured": "Delete Image of {label}",
    "inventory.mxedge.created": "Add Mist Edge {label}",
    "inventory.adoption.opened": "Create Adopt Secret",
    "inventory.adoption.rotated": "Rotate Adopt Secret",
    "inventory.installed_base.asked": 'Refresh Installed Base of "{name}"',
    "autoprovision.org.reevaluated": "Re-evaluate Auto-Provisioning",
}


def sentence(event: str, names: Mapping[str, Any]) -> str:
    """The sentence of an event about something with these names; raises KeyError for an unknown event."""
    return MESSAGES[event].format_map(defaultdict(str, names))
