"""Who may not do something does not see it, and is told so when typing the address."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Tabs
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_observer_sees_the_fleet_but_no_way_to_change_it(tabs: Tabs, stage: Stage) -> None:
    page = tabs.open("rita", stage.path("hospital", "/inventory"))
    expect(page.locator("#rows tr")).to_have_count(100)
    expect(page.get_by_role("link", name="Claim devices")).to_have_count(0)
    for verb in ("Assign to Site", "Rename", "Unassign", "Release"):
        expect(page.get_by_role("button", name=verb)).to_have_count(0)


def test_observer_gets_the_denied_page_when_typing_the_address(tabs: Tabs, stage: Stage) -> None:
    page = tabs.open("rita")
    assert status_of(page, stage.path("hospital", "/inventory/claim")) == 403
    expect(page.get_by_role("heading", level=1)).to_have_text("Your role does not allow this")
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def test_observer_finds_no_settings_in_the_menu_and_none_at_their_address(tabs: Tabs, stage: Stage) -> None:
    page = tabs.open("rita", stage.path("hospital", "/inventory"))
    menu = page.get_by_role("navigation", name="Main")
    expect(menu.get_by_role("link", name="Site Configuration")).to_be_visible()
    expect(menu.get_by_role("link", name="Settings")).to_have_count(0)
    for rest in ("/settings", "/settings/autoprovisioning", "/settings/autoprovisioning/dry-run"):
        assert status_of(page, stage.path("hospital", rest)) == 403, rest


@pytest.mark.parametrize("who", ["gus", "nora"])
def test_stranger_finds_nothing_at_the_addresses_of_an_organization(
    tabs: Tabs, stage: Stage, who: str
) -> None:
    page = tabs.open(who)
    for rest in ("", "/inventory", "/settings", "/logs", "/inventory.csv"):
        assert status_of(page, stage.path("hospital", rest)) == 404, rest
        expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
        expect(page.locator("body")).not_to_contain_text("St Aldhelm")


def test_nobody_is_sent_to_the_login_page_and_back(tabs: Tabs, stage: Stage) -> None:
    page = tabs.open("", stage.path("hospital", "/settings"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    assert page.url.endswith(f"/login?next={stage.path('hospital', '/settings').replace('/', '%2F')}")


def status_of(page: Page, path: str) -> int:
    """Open an address; its status."""
    answer = page.goto(path)
    assert answer
    return answer.status
