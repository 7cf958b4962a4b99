"""Everything by keyboard: the mouse is never touched here."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import PHONE, Tabs
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def page(tabs: Tabs, stage: Stage) -> Page:
    """The inventory of the hospital."""
    return tabs.open("ada", stage.path("hospital", "/inventory"))


def test_first_tab_stop_skips_to_the_content(page: Page) -> None:
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_menu_of_the_console_is_reached_and_followed(page: Page) -> None:
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name="Site Configuration")
    _tab_to(page, link)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Site Configuration")


def test_account_menu_opens_and_escape_gives_the_focus_back(page: Page) -> None:
    summary = page.locator("summary.avatar")
    _tab_to(page, summary)
    page.keyboard.press("Enter")
    account = page.get_by_role("link", name="My Account")
    expect(account).to_be_visible()
    page.keyboard.press("Tab")
    expect(account).to_be_focused()
    page.keyboard.press("Escape")
    expect(account).to_be_hidden()
    expect(summary).to_be_focused()


def test_rows_are_walked_and_selected_with_letters(page: Page) -> None:
    page.keyboard.press("j")
    expect(page.locator("#rows td.name a").first).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-count]")).to_have_text("2 selected")
    expect(page.locator("#rows tr").nth(1).get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("a")
    expect(page.locator(".selection :focus")).to_have_count(1)


def test_window_keeps_the_focus_and_escape_returns_it(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("x")
    rename = page.locator(".selection").get_by_role("button", name="Rename")
    _tab_to(page, rename)
    page.keyboard.press("Enter")
    expect(page.get_by_label("New name")).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        # Past the last field the focus may rest on the browser's own bar, never on the page behind.
        assert page.evaluate("document.activeElement.matches('body, #window *')")
    page.keyboard.press("Escape")
    expect(page.locator("#window")).to_be_hidden()
    expect(rename).to_be_focused()
    expect(page.locator("[data-count]")).to_have_text("1 selected")


def test_slash_goes_to_the_filter_and_arrows_choose_a_suggestion(page: Page, stage: Stage) -> None:
    chosen = stage.devices("hospital")[0]
    page.keyboard.press("/")
    filter_box = page.get_by_label("Filter", exact=True)
    expect(filter_box).to_be_focused()
    page.keyboard.type(chosen["mac"])
    option = page.get_by_role("listbox", name="Devices").get_by_role("option")
    expect(option).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{stage.base}{stage.path('hospital', '/devices/')}{chosen['id']}")


def test_question_mark_lists_the_keys(page: Page) -> None:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_unsaved_window_asks_before_escape_loses_it(page: Page, stage: Stage) -> None:
    asked: list[str] = []

    def refuse(dialog: object) -> None:
        asked.append(dialog.message)  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", refuse)
    claim = page.get_by_role("link", name="Claim devices")
    _tab_to(page, claim)
    page.keyboard.press("Enter")
    codes = page.get_by_label("Claim codes")
    expect(codes).to_be_focused()
    page.keyboard.type("AAAAA")
    page.keyboard.press("Escape")
    expect(page.locator("#window")).to_be_visible()
    assert asked == ["Leave without saving your changes?"]
    expect(codes).to_have_value("AAAAA")


def test_tabs_of_the_rules_follow_the_arrow_keys(tabs: Tabs, stage: Stage) -> None:
    page = tabs.open("ada", stage.path("hospital", "/settings/autoprovisioning"))
    first = page.get_by_role("tab", name="Site Assignment")
    _tab_to(page, first)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="AP Name Generation")).to_be_focused()
    expect(page.get_by_role("tabpanel", name="AP Name Generation")).to_be_visible()
    expect(page.get_by_role("tabpanel", name="Site Assignment")).to_be_hidden()


def test_menu_of_a_phone_opens_and_closes(tabs: Tabs, stage: Stage) -> None:
    page = tabs.open("ada", stage.path("hospital", "/inventory"), size=PHONE)
    button = page.get_by_role("button", name="Menu")
    menu = page.get_by_role("navigation", name="Main")
    expect(menu).to_be_hidden()
    _tab_to(page, button)
    page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()


def _tab_to(page: Page, wanted: object) -> None:
    """Press Tab until the element has the focus."""
    element = wanted.element_handle()  # type: ignore[attr-defined]
    for _ in range(260):
        page.keyboard.press("Tab")
        if page.evaluate("element => document.activeElement === element", element):
            return
    pytest.fail(f"Tab does not reach {wanted}")
