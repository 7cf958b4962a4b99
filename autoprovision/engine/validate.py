"""What is wrong with the auto-provisioning settings, found before they are saved.

Errors are refused; warnings are shown and saved: a site may be created after the rule that names it.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from autoprovision.engine.rules import (
    ASPECTS,
    SETTING_KEYS,
    SUBNET_SOURCES,
    Aspect,
    Problem,
    Rule,
    read_setting,
    run_key,
)
from autoprovision.engine.subnets import Subnet

MAX_OVERLAPS = 20


def validate(setting: object, sites: Iterable[str], profiles: Iterable[str]) -> list[Problem]:
    """Give every problem of the organization setting, errors first; other features' keys are left aside."""
    if not isinstance(setting, Mapping):
        return [Problem("", "must be an object")]
    names: dict[Aspect, frozenset[str] | None] = {
        "site": frozenset(sites),
        "profile": frozenset(profiles),
        "name": None,
    }
    problems: list[Problem] = []
    for aspect in ASPECTS:
        problems += _check_aspect(setting, aspect, names[aspect])
    return sorted(problems, key=lambda problem: problem.severity != "error")


def _check_aspect(setting: Mapping[str, Any], aspect: Aspect, names: frozenset[str] | None) -> list[Problem]:
    rule_list = read_setting(setting, aspect)
    usable = [rule for rule in rule_list.rules if not rule.fault]
    path = f"{SETTING_KEYS[aspect]}.rules"
    problems = list(rule_list.problems)
    if names is None:
        problems += _unreachable_names(usable, path)
        return problems
    noun = "site" if aspect == "site" else "device profile"
    problems += _missing_targets(usable, path, names, noun)
    problems += _equal_subnets(rule_list.rules, path)
    problems += _overlaps(rule_list.rules, path)
    problems += _unreachable(rule_list.rules, path, names)
    return problems


def _missing_targets(rules: list[Rule], path: str, names: frozenset[str], noun: str) -> Iterator[Problem]:
    for rule in rules:
        created = rule.create and noun == "site"
        if rule.value and rule.value not in names and not created:
            message = f'no {noun} is named "{rule.value}"; the rule does not match until there is one'
            yield Problem(f"{path}.{rule.index}.value", message, "warning")


def _subnet_tables(rules: Iterable[Rule]) -> Iterator[dict[Subnet, list[Rule]]]:
    for _, run in groupby(rules, key=run_key):
        table: dict[Subnet, list[Rule]] = {}
        for rule in run:
            if rule.src in SUBNET_SOURCES and rule.subnet is not None and not rule.fault:
                table.setdefault(rule.subnet, []).append(rule)
        if table:
            yield table


def _equal_subnets(rules: Iterable[Rule], path: str) -> Iterator[Problem]:
    for table in _subnet_tables(rules):
        for subnet, (first, *others) in table.items():
            for rule in others:
                place = f"{path}.{rule.index}.subnet"
                if rule.value == first.value:
                    yield Problem(place, f"{subnet} is listed before, in {first.called}", "warning")
                else:
                    message = f'{subnet} already leads to "{first.value}" in {first.called}'
                    yield Problem(place, message)


def _overlaps(rules: Iterable[Rule], path: str) -> list[Problem]:
    """Warn of rows inside a wider row of the same table with another target; the longer prefix wins there."""
    found = []
    for table in _subnet_tables(rules):
        around: list[Rule] = []
        for subnet in sorted(table, key=lambda subnet: (subnet.version, subnet.network, subnet.length)):
            rule = table[subnet][0]
            while around and not _contains(around[-1], subnet):
                around.pop()
            if around and around[-1].value != rule.value:
                found.append((rule, around[-1]))
            around.append(rule)
    problems = [_overlap(rule, outer, path) for rule, outer in found[:MAX_OVERLAPS]]
    if len(found) > MAX_OVERLAPS:
        problems.append(Problem(path, f"{len(found) - MAX_OVERLAPS} more subnets overlap", "warning"))
    return problems


def _overlap(rule: Rule, outer: Rule, path: str) -> Problem:
    message = f"{rule.subnet} lies inside {outer.subnet} of {outer.called}; the longer prefix decides there"
    return Problem(f"{path}.{rule.index}.subnet", message, "warning")


def _contains(rule: Rule, subnet: Subnet) -> bool:
    outer = rule.subnet
    return (
        outer is not None
        and outer.version == subnet.version
        and outer.length <= subnet.length
        and subnet.widened(outer.length) == outer
    )


def _unreachable(rules: Iterable[Rule], path: str, names: frozenset[str]) -> Iterator[Problem]:
    """Find rules that repeat what an earlier one already decides for the same devices."""
    seen: dict[tuple[object, ...], Rule] = {}
    lengths: set[int] = set()
    for _, run in groupby(rules, key=run_key):
        deciding = []
        for rule in (rule for rule in run if not rule.fault):
            earlier = next((seen[key] for key in _decided_before(rule, lengths) if key in seen), None)
            if earlier is not None:
                yield _never(rule, earlier, path)
            if not rule.value or rule.value in names or rule.create:
                deciding.append(rule)
                # Equal and nested subnets of one table are reported apart: they count once the table is over.
                if rule.subnet is None:
                    seen.setdefault(_decided(rule, rule.match_model, None), rule)
        for rule in (rule for rule in deciding if rule.subnet is not None):
            seen.setdefault(_decided(rule, rule.match_model, rule.subnet), rule)
            lengths.add(rule.subnet.length if rule.subnet else 0)


def _decided(rule: Rule, match_model: str | None, subnet: Subnet | None) -> tuple[object, ...]:
    what = (rule.src, rule.model, rule.country, rule.expression, rule.prefix, rule.suffix)
    return (rule.device_type, match_model, subnet, *what)


def _decided_before(rule: Rule, lengths: set[int]) -> Iterator[tuple[object, ...]]:
    """Give the keys of earlier rules that would leave nothing to this one."""
    subnet = rule.subnet
    subnets: Iterable[Subnet | None] = (None,)
    if subnet is not None:
        subnets = [subnet.widened(length) for length in lengths if length <= subnet.length]
    for wider in subnets:
        for match_model in dict.fromkeys((rule.match_model, None)):
            yield _decided(rule, match_model, wider)


def _unreachable_names(rules: list[Rule], path: str) -> Iterator[Problem]:
    """Find naming rules after one that names every device they could see."""
    seen: dict[tuple[object, ...], Rule] = {}
    for rule in rules:
        wanted = (rule.src, rule.expression), (rule.src, None), (None, None)
        models = dict.fromkeys((rule.match_model, None))
        keys = [(rule.device_type, model, *what) for model in models for what in wanted]
        earlier = next((seen[key] for key in keys if key in seen), None)
        if earlier is not None:
            yield _never(rule, earlier, path)
        seen.setdefault((rule.device_type, rule.match_model, *_named_by(rule)), rule)


def _named_by(rule: Rule) -> tuple[object, object]:
    """Give the source and cut a rule names by; None is any: a whole MAC address names every device."""
    if not rule.expression.is_whole:
        return rule.src, rule.expression
    return (None, None) if rule.src == "mac" else (rule.src, None)


def _never(rule: Rule, earlier: Rule, path: str) -> Problem:
    message = f"is not reached: {earlier.called} comes first for the same devices"
    return Problem(f"{path}.{rule.index}", message, "warning")
