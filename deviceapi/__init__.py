"""The device API: what devices call, trusted by their own secrets and limited apart from people.

Owns the signed check-in and the simulator of a fleet; no table. May import inventory, accounts, sites, orgs,
the audit log and the kernel.
"""
