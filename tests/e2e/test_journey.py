"""A newcomer's way from the sign-up form to a placed fleet, in the browser alone.

Each step is a fixture, so that a test asks for how far it needs to be; the facts are the tests.
"""

from __future__ import annotations

import csv
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.browsing import Tabs
from tests.e2e.stage import Stage, check_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

EMAIL: Final = f"nina.{secrets.token_hex(4)}@example.com"
PASSWORD: Final = "correct horse battery staple"
SAMPLE: Final = "East_Floor 7_Nursing"
SITES: Final = ("East Wing", "West Wing", "Floor 7")
FLEET: Final = 12
MALFORMED: Final = "NOT-A-CODE"
UNKNOWN: Final = "ZZZZZ-ZZZZZ-ZZZZZ"


@dataclass(frozen=True)
class Walk:
    """The newcomer's tab, and the address of the organization's pages."""

    stage: Stage
    page: Page
    org: str

    def open(self, rest: str) -> None:
        self.page.goto(f"{self.org}{rest}")

    @property
    def org_id(self) -> str:
        return self.org.rsplit("/", 1)[-1]


@pytest.fixture(scope="module")
def page(browser: Browser, stage: Stage) -> Iterator[Page]:
    """One tab for the whole way, low enough for the fleet to need scrolling."""
    tabs = Tabs(browser, stage)
    yield tabs.open("", size=(1360, 480))
    tabs.close()


@pytest.fixture(scope="module")
def account(page: Page, stage: Stage) -> str:
    """Sign up, follow the link out of the local mailbox, log in."""
    page.goto("/register")
    page.get_by_label("Europe").check()
    for label, text in {
        "First Name": "Nina",
        "Last Name": "Newcomer",
        "Email Address": EMAIL,
        "Password": PASSWORD,
    }.items():
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Create Account").click()
    page.get_by_role("link", name="Open the mailbox").click()
    mail = page.get_by_role("link", name=EMAIL)
    _reload_until(page, mail)
    mail.click()
    page.get_by_role("link", name="/verify/register").click()
    page.get_by_role("button", name="Confirm account").click()
    page.get_by_role("main").get_by_role("link", name="Log in").click()
    page.get_by_label("Email Address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Select an organization")).to_be_visible()
    return EMAIL


@pytest.fixture(scope="module")
def org(page: Page, stage: Stage, account: str) -> Walk:
    """Create the organization; it opens with its empty inventory."""
    page.get_by_role("link", name="Create Organization").click()
    page.get_by_label("Organization Name").fill("Newcomer General")
    page.get_by_role("button", name="Create Organization").click()
    expect(page).to_have_url(re.compile("/orgs/[0-9a-f-]{36}/inventory$"))
    return Walk(stage, page, page.url.removesuffix("/inventory"))


@pytest.fixture(scope="module")
def sites(org: Walk) -> list[str]:
    """Create three sites in the dialog, and the device profile that a rule will name."""
    org.page.get_by_role("navigation", name="Main").get_by_role("link", name="Site Configuration").click()
    names = org.page.locator("td.name")
    listed = [names.all_inner_texts()]
    for site in SITES:
        org.page.get_by_role("link", name="Create Site").click()
        dialog = org.page.get_by_role("dialog", name="Create Site")
        dialog.get_by_label("Site Name").fill(site)
        dialog.get_by_role("button", name="Create Site").click()
        expect(org.page.get_by_role("status").filter(has_text=f"Site {site} created.")).to_be_visible()
        listed.append(names.all_inner_texts())
    org.open("/deviceprofiles/create")
    org.page.get_by_label("Name").fill("Site A Floor 7")
    org.page.get_by_label("Configuration").fill('{"type": "ap"}')
    org.page.get_by_role("button", name="Create Device Profile").click()
    expect(org.page.get_by_role("link", name="Site A Floor 7")).to_be_visible()
    return [*listed[0], *listed[-1]]


@pytest.fixture(scope="module")
def rules(org: Walk, sites: list[str]) -> dict[str, str]:
    """Enter the guide's examples one after the other and note each preview; then the rules of this fleet."""
    org.page.get_by_role("navigation", name="Main").get_by_role("link", name="Settings").click()
    window = _open_window(org)
    seen = _names(window)
    seen |= _profiles(window)
    _sites(window)
    window.get_by_role("button", name="OK").click()
    expect(
        org.page.get_by_role("status").filter(has_text="Auto-provisioning saved with 1 warning")
    ).to_be_visible()
    return seen


