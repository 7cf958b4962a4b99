"""The pages of an MSP, and of an organization that joins one and leaves it."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Admin, Invite, Privilege
from audit.models import Entry
from orgs.models import Msp, Org, OrgGroup
from tests.portal.conftest import HTMX, text
from tests.world import World, grant, grant_at, make_admin, make_devices, make_msp, make_org, make_orggroup


def browser(admin: Admin) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def mia(world: World) -> Client:
    return browser(make_admin("mia"))


@pytest.fixture
def msp(world: World, mia: Client) -> Msp:
    """Umbrella, with Acme."""
    return make_msp("Umbrella", world.acme, by=Admin.objects.get(email="mia@example.com"))


def test_from_nothing_to_an_organization_in_an_msp(mia: Client) -> None:
    assert "/msps/create" in text(mia.get("/"))
    again = mia.post("/msps/create", {"name": " "})
    assert (again.status_code, "Must not be empty" in text(again)) == (422, True)
    response = mia.post("/msps/create", {"name": "Umbrella"})
    msp = Msp.objects.get()
    assert response["Location"] == f"/msps/{msp.id}/orgs"
    assert "No organization belongs to this MSP yet" in text(mia.get(f"/msps/{msp.id}", follow=True))
    mia.post(f"/msps/{msp.id}/orgs/create", {"name": "Branch"})
    page = text(mia.get(f"/msps/{msp.id}/orgs"))
    org = Org.objects.get(msp=msp)
    assert f'href="/orgs/{org.id}"' in page
    home = text(mia.get(f"/orgs/{org.id}/sites"))
    assert "Primary Site" in home
    assert "· Umbrella" in home, "the switcher says through whom"
    assert f'href="/msps/{msp.id}"' in text(mia.get("/"))


def test_assigning_and_unassigning(mia: Client, msp: Msp, world: World) -> None:
    own = make_org("Own", by=Admin.objects.get(email="mia@example.com"))
    page = text(mia.get(f"/msps/{msp.id}/orgs/assign", headers=HTMX))
    assert "Own" in page
    assert "Acme" not in page
    assert mia.post(f"/msps/{msp.id}/orgs/assign", {}).status_code == 422
    refused = mia.post(f"/msps/{msp.id}/orgs/assign", {"orgs": [str(own.id), str(world.globex.id)]})
    assert (refused.status_code, "One of them does not exist" in text(refused)) == (422, True)
    assert 'value="' + str(own.id) + '"' in text(refused)
    mia.post(f"/msps/{msp.id}/orgs/assign", {"orgs": [str(own.id)]})
    assert "Own" in text(mia.get(f"/msps/{msp.id}/orgs?q=ow"))
    assert "Acme" not in text(mia.get(f"/msps/{msp.id}/orgs?q=ow")).split("<main")[1]
    mia.post(f"/msps/{msp.id}/orgs/{world.acme.id}/unassign")
    assert mia.get(f"/orgs/{world.acme.id}").status_code == 404


def test_an_organization_joins_and_leaves_by_its_own_super_user(
    ada: Client, acme: str, mia: Client, world: World
) -> None:
    assert "None." in text(ada.get(f"{acme}/settings"))
    assert "You administer no MSP" in text(ada.get(f"{acme}/settings/msp"))
    msp = make_msp("Umbrella", by=Admin.objects.get(email="mia@example.com"))
    foreign = ada.post(f"{acme}/settings/msp", {"msp": str(msp.id)})
    assert (foreign.status_code, "You administer no MSP" in text(foreign)) == (422, True)
    grant_at(msp, world.ada.admin, "super_user")
    assert "Umbrella" in text(ada.get(f"{acme}/settings/msp"))
    ada.post(f"{acme}/settings/msp", {"msp": str(msp.id)})
    assert "administers this organization" in text(ada.get(f"{acme}/settings"))
    # Through the MSP one is Super User here, too, and yet only the organization's own people leave it.
    assert "Leave MSP" not in text(mia.get(f"{acme}/settings"))
    refused = [mia.get(f"{acme}/settings/msp/leave"), mia.post(f"{acme}/settings/msp/leave")]
    assert [response.status_code for response in refused] == [403, 403]
    assert "Leave MSP" in text(ada.get(f"{acme}/settings"))
    ada.post(f"{acme}/settings/msp/leave")
    assert mia.get(acme).status_code == 404
    told = Entry.objects.filter(event__in=("orgs.org.unassigned", "orgs.msp.org_unassigned"))
    assert {entry.org_id for entry in told} == {world.acme.id, msp.id}


def test_groups_and_the_role_at_one(mia: Client, msp: Msp, world: World) -> None:
    base = f"/msps/{msp.id}/orggroups"
    assert "No organization group is there to see." in text(mia.get(base))
    again = mia.post(f"{base}/create", {"name": "", "orgs": [str(world.acme.id)]})
    assert (again.status_code, "selected" in text(again)) == (422, True)
    mia.post(f"{base}/create", {"name": "East", "orgs": [str(world.acme.id)]})
    group = OrgGroup.objects.get(name="East")
    reader = make_admin("pat")
    grant_at(msp, reader, "observer", group)
    pat = browser(reader)
    make_orggroup(msp, "Others", world.acme)
    page = text(pat.get(f"/msps/{msp.id}/orgs"))
    assert "Acme" in page
    assert "Others" not in page, "the name of a group that is not theirs"
    for path in ("/orgs/create", "/orgs/assign", "/admins", "/logs", "/settings", f"/orggroups/{group.id}"):
        assert pat.get(f"/msps/{msp.id}{path}").status_code == 403
    mia.post(f"{base}/{group.id}", {"name": "East", "orgs": []})
    assert pat.get(f"/orgs/{world.acme.id}").status_code == 404
    assert "Your role reaches no organization" in text(pat.get(f"/msps/{msp.id}/orgs"))
    mia.post(f"{base}/{group.id}/delete")
    assert pat.get(f"/msps/{msp.id}/orgs").status_code == 404


def test_people_are_invited_edited_and_revoked(mia: Client, msp: Msp, world: World) -> None:
    group, base = make_orggroup(msp, "East", world.acme), f"/msps/{msp.id}/admins"
    form = text(mia.get(f"{base}/invite"))
    assert "Organization Groups" in form
    assert "Specific Sites" not in form
    person = {"email": "n@example.com", "first_name": "N", "last_name": "N", "hours": "24"}
    nothing = mia.post(f"{base}/invite", {**person, "role": "observer", "reach": "orggroup"})
    assert (nothing.status_code, "Choose at least one organization group" in text(nothing)) == (422, True)
    assert mia.post(f"{base}/invite", {**person, "role": "observer", "reach": "site"}).status_code == 422
    wish = {"role": "observer", "reach": "orggroup", "orggroup_ids": [str(group.id)]}
    assert mia.post(f"{base}/invite", {**person, **wish}).status_code == 302
    invite = Invite.objects.get(msp=msp)
    page = text(mia.get(base))
    assert "Organization group East" in page
    assert "checked" in text(mia.get(f"{base}/invites/{invite.id}")).split('value="orggroup"')[1][:200]
    mia.post(f"{base}/invites/{invite.id}/cancel")
    pat = make_admin("pat")
    grant_at(msp, pat, "observer")
    mia.post(f"{base}/{pat.id}", {"role": "network_admin", "reach": "msp"})
    assert Privilege.objects.get(admin=pat).role == "network_admin"
    assert "reached through it" in text(mia.get(f"{base}/{pat.id}/revoke"))
    mia.post(f"{base}/{pat.id}/revoke")
    assert not Privilege.objects.filter(admin=pat).exists()
    told = text(mia.get(f"/msps/{msp.id}/logs"))
    assert "Revoke Access of Administrator" in told


def test_settings_of_an_msp_and_two_people_at_them(mia: Client, msp: Msp, world: World) -> None:
    page = f"/msps/{msp.id}/settings"
    version = mia.get(page).context["version"]
    mia.post(page, {"name": "Umbrella 2", "version": version})
    stale = mia.post(page, {"name": "Mine", "version": version})
    assert (stale.status_code, 'value="Mine"' in text(stale)) == (409, True)
    assert "must be unassigned first" in text(mia.get(page))
    assert mia.post(f"{page}/delete").status_code == 422
    mia.post(f"/msps/{msp.id}/orgs/{world.acme.id}/unassign")
    assert mia.post(f"{page}/delete")["Location"] == "/"
    assert not Msp.objects.exists()


def test_the_explorer_says_through_which_msp_and_previews_it(
    ada: Client, acme: str, msp: Msp, world: World
) -> None:
    make_devices(world.north)
    mia = Admin.objects.get(email="mia@example.com")
    page = text(ada.get(f"{acme}/access?who=person:{mia.id}"))
    assert "all sites, through the MSP Umbrella" in page
    assert ada.post(f"{acme}/access/preview", {"admin_id": str(mia.id)}).status_code == 302
    assert ada.get(f"{acme}/inventory").status_code == 200
    assert ada.get(f"/msps/{msp.id}/orgs").status_code == 404


def test_own_organizations_come_first_in_the_switcher(mia: Client, msp: Msp, world: World) -> None:
    grant(Admin.objects.get(email="mia@example.com"), world.globex, "observer")
    shown = mia.get("/").context["orgs"]
    assert [(one["name"], one["through"]) for one in shown] == [("Globex", ""), ("Acme", "Umbrella")]


def test_more_organizations_than_are_shown_are_found_by_name(mia: Client, world: World) -> None:
    many = Org.objects.bulk_create(Org(name=f"Branch {number:03}") for number in range(101))
    admin = Admin.objects.get(email="mia@example.com")
    Privilege.objects.bulk_create(Privilege(admin=admin, org=org, role="observer") for org in many)
    page = text(mia.get("/"))
    assert ("Branch 099" in page, "Branch 100" in page, 'name="q"' in page) == (True, False, True)
    assert "Find an organization" in text(mia.get(f"/orgs/{many[100].id}/sites"))
    found = text(mia.get("/?q=100+branch"))
    assert f'href="/orgs/{many[100].id}"' in found
    assert "Branch 099" not in found
    nothing = text(mia.get(f"/?q={world.acme.name}"))
    assert "No organization has this in its name." in nothing
