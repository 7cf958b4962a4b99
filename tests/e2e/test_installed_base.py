"""Juniper accounts in a real browser: linked, read, kept while the service is away, unlinked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from deviceapi.simulator.juniper.catalog import ACCOUNTS, Account, sold_to
from deviceapi.simulator.juniper.server import AccountService
from tests.e2e.browsing import Tabs
from tests.e2e.looks import looks_right
from tests.e2e.stage import Stage
from tests.e2e.test_adopt import enter
from tests.juniper.conftest import serving

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

HOSPITAL, CLINICS = ACCOUNTS


@contextmanager
def account_service(stage: Stage) -> Iterator[None]:
    """The service that the instance looks for, until the end of the block."""
    with serving(AccountService("127.0.0.1", stage.juniper)):
        yield


def link(page: Page, account: Account, password: str = "") -> None:
    page.get_by_role("link", name="Add Juniper Account").click()
    window = page.get_by_role("dialog", name="Add Juniper Account")
    window.get_by_label("E-mail").fill(account.username)
    window.get_by_label("Password").fill(password or account.password)
    window.get_by_role("button", name="Add").click()


def test_accounts_are_linked_read_kept_while_the_service_is_away_and_unlinked(
    tabs: Tabs, stage: Stage
) -> None:
    page, org_id = enter(tabs, "Buyers")
    page.goto(f"/orgs/{org_id}/settings")
    window = page.get_by_role("dialog", name="Add Juniper Account")

    link(page, HOSPITAL)
    expect(window).to_contain_text("does not answer")
    expect(window.get_by_label("E-mail")).to_have_value(HOSPITAL.username)
    window.get_by_role("link", name="Cancel").click()
    with account_service(stage):
        link(page, HOSPITAL, "not the password")
        expect(window).to_contain_text("password")
        expect(window.get_by_label("Password")).to_have_value("")
        looks_right(page, "juniper-wrong-password")
        window.get_by_label("Password").fill(HOSPITAL.password)
        window.get_by_role("button", name="Add").click()
        linked = page.locator("#juniper td.name")
        expect(linked).to_have_text([HOSPITAL.name])
        link(page, CLINICS)
        expect(linked).to_have_text([HOSPITAL.name, CLINICS.name])
        page.get_by_role("link", name="Installed Base").click()
        expect(page.locator("[role=status]").get_by_text("Current")).to_have_count(2)
        rows = page.locator("#rows tr")
        expect(rows.first).to_be_visible()
        kept = page.locator(".head .sub").inner_text()
        (mine,) = page.locator("#rows tr", has_text=sold_to(CLINICS, [])[0].serial).all()
        expect(mine).to_be_visible()

    page.get_by_role("button", name="Refresh").click()
    banner = page.locator(".banner", has_text=HOSPITAL.name)
    expect(banner).to_contain_text("Its devices are shown as they were")
    expect(page.locator(".head .sub")).to_have_text(kept)
    expect(rows.first).to_be_visible()

    page.goto(f"/orgs/{org_id}/settings")
    page.get_by_role("link", name=f"Unlink {CLINICS.name}").click()
    page.get_by_role("button", name="Unlink account").click()
    expect(linked).to_have_text([HOSPITAL.name])
