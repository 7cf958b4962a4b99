"""Inventory: manufactured units, the devices an organization has claimed, and what devices report.

Owns Unit, Device and DeviceEvent and every verb on devices. May import accounts, sites, orgs, the audit log
and the kernel.
"""
