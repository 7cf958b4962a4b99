"""Names that are scripts stay names: they are shown as text, everywhere, and nothing of them runs."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import Tabs
from tests.e2e.cast_names import IMAGE, SCRIPT
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.mark.parametrize(
    "rest",
    [
        "/inventory",
        "/sites",
        "/settings",
        "/settings/autoprovisioning",
        "/settings/autoprovisioning/dry-run",
        "/deviceprofiles",
        "/logs",
        "/admins",
        "/admins/invite",
        f"/admins?q={SCRIPT}",
        "/inventory/claim",
        f"/inventory?q={SCRIPT}",
        f"/sites?q={SCRIPT}",
        f"/logs?q={SCRIPT}&admin={IMAGE}",
    ],
)
def test_stored_and_typed_scripts_do_not_run(tabs: Tabs, stage: Stage, rest: str) -> None:
    page = tabs.open("ada", stage.path("hostile", rest))
    expect(page.locator("body")).to_contain_text(f"Hostile {IMAGE}")
    assert page.locator("img, main script:not([src^='/static/'])").count() == 0
    assert page.title() != "ran"


def test_names_and_neighbours_of_a_device_are_text(tabs: Tabs, stage: Stage) -> None:
    device = next(row for row in stage.devices("hostile") if row["name"] == SCRIPT)
    page = tabs.open("ada", stage.path("hostile", f"/devices/{device['id']}"))
    expect(page.get_by_role("heading", level=1)).to_have_text(SCRIPT)
    facts = page.get_by_role("region", name="Properties")
    expect(facts).to_contain_text(f"Site {SCRIPT}")
    expect(facts).to_contain_text(f"{SCRIPT}_{IMAGE}")
    assert page.locator("img, main script:not([src^='/static/'])").count() == 0


def test_suggestions_and_windows_show_text(tabs: Tabs, stage: Stage) -> None:
    page = tabs.open("ada", stage.path("hostile", "/inventory"))
    page.get_by_label("Filter", exact=True).press_sequentially("script")
    expect(page.get_by_role("listbox", name="Devices").get_by_role("option").first).to_contain_text("<")
    page.get_by_label("Filter", exact=True).press("Escape")
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Release").click()
    window = page.locator("#window")
    expect(window).to_contain_text(f"AP {IMAGE}")
    expect(window).to_contain_text(f"Site {SCRIPT}")
    assert page.locator("img").count() == 0
    assert page.title() != "ran"
