"""What people of an identity provider may not: their addresses are its word, and they go with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import tokens
from accounts.actions.admins import revoke_admin
from accounts.models import Admin, Invite, Privilege
from accounts.sso.models import Sso
from accounts.sso.saml import addresses
from mistadmin.core.errors import Conflict
from tests.client import ApiClient
from tests.portal.conftest import text
from tests.sso.idp import IdP
from tests.world import SYSTEM, World, make_invite

Send = Callable[..., Any]
NINA = "nina@example.org"


@pytest.fixture
def nina(send: Send, idp: IdP, acs: str) -> Client:
    """The browser of somebody who came in through the provider."""
    browser: Client = send(idp.signed(acs)).client
    return browser


def post(browser: Client, path: str, body: dict[str, str] | None = None) -> Any:
    token = str(browser.get("/account").context["csrf_token"])
    return browser.post(path, body or {}, headers={"X-CSRFToken": token}, content_type="application/json")


def test_an_invitation_of_the_same_address_is_not_theirs(nina: Client, world: World) -> None:
    invite = make_invite(world.globex, NINA, "admin")
    token = tokens.invite_link(invite.id, invite.links)
    refused = post(nina, f"/api/v1/invite/verify/{token}")
    assert refused.status_code == 400
    assert "single sign-on" in text(refused)
    csrf = str(nina.get("/account").context["csrf_token"])
    page = nina.post("/verify/invite", {"token": token, "csrfmiddlewaretoken": csrf})
    assert page.status_code == 422
    assert "Log out and open the link again" in text(page)
    assert Invite.objects.filter(id=invite.id).exists()
    assert not Privilege.objects.filter(org=world.globex, admin__email=NINA).exists()


def test_whoever_has_the_address_can_still_be_invited(nina: Client, world: World) -> None:
    assert make_invite(world.acme, NINA).email == NINA


def test_the_address_is_not_theirs_to_change(nina: Client) -> None:
    refused = post(nina, "/api/v1/self/update", {"email": "other@example.org"})
    assert refused.status_code == 403
    assert "identity provider" in text(refused)
    assert Admin.objects.get(via_sso=True).new_email == ""


def test_lookup_leads_to_the_provider(nina: Client, sso: Sso) -> None:
    found = ApiClient().post("/login/lookup", {"email": NINA}).ok()
    assert found == {"sso_url": addresses(sso).login}
    assert ApiClient().post("/login/lookup", {"email": "ada@example.com"}).ok() == {}


def test_they_are_no_last_super_user(nina: Client, world: World) -> None:
    Privilege.objects.create(admin=Admin.objects.get(via_sso=True), org=world.acme, role="super_user")
    alone = Privilege.objects.filter(org=world.acme, role="super_user", admin__via_sso=False)
    assert [one.admin_id for one in alone] == [world.ada.admin.id]
    with pytest.raises(Conflict):
        revoke_admin(SYSTEM, world.acme, admin=world.ada.admin)


def test_looking_an_address_up_costs_the_same_with_an_account_and_without(nina: Client, world: World) -> None:
    costs = []
    for email in (world.ada.email, "nobody@example.com"):
        with CaptureQueriesContext(connection) as asked:
            assert Client().post("/api/v1/login/lookup", {"email": email}, "application/json").json() == {}
        costs.append(len(asked))
    assert costs[0] == costs[1]
