"""Alerts: alarms, who hears of them and how. May import inventory and below, not its siblings."""
