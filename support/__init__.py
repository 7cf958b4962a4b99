"""Support: tickets, feature requests and help. May import inventory and below, not its siblings."""
