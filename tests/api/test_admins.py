"""Administrators of an organization: the list, other roles, revoking; and what it takes at once."""

from __future__ import annotations

from typing import Any, Final

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken, Invite, Privilege
from audit.models import Entry
from mistadmin.core.access import ROLES
from tests.client import ApiClient
from tests.world import (
    UNKNOWN,
    grant,
    make_admin,
    make_invite,
    make_org,
    make_site,
    make_sitegroup,
    make_sso_role,
)

READ: Final = [{"scope": "org", "role": "read"}]
SUPER: Final = [{"scope": "org", "role": "admin"}]


@pytest.fixture
def admins(world) -> str:
    return f"/orgs/{world.acme.id}/admins"


@pytest.fixture
def wes(world, admins) -> str:
    return f"{admins}/{world.wes.admin.id}"


def by_email(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["email"]: row for row in rows}


def test_list_has_administrators_and_pending_invitations(api, world, admins):
    make_invite(world.acme, "ines@example.com", "write", first_name="Ines", hours=48)
    make_invite(world.globex, "else@example.com")
    grant(world.gus.admin, world.acme, "observer", site=world.south)
    reply = api("ada").get(admins)
    rows = by_email(reply.ok())
    assert set(rows) == {f"{key}@example.com" for key in (*world.people, "ines")}
    ada, ines, gus = (rows[f"{key}@example.com"] for key in ("ada", "ines", "gus"))
    assert (ada["admin_id"], ada["privileges"][0]["role"]) == (str(world.ada.admin.id), "admin")
    # What somebody may do in another organization is none of this one's business.
    assert [one["org_id"] for one in gus["privileges"]] == [str(world.acme.id)]
    assert gus["privileges"][0] | {"scope": "site", "site_id": str(world.south.id)} == gus["privileges"][0]
    assert "admin_id" not in ines
    assert ines["expire_time"] > 0
    assert (ines["hours"], ines["privileges"][0]["role"]) == (48, "write")
    assert reply.headers["X-Page-Total"] == "13"


