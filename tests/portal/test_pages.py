"""Every page for the people who may open it, for those who may not, for strangers and for nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.portal.conftest import HTMX, text
from tests.world import UNKNOWN, World, make_devices, make_edges, make_invite, make_map, make_profile

# Path below the organization, a text that the page must show to Ada, and whether Rita (Observer) may see it.
PAGES = (
    ("inventory", "Access Points", True),
    ("inventory/rows", 'id="rows"', True),
    ("inventory/suggest?q=ap45", "AP45", True),
    ("inventory/claim", "Claim codes", False),
    ("inventory/adopt", "Adopt Switches", False),
    ("inventory/adopt/progress", "Waiting for switches", False),
    ("inventory/adopt/rotate", "Rotate the adopt secret?", False),
    ("inventory.csv", "", True),
    ("installer", "Add a device", False),
    ("installer/offline", "Add a device", False),
    ("installer/worker.js", "skipWaiting", False),
    ("inventory/installed-base", "No Juniper account is linked", True),
    ("inventory/installed-base.csv", "", True),
    ("inventory/installed-base/progress", "", True),
    ("settings/juniper/link", "E-mail", False),
    ("inventory/mxedges", "Mist Edges", True),
    ("inventory/mxedges/rows", 'id="rows"', True),
    ("inventory/mxedges/suggest?q=me-x5", "ME-X5", True),
    ("inventory/mxedges/claim", "Claim Mist Edges", False),
    ("inventory/mxedges/create", "Create Mist Edge", False),
    ("inventory/mxedges.csv", "", True),
    ("inventory/mxedges/{edge}", "Tunnel termination", True),
    ("sites", "Primary Site", True),
    ("sitegroups", "No site group", True),
    ("sitegroups/create", "Create Site Group", False),
    ("sites/{site}", "Delete Site", True),
    ("sites/{site}/maps/import", "Picture or Ekahau project", False),
    ("sites/{site}/maps/{map}", "No device is on this floorplan", True),
    ("sites/{site}/maps/{map}/delete", "The floorplan and its picture are lost", False),
    ("devices/{device}", "Auto-Provisioning has not decided", True),
    ("settings", "Organization ID", False),
    ("settings/autoprovisioning", "Number of starting characters to ignore", False),
    ("settings/autoprovisioning/dry-run", "would get a site", False),
    ("settings/installer", "Grace period in days", False),
    ("admins", "Administrators", False),
    ("admins/invite", "Administrator Roles", False),
    ("admins/{admin}", "Revoke Access", False),
    ("admins/{admin}/revoke", "Revoke access of", False),
    ("admins/invites/{invite}", "Cancel Invitation", False),
    ("admins/invites/{invite}/cancel", "Cancel the invitation", False),
    ("access", "Choose a person or a token", False),
    ("access?who=token:{token}", "Network Admin, all sites", False),
    ("settings/tokens", "Acme&#x27;s script", False),
    ("settings/tokens/create", "Source addresses", False),
    ("settings/tokens/{token}", "fixed when a token is created", False),
    ("settings/tokens/{token}/revoke", "cannot be undone", False),
    ("logs", "Audit Logs", False),
    ("deviceprofiles", "Ward", True),
    ("deviceprofiles/create", "Create Device Profile", False),
    ("deviceprofiles/{profile}", "Configuration", True),
    ("templates", "WLAN Templates", True),
)


@pytest.fixture
def places(world: World) -> dict[str, str]:
    (device,), (edge,) = make_devices(world.acme), make_edges(world.acme)
    return {
        "site": str(world.north.id),
        "device": str(device.id),
        "edge": str(edge.id),
        "admin": str(world.wes.admin.id),
        "invite": str(make_invite(world.acme, "ines@example.com").id),
        "map": str(make_map(world.north).map_id),
        "profile": str(make_profile(world.acme).id),
        "token": str(world.org_token.id),
    }


@pytest.mark.parametrize(("path", "shown", "observed"), PAGES)
def test_page_opens_to_those_who_may(
    browser: Callable[[str], Client], acme: str, places: dict[str, str], path: str, shown: str, observed: bool
) -> None:
    url = f"{acme}/{path.format(**places)}"
    page = browser("ada").get(url)
    assert page.status_code == 200
    assert page.streaming or shown.lower() in text(page).lower()
    assert browser("rita").get(url).status_code == (200 if observed else 403)
    assert browser("gus").get(url).status_code == 404
    nobody = browser("").get(url)
    assert nobody.status_code == 302
    assert nobody["Location"].startswith("/login?next=%2Forgs%2F")


def test_an_unknown_organization_and_a_foreign_one_look_alike(
    browser: Callable[[str], Client], acme: str
) -> None:
    foreign, unknown = (
        browser("gus").get(f"{acme}/inventory"),
        browser("gus").get(f"/orgs/{UNKNOWN}/inventory"),
    )
    assert foreign.status_code == unknown.status_code == 404
    assert "Acme" not in text(foreign)


def test_a_refusal_is_a_page_with_a_way_out(browser: Callable[[str], Client], acme: str) -> None:
    page = text(browser("rita").get(f"{acme}/logs"))
    assert "Your role does not allow this" in page
    assert 'href="/"' in page


def test_a_window_is_the_page_without_its_frame(ada: Client, acme: str) -> None:
    whole, window = (ada.get(f"{acme}/inventory/claim", headers=headers) for headers in ({}, HTMX))
    assert "<html" in text(whole)
    assert "<html" not in text(window)
    assert "HX-Request" in window["Vary"]


def test_an_ended_session_sends_htmx_to_the_login_page(browser: Callable[[str], Client], acme: str) -> None:
    answer = browser("").get(f"{acme}/inventory/rows", headers=HTMX)
    assert answer["HX-Redirect"] == "/login"


def test_home_leads_to_the_only_organization(ada: Client, acme: str) -> None:
    assert ada.get("/")["Location"] == acme
    assert ada.get(acme)["Location"] == f"{acme}/inventory"


def test_home_of_a_role_without_inventory_is_the_first_page_it_opens(
    browser: Callable[[str], Client], acme: str
) -> None:
    assert browser("rosa").get(acme)["Location"] == f"{acme}/sites"


@pytest.mark.parametrize("key", ["hana", "ivan", "leo", "mara", "max", "pia", "otto", "wes", "rosa"])
def test_every_entry_of_the_menu_opens(browser: Callable[[str], Client], acme: str, key: str) -> None:
    page = browser(key).get(acme, follow=True)
    urls = [item["url"] for group in page.context["nav"] for item in group["items"]]
    assert urls
    assert {browser(key).get(url).status_code for url in urls} == {200}
