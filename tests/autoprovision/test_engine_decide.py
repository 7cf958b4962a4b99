"""Decisions: the guide's examples, what is never touched, tables, and the laws every decision keeps."""

import dataclasses
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autoprovision.engine.decide import Decision, decide
from autoprovision.engine.facts import Facts
from autoprovision.engine.ruleset import compile_rules

from .engine_cases import FACTS, PROFILES, PROFILES_BY_TYPE, SITES, device, ruleset, setting, settings_drawn

LLDP = {"src": "lldp_system_name", "expression": "split(_)[1]"}
SAMPLE = "East_Floor 7_Nursing"
NAMED_THEN_SITED = setting(
    site=[{"src": "name", "expression": "split(_)[1]"}],
    profile=[{"src": "name", "expression": "split(_)[2]"}],
    name=[{"src": "lldp_port_desc"}],
)


def site_of(rules: list[Any], **facts: Any) -> tuple[str | None, int | None, str]:
    return decide(device(**facts), ruleset(site=rules)).site


# The guide's worked examples


@pytest.mark.parametrize(
    ("expression", "name"),
    [("split(_)[1]", "Floor 7"), ("[5:]", "Floor 7_Nursing"), ("[0:12]", "East_Floor 7"), (None, SAMPLE)],
)
def test_name_comes_from_the_port_description(expression: str | None, name: str) -> None:
    rules = ruleset(name=[{"src": "lldp_port_desc", "expression": expression}])
    assert decide(device(lldp_port_desc=SAMPLE), rules).name == (name, 0, "assigned")


def test_profile_comes_from_the_second_segment_with_a_prefix() -> None:
    rule = {"src": "name", "expression": "split(_)[1]", "prefix": "Site A "}
    decision = decide(device(name=SAMPLE, site_name="HQ"), ruleset(profile=[rule]))
    assert decision.profile == ("Site A Floor 7", 0, "assigned")


def test_site_comes_from_the_switch_name() -> None:
    assert site_of([LLDP], lldp_system_name=SAMPLE) == ("Floor 7", 0, "assigned")


@pytest.mark.parametrize(
    ("rule", "facts", "site"),
    [
        ({"src": "dns_suffix", "expression": "split(.)[0]"}, {"dns_suffix": "HQ.example.org"}, "HQ"),
        ({"src": "name", "expression": "split(-)[0]"}, {"name": "West-12"}, "West"),
        ({"src": "lldp_port_desc", "suffix": "t"}, {"lldp_port_desc": "Eas"}, "East"),
        ({"src": "subnet", "subnet": "10.1.2.0/24", "value": "HQ"}, {"ip": "10.1.2.77"}, "HQ"),
        ({"src": "subnet", "subnet": "2001:db8::/32", "value": "HQ"}, {"ip": "2001:db8:1::9"}, "HQ"),
        ({"src": "ext_ip", "subnet": "203.0.113.7", "value": "HQ"}, {"ext_ip": "203.0.113.7"}, "HQ"),
        ({"src": "model", "model": "AP45", "value": "West"}, {}, "West"),
        ({"src": "geoip", "match_country": "nl", "value": "East"}, {"geoip_country": "NL"}, "East"),
        ({"src": "geoip", "match_country": "NL", "value": "East"}, {"geoip_country": "nl"}, "East"),
    ],
)
def test_every_source_finds_its_site(rule: dict[str, Any], facts: dict[str, Any], site: str) -> None:
    assert site_of([rule], **facts) == (site, 0, "assigned")
    assert site_of([rule], model="AP32").status == "no_match"  # type: ignore[attr-defined]


def test_name_can_come_from_the_mac() -> None:
    rules = ruleset(name=[{"src": "mac", "expression": "[-4:]", "prefix": "AP-"}])
    assert decide(device(), rules).name == ("AP-0001", 0, "assigned")


# What is never touched


