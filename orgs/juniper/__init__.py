"""Juniper accounts of an organization (guide: Integrate Your Juniper Account).

`client` speaks to the account service that the operator configured, `accounts` links and unlinks and keeps
the outcome of each refresh. What the accounts bought is kept above, in inventory.
"""
