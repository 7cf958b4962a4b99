"""Every page in light and dark, on a desk and on a phone: accessible, as wide as the screen, without errors.

With E2E_SCREENSHOTS=FOLDER each is saved there as NAME-SCHEME-WIDTH.png.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import PHONE, WIDE, Tabs
from tests.e2e.looks import looks_right
from tests.e2e.stage import Stage
from tests.world import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

EDGES: Final = "/inventory/mxedges"
INVENTORY: Final = "/inventory?limit=25"
BOUGHT: Final = "status,sku,account,mac,eol_time,warranty_time"
CHOSEN: Final = "status,serial,claim_code,ip,ext_ip,uptime,lldp,lldp_port_desc,dns_suffix,created,notes"


def _claim(page: Page) -> None:
    page.get_by_role("link", name="Claim devices").first.click()
    expect(page.get_by_label("Claim codes")).to_be_focused()


def _claim_result(page: Page) -> None:
    _claim(page)
    page.get_by_label("Claim codes").fill("NOT-A-CODE ZZZZZ-ZZZZZ-ZZZZZ")
    page.get_by_role("button", name="Claim", exact=True).click()
    expect(page.get_by_role("heading", name="0 claimed")).to_be_visible()


def _installer(page: Page) -> None:
    expect(page.locator("[data-devices] li").first).to_be_visible()


def _installer_device(page: Page) -> None:
    page.locator("[data-devices] a").first.click()
    expect(page.get_by_role("link", name="Take a photo")).to_be_visible()


def _installer_setting(page: Page) -> None:
    page.get_by_role("link", name="Configure Installer").click()
    expect(page.get_by_label("Grace period in days")).to_be_focused()


def _installer_claim(page: Page) -> None:
    expect(page.get_by_label("Claim code")).to_be_visible()


def _installer_place(page: Page) -> None:
    page.get_by_label("Claim code").fill("ZZZZZ-ZZZZZ-ZZZZZ")
    page.get_by_role("button", name="Claim").click()
    page.get_by_label("Site", exact=True).select_option("New site…")
    expect(page.get_by_label("Address")).to_be_visible()


def _select(page: Page) -> None:
    for nth in range(3):
        page.locator('#rows input[name="ids"]').nth(nth).check()


def _bulk(verb: str) -> Callable[[Page], None]:
    def ask(page: Page) -> None:
        _select(page)
        page.locator(".selection").get_by_role("button", name=verb).click()
        expect(page.locator("#window")).to_be_visible()

    return ask


def _rename(page: Page) -> None:
    _bulk("Rename")(page)
    page.get_by_label("New name").fill("{site}-{ctr:3}")
    expect(page.locator("#plan tbody tr")).to_have_count(3)


def _assign(page: Page) -> None:
    _bulk("Assign to Site")(page)
    page.locator("#window").get_by_label("Site").select_option("Floor 7")
    expect(page.locator("#plan")).to_contain_text("to change")


def _window(tab: str) -> Callable[[Page], None]:
    def open_tab(page: Page) -> None:
        page.get_by_role("link", name="Configure Auto-Provisioning").click()
        page.get_by_role("tab", name=tab).click()
        panel = page.get_by_role("tabpanel", name=tab)
        panel.locator(".preview input").first.fill("East_Floor 7_Nursing")
        expect(panel.locator(".said").first).to_be_visible()
        expect(page.locator("#window-body [data-changes]")).to_be_empty()

    return open_tab


def _first(selector: str) -> Callable[[Page], None]:
    def follow(page: Page) -> None:
        page.locator(selector).first.click()
        page.wait_for_load_state()

    return follow


def _device(page: Page) -> None:
    _first("td.name a")(page)
    page.get_by_text("What the rules say now").click()


def _details(page: Page) -> None:
    page.get_by_role("link", name="View details").first.click()
    expect(page.locator("#window")).to_be_visible()


def _columns(page: Page) -> None:
    page.get_by_role("link", name="Columns").click()
    expect(page.get_by_role("dialog", name="Columns")).to_be_visible()


def _views(page: Page) -> None:
    page.locator("summary").filter(has_text="Views").click()
    expect(page.get_by_role("link", name="Save view")).to_be_visible()


def _save_view(page: Page) -> None:
    _views(page)
    page.get_by_role("link", name="Save view").click()
    expect(page.get_by_role("dialog", name="Save view")).to_be_visible()


def _row_menu(page: Page) -> None:
    page.locator("#rows [data-row-menu]").nth(2).click()
    expect(page.get_by_role("menu")).to_be_visible()


def _unlink(page: Page) -> None:
    page.get_by_role("link", name="Unlink Outpatient Clinics").click()
    expect(page.get_by_role("heading", name="Unlink Outpatient Clinics?")).to_be_visible()


def _edge_window(link: str, field: str) -> Callable[[Page], None]:
    def open_window(page: Page) -> None:
        page.get_by_role("link", name=link).first.click()
        expect(page.locator("#window").get_by_label(field)).to_be_visible()

    return open_window


def _some_sites(page: Page) -> None:
    page.get_by_role("radio", name="Specific Sites").check()
    page.get_by_label("Floor 7").check()
    expect(page.get_by_text("1 of ")).to_be_visible()


def _revoke(page: Page) -> None:
    page.get_by_role("link", name="Revoke Access").click()
    expect(page.get_by_role("heading", name="Revoke access of")).to_be_visible()


def _cancel_invite(page: Page) -> None:
    page.get_by_role("link", name="Cancel the invitation").first.click()
    expect(page.get_by_role("heading", name="Cancel the invitation of")).to_be_visible()


def _pier(page: Page) -> None:
    page.get_by_role("link", name="Pier 1", exact=True).click()
    expect(page.get_by_role("heading", name="Floorplans")).to_be_visible()
    page.get_by_role("heading", name="Floorplans").scroll_into_view_if_needed()


def _map_window(link: str, field: str) -> Callable[[Page], None]:
    def open_window(page: Page) -> None:
        page.get_by_role("link", name=link).click()
        expect(page.locator("#window").get_by_label(field)).to_be_visible()

    return open_window


def _floor(name: str) -> Callable[[Page], None]:
    def follow(page: Page) -> None:
        page.locator("#floorplans").get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
        page.wait_for_load_state("networkidle")

    return follow


def _map_delete(page: Page) -> None:
    page.get_by_role("link", name="Delete floorplan").click()
    expect(page.get_by_role("heading", name="Delete Ground floor?")).to_be_visible()


def _menu(page: Page) -> None:
    page.locator("summary.avatar").click()


def _palette(text: str = "") -> Callable[[Page], None]:
    def search(page: Page) -> None:
        page.get_by_role("link", name="Search").click()
        expect(page.get_by_role("combobox", name="Search")).to_be_focused()
        if text:
            with page.expect_response("**/search/found?*"):
                page.keyboard.type(text)
        expect(page.locator("#palette [role=option]").first).to_have_attribute("aria-selected", "true")

    return search


def _sites(page: Page) -> None:
    page.locator("details.sites summary").click()
    expect(page.get_by_role("searchbox", name="Filter sites")).to_be_focused()


def _narrow(page: Page) -> None:
    button = page.locator("[data-narrows]")
    if button.is_visible():
        button.click()
        expect(button).to_have_attribute("aria-expanded", "false")


def _device_details(page: Page) -> None:
    _first("td.name a")(page)
    page.get_by_text("As a table").click()


def _site_group(page: Page) -> None:
    page.get_by_role("link", name="Create Site Group").click()
    expect(page.get_by_label("Name")).to_be_focused()


def _side(page: Page) -> None:
    button = page.get_by_role("button", name="Menu")
    if button.is_visible():
        button.click()


def _log_in(page: Page) -> None:
    page.get_by_label("Email Address").fill("tess@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Code")).to_be_visible()


def _account_window(link: str, field: str) -> Callable[[Page], None]:
    def open_window(page: Page) -> None:
        page.get_by_role("link", name=link).click()
        expect(page.locator("#window").get_by_label(field).first).to_be_visible()

    return open_window


def _delete_account(page: Page) -> None:
    page.locator("summary").filter(has_text="Utilities").click()
    page.get_by_role("link", name="Delete Account").click()
    expect(page.get_by_role("heading", name="Delete your account?")).to_be_visible()


def _rename_token(page: Page) -> None:
    page.get_by_label("Name of the new token").fill("Nightly")
    page.get_by_role("button", name="Create Token").click()
    page.goto("/account")
    page.locator("summary").filter(has_text="Rename").first.click()
    expect(page.get_by_label("New name of Nightly").first).to_be_visible()


def _sso_provider(page: Page) -> None:
    page.locator("#sso").get_by_role("link", name="Company log-in").first.click()
    expect(page.get_by_role("heading", name="For the provider")).to_be_visible()
    page.locator("#failures summary").first.click()


def _sso_role(page: Page) -> None:
    page.locator("#sso").get_by_role("link", name="Network Team").first.click()
    expect(page.locator("#window")).to_be_visible()


def _sso_delete(page: Page) -> None:
    page.get_by_role("link", name="Delete").click()
    expect(page.locator("#window")).to_contain_text("Nobody has logged in")


# Name -> who looks, organization ("" for none), address below it, what is done there.
PAGES: Final[dict[str, tuple[Any, ...]]] = {
    "login": ("", "", "/login"),
    "login-code": ("", "", "/login", _log_in),
    "recover": ("", "", "/recover"),
    "recover-sent": ("", "", "/recover/sent"),
    "verify-recover": ("", "", "/verify/recover?token=any"),
    "verify-recover-none": ("", "", "/verify/recover"),
    "verify-update": ("ada", "", "/verify/update?token=any"),
    "verify-update-none": ("ada", "", "/verify/update"),
    "password": ("olga", "", "/account/password"),
    "login-sso": ("", "", "/login/sso"),
    "register": ("", "", "/register"),
    "register-sent": ("", "", "/register/sent"),
    "verify": ("", "", "/verify/register?token=wrong"),
    "mailbox": ("", "", "/mailbox"),
    "chooser": ("ada", "", "/"),
    "chooser-none": ("nora", "", "/"),
    "org-create": ("ada", "", "/orgs/create"),
    "account": ("ada", "", "/account"),
    "account-tokens": ("nora", "", "/account", _rename_token),
    "account-email": ("ada", "", "/account", _account_window("Change e-mail address", "Password")),
    "account-delete": ("nora", "", "/account", _delete_account),
    "account-delete-blocked": ("ada", "", "/account", _delete_account),
    "two-factor": ("nora", "", "/account/two_factor"),
    "two-factor-on": ("tess", "", "/account"),
    "two-factor-off": ("tess", "", "/account", _account_window("Disable", "Code")),
    "recovery-renew": ("tess", "", "/account", _account_window("New recovery codes", "Code")),
    "account-menu": ("ada", "hospital", "/settings", _menu),
    "inventory": ("ada", "hospital", INVENTORY),
    "installer": ("ada", "hospital", "/installer", _installer),
    "installer-claim": ("ivan", "field", "/installer#claim", _installer_claim),
    "installer-place": ("ivan", "field", "/installer#claim", _installer_place),
    "installer-device": ("ada", "hospital", "/installer", _installer_device),
    "inventory-menu": ("ada", "hospital", INVENTORY, _side),
    "inventory-empty": ("ada", "empty", "/inventory"),
    "inventory-nothing": ("ada", "hospital", "/inventory?q=nothing-like-this"),
    "inventory-selected": ("ada", "hospital", INVENTORY, _select),
    "inventory-chosen": ("ada", "hospital", f"{INVENTORY}&columns={CHOSEN}"),
    "inventory-columns": ("ada", "hospital", INVENTORY, _columns),
    "inventory-views": ("ada", "hospital", INVENTORY, _views),
    "inventory-save-view": ("ada", "hospital", INVENTORY, _save_view),
    "inventory-row-menu": ("ada", "hospital", INVENTORY, _row_menu),
    "inventory-observer": ("rita", "hospital", INVENTORY),
    "installed-base": ("ada", "bulk", "/inventory/installed-base?limit=25"),
    "installed-base-chosen": (
        "ada",
        "bulk",
        f"/inventory/installed-base?columns={BOUGHT}",
    ),
    "installed-base-stale": ("ada", "jobs", "/inventory/installed-base"),
    "installed-base-none": ("ada", "empty", "/inventory/installed-base"),
    "installed-base-nothing": ("ada", "bulk", "/inventory/installed-base?q=nothing-like-this"),
    "claim": ("ada", "hospital", "/inventory?limit=5", _claim),
    "claim-result": ("ada", "hospital", "/inventory?limit=5", _claim_result),
    "device": ("ada", "hospital", INVENTORY, _device),
    "device-details": ("ada", "hospital", INVENTORY, _device_details),
    "device-week": ("ada", "hospital", INVENTORY, _device, _first("a[href*='span=week']")),
    "site-choice": ("ada", "hospital", INVENTORY, _sites),
    "site-choice-page": ("ada", "hospital", "/site?q=floor"),
    "inventory-narrow": ("ada", "hospital", INVENTORY, _narrow),
    "updates": ("ada", "", "/updates"),
    "assign": ("ada", "hospital", "/inventory?limit=5", _assign),
    "rename": ("ada", "hospital", "/inventory?limit=5", _rename),
    "unassign": ("ada", "hospital", "/inventory?limit=5", _bulk("Unassign")),
    "release": ("ada", "hospital", "/inventory?limit=5", _bulk("Release")),
    "mxedges": ("ada", "jobs", EDGES),
    "mxedges-selected": ("ada", "jobs", EDGES, _select),
    "mxedges-row-menu": ("ada", "jobs", EDGES, _row_menu),
    "mxedges-empty": ("ada", "empty", EDGES),
    "mxedges-observer": ("rita", "hospital", EDGES),
    "mxedges-claim": ("ada", "jobs", EDGES, _edge_window("Claim Mist Edges", "Claim codes")),
    "mxedges-create": ("ada", "jobs", EDGES, _edge_window("Create Mist Edge", "Name")),
    "mxedges-release": ("ada", "jobs", EDGES, _bulk("Release")),
    "mxedge": ("ada", "jobs", EDGES, _first("td.name a")),
    "jobs": ("ada", "jobs", "/jobs"),
    "jobs-none": ("ada", "empty", "/jobs"),
    "job": ("ada", "jobs", "/jobs", _first("td.name a")),
    "job-observer": ("rita", "hospital", "/jobs"),
    "settings": ("ada", "hospital", "/settings"),
    "settings-installer": ("ada", "hospital", "/settings", _installer_setting),
    "settings-sso": ("ada", "jobs", "/settings#sso"),
    "sso-provider": ("ada", "jobs", "/settings", _sso_provider),
    "sso-create": ("ada", "empty", "/settings/sso/create"),
    "sso-role": ("ada", "jobs", "/settings", _sso_role),
    "sso-role-create": ("ada", "jobs", "/settings/ssoroles/create"),
    "sso-delete": ("ada", "jobs", "/settings", _sso_provider, _sso_delete),
    "settings-juniper": ("ada", "bulk", "/settings#juniper"),
    "juniper-link": ("ada", "bulk", "/settings/juniper/link"),
    "juniper-unlink": ("ada", "bulk", "/settings", _unlink),
    "rules-site": ("ada", "hospital", "/settings", _window("Site Assignment")),
    "rules-name": ("ada", "hospital", "/settings", _window("AP Name Generation")),
    "rules-profile": ("ada", "hospital", "/settings", _window("Profile Assignment")),
    "rules-page": ("ada", "hospital", "/settings/autoprovisioning"),
    "dry-run": ("ada", "hospital", "/settings/autoprovisioning/dry-run?limit=25"),
    "dry-run-nothing": ("ada", "hospital", "/settings/autoprovisioning/dry-run?only=changes"),
    "sites": ("ada", "hospital", "/sites"),
    "site-create": ("ada", "hospital", "/sites", _first("[data-dialog=create-site]")),
    "site": ("ada", "hospital", "/sites", _first("td.name a")),
    "sitegroups-none": ("ada", "empty", "/sitegroups"),
    "sitegroup-create": ("ada", "hospital", "/sitegroups", _site_group),
    "site-maps": ("ada", "plans", "/sites", _pier),
    "site-maps-observer": ("rita", "plans", "/sites", _pier),
    "map-add": ("ada", "plans", "/sites", _pier, _map_window("Add floorplan", "Picture or Ekahau project")),
    "map": ("ada", "plans", "/sites", _pier, _floor("Ground floor")),
    "map-observer": ("rita", "plans", "/sites", _pier, _floor("Ground floor")),
    "map-empty": ("ada", "plans", "/sites", _pier, _floor("Roof")),
    "map-delete": ("ada", "plans", "/sites", _pier, _floor("Ground floor"), _map_delete),
    "profiles": ("ada", "hospital", "/deviceprofiles"),
    "profile": ("ada", "hospital", "/deviceprofiles", _first("td.name a")),
    "templates": ("ada", "hospital", "/templates"),
    "template-create": ("ada", "hospital", "/templates/create"),
    "admins": ("ada", "hospital", "/admins"),
    "admins-alone": ("ada", "bulk", "/admins"),
    "admin-invite": ("ada", "hospital", "/admins/invite"),
    "admin-invite-sites": ("ada", "hospital", "/admins/invite", _some_sites),
    "admin": ("ada", "hospital", "/admins?q=wes", _first("td.name a")),
    "admin-revoke": ("ada", "hospital", "/admins?q=wes", _first("td.name a"), _revoke),
    "admin-pending": ("ada", "hospital", "/admins", _first("td.name a")),
    "admin-cancel": ("ada", "hospital", "/admins", _cancel_invite),
    "invitation-used": ("", "", "/verify/invite?token=wrong"),
    "logs": ("ada", "hospital", "/logs?limit=25"),
    "log-details": ("ada", "hospital", "/logs?q=Update Org Settings", _details),
    "logs-nothing": ("ada", "hospital", "/logs?q=nothing-like-this"),
    "palette": ("ada", "hospital", INVENTORY, _palette()),
    "palette-found": ("ada", "hospital", "/settings", _palette("nurs")),
    "palette-operator": ("ada", "hospital", "/settings", _palette("s")),
    "search": ("ada", "hospital", "/search?q=a"),
    "search-devices": ("ada", "hospital", "/search?q=a&in=devices"),
    "search-nothing": ("ada", "hospital", "/search?q=nothing-like-this"),
    "search-problem": ("ada", "hospital", "/search?q=floor:3"),
    "design": ("ada", "", "/design"),
    "denied": ("rita", "hospital", "/settings"),
    "missing": ("ada", "hospital", "/nothing-like-this"),
    "missing-public": ("", "", "/nothing-like-this"),
}


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_and_fits(tabs: Tabs, stage: Stage, name: str, size: tuple[int, int]) -> None:
    who, org, rest, *steps = PAGES[name]
    page = tabs.open(who, stage.path(org, rest) if org else rest, size=size)
    for step in steps:
        step(page)
    looks_right(page, name)


def test_inventory_shows_every_column_from_1280_pixels(tabs: Tabs, stage: Stage) -> None:
    page = tabs.open("ada", stage.path("hospital", "/inventory"), size=(1280, 900))
    for column in ("Device Profile", "LLDP neighbour", "Firmware", "Last seen"):
        expect(page.get_by_role("columnheader", name=column)).to_be_visible()
    table = page.locator(".tablewrap")
    assert table.evaluate("wrap => wrap.scrollWidth - wrap.clientWidth") <= 0
