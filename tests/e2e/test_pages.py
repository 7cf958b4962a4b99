"""Every page in light and dark, on a desk and on a phone: accessible, as wide as the screen, without errors.

With E2E_SCREENSHOTS=FOLDER each is saved there as NAME-SCHEME-WIDTH.png.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import page_steps as go
from tests.e2e.browsing import PHONE, WIDE, SharedTabs, Tabs
from tests.e2e.looks import looks_right
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

EDGES: Final = "/inventory/mxedges"
# Few rows where something opens over them: axe looks at each, and they are alike.
INVENTORY: Final = "/inventory?limit=5"
BOUGHT: Final = "status,sku,account,mac,eol_time,warranty_time"
CHOSEN: Final = "status,serial,claim_code,ip,ext_ip,uptime,lldp,lldp_port_desc,dns_suffix,created,notes"

# Name -> who looks, organization ("" for none), address below it, what is done there.
PAGES: Final[dict[str, tuple[Any, ...]]] = {
    "login": ("", "", "/login"),
    "login-code": ("", "", "/login", go.log_in),
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
    "account-tokens": ("nora", "", "/account", go.rename_token),
    "account-email": ("ada", "", "/account", go.account_window("Change e-mail address", "Password")),
    "account-delete": ("nora", "", "/account", go.delete_account),
    "account-delete-blocked": ("ada", "", "/account", go.delete_account),
    "two-factor": ("nora", "", "/account/two_factor"),
    "two-factor-on": ("tess", "", "/account"),
    "two-factor-off": ("tess", "", "/account", go.account_window("Disable", "Code")),
    "recovery-renew": ("tess", "", "/account", go.account_window("New recovery codes", "Code")),
    "account-menu": ("ada", "hospital", "/settings", go.menu),
    "inventory": ("ada", "hospital", "/inventory?limit=25"),
    "installer": ("ada", "hospital", "/installer", go.installer),
    "installer-claim": ("ivan", "field", "/installer#claim", go.installer_claim),
    "installer-place": ("ivan", "field", "/installer#claim", go.installer_place),
    "installer-device": ("ada", "hospital", "/installer", go.installer_device),
    "inventory-menu": ("ada", "hospital", INVENTORY, go.side),
    "inventory-empty": ("ada", "empty", "/inventory"),
    "inventory-nothing": ("ada", "hospital", "/inventory?q=nothing-like-this"),
    "inventory-selected": ("ada", "hospital", INVENTORY, go.select),
    "inventory-chosen": ("ada", "hospital", f"{INVENTORY}&columns={CHOSEN}"),
    "inventory-columns": ("ada", "hospital", INVENTORY, go.columns),
    "inventory-views": ("ada", "hospital", INVENTORY, go.views),
    "inventory-save-view": ("ada", "hospital", INVENTORY, go.save_view),
    "inventory-row-menu": ("ada", "hospital", INVENTORY, go.row_menu),
    "inventory-observer": ("rita", "hospital", INVENTORY),
    "installed-base": ("ada", "bulk", "/inventory/installed-base?limit=10"),
    "installed-base-chosen": (
        "ada",
        "bulk",
        f"/inventory/installed-base?columns={BOUGHT}",
    ),
    "installed-base-stale": ("ada", "jobs", "/inventory/installed-base"),
    "installed-base-none": ("ada", "empty", "/inventory/installed-base"),
    "installed-base-nothing": ("ada", "bulk", "/inventory/installed-base?q=nothing-like-this"),
    "claim": ("ada", "hospital", "/inventory?limit=5", go.claim),
    "claim-result": ("ada", "hospital", "/inventory?limit=5", go.claim_result),
    "device": ("ada", "hospital", INVENTORY, go.device),
    "device-details": ("ada", "hospital", INVENTORY, go.device_details),
    "device-week": ("ada", "hospital", INVENTORY, go.device, go.first("a[href*='span=week']")),
    "site-choice": ("ada", "hospital", INVENTORY, go.sites),
    "site-choice-page": ("ada", "hospital", "/site?q=floor"),
    "inventory-narrow": ("ada", "hospital", INVENTORY, go.narrow),
    "updates": ("ada", "", "/updates"),
    "assign": ("ada", "hospital", "/inventory?limit=5", go.assign),
    "rename": ("ada", "hospital", "/inventory?limit=5", go.rename),
    "unassign": ("ada", "hospital", "/inventory?limit=5", go.bulk("Unassign")),
    "release": ("ada", "hospital", "/inventory?limit=5", go.bulk("Release")),
    "mxedges": ("ada", "jobs", EDGES),
    "mxedges-selected": ("ada", "jobs", EDGES, go.select),
    "mxedges-row-menu": ("ada", "jobs", EDGES, go.row_menu),
    "mxedges-empty": ("ada", "empty", EDGES),
    "mxedges-observer": ("rita", "hospital", EDGES),
    "mxedges-claim": ("ada", "jobs", EDGES, go.edge_window("Claim Mist Edges", "Claim codes")),
    "mxedges-create": ("ada", "jobs", EDGES, go.edge_window("Create Mist Edge", "Name")),
    "mxedges-release": ("ada", "jobs", EDGES, go.bulk("Release")),
    "mxedge": ("ada", "jobs", EDGES, go.first("td.name a")),
    "jobs": ("ada", "jobs", "/jobs"),
    "jobs-none": ("ada", "empty", "/jobs"),
    "job": ("ada", "jobs", "/jobs", go.first("td.name a")),
    "job-observer": ("rita", "hospital", "/jobs"),
    "settings": ("ada", "hospital", "/settings"),
    "settings-installer": ("ada", "hospital", "/settings", go.installer_setting),
    "settings-sso": ("ada", "jobs", "/settings#sso"),
    "sso-provider": ("ada", "jobs", "/settings", go.sso_provider),
    "sso-create": ("ada", "empty", "/settings/sso/create"),
    "sso-role": ("ada", "jobs", "/settings", go.sso_role),
    "sso-role-create": ("ada", "jobs", "/settings/ssoroles/create"),
    "sso-delete": ("ada", "jobs", "/settings", go.sso_provider, go.sso_delete),
    "settings-juniper": ("ada", "bulk", "/settings#juniper"),
    "juniper-link": ("ada", "bulk", "/settings/juniper/link"),
    "juniper-unlink": ("ada", "bulk", "/settings", go.unlink),
    "rules-site": ("ada", "hospital", "/settings", go.window("Site Assignment")),
    "rules-name": ("ada", "hospital", "/settings", go.window("AP Name Generation")),
    "rules-profile": ("ada", "hospital", "/settings", go.window("Profile Assignment")),
    "rules-page": ("ada", "hospital", "/settings/autoprovisioning"),
    "dry-run": ("ada", "hospital", "/settings/autoprovisioning/dry-run?limit=10"),
    "dry-run-nothing": ("ada", "hospital", "/settings/autoprovisioning/dry-run?only=changes"),
    "sites": ("ada", "hospital", "/sites"),
    "site-create": ("ada", "hospital", "/sites", go.first("[data-dialog=create-site]")),
    "site": ("ada", "hospital", "/sites", go.first("td.name a")),
    "sitegroups-none": ("ada", "empty", "/sitegroups"),
    "sitegroup-create": ("ada", "hospital", "/sitegroups", go.site_group),
    "site-maps": ("ada", "plans", "/sites", go.pier),
    "site-maps-observer": ("rita", "plans", "/sites", go.pier),
    "map-add": (
        "ada",
        "plans",
        "/sites",
        go.pier,
        go.map_window("Add floorplan", "Picture or Ekahau project"),
    ),
    "map": ("ada", "plans", "/sites", go.pier, go.floor("Ground floor")),
    "map-observer": ("rita", "plans", "/sites", go.pier, go.floor("Ground floor")),
    "map-empty": ("ada", "plans", "/sites", go.pier, go.floor("Roof")),
    "map-delete": ("ada", "plans", "/sites", go.pier, go.floor("Ground floor"), go.map_delete),
    "profiles": ("ada", "hospital", "/deviceprofiles"),
    "profile": ("ada", "hospital", "/deviceprofiles", go.first("td.name a")),
    "templates": ("ada", "hospital", "/templates"),
    "template-create": ("ada", "hospital", "/templates/create"),
    "admins": ("ada", "hospital", "/admins"),
    "admins-alone": ("ada", "bulk", "/admins"),
    "admin-invite": ("ada", "hospital", "/admins/invite"),
    "admin-invite-sites": ("ada", "hospital", "/admins/invite", go.some_sites),
    "admin": ("ada", "hospital", "/admins?q=wes", go.first("td.name a")),
    "admin-revoke": ("ada", "hospital", "/admins?q=wes", go.first("td.name a"), go.revoke),
    "admin-pending": ("ada", "hospital", "/admins", go.first("td.name a")),
    "admin-cancel": ("ada", "hospital", "/admins", go.cancel_invite),
    "invitation-used": ("", "", "/verify/invite?token=wrong"),
    "logs": ("ada", "hospital", "/logs?limit=10"),
    "chooser-msp": ("mia", "", "/"),
    "chooser-search": ("mia", "", "/?q=e"),
    "msp-create": ("ada", "", "/msps/create"),
    "msp-orgs": ("mia", "umbrella", "/orgs"),
    "msp-orgs-none": ("mia", "newcomer", "/orgs"),
    "msp-orgs-nothing": ("mia", "umbrella", "/orgs?q=nothing-like-this"),
    "msp-orgs-reader": ("rita", "umbrella", "/orgs"),
    "msp-org-create": ("mia", "umbrella", "/orgs", go.msp_window("Create Organization", "Organization Name")),
    "msp-assign": ("mia", "umbrella", "/orgs/assign"),
    "msp-unassign": ("mia", "umbrella", "/orgs", go.first("td .button.danger"), go.windowed),
    "msp-switcher": ("mia", "umbrella", "/orgs", go.switcher),
    "msp-orggroups": ("mia", "umbrella", "/orggroups"),
    "msp-orggroup": ("mia", "umbrella", "/orggroups", go.first("td.name a"), go.windowed),
    "msp-admins": ("mia", "umbrella", "/admins"),
    "msp-admin-invite": ("mia", "umbrella", "/admins/invite", go.some_groups),
    "msp-logs": ("mia", "umbrella", "/logs"),
    "msp-settings": ("mia", "newcomer", "/settings"),
    "msp-delete": ("mia", "newcomer", "/settings", go.first("a.danger"), go.windowed),
    "settings-msp": ("ada", "plans", "/settings#msp"),
    "settings-msp-join": ("mia", "annex", "/settings/msp"),
    "settings-msp-join-none": ("ada", "bulk", "/settings/msp"),
    "settings-msp-leave": ("ada", "plans", "/settings/msp/leave"),
    "log-details": ("ada", "hospital", "/logs?q=Update Org Settings", go.details),
    "logs-nothing": ("ada", "hospital", "/logs?q=nothing-like-this"),
    "palette": ("ada", "hospital", INVENTORY, go.palette()),
    "palette-found": ("ada", "hospital", "/settings", go.palette("nurs")),
    "palette-operator": ("ada", "hospital", "/settings", go.palette("s")),
    "search": ("ada", "hospital", "/search?q=a"),
    "search-devices": ("ada", "hospital", "/search?q=a&in=devices"),
    "search-nothing": ("ada", "hospital", "/search?q=nothing-like-this"),
    "search-problem": ("ada", "hospital", "/search?q=floor:3"),
    "support": ("stan", "", "/support"),
    "support-nothing": ("stan", "", "/support?q=nothing-like-this"),
    "design": ("ada", "", "/design"),
    "denied": ("rita", "hospital", "/settings"),
    "missing": ("ada", "hospital", "/nothing-like-this"),
    "missing-public": ("", "", "/nothing-like-this"),
}


@pytest.fixture(scope="module")
def kept() -> dict[Any, Page]:
    """The tabs of everybody who looks at pages."""
    return {}


@pytest.fixture
def tabs(browser: Browser, stage: Stage, kept: dict[Any, Page]) -> Iterator[Tabs]:
    """Tabs of this test."""
    tabs = SharedTabs(browser, stage, kept)
    yield tabs
    tabs.close()


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
