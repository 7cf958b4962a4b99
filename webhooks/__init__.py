"""Webhooks: what is sent to whom, and what became of it. May import inventory and below, not its siblings."""
