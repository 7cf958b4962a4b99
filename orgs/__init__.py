"""Organizations: the tenant, its setting document and its configuration documents.

Owns Org, the shared document table and the kinds that have a table of their own at this level. May import
the audit log and the kernel.
"""
