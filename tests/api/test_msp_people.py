"""The people of an MSP: invited, changed, revoked, and what goes with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Admin, Invite
from orgs.models import Msp, Org
from tests.api.conftest import Umbrella, messages
from tests.client import ApiClient
from tests.world import (
    UNKNOWN,
    World,
    grant_at,
    make_admin,
    make_invite,
    make_msp,
    make_orggroup,
)


def test_an_invitation_leads_into_the_msp(
    umbrella: Umbrella, world: World, pay: Callable[[], int], mailoutbox: list[Any]
) -> None:
    zoe = make_admin("zoe")
    wish = {"scope": "orggroup", "role": "write", "orggroup_ids": [str(umbrella.east.id)]}
    sent = umbrella.mia.post(f"{umbrella.url}/invites", {"email": zoe.email, "privileges": [wish]}).ok()
    assert sent["privileges"][0]["orggroup_ids"] == [str(umbrella.east.id)]
    pay()
    (mail,) = mailoutbox
    assert 'Managed Service Provider "Umbrella"' in mail.body
    assert "Organization group East" in mail.body
    token = mail.body.split("token=")[1].split()[0]
    ApiClient(zoe).post(f"/invite/verify/{token}").ok()
    assert ApiClient(zoe).get(f"/orgs/{world.acme.id}").ok()["name"] == "Acme"
    rows = umbrella.mia.get(f"{umbrella.url}/admins").ok()
    assert [row["first_name"] for row in rows] == ["mia", "zoe"]
    pay()
    assert f"/msps/{umbrella.msp.id}" in mailoutbox[-1].body


def test_roles_change_and_end(umbrella: Umbrella, world: World) -> None:
    client = umbrella.person("pat", "observer")
    pat = Admin.objects.get(email="pat@example.com")
    url = f"{umbrella.url}/admins/{pat.id}"
    umbrella.mia.put(url, {"privileges": [{"scope": "msp", "role": "admin"}]}).ok()
    client.put(umbrella.url, {"name": "Umbrella 2"}).ok()
    umbrella.mia.delete(url).ok()
    assert client.get(umbrella.url).status == client.get(f"/orgs/{world.acme.id}").status == 404


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"scope": "org", "role": "read"}, "scope"),
        ({"scope": "orggroup", "role": "read"}, "orggroup_id"),
        ({"scope": "orggroup", "role": "read", "orggroup_id": str(UNKNOWN)}, "orggroup_id"),
        ({"scope": "msp", "role": "read", "msp_id": str(UNKNOWN)}, "msp_id"),
        ({"scope": "msp", "role": "read", "views": ["nonsense"]}, "role"),
    ],
)
def test_what_cannot_be_given(umbrella: Umbrella, wish: dict[str, Any], field: str) -> None:
    values = {"email": "new@example.com", "privileges": [wish]}
    refused = umbrella.mia.post(f"{umbrella.url}/invites", values).expect(400)
    assert list(refused["fields"]) == [f"privileges.0.{field}"]


def test_groups_of_another_msp_do_not_exist(umbrella: Umbrella) -> None:
    rival = make_msp("Rival", by=make_admin("rob"))
    wish = {"scope": "orggroup", "role": "read", "orggroup_id": str(make_orggroup(rival, "X").id)}
    refused = umbrella.mia.post(f"{umbrella.url}/invites", {"email": "n@example.com", "privileges": [wish]})
    assert refused.expect(400)["fields"] == {"privileges.0.orggroup_id": "does not exist in this MSP"}


def test_an_organization_gives_nothing_at_its_msp(umbrella: Umbrella, api: Any, world: World) -> None:
    wish = {"scope": "msp", "role": "admin", "msp_id": str(umbrella.msp.id)}
    values = {"email": "n@example.com", "privileges": [wish]}
    api("ada").post(f"/orgs/{world.acme.id}/invites", values).expect(400)
    token = {"name": "x", "privileges": [wish]}
    api("ada").post(f"/orgs/{world.acme.id}/apitokens", token).expect(400)


def test_the_last_super_user_stays_and_those_of_the_msp_do_not_count(
    umbrella: Umbrella, api: Callable[[str], ApiClient], world: World
) -> None:
    mia = Admin.objects.get(email="mia@example.com")
    refused = umbrella.mia.delete(f"{umbrella.url}/admins/{mia.id}").expect(409)
    assert "last Super User of the MSP" in refused["detail"]
    umbrella.person("pat", "super_user", umbrella.east)
    umbrella.mia.put(
        f"{umbrella.url}/admins/{mia.id}", {"privileges": [{"scope": "msp", "role": "read"}]}
    ).expect(409)
    ada = world.ada.admin
    refused = umbrella.mia.delete(f"/orgs/{world.acme.id}/admins/{ada.id}").expect(409)
    assert "last Super User of the organization" in refused["detail"]


def test_people_of_the_msp_are_no_administrators_of_the_organization(
    umbrella: Umbrella, api: Callable[[str], ApiClient], world: World
) -> None:
    emails = [row["email"] for row in api("ada").get(f"/orgs/{world.acme.id}/admins", limit=100).ok()]
    assert "mia@example.com" not in emails
    mia = Admin.objects.get(email="mia@example.com")
    assert api("ada").delete(f"/orgs/{world.acme.id}/admins/{mia.id}").status == 404


def test_deleting_the_account_of_the_last_one(umbrella: Umbrella, world: World) -> None:
    assert "Umbrella has organizations" in umbrella.mia.delete("/self").expect(400)["detail"]
    umbrella.person("pat", "observer")
    assert "no other Super User" in umbrella.mia.delete("/self").expect(400)["detail"]
    grant_at(umbrella.msp, make_admin("sue"), "super_user")
    umbrella.mia.delete("/self").ok()
    empty = make_admin("eve")
    msp = make_msp("Empty", by=empty)
    make_invite(msp, "n@example.com")
    ApiClient(empty).delete("/self").ok()
    assert not Msp.objects.filter(id=msp.id).exists()


@pytest.mark.parametrize("how", ["unassign", "revoke", "demote", "ungroup"])
def test_what_was_promised_through_the_msp_goes_with_it(
    umbrella: Umbrella, world: World, api: Callable[[str], ApiClient], how: str
) -> None:
    group = umbrella.east if how == "ungroup" else None
    sue = umbrella.person("sue", "super_user", group)
    invites = f"/orgs/{world.acme.id}/invites"
    friend = {"privileges": [{"scope": "org", "role": "admin"}]}
    sue.post(invites, {"email": "friend@example.com", **friend}).ok()
    api("ada").post(invites, {"email": "kept@example.com", **friend}).ok()
    url = f"{umbrella.url}/admins/{Admin.objects.get(email='sue@example.com').id}"
    {
        "unassign": lambda: umbrella.mia.put(
            f"{umbrella.url}/orgs", {"op": "unassign", "org_ids": [str(world.acme.id)]}
        ),
        "revoke": lambda: umbrella.mia.delete(url),
        "demote": lambda: umbrella.mia.put(url, {"privileges": [{"scope": "msp", "role": "write"}]}),
        "ungroup": lambda: umbrella.mia.put(f"{umbrella.url}/orggroups/{umbrella.east.id}", {"org_ids": []}),
    }[how]().ok()
    assert list(Invite.objects.filter(org=world.acme).values_list("email", flat=True)) == ["kept@example.com"]
    assert 'Cancel Invitation of "friend@example.com"' in messages(world.acme)


def test_an_organization_is_not_given_up_with_its_last_own_person(umbrella: Umbrella) -> None:
    bo = ApiClient(Admin.objects.get(email="bo@example.com"))
    assert "no other Super User" in bo.delete("/self").expect(400)["detail"]
    assert Org.objects.filter(id=umbrella.branch.id).exists()


def test_the_strictest_organization_holds_for_who_reaches_it_through_the_msp(
    umbrella: Umbrella, world: World, api: Callable[[str], ApiClient]
) -> None:
    client = umbrella.person("pat", "observer", umbrella.east)
    policy = {"enabled": True, "requires_two_factor_auth": True, "min_length": 20}
    api("ada").put(f"/orgs/{world.acme.id}", {"session_expiry": 30}).ok()
    assert client.get("/self").ok()["session_expiry"] == 30
    api("ada").put(f"/orgs/{world.acme.id}/setting", {"password_policy": policy}).ok()
    assert "two-factor" in client.get("/self").expect(403)["detail"]
