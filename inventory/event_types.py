"""What device events are called outside: one name per type of device and kind of event, as Mist spells them.

`…_CONNECTED` and `…_DISCONNECTED` are Mist's names. For a report that differs from the one before Mist has
none; it is called `…_REPORTED`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event: what its name ends with, its label, its text, and what it means."""

    ending: str
    label: str
    text: str
    meaning: str


KINDS: Final[Mapping[str, Kind]] = {
    "connected": Kind("CONNECTED", "Connected", "Device connected", "called in and is connected now"),
    "disconnected": Kind("DISCONNECTED", "Disconnected", "Device disconnected", "has stopped calling in"),
    "reported": Kind("REPORTED", "Reported", "Device reported", "told something that it had not told before"),
}
_DEVICES: Final = {"ap": ("AP", "AP"), "switch": ("SW", "Switch"), "gateway": ("GW", "Gateway")}
_EDGES: Final = {"mxedge": ("ME", "Mist Edge")}
_FAMILIES: Final = {**_DEVICES, **_EDGES}

# Name outside -> type of device and kind of event.
NAMES: Final = {
    f"{prefix}_{kind.ending}": (device_type, key)
    for device_type, (prefix, _) in _FAMILIES.items()
    for key, kind in KINDS.items()
}
_KEYS: Final = {pair: name for name, pair in NAMES.items()}
# What a device reports, in the order in which the text of an event tells it.
FACTS: Final = (
    *("version", "agent_version", "distro", "ip", "ext_ip", "hostname", "dns_suffix"),
    *("lldp_system_name", "lldp_port_id", "lldp_port_desc"),
)


def event_name(device_type: str, kind: str) -> str:
    """The name of an event of a device of this type."""
    return _KEYS[device_type, kind]


def event_text(kind: str, facts: Mapping[str, Any]) -> str:
    """The message of an event: what happened, and what was reported."""
    told = ", ".join(f"{key} {facts[key] or 'none'}" for key in FACTS if key in facts)
    return f"{KINDS[kind].text} {told}".strip()


def definitions() -> list[dict[str, Any]]:
    """Every event of devices there can be (listDeviceEventsDefinitions)."""
    return _definitions(_DEVICES)


def edge_definitions() -> list[dict[str, Any]]:
    """Every event of Mist Edges there can be (listMxEdgeEventsDefinitions)."""
    return _definitions(_EDGES)


def _definitions(types: Mapping[str, tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "key": name,
            "display": f"{types[device_type][1]} {KINDS[kind].label}",
            "description": f"{types[device_type][1]} {KINDS[kind].meaning}",
        }
        for name, (device_type, kind) in NAMES.items()
        if device_type in types
    ]
