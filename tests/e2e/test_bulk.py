"""Assign, rename, unassign and release on the Inventory page: for one, for many, for all that match."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browsing import Tabs
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

FEW: Final = "/inventory?limit=8"  # several pages


@pytest.fixture
def page(tabs: Tabs, stage: Stage) -> Page:
    """The first of several pages of the inventory."""
    return tabs.open("ada", stage.path("bulk", FEW))


def test_one_device_is_assigned_to_a_site(page: Page, stage: Stage) -> None:
    mac = _tick(page, 1)[0]
    window = _ask(page, "Assign to Site")
    expect(window.get_by_role("heading", level=1)).to_have_text("Assign 1 device to a site")
    window.get_by_label("Site").select_option("North")
    window.get_by_role("button", name="Assign to Site").click()
    _expect_said(page, "1 device assigned to North.")
    expect(_row(page, mac)).to_contain_text("North")


def test_many_are_renamed_as_the_preview_showed(page: Page, stage: Stage) -> None:
    macs = _tick(page, 3)
    window = _ask(page, "Rename")
    window.get_by_label("New name").press_sequentially("ward-{ctr:3}-{model}")
    names = window.locator("#plan td.wrap .strong")
    expect(names).to_have_text(["ward-001-AP45", "ward-002-AP45", "ward-003-AP45"])
    window.get_by_role("button", name="Rename APs").click()
    _expect_said(page, "3 devices renamed.")
    given = {row["name"] for row in stage.devices("bulk") if row["mac"] in macs}
    assert given == {"ward-001-AP45", "ward-002-AP45", "ward-003-AP45"}


def test_wrong_variable_is_told_while_typing(page: Page) -> None:
    _tick(page, 2)
    window = _ask(page, "Rename")
    window.get_by_label("New name").press_sequentially("{floor}")
    expect(window.locator("#plan .problem")).to_contain_text("{floor} is not a variable")


def test_all_matching_devices_are_assigned_across_the_pages(page: Page, stage: Stage) -> None:
    total = len(stage.devices("bulk"))
    page.get_by_label("Select all on this page").check()
    page.get_by_label(f"Select all {total} matching").check()
    expect(page.locator("[data-count]")).to_have_text(f"{total} selected")
    window = _ask(page, "Assign to Site")
    window.get_by_label("Site").select_option("South")
    window.get_by_role("button", name="Assign to Site").click()
    _expect_said(page, f"{total} devices assigned to South.")
    assert len({row["site_id"] for row in stage.devices("bulk")}) == 1


def test_filter_narrows_what_all_matching_means(page: Page, stage: Stage) -> None:
    chosen = stage.devices("bulk")[0]
    before = {row["mac"]: row["site_id"] for row in stage.devices("bulk")}
    page.get_by_label("Filter").fill(chosen["mac"])
    page.get_by_label("Filter").press("Enter")
    expect(page.locator("#rows tr")).to_have_count(1)
    page.locator(f"#p-{chosen['mac']}").check()
    window = _ask(page, "Unassign")
    window.get_by_role("button", name="Unassign 1 device").click()
    _expect_said(page, "1 device unassigned.")
    sites = {row["mac"]: row["site_id"] for row in stage.devices("bulk")}
    assert sites == before | {chosen["mac"]: None}


def test_released_devices_leave_after_the_question(page: Page, stage: Stage) -> None:
    before = len(stage.devices("bulk"))
    macs = _tick(page, 2)
    window = _ask(page, "Release")
    expect(window.get_by_role("heading", level=1)).to_have_text("Release 2 devices?")
    expect(window.get_by_role("link", name="Cancel")).to_be_focused()
    window.get_by_role("button", name="Release 2 devices").click()
    _expect_said(page, "2 devices released.")
    left = [row["mac"] for row in stage.devices("bulk")]
    assert len(left) == before - 2
    assert not set(macs) & set(left)


def test_selection_of_a_page_follows_ranges_and_clears(page: Page) -> None:
    boxes = page.locator('#rows input[name="ids"]')
    boxes.nth(1).check()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(page.locator("[data-count]")).to_have_text("4 selected")
    page.get_by_label("Select all on this page").check()
    expect(page.locator("[data-count]")).to_have_text("8 selected")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("[data-count]")).to_be_hidden()


def test_download_holds_every_device_of_the_inventory(tabs: Tabs, stage: Stage, tmp_path: Path) -> None:
    page = tabs.open("ada", stage.path("hospital", "/inventory"))
    page.locator("summary").filter(has_text="Download CSV").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Complete inventory").click()
    target = tmp_path / "inventory.csv"
    download.value.save_as(target)
    assert re.fullmatch(
        r"inventory-st-aldhelm-hospital-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename
    )
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["MAC"].replace(":", "").lower(): row for row in csv.DictReader(file)}
    devices = {row["mac"]: row for row in stage.devices("hospital")}
    assert rows.keys() == devices.keys()
    for mac, device in devices.items():
        assert rows[mac]["Serial"] == device["serial"]
        assert rows[mac]["Model"] == device["model"]


def _tick(page: Page, count: int) -> list[str]:
    """Select the first rows; their MACs."""
    boxes = page.locator('#rows input[name="ids"]')
    macs = []
    for nth in range(count):
        boxes.nth(nth).check()
        macs.append((boxes.nth(nth).get_attribute("id") or "").removeprefix("p-"))
    expect(page.locator("[data-count]")).to_have_text(f"{count} selected")
    return macs


def _ask(page: Page, verb: str) -> Locator:
    """Press the button of a verb; the window that asks."""
    page.locator(".selection").get_by_role("button", name=verb).click()
    window = page.locator("#window")
    expect(window).to_be_visible()
    return window


def _row(page: Page, mac: str) -> Locator:
    return page.locator("#rows tr").filter(has=page.locator(f"#p-{mac}"))


def _expect_said(page: Page, text: str) -> None:
    expect(page.locator("#toasts")).to_contain_text(text)


def test_many_change_as_a_job_with_its_own_page_and_are_put_back(page: Page, stage: Stage) -> None:
    """Plan, apply, progress and undo, with the keyboard alone."""
    before = {row["mac"]: row["name"] for row in stage.devices("crowd")}
    page.goto(stage.path("crowd", "/inventory?limit=50"))
    page.get_by_label("Select all on this page").focus()
    page.keyboard.press("Space")
    page.get_by_label(f"Select all {len(before)} matching").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Rename").focus()
    page.keyboard.press("Enter")
    window = page.get_by_role("dialog")
    expect(window.get_by_label("New name")).to_be_focused()
    page.keyboard.type("hall-{ctr:4}")
    expect(window.locator("#plan")).to_contain_text(f"{len(before)} to change")
    window.get_by_role("button", name="Rename APs").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/jobs/[0-9a-f-]{36}$"))
    expect(page.locator(".progress")).to_contain_text(f"{len(before)} of {len(before)}", timeout=20_000)
    expect(page.get_by_text("Done", exact=True).first).to_be_visible()
    assert {row["name"] for row in stage.devices("crowd")} == {
        f"hall-{number:04}" for number in range(1, len(before) + 1)
    }
    page.get_by_role("button", name=f"Undo for {len(before)} devices").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Undo: Rename")
    expect(page.locator(".progress")).to_contain_text(f"{len(before)} of {len(before)}", timeout=20_000)
    assert {row["mac"]: row["name"] for row in stage.devices("crowd")} == before