def test_site_profile_and_name_that_exist_are_kept() -> None:
    rules = ruleset(site=[LLDP], profile=[{"src": "lldp_system_name"}], name=[{"src": "mac"}])
    facts = device(lldp_system_name=SAMPLE, site_name="HQ", profile_name="HQ", name="lobby")
    decision = decide(facts, rules)
    assert [outcome.status for outcome in decision] == ["kept", "kept", "kept"]
    assert not decision.changes


def test_device_without_site_gets_no_profile() -> None:
    rules = ruleset(site=[LLDP], profile=[{"src": "model", "model": "AP45", "value": "HQ"}])
    assert decide(device(), rules).profile == (None, None, "not_applicable")


def test_site_of_the_same_pass_makes_a_profile_possible() -> None:
    rules = ruleset(site=[LLDP], profile=[{"src": "lldp_system_name", "expression": "split(_)[2]"}])
    decision = decide(device(lldp_system_name=SAMPLE), rules)
    assert (decision.site.value, decision.profile.value) == ("Floor 7", "Nursing")


def test_name_of_the_same_pass_counts_for_rules_on_the_name() -> None:
    decision = decide(device(lldp_port_desc=SAMPLE), compile_rules(NAMED_THEN_SITED, SITES, PROFILES_BY_TYPE))
    assert [outcome.value for outcome in decision] == ["Floor 7", "Nursing", SAMPLE]


def test_what_is_switched_off_does_nothing() -> None:
    decision = decide(device(lldp_system_name=SAMPLE), ruleset())
    assert [outcome.status for outcome in decision] == ["disabled", "disabled", "disabled"]
    switched_off = {"auto_site_assignment": {"enable": False, "rules": [LLDP]}}
    assert (
        decide(device(lldp_system_name=SAMPLE), compile_rules(switched_off, SITES, {})).site.status
        == "disabled"
    )


# First match, tables, filters


def test_first_rule_that_names_an_existing_site_decides() -> None:
    rules = [LLDP, {"src": "dns_suffix"}, {"src": "model", "model": "AP45", "value": "West"}]
    assert site_of(rules, lldp_system_name="a_Nowhere", dns_suffix="HQ") == ("HQ", 1, "assigned")
    assert site_of(rules, lldp_system_name="a_hq", dns_suffix="hq") == ("West", 2, "assigned")
    assert site_of(rules, lldp_system_name="alone", model="AP32") == (None, None, "no_match")


def test_site_name_must_match_exactly() -> None:
    for text in ("x_floor 7", "x_Floor 7 ", "x_Floor  7", "x_Floor7"):
        assert site_of([LLDP], lldp_system_name=text)[0] is None


def test_longest_prefix_decides_within_a_table() -> None:
    table = [
        {"src": "subnet", "subnet": "10.0.0.0/8", "value": "HQ"},
        {"src": "subnet", "subnet": "10.1.2.0/24", "value": "East"},
        {"src": "subnet", "subnet": "10.1.0.0/16", "value": "West"},
    ]
    assert site_of(table, ip="10.1.2.3") == ("East", 1, "assigned")
    assert site_of(table, ip="10.1.3.3") == ("West", 2, "assigned")
    assert site_of(table, ip="10.2.3.3") == ("HQ", 0, "assigned")
    assert site_of(table, ip="11.0.0.0") == (None, None, "no_match")


def test_between_tables_the_first_decides() -> None:
    wide = {"src": "subnet", "subnet": "10.0.0.0/8", "value": "HQ"}
    narrow = {"src": "subnet", "subnet": "10.1.2.0/24", "value": "East"}
    assert site_of([wide, LLDP, narrow], ip="10.1.2.3") == ("HQ", 0, "assigned")
    assert site_of([wide, {**narrow, "match_model": "AP45"}], ip="10.1.2.3") == ("HQ", 0, "assigned")
    assert site_of([wide, narrow], ip="10.1.2.3") == ("East", 1, "assigned")


