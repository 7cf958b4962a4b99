"""Audit: who did what, when, from where, and what it changed.

Owns the entries and the one call that writes them together with the work they owe. May import the kernel
only; every app above calls `audit.log.record`.
"""
