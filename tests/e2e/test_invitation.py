"""An invitation from the form to the new administrator's first page, through the local mailbox."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import Page, expect

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


def test_somebody_is_invited_and_joins(tabs: Tabs, stage: Stage) -> None:
    ada = tabs.open("ada", stage.path("bulk", "/admins/invite"))
    _invite(ada)
    quinn = tabs.open("")
    quinn.goto(_mailed_link(quinn))
    expect(quinn.get_by_text("Site South")).to_be_visible()
    quinn.get_by_label("Password").fill("a long enough password")
    quinn.get_by_role("button", name="Create account and accept").click()
    expect(quinn.get_by_text("You are an administrator of Bulk now.")).to_be_visible()
    expect(quinn.get_by_role("link", name="Administrators")).to_have_count(0)
    ada.goto(stage.path("bulk", "/admins?q=quinn"))
    ada.get_by_role("link", name="Quinn New").click()
    ada.get_by_role("link", name="Revoke Access").click()
    ada.get_by_role("button", name="Revoke Access").click()
    expect(ada.get_by_text("Access of Quinn New revoked.")).to_be_visible()
    quinn.reload()
    expect(quinn.get_by_text("There is nothing here")).to_be_visible()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", LINKS)
def test_link_says_what_it_offers_or_why_not(
    tabs: Tabs, stage: Stage, name: str, size: tuple[int, int]
) -> None:
    who, link, shown = LINKS[name]
    page = tabs.open(who, stage.links[link], size=size)
    expect(page.get_by_text(shown).first).to_be_visible()
    looks_right(page, name)
