"""Event name -> what follows after commit. Every after-commit effect of the product stands on this page.

A name on the right is a function in an app's tasks.py that takes the list of what is owed; it runs in the
worker, at least once, and must be safe to run again.
"""

from typing import Final

REACTIONS: Final[dict[str, tuple[str, ...]]] = {
    "accounts.admin.registered": ("accounts.tasks.send_validation_links",),
    "accounts.admin.register_repeated": ("accounts.tasks.send_known_address_notices",),
    "accounts.invite.created": ("accounts.tasks.send_invitations",),
    "accounts.invite.resent": ("accounts.tasks.send_invitations",),
    "accounts.invite.accepted": ("accounts.tasks.send_welcomes",),
    "accounts.recovery.asked": ("accounts.tasks.send_recovery_links",),
    "accounts.admin.email_asked": ("accounts.tasks.send_email_links",),
    "orgs.job.started": ("mistadmin.core.jobs.run_due",),
    "orgs.job.retried": ("mistadmin.core.jobs.run_due",),
    "core.job.due": ("mistadmin.core.jobs.run_due",),
    "inventory.device.claimed": ("autoprovision.tasks.place_devices",),
    "inventory.device.adopted": ("autoprovision.tasks.place_devices",),
    "inventory.device.reported": ("autoprovision.tasks.place_devices",),
    "autoprovision.devices.undecided": ("autoprovision.tasks.place_devices",),
    "autoprovision.org.reevaluated": ("autoprovision.tasks.place_organizations",),
    "orgs.juniper.linked": ("inventory.tasks.refresh_installed_base",),
    "inventory.installed_base.asked": ("inventory.tasks.refresh_installed_base",),
    "inventory.installed_base.due": ("inventory.tasks.refresh_installed_base",),
    # New rules, and new names that rules may point at, decide devices that waited for them.
    "orgs.setting.updated": ("autoprovision.tasks.place_organizations",),
    "orgs.doc.created": ("autoprovision.tasks.place_organizations",),
    "orgs.doc.updated": (
        "autoprovision.tasks.place_organizations",
        "inventory.tasks.outdate_configurations",
    ),
    # Sites that named a deleted template are updated by forgetting it.
    "orgs.doc.deleted": ("sites.tasks.forget_templates", "inventory.tasks.outdate_unprofiled"),
    "sites.site.created": ("autoprovision.tasks.place_organizations",),
    "sites.site.updated": (
        "autoprovision.tasks.place_organizations",
        "inventory.tasks.outdate_configurations",
    ),
    "sites.setting.updated": ("inventory.tasks.outdate_configurations",),
}
