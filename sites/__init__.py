"""Sites: the places of an organization and the groups that bundle them.

Owns Site, SiteGroup and the documents that belong to a site. May import orgs, the audit log and the kernel.
Deleting a site is a use case of inventory, because the devices there are unassigned first.
"""
