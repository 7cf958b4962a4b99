"""Invitations over the API: who is told what, the link, its life, and the one time it works."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tokens
from accounts.invite_mails import send_invitation
from accounts.models import Admin, Invite, Privilege
from audit.models import Entry
from tests.client import ApiClient
from tests.world import grant, make_admin, make_invite, make_org

WRITE: Final = [{"scope": "org", "role": "write"}]
GONE: Final = {"detail": "invalid secret"}


@pytest.fixture
def invites(world) -> str:
    return f"/orgs/{world.acme.id}/invites"


@pytest.fixture
def nora(world) -> Admin:
    """Somebody with an account and no organization."""
    return make_admin("Nora")


def wish(email: str = "nora@example.com", **values: Any) -> dict[str, Any]:
    return {"email": email, "first_name": "Nora", "privileges": WRITE, **values}


def link_of(invite: Invite) -> str:
    return tokens.invite_link(invite.id, invite.links)


def test_an_invited_account_accepts_and_sees_the_organization(api, world, invites, nora, pay):
    created = api("ada").post(invites, wish()).ok()
    pay()
    (message,) = mail.outbox
    found = re.search(r"/verify/invite\?token=(\S+)", message.body)
    assert found
    assert message.to == ["nora@example.com"]
    assert message.subject == "You are invited to administer Acme"
    assert "Network Admin" in message.body
    assert "All sites" in message.body
    client = ApiClient(nora)
    client.get(f"/orgs/{world.acme.id}").expect(404)
    client.post(f"/invite/verify/{found[1]}").ok()
    client.get(f"/orgs/{world.acme.id}").ok()
    assert client.get("/self").ok()["privileges"][0]["role"] == "write"
    assert "invite_id" not in str(api("ada").get(f"/orgs/{world.acme.id}/admins").ok())
    pay()
    welcome = mail.outbox[1]
    assert (welcome.subject, welcome.to) == ("You are an administrator of Acme", ["nora@example.com"])
    told = Entry.objects.filter(org_id=world.acme.id, event__startswith="accounts.invite.").order_by(
        "timestamp"
    )
    assert [(one.message, one.admin_name) for one in told] == [
        ('Invite Administrator "nora@example.com"', "Ada Admin ada@example.com"),
        ('Accept Invitation of "nora@example.com"', "Nora Person nora@example.com"),
    ]
    assert created["hours"] == 24


def test_scripts_of_clients_are_understood(api, world, invites):
    """As published scripts spell it: an empty id for no site, ids that the server knows."""
    place = {"scope": "org", "org_id": str(world.acme.id), "site_id": "", "role": "installer"}
    body = {"email": "Nora@example.com", "first_name": "Nora", "last_name": "New", "hours": 168}
    shown = api("ada").post(invites, {**body, "privileges": [place], "tags": [], "phone": "1"}).ok()
    assert (shown["email"], shown["hours"]) == ("nora@example.com", 168)
    assert [(one["scope"], one["role"]) for one in shown["privileges"]] == [("org", "installer")]


def test_the_link_is_stored_nowhere_and_names_the_configured_host(api, world, invites, pay, settings):
    settings.BASE_URL = "https://console.example.org"
    api("ada").send(
        "POST",
        invites,
        b'{"email":"a@example.com","privileges":[{"scope":"org","role":"read"}]}',
        headers={"X-Forwarded-Host": "evil.example"},
    ).ok()
    invite = Invite.objects.get()
    token = link_of(invite)
    assert token not in str(Invite.objects.values().get())
    assert token not in str(list(Entry.objects.values()))
    pay()
    assert (
        f"https://console.example.org/verify/invite?token={token.replace(':', '%3A')}" in mail.outbox[0].body
    )
    assert "evil.example" not in mail.outbox[0].body


def test_the_inviter_is_told_the_same_for_known_and_unknown_addresses(api, invites, nora):
    client, answers, costs = api("ada"), [], []
    client.get("/self").ok()  # what the organization asks of sessions is looked up once
    for email in ("nora@example.com", "nadi@example.com"):
        with CaptureQueriesContext(connection) as captured:
            reply = client.post(invites, wish(email))
        body = reply.ok()
        assert body.pop("email") == email
        assert body.pop("invite_id")
        assert body.pop("expire_time")
        answers.append((body, sorted(reply.headers), len(reply.headers["ETag"])))
        costs.append([query["sql"].split(" ")[0] for query in captured])
    assert answers[0] == answers[1]
    # Nothing is looked up, written or owed for the one and not for the other.
    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    "twin", ["nora@example.com", "NORA@Example.COM", " nora@example.com ", "nora@EXAMPLE.com"]
)
def test_an_address_is_invited_once_however_it_is_written(api, world, invites, twin):
    api("ada").post(invites, wish()).ok()
    refused = api("ada").post(invites, wish(twin)).expect(400)
    assert "already exists" in refused["fields"]["email"]
    assert Invite.objects.count() == 1
    make_invite(world.globex, "nora@example.com")


@pytest.mark.parametrize("twin", ["\u212aate@example.com", "KATE@example.com", "kate@e\uff58ample.com"])
def test_unicode_twins_are_the_address_that_the_account_has(api, world, invites, twin):
    """The Kelvin sign is a K; what is not the same address after all never reaches the account."""
    kate = make_admin("Kate")
    reply = api("ada").post(invites, wish(twin))
    if reply.status == 400:
        assert set(reply.body["fields"]) == {"email"}
        return
    assert Invite.objects.get().email == kate.email


@pytest.mark.parametrize("twin", ["n\u043era@example.com", "nor\u0251@example.com", "\u0131van@example.com"])
def test_an_address_that_only_looks_alike_is_another(api, world, invites, nora, twin):
    api("ada").post(invites, wish(twin)).ok()
    for person in (nora, world.ivan.admin):
        ApiClient(person).post(f"/invite/verify/{link_of(Invite.objects.get())}").expect(404)
    assert not Privilege.objects.filter(admin=nora).exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": f"{'x' * 60}@example.com"}, "email"),
        ({"email": "ada@example.com\nBcc: x@example.com"}, "email"),
        ({"email": None}, "email"),
        ({"email": "Wes@Example.com"}, "email"),
        ({"first_name": "x" * 65}, "first_name"),
        ({"last_name": "a\nb"}, "last_name"),
        ({"hours": 0}, "hours"),
        ({"hours": 169}, "hours"),
        ({"privileges": None}, "privileges"),
    ],
)
def test_a_bad_invitation_is_named_and_nothing_is_sent(api, invites, owed, changes, field):
    assert set(api("ada").post(invites, wish(**changes)).expect(400)["fields"]) == {field}
    assert not Invite.objects.exists()
    assert not [event for event, _ in owed() if event.startswith("accounts.invite.")]


def test_a_link_works_once(api, world, invites, nora):
    api("ada").post(invites, wish()).ok()
    token = link_of(Invite.objects.get())
    ApiClient(nora).post(f"/invite/verify/{token}").ok()
    api("ada").delete(f"/orgs/{world.acme.id}/admins/{nora.id}").ok()
    assert ApiClient(nora).post(f"/invite/verify/{token}").expect(404) == GONE
    assert not nora.privileges.exists()


def test_an_expired_link_is_refused_until_it_is_sent_again(api, invites, nora):
    invite_id = api("ada").post(invites, wish(hours=2)).ok()["invite_id"]
    token = link_of(Invite.objects.get())
    with time_machine.travel(timezone.now() + timedelta(hours=2, seconds=1)):
        assert ApiClient(nora).post(f"/invite/verify/{token}").expect(400) == {"detail": "expired"}
        assert not nora.privileges.exists()
        # More hours are counted from when it was sent.
        api("ada").put(f"{invites}/{invite_id}", {"hours": 3}).ok()
        ApiClient(nora).post(f"/invite/verify/{token}").ok()


def test_a_cancelled_a_forged_and_a_foreign_link_are_alike(api, world, invites, nora, pay):
    invite_id = api("ada").post(invites, wish()).ok()["invite_id"]
    token = link_of(Invite.objects.get())
    theirs = make_invite(world.globex, "else@example.com")
    api("ada").delete(f"{invites}/{invite_id}").ok()
    pay()
    # A message that has not gone yet goes nowhere.
    assert [one.to for one in mail.outbox] == [["else@example.com"]]
    forged = tokens.sign_link("invite", {"invite": str(theirs.id), "link": 1})
    for dead in (token, forged, link_of(theirs), link_of(theirs)[:-1] + "x", "nonsense", "a" * 3000):
        assert ApiClient(nora).post(f"/invite/verify/{dead}").expect(404) == GONE
    assert not nora.privileges.exists()
    assert Entry.objects.filter(event="accounts.invite.cancelled").count() == 1


def test_ones_own_invitation_is_not_accepted(api, world, invites):
    api("ada").post(invites, wish()).ok()
    assert api("ada").post(f"/invite/verify/{link_of(Invite.objects.get())}").expect(404) == {
        "detail": "invite created by self"
    }
    ApiClient(token=world.org_token.key).post(f"/invite/verify/{link_of(Invite.objects.get())}").expect(404)


def test_an_invitation_is_changed_and_its_link_stays(api, world, invites, nora):
    created = api("ada").post(invites, wish())
    url = f"{invites}/{created.body['invite_id']}"
    token = link_of(Invite.objects.get())
    changed = api("ada").put(
        url,
        {
            "last_name": "New",
            "privileges": [{"scope": "site", "role": "read", "site_id": str(world.north.id)}],
        },
        **{"If-Match": created.headers["ETag"]},
    )
    assert (changed.ok()["first_name"], changed.body["last_name"]) == ("Nora", "New")
    api("ada").put(url, {"hours": 9}, **{"If-Match": created.headers["ETag"]}).expect(412)
    api("ada").delete(url, **{"If-Match": created.headers["ETag"]}).expect(412)
    assert set(api("ada").put(url, {"email": "else@example.com"}).expect(400)["fields"]) == {"email"}
    assert set(api("ada").put(url, {"privileges": []}).expect(400)["fields"]) == {"privileges"}
    api("ada").put(url, {"email": "Nora@example.com", "hours": None}).ok()
    ApiClient(nora).post(f"/invite/verify/{token}").ok()
    assert [(one.role, one.site_id) for one in nora.privileges.all()] == [("observer", world.north.id)]


def test_sites_that_are_gone_are_not_offered(api, world, invites, nora):
    site = [{"scope": "site", "role": "read", "site_id": str(world.south.id)}]
    api("ada").post(invites, wish(privileges=site)).ok()
    api("ada").delete(f"/sites/{world.south.id}").ok()
    token = link_of(Invite.objects.get())
    assert "do not exist any more" in ApiClient(nora).post(f"/invite/verify/{token}").expect(400)["detail"]
    assert not nora.privileges.exists()


def test_accepting_keeps_what_was_given_meanwhile(api, world, invites, nora):
    api("ada").post(invites, wish()).ok()
    grant(nora, world.acme, "network_admin")
    ApiClient(nora).post(f"/invite/verify/{link_of(Invite.objects.get())}").ok()
    assert nora.privileges.count() == 1


def test_invitations_go_with_their_organization(api, world):
    org = make_org("Third", by=world.ada.admin)
    make_invite(org, "nora@example.com")
    api("ada").delete(f"/orgs/{org.id}").ok()
    assert not Invite.objects.exists()


def test_messages_to_one_address_are_limited(api, invites):
    for _ in range(10):
        invite_id = api("ada").post(invites, wish()).ok()["invite_id"]
        api("ada").delete(f"{invites}/{invite_id}").ok()
    assert api("ada").post(invites, wish()).status == 429
    api("ada").post(invites, wish("other@example.com")).ok()


def test_a_link_is_the_same_however_often_its_message_is_sent(world):
    invite = make_invite(world.acme, "nora@example.com")
    for _ in range(2):
        send_invitation(str(invite.id), "00000000-0000-4000-8000-000000000001")
    first, second = mail.outbox
    assert (first.body, first.extra_headers) == (second.body, second.extra_headers)
