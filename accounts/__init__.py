"""Accounts: who signs in and with what right.

Owns administrators, privileges and API tokens, turns a session or a token into an Actor, and the use cases
that join an account with an organization. May import sites, orgs, the audit log and the kernel.
"""
