"""One plain sentence on why a block of rules applies to a device or does not."""

from typing import Literal

from autoprovision.engine.facts import Facts
from autoprovision.engine.rules import SUBNET_SOURCES, Rule
from autoprovision.engine.ruleset import Block, Targets
from autoprovision.engine.subnets import Subnet, packed

Verdict = Literal["matched", "no_match", "other_device", "broken", "not_tried"]

LABELS = {
    "lldp_system_name": "LLDP system name",
    "lldp_port_desc": "LLDP port description",
    "name": "Device name",
    "dns_suffix": "DNS suffix",
    "mac": "MAC address",
    "subnet": "IP address",
    "ext_ip": "External IP address",
    "model": "Model",
    "geoip": "GeoIP country",
}
# The facts are named as the sources, but for these.
_FIELDS = {"subnet": "ip", "geoip": "geoip_country"}
_TYPES = {"ap": "access points", "switch": "switches", "gateway": "gateways"}


Told = tuple[Verdict, str]


def narrate(block: Block, facts: Facts, name: str) -> Told:
    """Give verdict and sentence for a device whose name is, or was just decided to be, `name`."""
    rule, targets = block.first, block.targets
    if rule.fault:
        return "broken", f"This rule cannot be used: {rule.fault}."
    if rule.device_type != facts.type:
        return "other_device", f"Only for {_TYPES[rule.device_type]}; this device is of type {facts.type}."
    if rule.match_model and rule.match_model != facts.model:
        return "other_device", f"Only for model {rule.match_model}; this device is {facts.model}."
    source = _source(rule, facts, name)
    if not source:
        return "no_match", f"The device has no {_missing(rule.src)} yet."
    if rule.src in SUBNET_SOURCES:
        sentence = _tell_subnet(block, source, targets)
    elif rule.src == "model":
        sentence = _tell_model(block, source, targets)
    elif rule.src == "geoip":
        sentence = _tell_country(rule, source, targets)
    else:
        sentence = _tell_text(block, source, targets)
    return "matched" if block.match(facts, name) is not None else "no_match", sentence


def _source(rule: Rule, facts: Facts, name: str) -> str | None:
    if rule.src == "name":
        return name
    source: str | None = getattr(facts, _FIELDS.get(rule.src, rule.src))
    return source


def _missing(src: str) -> str:
    label = "name" if src == "name" else LABELS[src]
    return label if label[:2].isupper() or src == "geoip" else label[0].lower() + label[1:]


def _tell_text(block: Block, source: str, targets: Targets | None) -> str:
    label, text = LABELS[block.first.src], block.derive(source)
    if text is None:
        why = block.first.expression.why_not(source)
        return f'{label} "{source}"{block.steps}, gives nothing: {why}.'
    given = f'{label} "{source}"{block.steps} gives "{text}"' if block.steps else f'{label} is "{text}"'
    if targets is not None:
        return f"{given}; {_tell_target(text, targets)}."
    if text.isspace() or not text.isprintable():
        return f"{given}, which cannot be a name: it is blank or has control characters."
    return f"{given}."


def _tell_target(text: str, targets: Targets) -> str:
    if text in targets.names:
        return f"a {targets.noun} has this name"
    near = targets.near(text)
    if near is None:
        return f"no {targets.noun} has this name"
    return f'no {targets.noun} has exactly this name; "{near}" differs only in case or spaces'


def _tell_value(rule: Rule, targets: Targets | None) -> str:
    """Name the target of a rule that carries one, and say when it does not exist."""
    if targets is None or rule.value in targets.names:
        return f'"{rule.value}"'
    return f'"{rule.value}", but {_tell_target(rule.value, targets)}'


def _tell_subnet(block: Block, address: str, targets: Targets | None) -> str:
    label = LABELS[block.first.src]
    host = _host(address)
    if host is None:
        return f'{label} "{address}" is not an IP address.'
    rows = block.subnets.containing(host) if block.subnets is not None else []
    if not rows:
        count = len(block.rules)
        where = f"in {block.first.subnet}" if count == 1 else f"in any of {count} subnets"
        return f"{label} {address} is not {where}."
    subnet, rule = rows[0]
    sentence = f"{label} {address} is in {subnet}, which leads to {_tell_value(rule, targets)}"
    if len(rows) > 1:
        sentence += f"; it is also in {rows[1][0]}, but the longest prefix decides"
    return f"{sentence}."


def _host(address: str) -> Subnet | None:
    data = packed(address)
    if data is None:
        return None
    return Subnet(4 if len(data) == 4 else 6, int.from_bytes(data, "big"), 8 * len(data))


def _tell_model(block: Block, model: str, targets: Targets | None) -> str:
    rows = [rule for rule in block.rules if rule.model == model]
    if not rows:
        listed = sorted({rule.model for rule in block.rules})
        return f"Model {model} is not {listed[0] if len(listed) == 1 else 'among the listed models'}."
    known = (rule for rule in rows if targets is not None and rule.value in targets.names)
    return f"Model {model} leads to {_tell_value(next(known, rows[0]), targets)}."


def _tell_country(rule: Rule, country: str, targets: Targets | None) -> str:
    if country.upper() != rule.country:
        return f"GeoIP country is {country.upper()}, not {rule.country}."
    told = f"GeoIP country {rule.country} leads to {_tell_value(rule, targets)}"
    creates = (
        targets is not None and rule.value not in targets.names and rule.create and targets.noun == "site"
    )
    return f"{told}, and the rule has it created." if creates else f"{told}."
