"""Rules compiled for many decisions.

Rules are grouped into blocks; between blocks the first that matches decides. A block is one rule, or a
table: a maximal run of consecutive rules of one table source (subnet, ext_ip, model) with equal filters. In
a subnet table the longest prefix decides, in a model table the first row of the model whose target exists.
When the row that decides a subnet table names a site or profile that does not exist, the table matches
nothing and the next block is tried: a wider subnet must not take a device that a narrower one claims,
because a device is placed only once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from autoprovision.engine.expression import Extract
from autoprovision.engine.facts import Facts
from autoprovision.engine.rules import (
    ASPECTS,
    DEVICE_TYPES,
    SUBNET_SOURCES,
    Aspect,
    Rule,
    RuleList,
    read_setting,
    run_key,
)
from autoprovision.engine.subnets import SubnetTable

Status = Literal["assigned", "create", "kept", "no_match", "waiting", "disabled", "not_applicable"]
# What a device knows of itself before its first report.
UNREPORTED_SOURCES = frozenset({"model", "name", "mac"})


class Outcome(NamedTuple):
    """What one aspect comes to.

    `value` is the name to set, None when nothing changes; `rule` the index of the rule that decided.
    `status`: "assigned" set the value · "create" create the site of this name first · "kept" there already
    is one · "no_match" no rule applies · "waiting" the next rule needs what only a report tells ·
    "disabled" switched off · "not_applicable" a profile for a device
    without site.
    """

    value: str | None
    rule: int | None
    status: Status


WAITING = Outcome(None, None, "waiting")

# A matcher gets the device and the name it has or was just given.
Matcher = Callable[[Facts, str], Outcome | None]


@dataclass(frozen=True, slots=True)
class Targets:
    """The names a rule may point to: sites or device profiles. A name must match exactly."""

    noun: str
    names: frozenset[str]
    _folded: dict[str, str]

    @classmethod
    def of(cls, noun: str, names: Iterable[str]) -> "Targets":
        """Collect the names that exist."""
        known = frozenset(names)
        return cls(noun, known, {_fold(name): name for name in sorted(known)})

    def near(self, text: str) -> str | None:
        """Give a name that differs only in case or spaces."""
        return self._folded.get(_fold(text))


@dataclass(frozen=True, slots=True)
class Block:
    """One rule or one table, with the function that decides it.

    `first` stands for all its rules: they share source and filters. `targets` are the names it may lead to,
    None for device names, where any result is good. `derive` is what a text rule makes of its
    source, before the result is looked up; `subnets` the table of a subnet block. `span` (first index, last
    index, number, source) and `steps` (what a text rule does, in words) are what explanations repeat.
    """

    first: Rule
    rules: tuple[Rule, ...]
    targets: Targets | None
    match: Matcher
    derive: Extract
    subnets: SubnetTable[Rule, Outcome | None] | None
    span: tuple[int, int, int, str]
    steps: str


@dataclass(frozen=True, slots=True)
class CompiledAspect:
    """One setting, compiled."""

    aspect: Aspect
    enabled: bool
    blocks: tuple[Block, ...]


class Plan(NamedTuple):
    """The matchers that concern one device type."""

    site: tuple[Matcher, ...]
    profile: tuple[Matcher, ...]
    name: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True)
class Ruleset:
    """The three settings, compiled. Build one per change of the settings, sites or profiles, and share it."""

    site: CompiledAspect
    profile: CompiledAspect
    name: CompiledAspect
    plans: dict[tuple[str, bool], Plan]


# The targets of an aspect by device type; None for device names.
TargetsByType = Mapping[str, Targets] | None


def compile_rules(
    setting: Mapping[str, Any], sites: Iterable[str], profiles: Mapping[str, Iterable[str]]
) -> Ruleset:
    """Compile the organization setting; bad rules never raise.

    `sites` are the names that exist, `profiles` those of each device type. Plans are by device type and by
    whether the device has ever reported.
    """
    places = Targets.of("site", sites)
    targets: dict[Aspect, TargetsByType] = {
        "site": dict.fromkeys(DEVICE_TYPES, places),
        "profile": {kind: Targets.of("device profile", profiles.get(kind, ())) for kind in DEVICE_TYPES},
        "name": None,
    }
    site, profile, name = (_compile_aspect(setting, aspect, targets[aspect]) for aspect in ASPECTS)
    plans = {
        (device_type, seen): Plan(*(_matchers(part, device_type, seen) for part in (site, profile, name)))
        for device_type in DEVICE_TYPES
        for seen in (True, False)
    }
    return Ruleset(site, profile, name, plans)


def compile_blocks(rules: Iterable[Rule], aspect: Aspect, targets: TargetsByType) -> tuple[Block, ...]:
    """Group rules into blocks and compile each."""
    runs = (tuple(run) for _, run in groupby(rules, key=run_key))
    return tuple(
        _compile_block(run, aspect, None if targets is None else targets.get(run[0].device_type))
        for run in runs
    )


def needs_report(block: Block, device_type: str) -> bool:
    """Whether a block concerns the device type and reads what only a report tells."""
    rule = block.first
    return rule.device_type == device_type and not rule.fault and rule.src not in UNREPORTED_SOURCES


def _compile_aspect(setting: Mapping[str, Any], aspect: Aspect, targets: TargetsByType) -> CompiledAspect:
    rule_list: RuleList = read_setting(setting, aspect)
    return CompiledAspect(aspect, rule_list.enabled, compile_blocks(rule_list.rules, aspect, targets))


def _matchers(part: CompiledAspect, device_type: str, seen: bool) -> tuple[Matcher, ...]:
    matchers: list[Matcher] = []
    for block in part.blocks:
        if not seen and needs_report(block, device_type):
            # A device is placed only once: a rule further down must not take it before this one can be tried.
            return (*matchers, _wait)
        if block.first.device_type == device_type and not block.first.fault:
            matchers.append(block.match)
    return tuple(matchers)


def _wait(_facts: Facts, _name: str) -> Outcome | None:
    return WAITING


def _compile_block(rules: tuple[Rule, ...], aspect: Aspect, targets: Targets | None) -> Block:
    first = rules[0]
    derive = first.expression.compile(first.prefix, first.suffix)
    subnets = None
    if first.fault:
        match: Matcher = _match_nothing
    elif first.src in SUBNET_SOURCES:
        subnets = _subnet_table(rules, targets)
        match = _match_subnet(subnets, first.src)
    elif first.src == "model":
        match = _match_model(rules, targets)
    elif first.src == "geoip":
        match = _match_country(first, aspect, targets)
    else:
        match = _match_text(first, derive, targets)
    if first.match_model and not first.fault:
        match = _only_model(match, first.match_model)
    span = first.index, rules[-1].index, first.number, first.src
    return Block(first, rules, targets, match, derive, subnets, span, _steps(first))


def _steps(rule: Rule) -> str:
    steps = rule.expression.in_words()
    steps += [f'with prefix "{rule.prefix}"'] if rule.prefix else []
    steps += [f'with suffix "{rule.suffix}"'] if rule.suffix else []
    return "".join(f", {step}" for step in steps)


def _match_nothing(_facts: Facts, _name: str) -> Outcome | None:
    return None


def _only_model(match: Matcher, model: str) -> Matcher:
    def match_if_model(facts: Facts, name: str) -> Outcome | None:
        return match(facts, name) if facts.model == model else None

    return match_if_model


def _known(rule: Rule, targets: Targets | None) -> bool:
    return targets is not None and rule.value in targets.names


def _fold(text: str) -> str:
    return "".join(text.split()).casefold()


def _subnet_table(rules: tuple[Rule, ...], targets: Targets | None) -> SubnetTable[Rule, Outcome | None]:
    """Of equal subnets the first whose target exists stands, so a dead row never hides a good twin."""
    ordered = sorted(rules, key=lambda rule: not _known(rule, targets))
    rows = ((rule.subnet, rule) for rule in ordered if rule.subnet is not None)
    return SubnetTable(rows, lambda rule: _assigned(rule) if _known(rule, targets) else None)


def _match_subnet(table: SubnetTable[Rule, Outcome | None], src: str) -> Matcher:
    find = table.find

    def match_ip(facts: Facts, _name: str) -> Outcome | None:
        address = facts.ip
        return find(address) if address else None

    def match_ext_ip(facts: Facts, _name: str) -> Outcome | None:
        address = facts.ext_ip
        return find(address) if address else None

    return match_ip if src == "subnet" else match_ext_ip


def _match_model(rules: tuple[Rule, ...], targets: Targets | None) -> Matcher:
    outcomes: dict[str, Outcome] = {}
    for rule in rules:
        if _known(rule, targets):
            outcomes.setdefault(rule.model, _assigned(rule))
    find = outcomes.get

    def match_model(facts: Facts, _name: str) -> Outcome | None:
        return find(facts.model)

    return match_model


def _match_country(rule: Rule, aspect: Aspect, targets: Targets | None) -> Matcher:
    outcome = None
    if _known(rule, targets):
        outcome = _assigned(rule)
    elif rule.create and aspect == "site":
        outcome = Outcome(rule.value, rule.index, "create")

    def match_country(facts: Facts, _name: str) -> Outcome | None:
        country = facts.geoip_country
        return outcome if country and country.upper() == rule.country else None

    return match_country


def _match_text(rule: Rule, derive: Extract, targets: Targets | None) -> Matcher:
    conclude = _name(derive, rule.index) if targets is None else _target(derive, rule.index, targets.names)
    read: Callable[[Facts], str | None] = attrgetter(rule.src)

    def match_reported(facts: Facts, _name: str) -> Outcome | None:
        source = read(facts)
        return conclude(source) if source else None

    def match_name(_facts: Facts, name: str) -> Outcome | None:
        return conclude(name) if name else None

    return match_name if rule.src == "name" else match_reported


def _target(derive: Extract, index: int, names: frozenset[str]) -> Callable[[str], Outcome | None]:
    # One outcome per name serves all devices: making one costs as much as the rest of the rule.
    outcomes: dict[str, Outcome] = {}

    def conclude(source: str) -> Outcome | None:
        text = derive(source)
        if text not in names or text is None:
            return None
        outcome = outcomes.get(text)
        if outcome is None:
            outcome = outcomes[text] = Outcome(text, index, "assigned")
        return outcome

    return conclude


def _name(derive: Extract, index: int) -> Callable[[str], Outcome | None]:
    def conclude(source: str) -> Outcome | None:
        text = derive(source)
        if text is None or text.isspace() or not text.isprintable():
            return None
        return Outcome(text, index, "assigned")

    return conclude


def _assigned(rule: Rule) -> Outcome:
    return Outcome(rule.value, rule.index, "assigned")
