"""Explanations: the sentences, and that they never differ from the decision."""

import json
from typing import Any

import pytest
from hypothesis import given

from autoprovision.engine.decide import decide
from autoprovision.engine.explain import Explanation, explain
from autoprovision.engine.facts import Facts
from autoprovision.engine.ruleset import compile_rules

from .engine_cases import FACTS, PROFILES_BY_TYPE, SITES, device, ruleset, settings_drawn

SAMPLE = "East_Floor 7_Nursing"
LLDP = {"src": "lldp_system_name", "expression": "split(_)[1]"}
NL = {"src": "geoip", "match_country": "NL"}
SUBNETS = [
    {"src": "subnet", "subnet": "10.0.0.0/8", "value": "HQ"},
    {"src": "subnet", "subnet": "10.1.2.0/24", "value": "East"},
    {"src": "subnet", "subnet": "10.9.0.0/16", "value": "hq"},
]


@pytest.mark.parametrize(
    ("rules", "facts", "verdict", "sentence"),
    [
        ([LLDP], {"lldp_system_name": SAMPLE}, "matched",
         'LLDP system name "East_Floor 7_Nursing", segment 2 separated by "_" gives "Floor 7"; '
         "a site has this name."),
        ([LLDP], {"lldp_system_name": "a_Attic"}, "no_match",
         'LLDP system name "a_Attic", segment 2 separated by "_" gives "Attic"; no site has this name.'),
        ([LLDP], {"lldp_system_name": "a_floor  7"}, "no_match",
         'LLDP system name "a_floor  7", segment 2 separated by "_" gives "floor  7"; '
         'no site has exactly this name; "Floor 7" differs only in case or spaces.'),
        ([{**LLDP, "expression": "split(_)[4]"}], {"lldp_system_name": SAMPLE}, "no_match",
         'LLDP system name "East_Floor 7_Nursing", segment 5 separated by "_", gives nothing: '
         "there are only 3 segments."),
        ([LLDP], {}, "no_match", "The device has no LLDP system name yet."),
        ([{"src": "name"}], {}, "no_match", "The device has no name yet."),
        ([{"src": "ext_ip", "subnet": "1.2.3.4", "value": "HQ"}], {}, "no_match",
         "The device has no external IP address yet."),
        ([{"src": "dns_suffix", "prefix": "H", "suffix": "!"}], {"dns_suffix": "Q"}, "no_match",
         'DNS suffix "Q", with prefix "H", with suffix "!" gives "HQ!"; no site has this name.'),
        ([{"src": "dns_suffix"}], {"dns_suffix": "HQ"}, "matched",
         'DNS suffix is "HQ"; a site has this name.'),
        ([{"src": "dns_suffix", "expression": "[2:-3]"}], {"dns_suffix": "a-HQ.lan"}, "no_match",
         'DNS suffix "a-HQ.lan", without the first 2 characters, without the last 3 characters gives "HQ."; '
         "no site has this name."),
        ([{"src": "dns_suffix", "expression": "[-2:]"}], {"dns_suffix": "a-HQ"}, "matched",
         'DNS suffix "a-HQ", cut to [-2:] gives "HQ"; a site has this name.'),
        (SUBNETS, {"ip": "10.1.2.3"}, "matched",
         'IP address 10.1.2.3 is in 10.1.2.0/24, which leads to "East"; it is also in 10.0.0.0/8, '
         "but the longest prefix decides."),
        (SUBNETS, {"ip": "10.9.2.3"}, "no_match",
         'IP address 10.9.2.3 is in 10.9.0.0/16, which leads to "hq", but no site has exactly this name; '
         '"HQ" differs only in case or spaces; it is also in 10.0.0.0/8, but the longest prefix decides.'),
        (SUBNETS, {"ip": "11.1.1.1"}, "no_match", "IP address 11.1.1.1 is not in any of 3 subnets."),
        (SUBNETS[:1], {"ip": "11.1.1.1"}, "no_match", "IP address 11.1.1.1 is not in 10.0.0.0/8."),
        (SUBNETS, {"ip": "eleven"}, "no_match", 'IP address "eleven" is not an IP address.'),
        ([{"src": "model", "model": "AP45", "value": "HQ"}], {}, "matched", 'Model AP45 leads to "HQ".'),
        ([{"src": "model", "model": "AP45", "value": "X"}], {}, "no_match",
         'Model AP45 leads to "X", but no site has this name.'),
        ([{"src": "model", "model": "AP32", "value": "HQ"}], {}, "no_match", "Model AP45 is not AP32."),
        ([{**NL, "value": "HQ"}], {"geoip_country": "DE"}, "no_match",
         "GeoIP country is DE, not NL."),
        ([{**NL, "value": "X", "create_new_site_if_needed": True}],
         {"geoip_country": "NL"}, "matched",
         'GeoIP country NL leads to "X", but no site has this name, and the rule has it created.'),
        ([{**LLDP, "match_device_type": "switch"}], {}, "other_device",
         "Only for switches; this device is of type ap."),
        ([{**LLDP, "match_model": "AP32"}], {}, "other_device", "Only for model AP32; this device is AP45."),
        ([{**LLDP, "expression": "split()[0]"}], {}, "broken",
         "This rule cannot be used: expression: the separator is empty: write the character that divides "
         "the text, as in split(_)[1]."),
        ([7], {}, "broken", "This rule cannot be used: must be an object."),
    ],
)  # fmt: skip
def test_sentence_says_why(rules: list[Any], facts: dict[str, Any], verdict: str, sentence: str) -> None:
    told = explain(device(**facts), ruleset(site=rules)).site.rules[0]
    assert (told.verdict, told.sentence) == (verdict, sentence)


