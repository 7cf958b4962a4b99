"""What is refused and what is warned of before settings are saved, and the live preview of one rule."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoprovision.engine.preview import preview
from autoprovision.engine.rules import MAX_RULES, Aspect
from autoprovision.engine.ruleset import compile_rules
from autoprovision.engine.validate import MAX_OVERLAPS, validate

from .engine_cases import PROFILES, PROFILES_BY_TYPE, SITES, setting, settings_drawn

LLDP = {"src": "lldp_system_name", "expression": "split(_)[1]"}
SAMPLE = "East_Floor 7_Nursing"


def found(parts: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(problem.path, problem.severity, problem.message) for problem in validate(parts, SITES, PROFILES)]


def subnet(text: str, value: str = "HQ", **more: Any) -> dict[str, Any]:
    return {"src": "subnet", "subnet": text, "value": value, **more}


def test_sound_settings_have_no_problem() -> None:
    sound = setting(
        [LLDP, subnet("10.1.0.0/16")], [{"src": "model", "model": "AP45", "value": "HQ"}], [{"src": "mac"}]
    )
    assert found(sound) == []
    assert found({}) == []
    assert found({"auto_site_assignment": None, "auto_device_naming": {"enable": False, "rules": None}}) == []


@pytest.mark.parametrize(
    ("rule", "field", "message"),
    [
        ({}, ".src", "is required"),
        ({"src": "moon"}, ".src", "must be one of lldp_system_name, subnet, model"),
        ({"src": "mac"}, ".src", "must be one of"),
        (["src"], "", "must be an object"),
        ({**LLDP, "expression": "split()[0]"}, ".expression", "the separator is empty"),
        ({**LLDP, "expression": 5}, ".expression", "must be a text"),
        ({**LLDP, "prefix": ["x"]}, ".prefix", "must be a text"),
        ({**LLDP, "suffix": "x" * 256}, ".suffix", "has at most 255 characters"),
        ({**LLDP, "match_device_type": "phone"}, ".match_device_type", "must be one of ap, switch, gateway"),
        ({**LLDP, "match_model": 45}, ".match_model", "must be a text"),
        (subnet("10.0.0.0/40"), ".subnet", '"10.0.0.0/40" is not a subnet'),
        (subnet("10.0.0.0/8", ""), ".value", "is required for this source"),
        ({"src": "subnet", "value": "HQ"}, ".subnet", "is required for this source"),
        ({"src": "model", "value": "HQ"}, ".model", "is required for this source"),
        ({"src": "geoip", "value": "HQ"}, ".match_country", "is required for this source"),
        ({"src": "geoip", "value": "HQ", "match_country": "NLD"}, ".match_country", "must be a country code"),
        ({"src": "geoip", "value": "HQ", "match_country": "NL", "create_new_site_if_needed": 1},
         ".create_new_site_if_needed", "must be true or false"),
    ],
)  # fmt: skip
def test_error_names_the_field_of_the_rule(rule: Any, field: str, message: str) -> None:
    ((path, severity, text),) = found(setting([LLDP, rule]))
    assert (path, severity) == (f"auto_site_assignment.rules.1{field}", "error")
    assert text.startswith(message)


@pytest.mark.parametrize(
    ("parts", "path", "message"),
    [
        ([], "", "must be an object"),
        ({"auto_site_assignment": []}, "auto_site_assignment", "must be an object"),
        ({"auto_site_assignment": {"rules": {}}}, "auto_site_assignment.rules", "must be a list"),
        ({"auto_device_naming": {"enable": "yes"}}, "auto_device_naming.enable", "must be true or false"),
        ({"auto_site_assignment": {"rules": [LLDP] * (MAX_RULES + 1)}}, "auto_site_assignment.rules",
         f"has {MAX_RULES + 1} rules; the most is {MAX_RULES}"),
        (setting(name=[{"src": "name"}]), "auto_device_naming.rules.0.src",
         "must be one of lldp_port_desc, mac"),
        (setting(name=[{"match_device": "ap", "match_device_type": "switch"}]),
         "auto_device_naming.rules.0.match_device_type", "differs from match_device"),
    ],
)  # fmt: skip
def test_wrong_shape_is_an_error(parts: Any, path: str, message: str) -> None:
    assert found(parts) == [(path, "error", message)]


def test_rule_naming_a_missing_site_or_profile_is_warned_of() -> None:
    parts = setting([subnet("10.0.0.0/8", "Attic")], [{"src": "model", "model": "AP45", "value": "Floor 7"}])
    assert found(parts) == [
        ("auto_site_assignment.rules.0.value", "warning",
         'no site is named "Attic"; the rule does not match until there is one'),
        ("auto_deviceprofile_assignment.rules.0.value", "warning",
         'no device profile is named "Floor 7"; the rule does not match until there is one'),
    ]  # fmt: skip


def test_site_that_a_rule_creates_is_not_missing() -> None:
    rule = {"src": "geoip", "match_country": "NL", "value": "New", "create_new_site_if_needed": True}
    assert found(setting([rule])) == []


def test_nested_subnet_is_warned_of_and_an_equal_one_refused() -> None:
    parts = setting([subnet("10.0.0.0/8"), subnet("10.1.0.0/16", "East"), subnet("10.1.0.0/16", "West")])
    assert found(parts) == [
        ("auto_site_assignment.rules.2.subnet", "error",
         '10.1.0.0/16 already leads to "East" in rule 1, row 2'),
        ("auto_site_assignment.rules.1.subnet", "warning",
         "10.1.0.0/16 lies inside 10.0.0.0/8 of rule 1, row 1; the longer prefix decides there"),
    ]  # fmt: skip


def test_equal_subnet_with_equal_site_is_only_warned_of() -> None:
    ((path, severity, text),) = found(setting([subnet("10.1.2.3/16"), subnet("10.1.0.0/16")]))
    assert (path, severity) == ("auto_site_assignment.rules.1.subnet", "warning")
    assert text == "10.1.0.0/16 is listed before, in rule 1, row 1"


def test_many_overlaps_are_counted_not_listed() -> None:
    rows = [subnet(f"10.{row}.0.0/16", "East") for row in range(MAX_OVERLAPS + 5)]
    problems = found(setting([subnet("10.0.0.0/8"), *rows]))
    assert len(problems) == MAX_OVERLAPS + 1
    assert problems[-1] == ("auto_site_assignment.rules", "warning", "5 more subnets overlap")


@pytest.mark.parametrize(
    ("rules", "reached"),
    [
        ([LLDP, LLDP], False),
        ([LLDP, {**LLDP, "match_model": "AP45"}], False),
        ([{**LLDP, "match_model": "AP45"}, LLDP], True),
        ([LLDP, {**LLDP, "prefix": "x"}], True),
        ([LLDP, {**LLDP, "match_device_type": "switch"}], True),
        ([subnet("10.0.0.0/8"), LLDP, subnet("10.1.0.0/16")], False),
        ([subnet("10.1.0.0/16"), LLDP, subnet("10.0.0.0/8")], True),
        (
            [
                {"src": "model", "model": "AP45", "value": "HQ"},
                {"src": "model", "model": "AP45", "value": "East"},
            ],
            False,
        ),
    ],
)
def test_rule_that_is_never_reached_is_warned_of(rules: list[Any], reached: bool) -> None:
    last = len(rules) - 1
    row = ", row 1" if all(rule["src"] == "model" for rule in rules) else ""
    message = f"is not reached: rule 1{row} comes first for the same devices"
    expected = [] if reached else [(f"auto_site_assignment.rules.{last}", "warning", message)]
    assert found(setting(rules)) == expected


@pytest.mark.parametrize(
    ("rules", "reached"),
    [
        ([{"src": "mac"}, {"src": "lldp_port_desc"}], False),
        ([{"src": "lldp_port_desc"}, {"src": "lldp_port_desc", "expression": "[0:3]"}], False),
        ([{"src": "lldp_port_desc"}, {"src": "mac"}], True),
        ([{"src": "lldp_port_desc", "expression": "[0:3]"}, {"src": "lldp_port_desc"}], True),
        ([{"src": "mac", "match_model": "AP45"}, {"src": "mac"}], True),
    ],
)
def test_naming_rule_that_is_never_reached_is_warned_of(rules: list[Any], reached: bool) -> None:
    assert [path for path, _, _ in found(setting(name=rules))] == (
        [] if reached else ["auto_device_naming.rules.1"]
    )


def test_expression_that_leaves_nothing_is_warned_of() -> None:
    ((path, severity, _),) = found(setting(name=[{"src": "mac", "expression": "[5:3]"}]))
    assert (path, severity) == ("auto_device_naming.rules.0.expression", "warning")


@given(settings_drawn())
def test_settings_without_errors_compile_without_broken_rules(parts: dict[str, Any]) -> None:
    errors = [problem for problem in validate(parts, SITES, PROFILES) if problem.severity == "error"]
    rules = compile_rules(parts, SITES, PROFILES_BY_TYPE)
    broken = [
        block
        for part in (rules.site, rules.profile, rules.name)
        for block in part.blocks
        if block.first.fault
    ]
    if not errors:
        assert not broken


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
RULE_KEYS = [
    "src",
    "expression",
    "subnet",
    "value",
    "model",
    "match_country",
    "match_model",
    "match_device",
    "prefix",
]


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(RULE_KEYS, JSON)) | JSON, JSON)
def test_no_json_makes_the_engine_raise(rule: Any, section: Any) -> None:
    for parts in (setting([rule], [rule], [rule]), {"auto_site_assignment": section}):
        assert all(problem.message for problem in validate(parts, SITES, PROFILES))
        compile_rules(parts, SITES, PROFILES_BY_TYPE)


# The live preview


@pytest.mark.parametrize(
    ("rule", "aspect", "sample", "result", "matched"),
    [
        ({"src": "lldp_port_desc", "expression": "split(_)[1]"}, "name", SAMPLE, "Floor 7", True),
        ({"src": "lldp_port_desc", "expression": "[5:]"}, "name", SAMPLE, "Floor 7_Nursing", True),
        ({"src": "lldp_port_desc", "expression": "[0:12]"}, "name", SAMPLE, "East_Floor 7", True),
        ({"src": "lldp_port_desc", "expression": "split(_)[7]"}, "name", SAMPLE, None, False),
        (
            {"src": "name", "expression": "split(_)[1]", "prefix": "Site A "},
            "profile",
            SAMPLE,
            "Site A Floor 7",
            True,
        ),
        (LLDP, "site", SAMPLE, "Floor 7", True),
        (LLDP, "site", "East_Attic", "Attic", False),
        ({**LLDP, "match_model": "AP32", "match_device_type": "switch"}, "site", SAMPLE, "Floor 7", True),
        (subnet("10.1.0.0/16", "East"), "site", "10.1.2.3", "East", True),
        (subnet("10.1.0.0/16", "East"), "site", "10.2.2.3", None, False),
        ({"src": "model", "model": "AP45", "value": "HQ"}, "site", "AP45", "HQ", True),
        ({"src": "geoip", "match_country": "NL", "value": "HQ"}, "site", "NL", "HQ", True),
        (LLDP, "site", "", None, False),
    ],
)
def test_preview_shows_what_a_rule_makes_of_a_sample(
    rule: dict[str, Any], aspect: Aspect, sample: str, result: str | None, matched: bool
) -> None:
    shown = preview(rule, aspect, sample, PROFILES if aspect == "profile" else SITES)
    assert (shown.result, shown.matched) == (result, matched)
    assert shown.sentence


def test_preview_of_a_bad_rule_says_what_is_wrong() -> None:
    shown = preview({"src": "name", "expression": "split()[0]"}, "site", SAMPLE, SITES)
    assert shown.result is None
    assert "the separator is empty" in shown.as_dict()["sentence"]
