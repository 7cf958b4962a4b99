"""Signing in with a browser: a second factor from its key to its use, and what counts as activity."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.accounts.codes import code_of
from tests.e2e.browsing import PHONE, Tabs
from tests.e2e.looks import looks_right
from tests.e2e.stage import Stage
from tests.world import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def _log_in(page: Page, code: str) -> None:
    page.get_by_label("Email Address").fill("vera@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Continue").click()


def test_second_factor_from_setting_up_to_logging_in(tabs: Tabs) -> None:
    page = tabs.open("vera", "/account", size=PHONE)
    page.get_by_role("link", name="Enable Two Factor Authentication").click()
    expect(page.get_by_role("img", name="Key for the authenticator app")).to_be_visible()
    seed = page.locator(".copyable code").inner_text().replace(" ", "")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Enable").click()
    expect(page.get_by_label("Code")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Code").fill(code_of(seed))
    page.get_by_role("button", name="Enable").click()
    expect(page.get_by_role("heading", name="Two-factor authentication is on")).to_be_visible()
    looks_right(page, "recovery-codes")
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 recovery codes left")).to_be_visible()

    other = tabs.open("", "/orgs/create")
    _log_in(other, codes[0])
    expect(other.get_by_role("heading", name="Create Organization")).to_be_visible()
    expect(other).to_have_url(f"{other.url.partition('/orgs')[0]}/orgs/create")
    again = tabs.open("", "/login")
    _log_in(again, codes[0])
    expect(again.get_by_label("Code")).to_have_attribute("aria-invalid", "true")
    again.get_by_label("Code").fill(code_of(seed, steps=1))
    again.get_by_role("button", name="Continue").click()
    again.goto("/account")
    expect(again.get_by_text("9 recovery codes left")).to_be_visible()
    again.get_by_role("button", name="Sign out all others").click()
    expect(again.get_by_text("This one")).to_be_visible()
    other.goto("/account")
    expect(other.get_by_role("heading", name="Log in")).to_be_visible()


def test_only_what_the_page_asks_by_itself_is_marked(tabs: Tabs, stage: Stage) -> None:
    page = tabs.open("ada", stage.path("hospital", "/inventory?limit=5"))
    with page.expect_request("**/inventory/rows*") as asked:
        pass
    assert asked.value.headers.get("x-background") == "1"
    with page.expect_request("**/inventory/claim*") as wanted:
        page.get_by_role("link", name="Claim devices").first.click()
    assert "x-background" not in wanted.value.headers
