"""From the tables to the engine: the rules of an organization compiled, and the facts of its devices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from autoprovision.engine.facts import Facts
from autoprovision.engine.rules import SETTING_KEYS
from autoprovision.engine.ruleset import Ruleset, compile_rules
from inventory.models import Device
from orgs.models import DeviceProfile, Org
from sites.queries import site_names

FACT_COLUMNS: Final = (
    "mac",
    "model",
    "type",
    "name",
    "site__name",
    "deviceprofile__name",
    "lldp_system_name",
    "lldp_port_desc",
    "dns_suffix",
    "ip",
    "ext_ip",
    "last_seen",
)


@dataclass(frozen=True, slots=True)
class OrgRules:
    """The compiled rules of one organization, and what the names in them stand for."""

    ruleset: Ruleset
    sites: Mapping[str, UUID]
    profiles: Mapping[tuple[str, str], UUID]

    @property
    def enabled(self) -> bool:
        """Whether any of the three settings is switched on."""
        return any(part.enabled for part in (self.ruleset.site, self.ruleset.profile, self.ruleset.name))


def rules_of(org: Org, setting: Mapping[str, Any] | None = None) -> OrgRules:
    """Compile the rules of an organization, or those of a setting that is not saved yet."""
    sites = site_names(org.id)
    profiles = {(kind, name): pk for kind, name, pk in _profiles(org)}
    names: dict[str, set[str]] = defaultdict(set)
    for kind, name in profiles:
        names[kind].add(name)
    ruleset = compile_rules(org.setting if setting is None else setting, sites, names)
    return OrgRules(ruleset, sites, profiles)


def rule_setting(setting: Mapping[str, Any]) -> dict[str, Any]:
    """The three auto-provisioning objects out of an organization setting."""
    return {key: setting[key] for key in SETTING_KEYS.values() if key in setting}


def facts_of(device: Device) -> Facts:
    """What the engine knows of a device; what it has not reported is None."""
    site, profile = device.site, device.deviceprofile
    names = {"site__name": site and site.name, "deviceprofile__name": profile and profile.name}
    return facts_of_row([names[key] if key in names else getattr(device, key) for key in FACT_COLUMNS])


def facts_of_row(row: Sequence[Any]) -> Facts:
    """As `facts_of`, from a row of FACT_COLUMNS: for many devices, of which nothing else is needed."""
    mac, model, kind, name, site, profile, system, port, suffix, ip, ext_ip, last_seen = row
    return Facts(
        mac=mac,
        model=model,
        type=kind,
        name=name,
        site_name=site,
        profile_name=profile,
        lldp_system_name=system or None,
        lldp_port_desc=port or None,
        dns_suffix=suffix or None,
        ip=ip or None,
        ext_ip=ext_ip or None,
        seen=last_seen is not None,
    )


def _profiles(org: Org) -> list[tuple[str, str, UUID]]:
    return list(DeviceProfile.objects.filter(org=org).values_list("type", "name", "id"))
