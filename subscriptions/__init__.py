"""Subscriptions: what an organization is entitled to and what it uses. May import inventory and below."""
