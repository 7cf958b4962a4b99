"""The Auto-Provisioning window: its fields against the setting, its buttons and its preview."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from orgs.actions import update_setting
from orgs.models import Org
from tests.portal.conftest import HTMX, said, text
from tests.world import SYSTEM, World, make_profile

NAME = "auto_device_naming"
SITE = "auto_site_assignment"
PROFILE = "auto_deviceprofile_assignment"
SAMPLE = "East_Floor 7_Nursing"
DIVIDE = {"divide": "1", "separator": "_", "segment": "2"}

# Guide, Manipulate Source Strings: tab, fields, expression in the setting, result for the guide's sample.
GUIDE = (
    ("name", {"src": "lldp_port_desc", **DIVIDE}, {"expression": "split(_)[1]"}, "Floor 7"),
    ("name", {"src": "lldp_port_desc", "ignore_start": "5"}, {"expression": "[5:]"}, "Floor 7_Nursing"),
    ("name", {"src": "lldp_port_desc", "first": "12"}, {"expression": "[0:12]"}, "East_Floor 7"),
    ("name", {"src": "lldp_port_desc", "ignore_end": "8"}, {"expression": "[:-8]"}, "East_Floor 7"),
    (
        "profile",
        {"src": "name", **DIVIDE, "prefix": "Site A "},
        {"expression": "split(_)[1]", "prefix": "Site A "},
        "Site A Floor 7",
    ),
)


class Fields(HTMLParser):
    """What a browser without script would send for the window as it stands."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self._in_form, self._select = False, ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._in_form = given.get("id") == "autoprovisioning"
        if not self._in_form:
            return
        if tag == "select":
            self._select = given["name"]
        elif tag == "option" and ("selected" in given or self._select not in self.sent):
            self.sent[self._select] = given.get("value", "?")
        elif tag == "input" and self._is_sent(given):
            self.sent[given["name"]] = given.get("value", "")

    @staticmethod
    def _is_sent(given: Mapping[str, str]) -> bool:
        ticked = given.get("type") not in ("checkbox", "radio") or "checked" in given
        return ticked and given.get("name", "") not in ("", "csrfmiddlewaretoken")

    def handle_data(self, data: str) -> None:
        # An option without a value sends its text.
        if self._select and self.sent.get(self._select) == "?" and data.strip():
            self.sent[self._select] = data.strip()


def fields(page: Any) -> dict[str, str]:
    return Fields(text(page)).sent


def card(aspect: str, number: int, values: Mapping[str, str]) -> dict[str, str]:
    return {f"{aspect}-{number}-{name}": value for name, value in values.items()}


def stored(world: World) -> dict[str, Any]:
    return Org.objects.get(id=world.acme.id).setting


def save(browser: Client, url: str, form: Mapping[str, str]) -> Any:
    return browser.post(url, {**form, "action": "save"})


@pytest.mark.parametrize(("aspect", "typed", "rule", "result"), GUIDE)
def test_examples_of_the_guide(
    ada: Client,
    window: str,
    world: World,
    aspect: str,
    typed: dict[str, str],
    rule: dict[str, str],
    result: str,
) -> None:
    form = {
        **fields(ada.get(window)),
        f"{aspect}-enable": "1",
        **card(aspect, 0, {**typed, "sample": SAMPLE}),
    }
    preview = ada.post(f"{window}/preview", {**form, "aspect": aspect, "index": "0"}, headers=HTMX)
    assert preview.context["preview"]["result"] == result
    assert save(ada, window, form).status_code == 302
    key = {"name": NAME, "profile": PROFILE}[aspect]
    assert stored(world) == {key: {"enable": True, "rules": [{"src": typed["src"], **rule}]}}
    shown = fields(ada.get(window))
    assert {name: shown[name] for name in card(aspect, 0, typed)} == card(aspect, 0, typed)


