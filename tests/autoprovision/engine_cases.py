"""Settings and devices that the engine's tests share."""

from typing import Any

from hypothesis import strategies as st

from autoprovision.engine.facts import Facts
from autoprovision.engine.ruleset import Ruleset, compile_rules

SITES = ["HQ", "East", "Floor 7", "West", "AP45", "10"]
PROFILES = ["Nursing", "Site A Floor 7", "East", "HQ"]
PROFILES_BY_TYPE = dict.fromkeys(("ap", "switch", "gateway"), PROFILES)


def setting(
    site: list[Any] | None = None, profile: list[Any] | None = None, name: list[Any] | None = None
) -> dict[str, Any]:
    """Give an organization setting; what has no rules is switched off."""
    keys = ("auto_site_assignment", "auto_deviceprofile_assignment", "auto_device_naming")
    return {
        key: {"enable": rules is not None, "rules": rules}
        for key, rules in zip(keys, (site, profile, name), strict=True)
    }


def ruleset(
    site: list[Any] | None = None, profile: list[Any] | None = None, name: list[Any] | None = None
) -> Ruleset:
    """Compile such a setting for SITES and PROFILES."""
    return compile_rules(setting(site, profile, name), SITES, PROFILES_BY_TYPE)


def device(**facts: Any) -> Facts:
    """Give an access point that has reported what is named here, and nothing else."""
    return Facts(**{"mac": "5c5b35000001", "model": "AP45", **facts})


TEXTS = st.sampled_from(
    ["HQ", "hq", "East_Floor 7_Nursing", "East", "a-HQ", "Floor 7", "x", "", "\x00", "  "]
)
ADDRESSES = st.sampled_from(
    ["10.1.2.3", "10.1.9.9", "10.9.9.9", "192.168.0.1", "2001:db8::1", "nonsense", ""]
)
EXPRESSIONS = st.sampled_from(
    [None, "", "split(_)[0]", "split(_)[1]", "[2:]", "[0:4]", "split(-)[1]", "split()[0]"]
)

FACTS = st.builds(
    Facts,
    mac=st.just("5c5b35000001"),
    model=st.sampled_from(["AP45", "AP32", "EX4300"]),
    type=st.sampled_from(["ap", "ap", "ap", "switch", "gateway", "other"]),
    name=st.sampled_from(["", "", "HQ", "East_Floor 7_Nursing"]),
    site_name=st.none() | st.sampled_from(SITES),
    profile_name=st.none() | st.sampled_from(PROFILES),
    lldp_system_name=st.none() | TEXTS,
    lldp_port_desc=st.none() | TEXTS,
    dns_suffix=st.none() | TEXTS,
    ip=st.none() | ADDRESSES,
    ext_ip=st.none() | ADDRESSES,
    geoip_country=st.none() | st.sampled_from(["NL", "nl", "DE"]),
    seen=st.booleans(),
)


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an assignment rule, now and then a broken one."""
    sources = [
        "lldp_system_name",
        "lldp_port_desc",
        "name",
        "dns_suffix",
        "subnet",
        "ext_ip",
        "model",
        "geoip",
        "?",
    ]
    raw: dict[str, Any] = {
        "src": draw(st.sampled_from(sources)),
        "expression": draw(EXPRESSIONS),
        "prefix": draw(st.sampled_from([None, "", "Site A "])),
        "subnet": draw(st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "2001:db8::/32", "bad"])),
        "model": draw(st.sampled_from(["AP45", "AP32", "EX4300"])),
        "match_country": draw(st.sampled_from(["NL", "DE", "N"])),
        "value": draw(st.sampled_from([*SITES, "Nursing", "Missing"])),
        "create_new_site_if_needed": draw(st.booleans()),
    }
    if draw(st.integers(0, 3)) == 0:
        raw["match_device_type"] = draw(st.sampled_from(["ap", "switch", "gateway"]))
    if draw(st.integers(0, 3)) == 0:
        raw["match_model"] = "AP45"
    return raw


@st.composite
def naming_rules(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a naming rule."""
    return {
        "src": draw(st.sampled_from(["lldp_port_desc", "mac", None, "?"])),
        "expression": draw(EXPRESSIONS),
        "prefix": draw(st.sampled_from([None, "", "AP-"])),
        draw(st.sampled_from(["match_device", "match_device_type"])): draw(st.sampled_from(["ap", "switch"])),
    }


@st.composite
def settings_drawn(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an organization setting, each part switched on more often than off."""
    listed = st.none() | st.lists(rules(), max_size=6)
    return setting(draw(listed), draw(listed), draw(st.none() | st.lists(naming_rules(), max_size=4)))
