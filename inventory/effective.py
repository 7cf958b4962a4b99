"""The configuration that a device gets: what its layers say, the nearest winning, and who said it. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

DEVICE: Final = "Device"
# Of a site's setting a device gets what concerns its type; the rest is of the console or of other devices,
# whose passwords are none of its business (getSiteSetting).
_EVERY: Final = (
    *("config_auto_revert", "dns_servers", "dns_suffix", "ntp_servers", "persist_config_on_device"),
    *("proxy", "remote_syslog", "vars"),
)
_OF_TYPE: Final[Mapping[str, tuple[str, ...]]] = {
    "ap": (
        *("ap_port_config", "ble_config", "led", "mxtunnels", "radio_config", "rogue", "rtsa"),
        *("status_portal", "tunterm_multicast_config", "uplink_port_config", "wids", "wifi"),
    ),
    "switch": (
        *("acl_policies", "acl_tags", "additional_config_cmds", "default_port_usage", "dhcp_snooping"),
        *("disabled_system_defined_port_usages", "evpn_options", "extra_routes", "extra_routes6"),
        *("mist_nac", "networks", "ospf_areas", "port_mirroring", "port_usages", "radius_config"),
        *("remove_existing_configs", "snmp_config", "switch", "switch_matching", "switch_mgmt"),
        *("vrf_config", "vrf_instances", "vrrp_groups"),
    ),
    "gateway": (
        *("gateway", "gateway_additional_config_cmds", "gateway_mgmt", "juniper_srx", "networks"),
        *("skyatp", "srx_app", "ssr"),
    ),
}


@dataclass(frozen=True, slots=True)
class Layer:
    """One place that says something of a device: what people call it, and what it says."""

    origin: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a configuration: its path with dots, and the layer that it comes from."""

    path: str
    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class Effective:
    """What a device gets, and each value of it with its origin."""

    config: dict[str, Any]
    values: tuple[Value, ...]

    @property
    def version(self) -> str:
        return hash_of(self.config)


def for_type(kind: str, setting: Mapping[str, Any]) -> dict[str, Any]:
    """What of a site's setting concerns a device of a type."""
    wanted = (*_EVERY, *_OF_TYPE.get(kind, ()))
    return {key: setting[key] for key in wanted if key in setting}


def lay(layers: Iterable[Layer]) -> Effective:
    """Lay layers over each other, from the widest to the nearest.

    Objects are laid key by key; anything else, a list for one, replaces what was there (as sites.derived).
    """
    found: dict[str, Any] = {}
    for layer in layers:
        found = _over(found, layer.values, layer.origin)
    return Effective(_plain(found), tuple(_values(found, "")))


def hash_of(config: Mapping[str, Any]) -> str:
    """Sixteen hex digits that change with the configuration."""
    canonical = orjson.dumps(config, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Leaf:
    value: Any
    origin: str


def _over(below: Mapping[str, Any], above: Mapping[str, Any], origin: str) -> dict[str, Any]:
    whole = dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping) and value:
            under = whole.get(key)
            whole[key] = _over(under if isinstance(under, dict) else {}, value, origin)
        elif value != {} or not isinstance(whole.get(key), dict):
            whole[key] = _Leaf(value, origin)
    return whole


def _plain(found: Any) -> Any:
    return found.value if isinstance(found, _Leaf) else {key: _plain(one) for key, one in found.items()}


def _values(found: Any, path: str) -> Iterator[Value]:
    if isinstance(found, _Leaf):
        yield Value(path, found.value, found.origin)
        return
    for key, one in found.items():
        yield from _values(one, f"{path}.{key}" if path else str(key))
