"""One simulated device: what it is, what it sees around it, and how long it has been up."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

from inventory.adoption import Credential

Facts = Mapping[str, Any]
T = TypeVar("T")

_FIRMWARE: Final = {
    "ap": "0.14.29411",
    "switch": "23.4R2-S4.11",
    "gateway": "23.4R2-S3.9",
    "mxedge": "0.1.2813",
}
# What a Mist Edge reports beside the version of its tunnel termination.
_EDGE: Final = {"agent_version": "3.1.1057", "distro": "buster"}
_WINGS: Final = ("East", "West", "North", "South")
_WARDS: Final = ("Nursing", "Surgery", "Radiology", "Lobby", "Laboratory", "Offices")
_LONGEST_UPTIME: Final = 90 * 24 * 3600


class Unit(Protocol):
    """What a device knows about itself when it leaves the factory."""

    @property
    def mac(self) -> str: ...
    @property
    def serial(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def secret(self) -> str: ...


@dataclass(slots=True)
class Device:
    """A device of the fleet and its state; `config_hash` names the configuration that it has."""

    unit: Unit
    facts: Facts
    booted: float = field(default_factory=time.monotonic)
    config_hash: str = ""
    last_call: float = 0.0
    failures: int = 0
    complained: bool = False
    owned: bool | None = None
    # What was typed into a device that nobody owns yet; it joins with its first call.
    joining: Credential | None = None

    @property
    def mac(self) -> str:
        return self.unit.mac

    def report(self) -> dict[str, Any]:
        """The body of the next call; uptime in seconds grows from the one of the facts."""
        uptime = int(self.facts.get("uptime", 0)) + int(time.monotonic() - self.booted)
        identity = {"model": self.unit.model, "serial": self.unit.serial}
        return {**identity, **self.facts, "uptime": uptime, "config_hash": self.config_hash}

    def next_time(self) -> str:
        """The time of the next call: now by the clock, and always later than the call before."""
        self.last_call = max(time.time(), self.last_call + 0.000_001)
        return f"{self.last_call:.6f}"


def plausible_facts(unit: Unit) -> dict[str, Any]:
    """What a device reports when no scenario says so: always the same for one MAC."""
    digest = hashlib.sha256(unit.mac.encode()).digest()
    wing, floor = _pick(_WINGS, digest[0]), digest[1] % 9 + 1
    port = digest[2] % 48
    facts = {
        "version": _FIRMWARE.get(unit.type, _FIRMWARE["ap"]),
        "ip": f"10.{floor}.{digest[3]}.{digest[4] % 253 + 2}",
        "netmask": "255.255.0.0",
        "gateway": f"10.{floor}.0.1",
        "uptime": int.from_bytes(digest[5:9], "big") % _LONGEST_UPTIME,
        "dns_suffix": f"{wing.lower()}.example.org",
    }
    if unit.type == "mxedge":
        return facts | _EDGE
    neighbour = {
        "system_name": f"{wing}_Floor {floor}_{_pick(_WARDS, digest[9])}",
        "port_id": f"ge-0/0/{port}",
        "port_desc": f"{wing} {floor}-{port:02}",
        "mgmt_addr": f"10.{floor}.255.{digest[10] % 253 + 2}",
    }
    return facts | {"lldp": neighbour}


def _pick(choices: Sequence[T], byte: int) -> T:
    return choices[byte % len(choices)]