def test_narrow_subnet_of_a_missing_site_is_not_given_to_the_wide_one() -> None:
    table = [
        {"src": "subnet", "subnet": "10.0.0.0/8", "value": "HQ"},
        {"src": "subnet", "subnet": "10.1.2.0/24", "value": "Not built yet"},
    ]
    assert site_of(table, ip="10.1.2.3") == (None, None, "no_match")
    assert site_of([*table, {"src": "dns_suffix"}], ip="10.1.2.3", dns_suffix="West") == (
        "West",
        2,
        "assigned",
    )


def test_equal_rows_fall_to_the_first_whose_site_exists() -> None:
    for row in ({"src": "subnet", "subnet": "10.0.0.0/8"}, {"src": "model", "model": "AP45"}):
        table = [{**row, "value": "Missing"}, {**row, "value": "East"}, {**row, "value": "West"}]
        assert site_of(table, ip="10.1.2.3") == ("East", 1, "assigned")


def test_rule_is_for_access_points_unless_it_says_otherwise() -> None:
    switch_rule = {**LLDP, "match_device_type": "switch"}
    assert site_of([LLDP], lldp_system_name=SAMPLE, type="switch")[2] == "no_match"
    assert site_of([switch_rule], lldp_system_name=SAMPLE)[2] == "no_match"
    assert site_of([switch_rule], lldp_system_name=SAMPLE, type="switch")[0] == "Floor 7"
    assert site_of([LLDP], lldp_system_name=SAMPLE, type="mxedge")[2] == "no_match"
    assert site_of([{**LLDP, "match_model": "AP32"}], lldp_system_name=SAMPLE)[2] == "no_match"
    assert site_of([{**LLDP, "match_model": "AP45"}], lldp_system_name=SAMPLE)[0] == "Floor 7"


@pytest.mark.parametrize("key", ["match_device", "match_device_type"])
def test_naming_rule_reads_both_spellings_of_its_filter(key: str) -> None:
    rules = ruleset(name=[{"src": "mac", key: "switch"}])
    assert decide(device(), rules).name.status == "no_match"
    assert decide(device(type="switch"), rules).name.value == "5c5b35000001"


def test_country_rule_may_have_its_site_created() -> None:
    rule = {"src": "geoip", "match_country": "DE", "value": "Berlin", "create_new_site_if_needed": True}
    profile = {"src": "model", "model": "AP45", "value": "HQ"}
    decision = decide(device(geoip_country="DE"), ruleset(site=[rule], profile=[profile]))
    assert decision.site == ("Berlin", 0, "create")
    assert decision.profile.value == "HQ"
    assert (
        decide(device(geoip_country="DE", site_name="HQ"), ruleset(profile=[rule])).profile.status
        == "no_match"
    )


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "   ", "\n", "\ud800"])
def test_name_is_never_blank_or_unprintable(text: str) -> None:
    assert decide(device(lldp_port_desc=text), ruleset(name=[{"src": "lldp_port_desc"}])).name.value is None


@pytest.mark.parametrize(
    "broken",
    [None, 5, [], {}, {"src": "moon"}, {"src": 5}, {"src": "subnet"},
     {"src": "subnet", "subnet": "x", "value": "HQ"},
     {"src": "model", "model": "AP45"}, {"src": "geoip", "match_country": "Germany", "value": "HQ"},
     {"src": "lldp_system_name", "expression": "split()[0]"}, {"src": "dns_suffix", "prefix": 7},
     {"src": "lldp_system_name", "match_device_type": "phone"}],
)  # fmt: skip
def test_rule_that_cannot_be_used_is_passed_over(broken: Any) -> None:
    assert site_of([broken, LLDP], lldp_system_name=SAMPLE) == ("Floor 7", 1, "assigned")


@pytest.mark.parametrize(
    "section", [[], "on", {"enable": True, "rules": {}}, {"enable": "yes", "rules": [LLDP]}, {}]
)
def test_setting_of_a_wrong_shape_decides_nothing(section: Any) -> None:
    rules = compile_rules({"auto_site_assignment": section}, SITES, PROFILES_BY_TYPE)
    assert decide(device(lldp_system_name=SAMPLE), rules).site.value is None