RULES = {
    SITE: {
        "enable": True,
        "note": "a key of another client",
        "rules": [
            {"src": "lldp_system_name", "expression": "split(_)[1]"},
            {"src": "name", "expression": "split(-)[0][1:-2]", "match_model": "AP45"},
            {"src": "dns_suffix", "expression": "split(@)[1]", "suffix": " Wing"},
            {"src": "subnet", "subnet": "10.1.0.0/16", "value": "North"},
            {"src": "subnet", "subnet": "10.2.0.0/16", "value": "South"},
            {"src": "subnet", "subnet": "10.3.0.0/16", "value": "South", "match_device_type": "switch"},
            {"src": "model", "model": "AP43", "value": "North"},
            {"src": "model", "model": "AP12", "value": "Nowhere"},
            {"src": "geoip", "match_country": "US", "value": "US", "create_new_site_if_needed": True},
            {"src": "ext_ip", "subnet": "2001:db8::/32", "value": "North"},
        ],
    },
    NAME: {"enable": False, "rules": [{"src": "mac", "expression": "[-6:]", "match_device": "ap"}]},
    PROFILE: {"enable": True, "rules": [{"src": "lldp_port_desc", "prefix": "P "}]},
}


def test_saving_what_is_shown_changes_nothing(ada: Client, window: str, world: World) -> None:
    update_setting(SYSTEM, world.acme, changes=RULES)
    written = Entry.objects.count()
    page = ada.get(window)
    assert [len(tab.rules) for tab in page.context["aspects"]] == [8, 1, 1]
    assert page.context["aspects"][0].rules[2].raw, "the options have no separator @"
    assert save(ada, window, fields(page)).status_code == 302
    assert stored(world) == RULES
    assert Entry.objects.filter(event="orgs.setting.updated").count() == 1
    assert Entry.objects.count() == written + 1, "opening the organization is the only new entry"


def test_an_untouched_window_saves_nothing(ada: Client, window: str, world: World) -> None:
    assert save(ada, window, fields(ada.get(window))).status_code == 302
    assert stored(world) == {}


def test_tables_become_consecutive_rules(ada: Client, window: str, world: World) -> None:
    form = {**fields(ada.get(window)), "site-enable": "1"}
    form |= card("site", 0, {"src": "subnet", "row-0-subnet": " 10.1.0.0/16", "row-0-value": "North"})
    form = fields(ada.post(window, {**form, "add": "site-0"}))
    assert "site-0-row-1-subnet" in form
    form |= card("site", 0, {"row-1-subnet": "10.2.0.0/16", "row-1-value": "South"})
    form = fields(ada.post(window, {**form, "add": "site-0"}))
    save(ada, window, form)
    assert stored(world)[SITE]["rules"] == [
        {"src": "subnet", "subnet": "10.1.0.0/16", "value": "North"},
        {"src": "subnet", "subnet": "10.2.0.0/16", "value": "South"},
    ]


def test_rules_and_rows_move_without_losing_what_was_typed(ada: Client, window: str, world: World) -> None:
    update_setting(SYSTEM, world.acme, changes=RULES)
    form = fields(ada.get(window)) | {"site-0-suffix": "typed", "name-0-sample": "kept"}
    form = fields(ada.post(window, {**form, "down": "site-0"}))
    assert (form["site-0-src"], form["site-1-suffix"], form["name-0-sample"]) == ("name", "typed", "kept")
    form = fields(ada.post(window, {**form, "up": "site-1"}))
    assert form["site-0-suffix"] == "typed"
    form = fields(ada.post(window, {**form, "remove": "site-0"}))
    assert form["site-count"] == "7"
    form = fields(ada.post(window, {**form, "remove": "site-2-0"}))
    assert form["site-2-row-0-subnet"] == "10.2.0.0/16"
    assert "site-2-row-1-subnet" not in form
    form = fields(ada.post(window, {**form, "add": "profile"}))
    assert form["profile-count"] == "2"
    assert stored(world) == RULES, "nothing is saved before OK"


def test_htmx_gets_the_rules_of_the_one_tab(ada: Client, window: str) -> None:
    form = fields(ada.get(window))
    answer = ada.post(window, {**form, "add": "profile"}, headers=HTMX)
    assert 'id="rules-profile"' in text(answer)
    assert "rules-site" not in text(answer)
    assert "<form" not in text(answer)


