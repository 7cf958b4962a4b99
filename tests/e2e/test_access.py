"""Tokens of an organization from making to revoking, and the portal seen by somebody else and by support."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import PHONE, WIDE, Tabs
from tests.e2e.looks import looks_right
from tests.e2e.stage import Stage
from tests.world import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture(params=[WIDE, PHONE], ids=["desk", "phone"])
def page(tabs: Tabs, request: pytest.FixtureRequest) -> Page:
    """A session of Ada's own: what it previews is seen by no other test."""
    return logged_in(tabs, "ada", request.param)


def logged_in(tabs: Tabs, who: str, size: tuple[int, int]) -> Page:
    """A tab in which somebody of the cast has just logged in."""
    page = tabs.open("", "/login", size=size)
    page.get_by_label("Email Address").fill(f"{who}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def test_a_token_is_made_shown_once_and_revoked(page: Page) -> None:
    page.goto("/orgs/create")
    page.get_by_label("Organization Name").fill("Robots")
    page.get_by_role("button", name="Create Organization").click()
    page.wait_for_url("**/inventory*")
    page.goto(page.url.replace("/inventory", "/settings"))
    page.get_by_role("link", name="API tokens").click()
    expect(page.get_by_text("No program has a token")).to_be_visible()
    looks_right(page, "tokens-none")
    page.get_by_role("link", name="Create Token").first.click()
    window = page.locator("#window")
    window.get_by_label("Name").fill("Robot")
    expect(window.get_by_role("group", name="Which sites")).to_have_count(0)
    window.get_by_text("Specific Sites").click()
    window.get_by_role("button", name="Create").click()
    expect(window.get_by_label("Access level")).to_be_focused()
    window.get_by_label("Access level").select_option("observer")
    window.get_by_role("button", name="Create").click()
    expect(window.get_by_text("Select one site at least")).to_be_visible()
    looks_right(page, "token-create")
    window.get_by_label("Primary Site").check()
    window.get_by_role("button", name="Create").click()
    expect(window.get_by_text("It is not shown again.")).to_be_visible()
    looks_right(page, "token-created")
    window.get_by_role("link", name="Done").click()
    expect(page.get_by_role("cell", name=re.compile(r"^\w{4}\.\.\.\w{4}$"))).to_be_visible()
    looks_right(page, "tokens")
    page.get_by_role("link", name="Revoke Robot").click()
    expect(window.get_by_role("heading", name="Revoke Robot?")).to_be_visible()
    looks_right(page, "token-revoke")
    window.get_by_role("button", name="Revoke token").click()
    expect(page.get_by_text("API token Robot revoked.")).to_be_visible()
    expect(page.get_by_text("No program has a token")).to_be_visible()


def test_what_somebody_may_do_is_explained_and_seen_through_their_eyes(page: Page, stage: Stage) -> None:
    page.goto(stage.path("hospital", "/access"))
    looks_right(page, "explorer-nobody")
    rita = page.get_by_label("Person or token").locator("option", has_text="Rita").inner_text()
    page.get_by_label("Person or token").select_option(rita)
    page.get_by_label("At", exact=True).select_option(index=1)
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("row", name="Audit logs")).to_contain_text("No role of theirs allows it.")
    looks_right(page, "explorer")
    page.get_by_role("button", name="View the portal as Rita").click()
    expect(page.get_by_role("status").filter(has_text="You see the portal as Rita")).to_be_visible()
    expect(page.get_by_role("link", name="Claim devices")).to_have_count(0)
    looks_right(page, "preview")
    page.goto(stage.path("hospital", "/settings"))
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Organization Settings")
    looks_right(page, "preview-denied")
    page.get_by_role("button", name="End preview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Access Explorer")
    expect(page.get_by_text("You see the portal as")).to_have_count(0)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desk", "phone"])
def test_support_looks_and_the_customer_sees_what_at(tabs: Tabs, stage: Stage, size: tuple[int, int]) -> None:
    stan = logged_in(tabs, "stan", size)
    stan.get_by_label("Account, Stan").click()
    stan.get_by_role("link", name="Support Access").click()
    stan.get_by_label("Name or organization ID").fill("aldhelm")
    stan.get_by_label("Name or organization ID").press("Enter")
    stan.get_by_role("button", name="Look into St Aldhelm Hospital").click()
    banner = stan.get_by_role("status").filter(has_text="You look into St Aldhelm Hospital for support")
    expect(banner).to_be_visible()
    expect(stan.get_by_role("link", name="Claim devices")).to_have_count(0)
    looks_right(stan, "support-look")
    stan.goto(stage.path("hospital", "/admins"))
    expect(banner).to_be_visible()
    looks_right(stan, "support-look-denied")
    ada = tabs.open("ada", stage.path("hospital", "/settings#support-access"), size=size)
    section = ada.get_by_role("region", name="Support Access")
    expect(section).to_contain_text("Support last looked")
    looks_right(ada, "settings-support")
    section.get_by_role("link", name="What it opened that day").click()
    expect(ada.get_by_role("link", name='Support Access: Refused "admins"', exact=True).first).to_be_visible()
    looks_right(ada, "logs-support")
    stan.get_by_role("button", name="End support look").click()
    expect(stan.get_by_role("heading", level=1)).to_have_text("Support Access")
    expect(banner).to_have_count(0)


def test_support_that_is_switched_off_is_gone_at_once(tabs: Tabs, stage: Stage) -> None:
    stan = logged_in(tabs, "stan", WIDE)
    stan.goto("/support?q=Empty")
    stan.get_by_role("button", name="Look into Empty").click()
    expect(stan.get_by_role("button", name="End support look")).to_be_visible()
    ada = tabs.open("ada", stage.path("empty", "/settings"))
    allowed = ada.get_by_label("Let the support team look into this organization")
    allowed.uncheck()
    ada.get_by_role("button", name="Save").click()
    expect(ada.get_by_text("Organization settings saved.")).to_be_visible()
    stan.reload()
    expect(stan.get_by_role("button", name="End support look")).to_have_count(0)
    expect(stan.get_by_text("Not found")).to_be_visible()
    stan.goto("/support?q=Empty")
    expect(stan.get_by_text("No organization that allows Support Access")).to_be_visible()
    allowed.check()
    ada.get_by_role("button", name="Save").click()
    expect(allowed).to_be_checked()
