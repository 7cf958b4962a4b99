"""An invitation from the form to the new administrator's first page, through the local mailbox."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.accounts.codes import code_of
from tests.e2e.browsing import PHONE, WIDE, Tabs
from tests.e2e.looks import looks_right
from tests.e2e.stage import Stage, until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

EMAIL: Final = "quinn@example.com"
# Who opens which link of the cast, and what the page says.
LINKS: Final = {
    "invitation-new": ("", "new", "Create account and accept"),
    "invitation-log-in": ("", "known", "Log in as"),
    "invitation-accept": ("nora", "known", "Accept invitation"),
    "invitation-other": ("gus", "known", "for another e-mail address"),
    "invitation-expired": ("", "expired", "has expired"),
}


def _invite(page: Page) -> None:
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("First Name").fill("Quinn")
    page.get_by_label("Last Name").fill("New")
    page.get_by_role("radio", name="Network Admin").check()
    page.get_by_role("radio", name="Specific Sites").check()
    page.get_by_label("Filter Specific Sites").fill("sou")
    expect(page.get_by_label("North", exact=True)).to_be_hidden()
    page.get_by_label("South", exact=True).check()
    expect(page.get_by_text("1 of 3 chosen")).to_be_visible()
    page.get_by_role("button", name="Invite").first.click()
    expect(page.get_by_text(f"{EMAIL} is invited.")).to_be_visible()
    expect(page.get_by_role("row", name=EMAIL)).to_contain_text("Network Admin · Site South")


def _mailed_link(page: Page) -> str:
    """The link of the message in the local mailbox, once it is there."""

    def there() -> bool:
        page.goto("/mailbox")
        return page.get_by_role("link", name=EMAIL).count() > 0

    until(there, "no message has come")
    page.get_by_role("link", name=EMAIL).first.click()
    found = re.search(r"/verify/invite\?token=\S+", page.locator("main").inner_text())
    assert found
    return found[0]


def _set_up_two_factor(page: Page) -> None:
    """Scan the code in place of anybody's phone: the page shows the same key as text."""
    expect(page.get_by_text("Your organization requires it.")).to_be_visible()
    expect(page.get_by_role("img", name="Key for the authenticator app")).to_be_visible()
    seed = page.locator(".copyable code").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(code_of(seed))
    page.get_by_role("button", name="Enable").click()
    expect(page.locator(".codes li")).to_have_count(10)


def _opens(page: Page, path: str, status: int) -> None:
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == status, path


def test_from_the_invitation_to_the_revocation(tabs: Tabs, stage: Stage) -> None:
    """Invited to one site of an organization that demands a second factor, at work there, and out again."""
    org = stage.path("guarded")
    devices = {one["name"]: one for one in stage.api(f"{org}/inventory", "sue")}
    sue = tabs.open("sue", f"{org}/admins/invite")
    _invite(sue)
    quinn = tabs.open("")
    quinn.goto(_mailed_link(quinn))
    expect(quinn.get_by_text("Site South")).to_be_visible()
    quinn.get_by_label("Password").fill("a long enough password")
    quinn.get_by_role("button", name="Create account and accept").click()

    _opens(quinn, f"{org}/inventory", 200)
    expect(quinn).to_have_url(f"{stage.base}/account/two_factor")
    _set_up_two_factor(quinn)

    _opens(quinn, org, 200)
    expect(quinn.get_by_text("AP South", exact=True)).to_be_visible()
    expect(quinn.get_by_text("AP North", exact=True)).to_have_count(0)
    menu = quinn.get_by_role("navigation", name="Main")
    expect(menu.get_by_role("link", name="Inventory")).to_be_visible()
    for name in ("Administrators", "Access Explorer", "Settings"):
        expect(menu.get_by_role("link", name=name)).to_have_count(0)
    menu.get_by_role("link", name="Site Configuration").click()
    expect(quinn.get_by_role("link", name="South", exact=True)).to_be_visible()
    expect(quinn.get_by_role("link", name="North", exact=True)).to_have_count(0)
    for name, status in {"South": 200, "North": 404}.items():
        device = devices[f"AP {name}"]
        _opens(quinn, f"{org}/sites/{device['site_id']}", status)
        _opens(quinn, f"{org}/devices/{device['id']}", status)
    _opens(quinn, f"{org}/admins", 403)
    _opens(quinn, f"{org}/settings", 403)
    _opens(quinn, f"{org}/sites", 200)

    sue.goto(f"{org}/admins?q=quinn")
    sue.get_by_role("link", name="Quinn New").click()
    sue.get_by_role("link", name="Revoke Access").click()
    sue.get_by_role("button", name="Revoke Access").click()
    expect(sue.get_by_text("Access of Quinn New revoked.")).to_be_visible()
    quinn.get_by_role("link", name="Inventory").click()
    expect(quinn.get_by_text("There is nothing here")).to_be_visible()
    quinn.goto("/")
    expect(quinn.get_by_text("belongs to no organization yet")).to_be_visible()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", LINKS)
def test_link_says_what_it_offers_or_why_not(
    tabs: Tabs, stage: Stage, name: str, size: tuple[int, int]
) -> None:
    who, link, shown = LINKS[name]
    page = tabs.open(who, stage.links[link], size=size)
    expect(page.get_by_text(shown).first).to_be_visible()
    looks_right(page, name)