@pytest.mark.parametrize(
    "pressed", [{"remove": "site-9"}, {"up": "x-0"}, {"add": "site-z"}, {"remove": "site"}]
)
def test_buttons_of_a_form_that_is_not_ours(ada: Client, window: str, pressed: dict[str, str]) -> None:
    assert ada.post(window, {**fields(ada.get(window)), **pressed}).status_code == 400


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"ignore_end": "2", "first": "3"}, "first"),
        ({"ignore_start": "two"}, "ignore_start"),
        ({"first": "0"}, "first"),
        ({"divide": "1", "separator": "_", "segment": "0"}, "segment"),
        ({"divide": "1", "separator": "", "segment": "1"}, "separator"),
        ({"expression": "split()[0]"}, "expression"),
        ({"prefix": "x" * 300}, "prefix"),
        ({"src": "nonsense"}, "src"),
        ({"src": "subnet"}, ""),
        ({"extra": "[1]"}, ""),
    ],
)
def test_a_bad_option_is_marked_at_its_card(
    ada: Client, window: str, world: World, typed: dict[str, str], field: str
) -> None:
    form = {**fields(ada.get(window)), "profile-enable": "1"}
    form = fields(ada.post(window, {**form, "add": "profile"})) | card("profile", 1, typed)
    page = save(ada, window, {**form, "tab": "site"})
    assert page.status_code == 422
    site, _, profile = page.context["aspects"]
    assert (set(profile.rules[1].errors), profile.rules[0].errors, site.error) == ({field}, {}, "")
    assert page.context["tab"] == "profile", "the tab with the error is opened"
    # A select shows nothing that is not among its choices.
    shown = {name: value for name, value in typed.items() if name not in ("separator", "segment", "src")}
    kept = fields(page)
    assert {name: kept[name] for name in card("profile", 1, shown)} == card("profile", 1, shown)
    assert stored(world) == {}


def test_a_bad_row_is_marked_at_its_row(ada: Client, window: str, world: World) -> None:
    update_setting(SYSTEM, world.acme, changes=RULES)
    form = fields(ada.get(window)) | {"site-3-row-1-subnet": "10.2.0.0/99", "site-5-row-0-value": ""}
    page = save(ada, window, form)
    cards = page.context["aspects"][0].rules
    assert "10.2.0.0/99" in cards[3].rows[1].error
    assert not cards[3].rows[0].error
    assert cards[5].rows[0].error
    assert stored(world) == RULES


def test_doubts_are_saved_and_said(ada: Client, acme: str, window: str, world: World) -> None:
    update_setting(SYSTEM, world.acme, changes={SITE: {"enable": True, "rules": []}})
    form = {**fields(ada.get(window)), "site-enable": "1"}
    form |= card("site", 0, {"src": "model", "row-0-model": "AP45", "row-0-value": "Nowhere"})
    page = ada.post(window, {**form, "action": "save"}, follow=True)
    assert said(page) == ["Auto-provisioning saved with 1 warning; see below."]
    assert page.context["warnings"] == [
        'Site Assignment, rule 1: no site is named "Nowhere"; the rule does not match until there is one'
    ]
    assert [part["rules"] for part in page.context["autoprovision"]] == [1, 0, 0]
    again = ada.get(window)
    assert "Nowhere (does not exist)" in text(again)
    assert "Nowhere" in again.context["aspects"][0].rules[0].warning


def test_preview_of_a_table_follows_the_longest_prefix(ada: Client, window: str) -> None:
    form = fields(ada.get(window))
    rows = (("10.0.0.0/8", "North"), ("10.1.0.0/16", "South"), ("not a subnet", "South"))
    for number, (subnet, value) in enumerate(rows):
        form |= card("site", 0, {f"row-{number}-subnet": subnet, f"row-{number}-value": value})
    form |= card("site", 0, {"src": "subnet", "sample": "10.1.2.3"})

    def tried(**more: str) -> Any:
        answer = ada.post(f"{window}/preview", {**form, "aspect": "site", "index": "0", **more}, headers=HTMX)
        return answer.context["preview"]

    assert (tried()["result"], tried()["matched"]) == ("South", True)
    assert tried(**{"site-0-sample": "192.0.2.1"})["matched"] is False
    assert tried(**{"site-0-sample": "nonsense"})["matched"] is False
    assert tried(**{"site-0-sample": ""}) is None
    for index in ("7", "", "²", "1" * 5_000):
        wrong = ada.post(f"{window}/preview", {**form, "aspect": "site", "index": index})
        assert wrong.status_code == 400