def _open_window(org: Walk) -> Locator:
    org.page.get_by_role("link", name="Configure Auto-Provisioning").click()
    window = org.page.get_by_role("dialog", name="Auto-Provisioning")
    expect(window).to_be_visible()
    return window


def _names(window: Locator) -> dict[str, str]:
    panel = _panel(window, "AP Name Generation")
    result = panel.locator(".result")
    panel.get_by_label("Enabled").check()
    panel.get_by_label("LLDP Port Description").press_sequentially(SAMPLE)
    expect(result).to_have_text(SAMPLE)
    seen = {}
    panel.get_by_role("spinbutton", name="starting characters").fill("5")
    expect(result).to_have_text("Floor 7_Nursing")
    seen["ignore"] = result.inner_text()
    panel.get_by_role("checkbox", name="starting characters").uncheck()
    panel.get_by_role("spinbutton", name="first characters").fill("12")
    expect(result).to_have_text("East_Floor 7")
    seen["first"] = result.inner_text()
    panel.get_by_role("checkbox", name="first characters").uncheck()
    _divide(panel, "_", "2nd")
    expect(result).to_have_text("Floor 7")
    return {**seen, "divide": result.inner_text()}


def _profiles(window: Locator) -> dict[str, str]:
    panel = _panel(window, "Profile Assignment")
    panel.get_by_label("Enabled").check()
    panel.get_by_label("Source").select_option("LLDP Port Description")
    _divide(panel, "_", "2nd")
    panel.get_by_role("textbox", name="Add a prefix").fill("Site A ")
    panel.locator(".preview input").press_sequentially(SAMPLE)
    expect(panel.locator(".result")).to_have_text("Site A Floor 7")
    return {"prefix": panel.locator(".result").inner_text(), "found": panel.locator(".said").inner_text()}


def _sites(window: Locator) -> None:
    panel = _panel(window, "Site Assignment")
    panel.get_by_label("Enabled").check()
    panel.get_by_label("Source").select_option("Subnet")
    panel.get_by_label("Subnet 1").fill("10.1.0.0/16")
    panel.get_by_label("Site 1").select_option("West Wing")
    panel.get_by_role("button", name="Add Row").click()
    panel.get_by_label("Subnet 2").fill("10.1.7.0/24")
    panel.get_by_label("Site 2").select_option("East Wing")
    panel.locator(".preview input").press_sequentially("10.1.7.9")
    expect(panel.locator(".result")).to_have_text("East Wing")
    panel.get_by_role("button", name="Add rule").click()
    added = panel.get_by_role("group", name="Rule 2")
    added.get_by_label("Source").select_option("DNS Suffix")
    added.get_by_role("button", name="Move rule 2 up").click()
    expect(panel.get_by_role("group", name="Rule 1").get_by_label("Source")).to_have_value("dns_suffix")


def _panel(window: Locator, name: str) -> Locator:
    window.get_by_role("tab", name=name).click()
    return window.get_by_role("tabpanel", name=name)


def _divide(panel: Locator, separator: str, segment: str) -> None:
    panel.get_by_label("Divide into segments").check()
    panel.get_by_role("combobox", name="Separator").select_option(separator)
    panel.get_by_role("combobox", name="Segment").select_option(label=segment)


@pytest.fixture(scope="module")
def units(stage: Stage) -> list[dict[str, str]]:
    """Units from the factory."""
    made = stage.instance.run("units", "make", "--model", "AP45", "--count", str(FLEET))
    return list(csv.DictReader(made.splitlines()))


@pytest.fixture(scope="module")
def claimed(org: Walk, rules: dict[str, str], units: list[dict[str, str]]) -> dict[str, str]:
    """Paste good codes with two typing mistakes among them; title and cells of the result."""
    good = [unit["claim_code"] for unit in units]
    pasted = [MALFORMED, good[0], *good, UNKNOWN, org.stage.taken_code]
    org.open("/inventory")
    window = _paste(org, pasted)
    shown = {"title": window.get_by_role("heading", level=1).inner_text()}
    for row in window.get_by_role("region", name="Refused codes").locator("tbody tr").all():
        shown[row.locator("td").first.inner_text()] = row.locator("td").last.inner_text()
    window.get_by_role("link", name="Claim more").click()
    again = _paste(org, good[:1], opened=True)
    shown["again"] = again.get_by_role("heading", level=1).inner_text()
    again.get_by_role("link", name="Show the inventory").click()
    expect(org.page.locator("#rows tr")).to_have_count(FLEET)
    return shown


