"""Single sign-on from the first setting to the last click, with an identity provider beside the console."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Tabs
from tests.e2e.stage import Stage
from tests.sso.idp import IdP, serving

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def set_up(page: Page, idp: IdP, address: str) -> str:
    """Enter the provider and a role; the log-in link."""
    page.get_by_role("link", name="Add Identity Provider").click()
    page.locator("#f-name").fill("Company log-in")
    page.get_by_label("Metadata XML").fill(idp.metadata(address))
    page.get_by_role("button", name="Fill in the fields").click()
    expect(page.get_by_label("Sign-on URL")).to_have_value(address)
    page.get_by_role("button", name="Add Identity Provider").click()
    link: str = page.locator("code", has_text="/login/sso/").inner_text()
    page.get_by_role("link", name="Single Sign-On").click()
    page.get_by_role("link", name="Add Role").click()
    page.get_by_label("Role at the provider").fill("Operators")
    page.get_by_label("Role 1", exact=True).select_option("Network Admin")
    page.locator("#window").get_by_role("button", name="Add Role").click()
    expect(page.locator("#sso")).to_contain_text("Network Admin")
    return link


def test_set_up_and_come_in_by_the_link_and_by_the_address(tabs: Tabs, stage: Stage) -> None:
    idp = IdP("https://company.example/saml")
    with serving(idp, "nina@example.org", attributes={"FirstName": "Nina"}) as address:
        tabs.also = (address,)
        ada = tabs.open("ada", stage.path("empty", "/settings"))
        link = set_up(ada, idp, address)

        first = tabs.open("", link)
        first.get_by_role("button", name="Continue as Nina").click()
        expect(first).to_have_url(f"{stage.base}{stage.path('empty')}/inventory")

        second = tabs.open("", "/login")
        second.get_by_role("link", name="Single sign-on").click()
        second.get_by_label("Email Address").fill("nina@example.org")
        second.get_by_role("button", name="Go on to your identity provider").click()
        second.get_by_role("button", name="Continue as Nina").click()
        expect(second.get_by_role("navigation", name="Main")).to_be_visible()

        ada.reload()
        expect(ada.locator("#sso")).to_contain_text("Ready")
