"""The menu of each role: nothing in it is refused, and it is what the guide gives the role."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Privilege
from mistadmin.core.access import ROLES
from mistadmin.portal.nav import MENU
from tests.world import World, make_admin

SITES, INVENTORY, LOGS = "sites", "inventory", "logs"
TEMPLATES = ("deviceprofiles", "rftemplates", "templates")
# Role -> its pages; every role that watches sees the sites, and what the guide's table says besides.
SHOWN = {
    "super_user": {"access", "admins", LOGS, "installer", INVENTORY, "settings", SITES, *TEMPLATES},
    "network_admin": {LOGS, "installer", INVENTORY, "settings", SITES, *TEMPLATES},
    "observer": {INVENTORY, SITES, *TEMPLATES},
    "helpdesk": {INVENTORY, SITES, *TEMPLATES},
    "super_observer": {LOGS, INVENTORY, "settings", SITES, *TEMPLATES},
    # One page, made for the phone at hand.
    "installer": {"installer"},
    "mxedge_admin": {"inventory/mxedges", SITES},
    "switch_port_operator": {SITES},
    "reporting": {SITES},
    "location": {SITES},
    "marketing": {SITES},
}


def test_every_role_has_a_menu() -> None:
    assert set(SHOWN) == set(ROLES)


@pytest.mark.parametrize("role", SHOWN)
def test_the_menu_is_what_the_role_opens(world: World, role: str) -> None:
    assert _offered(world, role) == SHOWN[role]


@pytest.mark.parametrize("role", SHOWN)
def test_a_role_at_one_site_is_offered_nothing_of_the_whole_organization(world: World, role: str) -> None:
    assert _offered(world, role, site=world.north) == SHOWN[role] - {"access", "admins", "settings"}


def _offered(world: World, role: str, **reach: object) -> set[str]:
    """Paths in the menu of a role; each opens, and what of the menu is not there for it does not."""
    admin = make_admin(role)
    Privilege.objects.create(admin=admin, org=world.acme, role=role, **reach)
    browser, base = Client(), f"/orgs/{world.acme.id}"
    browser.force_login(admin)
    response = browser.get(f"{base}/search")
    entries = [item for group in response.context["nav"] for item in group["items"]]
    paths = {item["url"].removeprefix(f"{base}/") for item in entries}
    for _, items in MENU:
        for item in items:
            status = browser.get(f"{base}/{item.path}").status_code
            assert status == 200 or item.path not in paths
            # An installer may look around; a page that another one has in it is no entry of its own.
            assert status in (302, 403) or item.path in paths or role == "installer" or item.unless
    return paths