# Laws


def applied(facts: Facts, decision: Decision) -> Facts:
    """Give the device as it is after its decision was carried out."""
    changes: dict[str, Any] = {
        "name": decision.name.value or facts.name,
        "site_name": facts.site_name if decision.site.value is None else decision.site.value,
        "profile_name": facts.profile_name if decision.profile.value is None else decision.profile.value,
    }
    return dataclasses.replace(facts, **changes)


@given(settings_drawn(), FACTS)
def test_same_facts_and_rules_give_the_same_decision(drawn: dict[str, Any], facts: Facts) -> None:
    rules = compile_rules(drawn, SITES, PROFILES_BY_TYPE)
    decision = decide(facts, rules)
    assert decide(facts, rules) == decision
    assert decide(facts, compile_rules(drawn, reversed(SITES), PROFILES_BY_TYPE)) == decision


@example(NAMED_THEN_SITED, device(lldp_port_desc=SAMPLE))
@given(settings_drawn(), FACTS)
def test_deciding_again_after_applying_changes_nothing(drawn: dict[str, Any], facts: Facts) -> None:
    decision = decide(facts, compile_rules(drawn, SITES, PROFILES_BY_TYPE))
    sites = [*SITES, decision.site.value] if decision.site.status == "create" else SITES
    again = decide(applied(facts, decision), compile_rules(drawn, filter(None, sites), PROFILES_BY_TYPE))
    assert not again.changes


@given(settings_drawn(), FACTS)
def test_decision_only_fills_what_is_empty_with_what_exists(drawn: dict[str, Any], facts: Facts) -> None:
    decision = decide(facts, compile_rules(drawn, SITES, PROFILES_BY_TYPE))
    if decision.site.status == "assigned":
        assert facts.site_name is None
        assert decision.site.value in SITES
    if decision.profile.value is not None:
        assert facts.profile_name is None
        assert decision.profile.value in PROFILES
        assert facts.site_name is not None or decision.site.value is not None
    if decision.name.value is not None:
        assert facts.name == ""
        assert decision.name.value.strip()
    for outcome in decision:
        assert (
            (outcome.value is None)
            == (outcome.rule is None)
            == (outcome.status not in ("assigned", "create"))
        )


@given(st.lists(st.sampled_from(["HQ", "East", "West"]), min_size=1, max_size=5), st.data())
def test_table_order_does_not_matter_to_distinct_subnets(values: list[str], data: st.DataObject) -> None:
    table = [
        {"src": "subnet", "subnet": f"10.1.2.0/{8 + 4 * row}", "value": value}
        for row, value in enumerate(values)
    ]
    shuffled = data.draw(st.permutations(table))
    for address in ("10.1.2.1", "10.1.200.1", "10.200.1.1", "11.1.1.1"):
        assert site_of(table, ip=address)[0] == site_of(shuffled, ip=address)[0]


def test_p4_device_that_never_reported_waits_at_the_first_rule_that_needs_a_report() -> None:
    rules = ruleset(
        site=[
            {"src": "name", "expression": "split(_)[0]"},
            {"src": "lldp_system_name"},
            {"src": "model", "model": "AP45", "value": "HQ"},
        ],
        name=[{"src": "lldp_port_desc"}],
    )
    waiting = decide(device(seen=False), rules)
    assert (waiting.site.status, waiting.name.status) == ("waiting", "waiting")
    assert decide(device(seen=False, name="East_1"), rules).site.value == "East"
    assert decide(device(), rules).site.value == "HQ"


def test_profile_of_another_device_type_does_not_match() -> None:
    setting = {"auto_deviceprofile_assignment": {"enable": True, "rules": [{"src": "lldp_system_name"}]}}
    rules = compile_rules(setting, SITES, {"switch": ["Nursing"]})
    found = decide(device(site_name="HQ", lldp_system_name="Nursing"), rules)
    assert found.profile.status == "no_match"