def test_name_that_cannot_be_used_is_told() -> None:
    told = explain(device(lldp_port_desc=" \t"), ruleset(name=[{"src": "lldp_port_desc"}])).name.rules[0]
    assert told.sentence.endswith("which cannot be a name: it is blank or has control characters.")


def test_rules_after_the_first_match_are_not_tried() -> None:
    rules = ruleset(site=[{"src": "dns_suffix"}, LLDP, *SUBNETS])
    site = explain(device(lldp_system_name=SAMPLE, ip="10.1.2.3"), rules).site
    assert site.sentence == 'Rule 2 gives the site "Floor 7".'
    assert [(told.first, told.last, told.verdict) for told in site.rules] == [
        (0, 0, "no_match"), (1, 1, "matched"), (2, 4, "not_tried")
    ]  # fmt: skip
    assert site.rules[2].sentence == "Not tried: rule 2 decided first."


@pytest.mark.parametrize(
    ("facts", "aspect", "sentence"),
    [
        ({"site_name": "HQ"}, "site", 'The device already has the site "HQ", which is never replaced.'),
        ({}, "profile", "The device has no site; a device profile is only given to a device that has one."),
        ({}, "name", "Auto-provisioning of the name is switched off."),
        ({}, "site", "No rule gives a site."),
        ({"site_name": "HQ"}, "profile", "There are no rules for the device profile."),
    ],
)
def test_aspect_says_what_came_of_it(facts: dict[str, Any], aspect: str, sentence: str) -> None:
    explained = explain(device(**facts), ruleset(site=[LLDP], profile=[]))
    assert getattr(explained, aspect).sentence == sentence


def decided_by_the_tale(explained: Explanation, aspect: str) -> bool:
    part = getattr(explained, aspect)
    winners = [told for told in part.rules if told.verdict == "matched"]
    if part.outcome.rule is None:
        return not winners
    return len(winners) == 1 and winners[0].first <= part.outcome.rule <= winners[0].last


@given(settings_drawn(), FACTS)
def test_explanation_agrees_with_the_decision(setting: dict[str, Any], facts: Facts) -> None:
    rules = compile_rules(setting, SITES, PROFILES_BY_TYPE)
    explained = explain(facts, rules)
    assert explained.decision == decide(facts, rules)
    for aspect, key in zip(("site", "profile", "name"), setting, strict=True):
        part = getattr(explained, aspect)
        assert part.outcome == getattr(explained.decision, aspect)
        assert decided_by_the_tale(explained, aspect)
        spans = [index for told in part.rules for index in range(told.first, told.last + 1)]
        assert spans == list(range(len(setting[key]["rules"] or [])))
        assert all(told.sentence for told in part.rules)


@given(settings_drawn(), FACTS)
def test_explanation_is_json(setting: dict[str, Any], facts: Facts) -> None:
    explained = explain(facts, compile_rules(setting, SITES, PROFILES_BY_TYPE)).as_dict()
    assert json.loads(json.dumps(explained)) == explained
    assert list(explained) == ["site", "profile", "name"]
