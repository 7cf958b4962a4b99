"""What the engine knows about one device."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """One device as it is before the decision.

    `mac` is 12 lower-case hex digits; `type` is "ap", "switch" or "gateway"; `name` is "" for an unnamed
    device; `site_name` and `profile_name` are None when it has none. Everything the device has not reported
    is None; `seen` is False for a device that has never reported anything.
    """

    mac: str
    model: str
    type: str = "ap"
    name: str = ""
    site_name: str | None = None
    profile_name: str | None = None
    lldp_system_name: str | None = None
    lldp_port_desc: str | None = None
    dns_suffix: str | None = None
    ip: str | None = None
    ext_ip: str | None = None
    geoip_country: str | None = None
    seen: bool = True
