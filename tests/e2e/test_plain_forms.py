"""The main path works with JavaScript disabled: links, forms, and pages that come back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Tabs
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def page(tabs: Tabs, stage: Stage) -> Page:
    """A tab without scripts, in an organization of its own."""
    page = tabs.open("ada", "/orgs/create", script=False)
    page.get_by_label("Organization Name").fill("Plain")
    page.get_by_role("button", name="Create Organization").click()
    return page


def test_log_in_leads_to_the_page_that_was_asked_for(tabs: Tabs, stage: Stage) -> None:
    page = tabs.open("", stage.path("hospital", "/inventory"), script=False)
    page.get_by_label("Email Address").fill("ada@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Email Address")).to_have_value("ada@example.com")
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inventory")
    expect(page.locator("#rows tr")).to_have_count(100)
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#rows tr")).to_have_count(100)


def test_somebody_is_invited_and_taken_off_the_list_again(page: Page) -> None:
    page.get_by_role("link", name="Administrators").click()
    page.get_by_role("link", name="Invite Administrator").click()
    page.get_by_label("E-mail").fill("plain@example.com")
    page.get_by_label("First Name").fill("Plain")
    page.get_by_label("Last Name").fill("Person")
    page.get_by_role("radio", name="Helpdesk").check()
    page.get_by_role("radio", name="Specific Sites").check()
    page.get_by_role("button", name="Invite").first.click()
    expect(page.get_by_text("Choose at least one site", exact=True)).to_be_visible()
    page.get_by_label("Primary Site").check()
    page.get_by_role("button", name="Invite").first.click()
    expect(page.get_by_role("row", name="plain@example.com")).to_contain_text("Helpdesk · Site Primary Site")
    page.get_by_role("button", name="Resend to plain@example.com").click()
    page.get_by_role("link", name="Cancel the invitation of plain@example.com").click()
    page.get_by_role("button", name="Cancel Invitation").click()
    expect(page.get_by_text("Invitation of plain@example.com cancelled.")).to_be_visible()
    expect(page.get_by_role("row", name="plain@example.com")).to_have_count(0)


def test_inventory_is_filtered_and_sorted_by_plain_requests(tabs: Tabs, stage: Stage) -> None:
    page = tabs.open("ada", stage.path("hospital", "/inventory"), script=False)
    page.get_by_label("Site", exact=True).select_option("East Wing")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("site=[0-9a-f-]{36}"))
    assert set(page.locator("#rows td:nth-child(4)").all_inner_texts()) == {"East Wing"}
    page.get_by_role("columnheader", name="Model").get_by_role("link").click()
    expect(page).to_have_url(re.compile("sort=model"))
    models = page.locator("#rows td:nth-child(6)").all_inner_texts()
    assert models == sorted(models)
    assert len(set(models)) > 1


def test_settings_window_adds_tries_saves_and_removes_a_rule(page: Page) -> None:
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Configure Auto-Provisioning").click()
    names = page.get_by_role("tabpanel").filter(has_text="AP Name Generation")
    names.get_by_label("Enabled").check()
    names.locator('[name="name-0-divide"]').check()
    names.locator('[name="name-0-separator"]').select_option("_")
    names.locator('[name="name-0-segment"]').select_option("2")
    names.get_by_role("button", name="Add rule").click()
    expect(names.locator("fieldset.rule")).to_have_count(2)
    names.locator('[name="name-0-sample"]').fill("East_Floor 7_Nursing")
    names.get_by_role("button", name="Try").first.click()
    expect(names.locator(".result").first).to_have_text("Floor 7")
    names.get_by_role("button", name="Remove rule 2").click()
    expect(names.locator("fieldset.rule")).to_have_count(1)
    expect(names.locator('[name="name-0-segment"]')).to_have_value("2")
    page.get_by_role("button", name="OK").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Organization Settings")
    expect(page.get_by_text("Auto-provisioning saved.")).to_be_visible()


def test_units_are_claimed_assigned_renamed_and_released(page: Page, stage: Stage) -> None:
    page.get_by_role("link", name="Claim devices").first.click()
    page.get_by_label("Claim codes").fill(" ".join([*stage.free_codes, "NOT-A-CODE"]))
    page.get_by_role("button", name="Claim", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("4 claimed, 0 already here, 1 refused")
    page.get_by_role("link", name="Show the inventory").click()
    _tick(page, 2)
    page.get_by_role("button", name="Assign to Site").click()
    page.get_by_role("combobox", name="Site").select_option("Primary Site")
    page.get_by_role("button", name="Assign to Site").click()
    expect(page.get_by_text("2 devices assigned to Primary Site.")).to_be_visible()
    expect(page.locator("#rows").get_by_text("Primary Site")).to_have_count(2)
    _tick(page, 4)
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("New name").fill("plain-{ctr}")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#plan")).to_contain_text("plain-4")
    page.get_by_role("button", name="Rename APs").click()
    expect(page.locator("td.name")).to_have_text([f"plain-{number}" for number in range(1, 5)])
    _tick(page, 4)
    page.get_by_role("button", name="Release").click()
    page.get_by_role("button", name="Release 4 devices").click()
    expect(page.get_by_text("No device of this type is claimed yet.")).to_be_visible()


def test_button_without_a_selection_says_what_is_missing(tabs: Tabs, stage: Stage) -> None:
    page = tabs.open("ada", stage.path("bulk", "/inventory"), script=False)
    page.get_by_role("button", name="Assign to Site").click()
    expect(page.get_by_text("Select devices first.")).to_be_visible()


def _tick(page: Page, count: int) -> None:
    for nth in range(count):
        page.locator('#rows input[name="ids"]').nth(nth).check()
