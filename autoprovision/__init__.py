"""Auto-provisioning: which site, device profile and name a claimed device gets.

Owns the rule engine (`autoprovision.engine`, pure Python) and the use cases around it: preview, dry run,
apply, re-evaluate. May import inventory, accounts, sites, orgs, audit and `mistadmin.core`; nothing below may
import it. The engine imports the standard library only: no Django, no clock, no input or output.
"""