def test_numbers_that_a_form_claims_make_no_fields(ada: Client, window: str) -> None:
    claims = {"site-count": "20000", "site-0-rows": "20000", "site-0-row-7-value": "North"}
    form = {**claims, **card("site", 0, {"src": "subnet", "divide": "1", "segment": "200000"})}
    page = ada.post(window, {**form, "action": "preview"})
    (rule,) = page.context["aspects"][0].rules
    assert [row.value for row in rule.rows] == ["North"]
    assert len(page.context["segments"]) == 11


@pytest.mark.parametrize("extra", ["{", "[]", '{"x": "\\u0000"}', '{"x":' + "[" * 300 + "]" * 300 + "}"])
def test_hidden_keys_that_are_no_json_object_are_refused(
    ada: Client, window: str, world: World, extra: str
) -> None:
    form = {**fields(ada.get(window)), "site-enable": "1", **card("site", 0, {"extra": extra})}
    page = save(ada, window, form)
    assert page.status_code == 422
    assert "are not a JSON object" in text(page)
    assert stored(world) == {}


def test_rows_of_a_table_are_counted_as_the_window_shows_them(
    ada: Client, acme: str, window: str, world: World
) -> None:
    rows = [("10.0.0.0/8", "North"), ("10.1.0.0/16", "Nowhere")]
    table = [{"src": "subnet", "subnet": subnet, "value": value} for subnet, value in rows]
    rules = [{"src": "lldp_system_name"}, *table, {"src": "model", "model": "AP45", "value": "Gone"}]
    update_setting(SYSTEM, world.acme, changes={SITE: {"enable": True, "rules": rules}})
    page = ada.get(f"{acme}/settings")
    assert [part["rules"] for part in page.context["autoprovision"]] == [3, 0, 0]
    said = " ".join(page.context["warnings"])
    assert 'Site Assignment, rule 2, row 2: no site is named "Nowhere"' in said
    assert "10.1.0.0/16 lies inside 10.0.0.0/8 of rule 2, row 1" in said
    assert 'Site Assignment, rule 3: no site is named "Gone"' in said
    assert len(ada.get(window).context["aspects"][0].rules) == 3


def test_preview_says_what_is_wrong_with_the_options(ada: Client, window: str) -> None:
    form = fields(ada.get(window)) | card("site", 0, {"ignore_end": "1", "first": "1", "sample": "x"})
    answer = ada.post(f"{window}/preview", {**form, "aspect": "site", "index": "0"})
    assert "not both" in text(answer)


def test_preview_without_a_script(ada: Client, window: str) -> None:
    form = fields(ada.get(window)) | card("name", 0, {**DIVIDE, "sample": SAMPLE})
    page = ada.post(window, {**form, "action": "preview"})
    assert page.context["aspects"][1].rules[0].preview["result"] == "Floor 7"
    assert "Floor 7</p>" in text(page)


@pytest.mark.parametrize(
    ("key", "status"), [("wes", 403), ("otto", 403), ("rita", 403), ("gus", 404), ("", 302)]
)
def test_only_super_users_save(
    browser: Callable[[str], Client], ada: Client, window: str, world: World, key: str, status: int
) -> None:
    form = {**fields(ada.get(window)), "site-enable": "1"}
    assert save(browser(key), window, form).status_code == status
    assert stored(world) == {}


@pytest.mark.parametrize("who", ["rita", "ivan", "pia", "mara"])
def test_whoever_does_not_see_the_rules_tries_none_and_reads_no_profile_names(
    browser: Callable[[str], Client], window: str, world: World, who: str
) -> None:
    make_profile(world.acme, "Operating theatre")
    for path in (window, f"{window}/preview"):
        answer = browser(who).post(path, {"action": "preview"})
        assert answer.status_code == 403
        assert "Operating theatre" not in text(answer)
