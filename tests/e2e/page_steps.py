"""The steps that lead from an address to what tests/e2e/test_pages.py looks at, each on a page."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.world import PASSWORD


def claim(page: Page) -> None:
    page.get_by_role("link", name="Claim devices").first.click()
    expect(page.get_by_label("Claim codes")).to_be_focused()


def claim_result(page: Page) -> None:
    claim(page)
    page.get_by_label("Claim codes").fill("NOT-A-CODE ZZZZZ-ZZZZZ-ZZZZZ")
    page.get_by_role("button", name="Claim", exact=True).click()
    expect(page.get_by_role("heading", name="0 claimed")).to_be_visible()


def installer(page: Page) -> None:
    expect(page.locator("[data-devices] li").first).to_be_visible()


def installer_device(page: Page) -> None:
    page.locator("[data-devices] a").first.click()
    expect(page.get_by_role("link", name="Take a photo")).to_be_visible()


def installer_setting(page: Page) -> None:
    page.get_by_role("link", name="Configure Installer").click()
    expect(page.get_by_label("Grace period in days")).to_be_focused()


def installer_claim(page: Page) -> None:
    expect(page.get_by_label("Claim code")).to_be_visible()


def installer_place(page: Page) -> None:
    page.get_by_label("Claim code").fill("ZZZZZ-ZZZZZ-ZZZZZ")
    page.get_by_role("button", name="Claim").click()
    page.get_by_label("Site", exact=True).select_option("New site…")
    expect(page.get_by_label("Address")).to_be_visible()


def msp_window(link: str, field: str) -> Callable[[Page], None]:
    def open_window(page: Page) -> None:
        page.get_by_role("link", name=link).click()
        expect(page.locator("#window").get_by_label(field)).to_be_focused()

    return open_window


def windowed(page: Page) -> None:
    expect(page.locator("#window")).to_be_visible()


def switcher(page: Page) -> None:
    page.locator("details.switcher summary").first.click()
    expect(page.get_by_role("link", name="Create Organization").first).to_be_visible()


def some_groups(page: Page) -> None:
    page.get_by_role("radio", name="Organization Groups").check()
    page.get_by_label("Retail").check()


def select(page: Page) -> None:
    for nth in range(3):
        page.locator('#rows input[name="ids"]').nth(nth).check()


def bulk(verb: str) -> Callable[[Page], None]:
    def ask(page: Page) -> None:
        select(page)
        page.locator(".selection").get_by_role("button", name=verb).click()
        expect(page.locator("#window")).to_be_visible()

    return ask


def rename(page: Page) -> None:
    bulk("Rename")(page)
    page.get_by_label("New name").fill("{site}-{ctr:3}")
    expect(page.locator("#plan tbody tr")).to_have_count(3)


def assign(page: Page) -> None:
    bulk("Assign to Site")(page)
    page.locator("#window").get_by_label("Site").select_option("Floor 7")
    expect(page.locator("#plan")).to_contain_text("to change")


def window(tab: str) -> Callable[[Page], None]:
    def open_tab(page: Page) -> None:
        page.get_by_role("link", name="Configure Auto-Provisioning").click()
        page.get_by_role("tab", name=tab).click()
        panel = page.get_by_role("tabpanel", name=tab)
        panel.locator(".preview input").first.fill("East_Floor 7_Nursing")
        expect(panel.locator(".said").first).to_be_visible()
        expect(page.locator("#window-body [data-changes]")).to_be_empty()

    return open_tab


def first(selector: str) -> Callable[[Page], None]:
    def follow(page: Page) -> None:
        page.locator(selector).first.click()
        page.wait_for_load_state()

    return follow


def device(page: Page) -> None:
    first("td.name a")(page)
    page.get_by_text("What the rules say now").click()


def details(page: Page) -> None:
    page.get_by_role("link", name="View details").first.click()
    expect(page.locator("#window")).to_be_visible()


def columns(page: Page) -> None:
    page.get_by_role("link", name="Columns").click()
    expect(page.get_by_role("dialog", name="Columns")).to_be_visible()


def views(page: Page) -> None:
    page.locator("summary").filter(has_text="Views").click()
    expect(page.get_by_role("link", name="Save view")).to_be_visible()


def save_view(page: Page) -> None:
    views(page)
    page.get_by_role("link", name="Save view").click()
    expect(page.get_by_role("dialog", name="Save view")).to_be_visible()


def row_menu(page: Page) -> None:
    page.locator("#rows [data-row-menu]").nth(2).click()
    expect(page.get_by_role("menu")).to_be_visible()


def unlink(page: Page) -> None:
    page.get_by_role("link", name="Unlink Outpatient Clinics").click()
    expect(page.get_by_role("heading", name="Unlink Outpatient Clinics?")).to_be_visible()


def edge_window(link: str, field: str) -> Callable[[Page], None]:
    def open_window(page: Page) -> None:
        page.get_by_role("link", name=link).first.click()
        expect(page.locator("#window").get_by_label(field)).to_be_visible()

    return open_window


def some_sites(page: Page) -> None:
    page.get_by_role("radio", name="Specific Sites").check()
    page.get_by_label("Floor 7").check()
    expect(page.get_by_text("1 of ")).to_be_visible()


def revoke(page: Page) -> None:
    page.get_by_role("link", name="Revoke Access").click()
    expect(page.get_by_role("heading", name="Revoke access of")).to_be_visible()


def cancel_invite(page: Page) -> None:
    page.get_by_role("link", name="Cancel the invitation").first.click()
    expect(page.get_by_role("heading", name="Cancel the invitation of")).to_be_visible()


def pier(page: Page) -> None:
    page.get_by_role("link", name="Pier 1", exact=True).click()
    expect(page.get_by_role("heading", name="Floorplans")).to_be_visible()
    page.get_by_role("heading", name="Floorplans").scroll_into_view_if_needed()


def map_window(link: str, field: str) -> Callable[[Page], None]:
    def open_window(page: Page) -> None:
        page.get_by_role("link", name=link).click()
        expect(page.locator("#window").get_by_label(field)).to_be_visible()

    return open_window


def floor(name: str) -> Callable[[Page], None]:
    def follow(page: Page) -> None:
        page.locator("#floorplans").get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
        page.wait_for_load_state("networkidle")

    return follow


def map_delete(page: Page) -> None:
    page.get_by_role("link", name="Delete floorplan").click()
    expect(page.get_by_role("heading", name="Delete Ground floor?")).to_be_visible()


def menu(page: Page) -> None:
    page.locator("summary.avatar").click()


def palette(text: str = "") -> Callable[[Page], None]:
    def search(page: Page) -> None:
        page.get_by_role("link", name="Search").click()
        expect(page.get_by_role("combobox", name="Search")).to_be_focused()
        if text:
            with page.expect_response("**/search/found?*"):
                page.keyboard.type(text)
        expect(page.locator("#palette [role=option]").first).to_have_attribute("aria-selected", "true")

    return search


def sites(page: Page) -> None:
    page.locator("details.sites summary").click()
    expect(page.get_by_role("searchbox", name="Filter sites")).to_be_focused()


def narrow(page: Page) -> None:
    button = page.locator("[data-narrows]")
    if button.is_visible():
        button.click()
        expect(button).to_have_attribute("aria-expanded", "false")


def device_details(page: Page) -> None:
    first("td.name a")(page)
    page.get_by_text("As a table").click()


def site_group(page: Page) -> None:
    page.get_by_role("link", name="Create Site Group").click()
    expect(page.get_by_label("Name")).to_be_focused()


def side(page: Page) -> None:
    button = page.get_by_role("button", name="Menu")
    if button.is_visible():
        button.click()


def log_in(page: Page) -> None:
    page.get_by_label("Email Address").fill("tess@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Code")).to_be_visible()


def account_window(link: str, field: str) -> Callable[[Page], None]:
    def open_window(page: Page) -> None:
        page.get_by_role("link", name=link).click()
        expect(page.locator("#window").get_by_label(field).first).to_be_visible()

    return open_window


def delete_account(page: Page) -> None:
    page.locator("summary").filter(has_text="Utilities").click()
    page.get_by_role("link", name="Delete Account").click()
    expect(page.get_by_role("heading", name="Delete your account?")).to_be_visible()


def rename_token(page: Page) -> None:
    page.get_by_label("Name of the new token").fill("Nightly")
    page.get_by_role("button", name="Create Token").click()
    page.goto("/account")
    page.locator("summary").filter(has_text="Rename").first.click()
    expect(page.get_by_label("New name of Nightly").first).to_be_visible()


def sso_provider(page: Page) -> None:
    page.locator("#sso").get_by_role("link", name="Company log-in").first.click()
    expect(page.get_by_role("heading", name="For the provider")).to_be_visible()
    page.locator("#failures summary").first.click()


def sso_role(page: Page) -> None:
    page.locator("#sso").get_by_role("link", name="Network Team").first.click()
    expect(page.locator("#window")).to_be_visible()


def sso_delete(page: Page) -> None:
    page.get_by_role("link", name="Delete").click()
    expect(page.locator("#window")).to_contain_text("Nobody has logged in")