def _paste(org: Walk, codes: list[str], *, opened: bool = False) -> Locator:
    if not opened:
        org.page.get_by_role("link", name="Claim devices").first.click()
    window = org.page.locator("#window")
    window.get_by_label("Claim codes").fill("\n".join(codes))
    window.get_by_role("button", name="Claim", exact=True).click()
    expect(window.get_by_role("heading", level=1)).to_contain_text("claimed,")
    return window


@dataclass(frozen=True)
class Arrival:
    """What the open Inventory page showed when the fleet had checked in."""

    reloaded: bool
    ticked: list[str]
    scrolled: tuple[float, float]
    cells: list[list[str]]


@pytest.fixture(scope="module")
def arrival(org: Walk, claimed: dict[str, str], units: list[dict[str, str]]) -> Arrival:
    """Select two devices, scroll down, and let the fleet call while the page stays open."""
    page = org.page
    rows = page.locator("#rows tr")
    page.evaluate("window.stays = true")
    ticked = [units[0]["mac"], units[-1]["mac"]]
    for mac in ticked:
        page.locator(f"#p-{mac}").check()
    page.evaluate("window.scrollTo(0, 240)")
    before = float(page.evaluate("window.scrollY"))
    check_in(org.stage.instance, org.org_id, [_report(unit, number) for number, unit in enumerate(units)])
    expect(rows.filter(has_text="Connected")).to_have_count(FLEET)
    expect(rows.filter(has_text="Site A Floor 7")).to_have_count(FLEET // 2)
    expect(rows.filter(has_text="Wing")).to_have_count(FLEET)
    expect(rows.filter(has_text="Not assigned")).to_have_count(0)
    return Arrival(
        reloaded=not page.evaluate("window.stays === true"),
        ticked=[mac for mac in (unit["mac"] for unit in units) if page.locator(f"#p-{mac}").is_checked()],
        scrolled=(before, float(page.evaluate("window.scrollY"))),
        cells=[row.locator("td").all_inner_texts() for row in rows.all()],
    )


def _report(unit: dict[str, str], number: int) -> dict[str, Any]:
    """The even units are on floor 7 in the east, the others on floor 8 in the west."""
    east = number % 2 == 0
    return {
        "mac": unit["mac"],
        "model": unit["model"],
        "version": "0.14.29313",
        "ip": f"10.1.{7 if east else 9}.{number + 10}",
        "uptime": 600,
        "lldp": {
            "system_name": "core-1",
            "port_id": f"ge-0/0/{number}",
            "port_desc": SAMPLE if east else "West_Floor 8_Surgery",
        },
    }


def test_newcomer_finds_the_primary_site_and_adds_three(sites: list[str]) -> None:
    assert sites == ["Primary Site", "East Wing", "Floor 7", "Primary Site", "West Wing"]


def test_preview_follows_what_is_typed_for_each_example_of_the_guide(rules: dict[str, str]) -> None:
    assert rules["ignore"] == "Floor 7_Nursing"
    assert rules["first"] == "East_Floor 7"
    assert rules["divide"] == "Floor 7"
    assert rules["prefix"] == "Site A Floor 7"


def test_saved_rules_are_the_same_after_a_reload(org: Walk, rules: dict[str, str]) -> None:
    org.open("/settings")
    window = _open_window(org)
    panel = _panel(window, "AP Name Generation")
    expect(panel.get_by_label("Enabled")).to_be_checked()
    expect(panel.get_by_label("Divide into segments")).to_be_checked()
    expect(panel.get_by_role("combobox", name="Segment")).to_have_value("2")
    expect(panel.get_by_role("spinbutton", name="starting characters")).to_have_value("")
    panel = _panel(window, "Profile Assignment")
    expect(panel.get_by_label("Source")).to_have_value("lldp_port_desc")
    expect(panel.get_by_role("textbox", name="Add a prefix")).to_have_value("Site A ")
    panel = _panel(window, "Site Assignment")
    expect(panel.get_by_label("Subnet 2")).to_have_value("10.1.7.0/24")
    expect(panel.get_by_label("Site 2")).to_have_value("East Wing")
    window.get_by_role("link", name="Cancel").click()
    expect(window).to_be_hidden()


def test_each_pasted_code_gets_its_own_result(
    org: Walk, units: list[dict[str, str]], claimed: dict[str, str]
) -> None:
    assert claimed["title"] == f"{FLEET} claimed, 0 already here, 4 refused"
    assert claimed[MALFORMED].startswith("Is not a claim code")
    assert claimed[units[0]["claim_code"]] == "Is in the list more than once"
    assert claimed[UNKNOWN] == "Is not a known claim code"
    assert claimed[org.stage.taken_code] == "Belongs to another org"
    assert claimed["again"] == "0 claimed, 1 already here, 0 refused"


def test_placed_fleet_appears_without_a_reload(arrival: Arrival) -> None:
    assert not arrival.reloaded
    names = sorted(cells[1].strip() for cells in arrival.cells)
    assert names == ["Floor 7"] * (FLEET // 2) + ["Floor 8"] * (FLEET // 2)
    assert {(cells[1].strip(), cells[3].strip()) for cells in arrival.cells} == {
        ("Floor 7", "East Wing"),
        ("Floor 8", "West Wing"),
    }


def test_selection_and_scroll_outlive_the_refresh(arrival: Arrival, units: list[dict[str, str]]) -> None:
    assert arrival.ticked == [units[0]["mac"], units[-1]["mac"]]
    before, after = arrival.scrolled
    assert before == after > 0


def test_device_page_says_which_rule_decided_and_why_the_others_did_not(
    org: Walk, arrival: Arrival, units: list[dict[str, str]]
) -> None:
    org.open("/inventory")
    org.page.locator(f"#d-{units[0]['mac']}").click()
    why = org.page.locator("#why")
    expect(why).to_contain_text('Rule 2, row 2 gives the site "East Wing"')
    expect(why).to_contain_text('gives the name "Floor 7"')
    expect(why).to_contain_text('gives the device profile "Site A Floor 7"')
    expect(why.locator("li.hit")).to_have_count(3)
    expect(why.locator("li").first).to_contain_text("Rule 1")
    expect(why.locator("li").first).to_contain_text("DNS suffix", ignore_case=True)
    expect(org.page.get_by_role("heading", name="Events")).to_be_visible()


def test_re_evaluation_does_what_the_dry_run_foretold(
    org: Walk, arrival: Arrival, units: list[dict[str, str]]
) -> None:
    org.open(f"/devices/00000000-0000-0000-1000-{units[2]['mac']}")
    org.page.get_by_role("link", name="Assign to Site").click()
    dialog = org.page.get_by_role("dialog", name="Assign to Site")
    dialog.get_by_label("Site").select_option("Not assigned")
    dialog.get_by_role("button", name="Assign to Site").click()
    expect(org.page.get_by_role("status").filter(has_text="Device unassigned.")).to_be_visible()
    org.open("/settings/autoprovisioning/dry-run?only=changes")
    rows = org.page.locator("table.plan tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("East Wing")
    org.page.get_by_role("button", name="Re-evaluate all devices").click()
    placed = org.page.locator("#rows tr").filter(has=org.page.locator(f"#p-{units[2]['mac']}"))
    expect(placed).to_contain_text("East Wing")
    org.open("/settings/autoprovisioning/dry-run?only=changes")
    expect(org.page.get_by_text("Nothing would change")).to_be_visible()


def test_audit_log_lists_the_steps_with_what_changed(
    org: Walk, arrival: Arrival, claimed: dict[str, str]
) -> None:
    steps = ('Add Org "Newcomer General"', 'Add Site "East Wing"', "Update Org Settings", "Claim AP45")
    for message in steps:
        org.open(f"/logs?q={message}")
        expect(org.page.locator("td.name").first).to_contain_text(message)
    org.open("/logs?q=Update Org Settings")
    org.page.get_by_role("link", name="View details").first.click()
    details = org.page.get_by_role("dialog", name="Update Org Settings")
    expect(details.get_by_role("region", name="Changes")).to_contain_text("10.1.7.0/24")
    expect(details).to_contain_text("Nina Newcomer")


def _reload_until(page: Page, wanted: Locator) -> None:
    """Mail leaves after the request, and the mailbox does not refresh itself."""
    for _ in range(60):
        if wanted.count():
            return
        page.wait_for_timeout(250)
        page.reload()
    expect(wanted).to_be_visible()
