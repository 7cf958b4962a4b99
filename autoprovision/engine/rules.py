"""The three auto-provisioning settings of an organization, read into typed rules.

The settings have the API's own shape: `{"enable": bool, "rules": [...] | null}` under `auto_site_assignment`,
`auto_deviceprofile_assignment` and `auto_device_naming`. Reading never raises: a rule that cannot be used
keeps its place and carries its `fault`, and every finding is a `Problem` with the path of the field.
Source: API schema `org_setting`; guide, "Autoprovisioning".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal

from autoprovision.engine.expression import WHOLE, Expression, ExpressionError, parse
from autoprovision.engine.subnets import Subnet, SubnetError, parse_subnet

Aspect = Literal["site", "profile", "name"]

ASPECTS: tuple[Aspect, ...] = ("site", "profile", "name")
SETTING_KEYS: dict[Aspect, str] = {
    "site": "auto_site_assignment",
    "profile": "auto_deviceprofile_assignment",
    "name": "auto_device_naming",
}
DEVICE_TYPES = ("ap", "switch", "gateway")
TEXT_SOURCES = ("lldp_system_name", "lldp_port_desc", "name", "dns_suffix", "mac")
SUBNET_SOURCES = ("subnet", "ext_ip")
ASSIGNMENT_SOURCES = (
    "lldp_system_name",
    "subnet",
    "model",
    "name",
    "dns_suffix",
    "ext_ip",
    "geoip",
    "lldp_port_desc",
)
NAMING_SOURCES = ("lldp_port_desc", "mac")
MAX_RULES = 20_000
MAX_TEXT = 255

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding, with a path as "auto_site_assignment.rules.2.expression"; errors are not to be saved."""

    path: str
    message: str
    severity: Severity = "error"

    def as_dict(self) -> dict[str, str]:
        """Give the finding for JSON."""
        return {"path": self.path, "message": self.message, "severity": self.severity}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one setting; `index` counts from 0 as the setting's list does.

    `number` and `row` are how people count: from 1, a table being one rule with rows (0 for its only row).
    `fault` says why the rule can never be used ("" when it can). Which other fields count depends on `src`.
    """

    index: int
    src: str = ""
    device_type: str = "ap"
    match_model: str | None = None
    expression: Expression = WHOLE
    prefix: str = ""
    suffix: str = ""
    subnet: Subnet | None = None
    model: str = ""
    country: str = ""
    value: str = ""
    create: bool = False
    fault: str = ""
    number: int = 1
    row: int = 0

    @property
    def filters(self) -> tuple[str, str | None]:
        """Give what the rule demands of a device before its source is read."""
        return self.device_type, self.match_model

    @property
    def called(self) -> str:
        """Give the name by which people find the rule in the Auto-Provisioning window."""
        return f"rule {self.number}, row {self.row}" if self.row else f"rule {self.number}"


@dataclass(frozen=True, slots=True)
class RuleList:
    """One setting: whether it is switched on, and its rules in order."""

    enabled: bool
    rules: tuple[Rule, ...]
    problems: tuple[Problem, ...]


def read_setting(setting: Mapping[str, Any], aspect: Aspect) -> RuleList:
    """Read one of the three settings out of the organization setting."""
    key = SETTING_KEYS[aspect]
    section = setting.get(key)
    if section is None:
        return RuleList(False, (), ())
    if not isinstance(section, Mapping):
        return RuleList(False, (), (Problem(key, "must be an object"),))
    reader = _Reader(section, key)
    enabled = reader.flag("enable")
    rules = _read_rules(reader, aspect)
    return RuleList(enabled, rules, tuple(reader.problems))


def read_rule(raw: object, aspect: Aspect, index: int = 0) -> tuple[Rule, list[Problem]]:
    """Read one rule; with an error among the problems the rule carries it as its fault."""
    path = f"{SETTING_KEYS[aspect]}.rules.{index}"
    if not isinstance(raw, Mapping):
        return Rule(index, fault="must be an object"), [Problem(path, "must be an object")]
    reader = _Reader(raw, path)
    rule = _read_naming(reader, index) if aspect == "name" else _read_assignment(reader, index)
    return rule, reader.problems


class _Reader:
    """Takes typed fields out of one JSON object and collects what is wrong with them."""

    def __init__(self, raw: Mapping[str, Any], path: str) -> None:
        self.raw = raw
        self.path = path
        self.problems: list[Problem] = []

    def error(self, field: str, message: str) -> None:
        self.problems.append(Problem(f"{self.path}.{field}", message))

    def warn(self, field: str, message: str) -> None:
        self.problems.append(Problem(f"{self.path}.{field}", message, "warning"))

    def flag(self, field: str) -> bool:
        value = self.raw.get(field)
        if value is not None and not isinstance(value, bool):
            self.error(field, "must be true or false")
        return value is True

    def text(self, field: str, *, required: bool = False) -> str:
        value = self.raw.get(field)
        if value is None or value == "":
            if required:
                self.error(field, "is required for this source")
            return ""
        if not isinstance(value, str):
            self.error(field, "must be a text")
        elif len(value) > MAX_TEXT:
            self.error(field, f"has at most {MAX_TEXT} characters")
        else:
            return value
        return ""

    def choice(self, field: str, choices: tuple[str, ...], default: str = "") -> str:
        value = self.text(field) or default
        if value not in choices:
            self.error(field, f"must be one of {', '.join(choices)}" if value else "is required")
            return ""
        return value

    def fault(self) -> str:
        errors = (problem for problem in self.problems if problem.severity == "error")
        return "; ".join(f"{problem.path.rpartition('.')[2]}: {problem.message}" for problem in errors)


def _read_rules(reader: _Reader, aspect: Aspect) -> tuple[Rule, ...]:
    raw_rules = reader.raw.get("rules")
    if raw_rules is None:
        return ()
    if not isinstance(raw_rules, list | tuple):
        reader.error("rules", "must be a list")
        return ()
    if len(raw_rules) > MAX_RULES:
        reader.error("rules", f"has {len(raw_rules)} rules; the most is {MAX_RULES}")
        return ()
    rules = []
    for index, raw in enumerate(raw_rules):
        rule, problems = read_rule(raw, aspect, index)
        rules.append(rule)
        reader.problems += problems
    return tuple(_numbered(rules))


def _numbered(rules: Iterable[Rule]) -> Iterator[Rule]:
    for number, (_, run) in enumerate(groupby(rules, key=run_key), start=1):
        table = list(run)
        for row, rule in enumerate(table, start=1):
            yield replace(rule, number=number, row=row if len(table) > 1 else 0)


def run_key(rule: Rule) -> tuple[object, ...]:
    """Give what consecutive rules must share to be one table."""
    table = rule.src in SUBNET_SOURCES or rule.src == "model"
    return (rule.src, rule.filters) if table and not rule.fault else (rule.index,)


def _read_naming(reader: _Reader, index: int) -> Rule:
    # The schema calls the filter match_device, the API's example match_device_type: both are read.
    device_type = reader.choice("match_device", DEVICE_TYPES, "ap")
    other = reader.choice("match_device_type", DEVICE_TYPES, device_type or "ap")
    if reader.raw.get("match_device") and device_type and other not in ("", device_type):
        reader.error("match_device_type", "differs from match_device")
    src = reader.choice("src", NAMING_SOURCES, "lldp_port_desc")
    return _text_rule(reader, index, src, (other, reader.text("match_model") or None))


def _read_assignment(reader: _Reader, index: int) -> Rule:
    src = reader.choice("src", ASSIGNMENT_SOURCES)
    filters = reader.choice("match_device_type", DEVICE_TYPES, "ap"), reader.text("match_model") or None
    if src in SUBNET_SOURCES:
        return _subnet_rule(reader, index, src, filters)
    if src == "model":
        return _model_rule(reader, index, filters)
    if src == "geoip":
        return _geoip_rule(reader, index, filters)
    return _text_rule(reader, index, src, filters)


def _text_rule(reader: _Reader, index: int, src: str, filters: tuple[str, str | None]) -> Rule:
    expression = _expression(reader)
    prefix, suffix = reader.text("prefix"), reader.text("suffix")
    return Rule(index, src, *filters, expression, prefix, suffix, fault=reader.fault())


def _subnet_rule(reader: _Reader, index: int, src: str, filters: tuple[str, str | None]) -> Rule:
    text, value = reader.text("subnet", required=True), reader.text("value", required=True)
    subnet = None
    if text:
        try:
            subnet = parse_subnet(text)
        except SubnetError as error:
            reader.error("subnet", str(error))
    return Rule(index, src, *filters, subnet=subnet, value=value, fault=reader.fault())


def _model_rule(reader: _Reader, index: int, filters: tuple[str, str | None]) -> Rule:
    model, value = reader.text("model", required=True), reader.text("value", required=True)
    return Rule(index, "model", *filters, model=model, value=value, fault=reader.fault())


def _geoip_rule(reader: _Reader, index: int, filters: tuple[str, str | None]) -> Rule:
    country = reader.text("match_country", required=True).upper()
    value = reader.text("value", required=True)
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        reader.error("match_country", "must be a country code of two letters")
    create = reader.flag("create_new_site_if_needed")
    reader.text("gatewaytemplate_id")
    return Rule(index, "geoip", *filters, country=country, value=value, create=create, fault=reader.fault())


def _expression(reader: _Reader) -> Expression:
    text = reader.text("expression")
    try:
        expression = parse(text)
    except ExpressionError as error:
        reader.error("expression", str(error))
        return WHOLE
    if expression.is_void:
        reader.warn("expression", f'"{expression}" leaves no character of any text')
    return expression