def test_pages_go_on_from_administrators_to_invitations(api, world, admins):
    for name in ("one", "two"):
        make_invite(world.acme, f"{name}@example.com")
    pages = [api("ada").get(admins, limit=4, page=number).ok() for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [4, 4, 4, 1]
    whole = api("ada").get(admins).ok()
    assert [row for page in pages for row in page] == whole


def test_roles_are_replaced_and_told(api, world, admins, wes):
    coast = make_sitegroup(world.acme, "Coast", world.north)
    wanted = [
        {"scope": "site", "site_id": str(world.north.id), "role": "helpdesk"},
        {
            "scope": "sitegroup",
            "sitegroup_ids": [str(coast.id)],
            "role": "helpdesk",
            "views": ["switch_admin"],
        },
    ]
    reply = api("ada").put(wes, {"email": "ignored@example.com", "privileges": wanted})
    shown = reply.ok()
    assert shown["email"] == "wes@example.com"
    assert {(one["scope"], one["role"]) for one in shown["privileges"]} == {
        ("site", "helpdesk"),
        ("sitegroup", "helpdesk"),
    }
    assert {one.role.key for one in world.wes.actor.grants} == {"helpdesk", "switch_port_operator"}
    entry = Entry.objects.get(event="accounts.member.updated")
    assert (entry.message, entry.org_id) == ('Update Administrator "wes@example.com"', world.acme.id)
    assert entry.before == {"Network Admin": ["All sites"]}
    assert entry.after == {"Helpdesk": ["North"], "Switch Port Operator": ["Site group Coast"]}
    api("ada").put(wes, {"privileges": wanted[::-1]}).ok()
    assert Entry.objects.filter(event="accounts.member.updated").count() == 1
    api("ada").put(wes, {}).ok()
    assert world.wes.admin.privileges.count() == 2


@pytest.mark.parametrize(
    ("privileges", "path"),
    [
        ([], "privileges"),
        ("read", "privileges"),
        ([{"scope": "org"}], "privileges.0.role"),
        ([{"scope": "org", "role": "owner"}], "privileges.0.role"),
        ([{"scope": "msp", "role": "read"}], "privileges.0.scope"),
        ([{"scope": "org", "role": "read", "views": ["lobby_admin"]}], "privileges.0.role"),
        ([{"scope": "org", "role": "read", "views": ["reporting", "marketing"]}], "privileges.0.views"),
        ([{"scope": "site", "role": "read"}], "privileges.0.site_id"),
        ([{"scope": "site", "role": "read", "site_id": "{unknown}"}], "privileges.0.site_id"),
        ([{"scope": "site", "role": "read", "site_id": "{foreign}"}], "privileges.0.site_id"),
        ([{"scope": "sitegroup", "role": "read"}], "privileges.0.sitegroup_id"),
        (
            [{"scope": "sitegroup", "role": "read", "sitegroup_ids": ["{unknown}"]}],
            "privileges.0.sitegroup_id",
        ),
        ([{"scope": "org", "role": "read", "org_id": "{unknown}"}], "privileges.0.org_id"),
        ([{"scope": "site", "role": "admin", "site_id": "{own}"}], "privileges.0.scope"),
    ],
)
def test_bad_privileges_are_named_and_change_nothing(api, world, wes, privileges, path):
    ids = {"{unknown}": UNKNOWN, "{foreign}": world.overseas.id, "{own}": world.north.id}
    sent = [
        {
            key: str(ids[value]) if isinstance(value, str) and value in ids else value
            for key, value in one.items()
        }
        if isinstance(one, dict)
        else one
        for one in privileges
    ]
    for one in sent:
        if isinstance(one, dict) and one.get("sitegroup_ids"):
            one["sitegroup_ids"] = [str(UNKNOWN)]
    for refused in (
        api("ada").put(wes, {"privileges": sent if isinstance(privileges, list) else privileges}),
        api("ada").post(
            f"/orgs/{world.acme.id}/invites",
            {"email": "x@example.com", "privileges": sent if isinstance(privileges, list) else privileges},
        ),
    ):
        assert set(refused.expect(400)["fields"]) == {path}
    assert list(world.wes.admin.privileges.values_list("role", flat=True)) == ["network_admin"]
    assert not Invite.objects.exists()


def test_an_edit_of_what_somebody_else_changed_is_refused(api, world, wes):
    first = api("ada").put(wes, {"privileges": READ})
    api("ada").put(wes, {"privileges": SUPER}).ok()
    stale = {"If-Match": first.headers["ETag"]}
    api("ada").put(wes, {"privileges": READ}, **stale).expect(412)
    api("ada").delete(wes, **stale).expect(412)
    assert list(world.wes.admin.privileges.values_list("role", flat=True)) == ["super_user"]
    now = api("ada").put(wes, {}).headers["ETag"]
    api("ada").delete(wes, **{"If-Match": now}).ok()


def test_revoked_access_is_gone_at_once_for_session_and_token(api, world, wes):
    place = f"/orgs/{world.acme.id}"
    session = api("wes")
    key = session.post("/self/apitokens", {"name": "script"}).ok()["key"]
    token = ApiClient(token=key)
    for client in (session, token):
        client.get(f"{place}/inventory").ok()
    api("ada").delete(wes).ok()
    for client in (session, token):
        client.get(f"{place}/inventory").expect(404)
        assert client.get("/self").ok()["privileges"] == []
    # The account is there, and what it made for the organization is the organization's.
    assert ApiToken.objects.filter(org=world.acme).exists()
    entry = Entry.objects.get(event="accounts.member.revoked")
    assert entry.message == 'Revoke Access of Administrator "wes@example.com"'
    assert entry.before == {"Network Admin": ["All sites"]}
    api("ada").delete(wes).expect(404)


def test_tokens_of_the_organization_stay_when_their_maker_goes(api, world):
    grant(world.gus.admin, world.acme, "super_user")
    wish = {"name": "Nightly", "privileges": READ}
    key = api("gus").post(f"/orgs/{world.acme.id}/apitokens", wish).ok()["key"]
    api("ada").delete(f"/orgs/{world.acme.id}/admins/{world.gus.admin.id}").ok()
    api("gus").get(f"/orgs/{world.acme.id}").expect(404)
    ApiClient(token=key).get(f"/orgs/{world.acme.id}").ok()


def test_the_last_super_user_stays(api, world, admins):
    own = f"{admins}/{world.ada.admin.id}"
    for refused in (api("ada").delete(own), api("ada").put(own, {"privileges": READ})):
        assert "last Super User" in refused.expect(409)["detail"]
    # Neither a Super User who cannot log in nor one of another organization counts.
    idle = make_admin("Idle", is_active=False)
    grant(idle, world.acme, "super_user")
    api("ada").delete(own).expect(409)
    assert not Entry.objects.filter(event__startswith="accounts.member.").exists()
    grant(world.wes.admin, world.acme, "super_user")
    api("ada").put(own, {"privileges": READ}).ok()
    api("ada").get(admins).expect(403)
    api("wes").delete(own).ok()
    api("wes").delete(f"{admins}/{world.wes.admin.id}").expect(409)


def test_a_super_user_may_leave_when_another_stays(api, world, admins):
    grant(world.wes.admin, world.acme, "super_user")
    api("ada").delete(f"{admins}/{world.ada.admin.id}").ok()
    api("ada").get(admins).expect(404)


def test_what_a_super_user_promised_goes_with_the_role(api, world, admins):
    grant(world.wes.admin, world.acme, "super_user")
    wish = {"email": "ines@example.com", "privileges": SUPER}
    api("wes").post(f"/orgs/{world.acme.id}/invites", wish).ok()
    make_invite(world.acme, "other@example.com")
    api("ada").delete(f"{admins}/{world.wes.admin.id}").ok()
    assert [one.email for one in Invite.objects.all()] == ["other@example.com"]
    assert Entry.objects.filter(event="accounts.invite.cancelled").count() == 1


@pytest.mark.parametrize("giver", ROLES)
def test_nobody_gives_more_than_they_have(api, world, admins, giver):
    """RELIABILITY S4: 11 givers by 11 roles, over editing others, oneself, inviting, tokens, SSO roles."""
    person = make_admin("Given")
    grant(person, world.acme, giver)
    client, org, sso_role = ApiClient(person), f"/orgs/{world.acme.id}", make_sso_role(world.acme, "Team")
    for role in ROLES.values():
        wish = {"scope": "org", "role": role.mist_role, **({"views": [role.view]} if role.view else {})}
        body = {"privileges": [wish]}
        replies = [
            client.put(f"{admins}/{world.rita.admin.id}", body),
            client.post(f"{org}/invites", {"email": f"{role.key}@example.com", **body}),
            client.post(f"{org}/apitokens", {"name": "x", **body}),
            client.post(f"{org}/ssoroles", {"name": role.key, **body}),
        ]
        if giver == "super_user":
            assert [one.status for one in replies] == [200] * 4
            continue
        replies.append(client.put(f"{admins}/{person.id}", body))
        replies.append(client.put(f"{org}/ssoroles/{sso_role.id}", body))
        assert [one.status for one in replies] == [403] * 6
        client.put("/self", body).ok()
        held = Privilege.objects.filter(admin=person).values_list("role", flat=True)
        assert list(held) == [giver]
    if giver != "super_user":
        assert not Invite.objects.exists()


def test_ids_of_other_organizations_are_unknown(api, world, admins):
    theirs = make_invite(world.globex, "else@example.com")
    for path, body in (
        (f"{admins}/{world.gus.admin.id}", {"privileges": READ}),
        (f"{admins}/{UNKNOWN}", {"privileges": READ}),
        (f"/orgs/{world.acme.id}/invites/{theirs.id}", {"hours": 3}),
        (f"/orgs/{world.acme.id}/invites/{UNKNOWN}", {"hours": 3}),
    ):
        assert api("ada").put(path, body).expect(404) == {"detail": "Not found."}
        assert api("ada").delete(path).expect(404) == {"detail": "Not found."}
    assert Invite.objects.filter(id=theirs.id).exists()


def test_many_sites_cost_no_more_queries_than_few(api, world):
    org = make_org("Large", by=world.ada.admin)
    sites = [str(make_site(org, name=f"Site {number}").id) for number in range(60)]
    grant(world.wes.admin, org, "observer")
    url = f"/orgs/{org.id}/admins/{world.wes.admin.id}"
    ada, costs = api("ada"), []
    ada.get("/self").ok()  # what the organization asks of sessions is looked up once
    for ids in (sites[:2], sites):
        wanted = [{"scope": "site", "site_id": one, "role": "read"} for one in ids]
        with CaptureQueriesContext(connection) as captured:
            shown = ada.put(url, {"privileges": wanted}).ok()
        assert {one["site_id"] for one in shown["privileges"]} == set(ids)
        costs.append(len(captured))
    assert costs[0] == costs[1]
