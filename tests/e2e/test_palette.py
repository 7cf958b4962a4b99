"""The palette by keyboard: opened from anywhere, searched, followed, remembered; and all without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browsing import Tabs
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def page(tabs: Tabs, stage: Stage) -> Page:
    """The settings of the hospital: a page without a filter of its own."""
    return tabs.open("ada", stage.path("hospital", "/settings"))


def box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search")


def chosen(page: Page) -> Locator:
    return page.locator("#palette [aria-selected=true]")


def type_in(page: Page, text: str) -> None:
    with page.expect_response("**/search/found?*"):
        page.keyboard.type(text)


def test_opens_with_its_keys_and_escape_gives_the_focus_back(page: Page) -> None:
    field = page.get_by_role("textbox", name="Organization Name", exact=True)
    field.focus()
    for keys in ("Control+k", "Meta+k"):
        page.keyboard.press(keys)
        expect(box(page)).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#palette")).to_be_hidden()
        expect(field).to_be_focused()
    page.locator("main").focus()
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()


def test_device_is_found_by_its_mac_and_opened_with_enter(page: Page, stage: Stage) -> None:
    device = stage.devices("hospital")[0]
    mac = ":".join(device["mac"][at : at + 2] for at in range(0, 12, 2))
    page.keyboard.press("Control+k")
    expect(box(page)).to_be_focused()
    type_in(page, mac[6:])
    expect(chosen(page)).to_contain_text(mac)
    expect(box(page)).to_have_attribute("aria-activedescendant", "p-devices-1")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{stage.base}{stage.path('hospital', '/devices/')}{device['id']}")


def test_arrows_choose_and_picks_are_remembered(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(box(page)).to_be_focused()
    type_in(page, "configuration")
    expect(chosen(page)).to_contain_text("Site Configuration")
    page.keyboard.press("ArrowDown")
    expect(chosen(page)).to_contain_text("All results")
    page.keyboard.press("ArrowDown")
    expect(chosen(page)).to_contain_text("Site Configuration")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Site Configuration")
    page.keyboard.press("Control+k")
    recent = page.get_by_role("group", name="Recent").get_by_role("option")
    expect(recent).to_have_count(1)
    expect(recent).to_contain_text("Site Configuration")
    expect(recent).to_have_attribute("aria-selected", "true")


def test_operators_are_completed(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(box(page)).to_be_focused()
    type_in(page, "status:dis")
    expect(chosen(page)).to_contain_text("status:disconnected")
    with page.expect_response("**/search/found?*"):
        page.keyboard.press("Enter")
    expect(box(page)).to_have_value("status:disconnected ")
    expect(box(page)).to_be_focused()


def test_unknown_operator_is_said(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(box(page)).to_be_focused()
    type_in(page, "floor:3")
    expect(page.locator("#palette").get_by_role("status")).to_contain_text("floor: is not an operator")


def test_enter_before_anything_is_found_searches_for_the_text(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(box(page)).to_be_focused()
    page.keyboard.type("nothing-like-this")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Search")
    expect(page.get_by_text("Nothing matches this search.")).to_be_visible()


def test_action_opens_its_window(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(box(page)).to_be_focused()
    type_in(page, "claim")
    expect(chosen(page)).to_contain_text("Claim devices")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Claim codes")).to_be_focused()
    expect(page.locator("#palette")).to_be_hidden()


def test_search_works_without_script(tabs: Tabs, stage: Stage) -> None:
    page = tabs.open("ada", stage.path("hospital", "/inventory"), script=False)
    page.get_by_role("link", name="Search").click()
    page.get_by_role("searchbox", name="Search").fill("type:ap")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="More Devices").click()
    expect(page.get_by_role("region", name="Devices").get_by_role("listitem")).to_have_count(50)
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("link", name="Previous")).to_be_visible()


def test_palette_weighs_little_and_only_when_it_is_opened(page: Page) -> None:
    loaded = (
        "performance.getEntriesByType('resource').map((one) => one.name).filter((one) => /palette/.test(one))"
    )
    assert page.evaluate(loaded) == []
    page.keyboard.press("Control+k")
    expect(box(page)).to_be_focused()
    assert len(page.evaluate(loaded)) == 3
