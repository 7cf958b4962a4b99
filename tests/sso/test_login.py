"""Coming in through an identity provider: from its side, from ours, with what its roles grant."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
import urllib3
import xmlsec
from django.test import Client
from django.utils import timezone

from accounts.models import Admin, Privilege
from accounts.sso import actions, queries, views
from accounts.sso.models import Sso, SsoFailure, SsoIdentity, SsoUse
from accounts.sso.saml import addresses
from audit.models import Entry
from tests.client import ApiClient
from tests.portal.conftest import text
from tests.sso.idp import IdP, encoded, keys, request_of, serving, sign
from tests.world import SYSTEM, World, grant, make_admin, make_site, make_sitegroup

Send = Callable[..., Any]


def whoami(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/v1/self").json()
    return found


def problem(sso: Sso) -> str:
    return SsoFailure.objects.filter(sso=sso).latest("timestamp").detail


def test_from_the_provider_straight_in(send: Send, idp: IdP, acs: str, world: World) -> None:
    answer = send(idp.signed(acs, attributes={"FirstName": "Nina", "LastName": "North"}))
    assert (answer.status_code, answer["Location"]) == (302, "/")
    me = whoami(answer.client)
    assert (me["first_name"], me["last_name"], me["email"]) == ("Nina", "North", "nina@example.org")
    assert me["via_sso"] is True
    assert [(one["role"], one["org_id"]) for one in me["privileges"]] == [("write", str(world.acme.id))]
    told = Entry.objects.filter(event="accounts.admin.logged_in").latest("timestamp")
    assert (told.org_id, told.admin_name) == (world.acme.id, "Nina North nina@example.org")


def test_from_our_side_over_http(sso: Sso, idp: IdP, world: World) -> None:
    with serving(idp, "nina@example.org") as address:
        actions.update_sso(SYSTEM, sso, changes={"idp_sso_url": f"{address}?tenant=7&x=<y>"})
        browser = Client()
        away = browser.get(f"/login/sso/{sso.domain}", {"next": f"/orgs/{world.acme.id}/sites"})
        assert request_of(away["Location"]).get("Destination") == f"{address}?tenant=7&x=<y>"
        said = urllib3.request("GET", away["Location"]).data.decode()
    inputs = re.findall(r'name="(\w+)" value="([^"]*)"', said)
    fields = {name: html.unescape(value) for name, value in inputs}
    answer = browser.post(f"/api/v1/saml/{sso.domain}/login", fields)
    assert answer["Location"] == f"/orgs/{world.acme.id}/sites"
    assert whoami(browser)["via_sso"] is True


def test_a_request_is_answered_once(send: Send, sso: Sso, idp: IdP, acs: str) -> None:
    asked = request_of(Client().get(f"/login/sso/{sso.domain}")["Location"]).get("ID")
    assert send(idp.signed(acs, request_id=asked)).status_code == 302
    assert send(idp.signed(acs, request_id=asked)).status_code == 403
    assert problem(sso) == "The answer of the identity provider has been used before."


def test_a_request_expires(send: Send, sso: Sso, idp: IdP, acs: str) -> None:
    asked = request_of(Client().get(f"/login/sso/{sso.domain}")["Location"]).get("ID")
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert send(idp.signed(acs, request_id=asked)).status_code == 403
    assert "too long" in problem(sso)


def test_an_assertion_is_used_once(send: Send, sso: Sso, idp: IdP, acs: str) -> None:
    root = idp.signed(acs)
    assert [send(root).status_code for _ in range(3)] == [302, 403, 403]
    assert SsoUse.objects.count() == 1


def test_the_same_person_keeps_the_account_and_another_name_id_is_another(
    send: Send, idp: IdP, acs: str, sso: Sso
) -> None:
    first = whoami(send(idp.signed(acs)).client)["admin_id"]
    assert whoami(send(idp.signed(acs)).client)["admin_id"] == first
    other = whoami(send(idp.signed(acs, "Nina@example.org")).client)
    assert other["admin_id"] != first
    assert SsoIdentity.objects.filter(sso=sso).count() == 2


def test_an_address_opens_no_account_that_is_there_already(
    send: Send, idp: IdP, acs: str, world: World
) -> None:
    ada = world.ada.admin
    me = whoami(send(idp.signed(acs, ada.email, attributes={"email": ada.email})).client)
    assert me["admin_id"] != str(ada.id)
    assert me["email"] == ada.email
    assert [one["role"] for one in me["privileges"]] == ["write"]
    # Whoever has a password goes on logging in with it, and only they.
    client = ApiClient()
    client.post("/login", {"email": ada.email, "password": "correct horse battery staple"}).ok()
    assert client.get("/self").ok()["admin_id"] == str(ada.id)
    assert Admin.objects.of_email(ada.email).get() == ada


def test_a_taken_address_can_still_be_registered(send: Send, idp: IdP, acs: str) -> None:
    send(idp.signed(acs, "zoe@example.org"))
    wish = {"email": "zoe@example.org", "password": "a long enough one", "first_name": "Z", "last_name": "Z"}
    ApiClient().post("/register", wish).ok()
    assert Admin.objects.filter(email="zoe@example.org").count() == 2


def test_rights_follow_the_roles_of_each_log_in(send: Send, idp: IdP, acs: str, world: World) -> None:
    site = make_site(world.acme, name="Depot")
    group = make_sitegroup(world.acme, "Coast", site)
    for name, privilege in {
        "Readers": {"scope": "site", "role": "read", "site_id": str(site.id)},
        "Helpers": {"scope": "sitegroup", "role": "helpdesk", "sitegroup_id": str(group.id)},
    }.items():
        actions.create_role(SYSTEM, world.acme, values={"name": name, "privileges": [privilege]})

    def rights(*roles: str) -> set[tuple[str, str]]:
        me = whoami(send(idp.signed(acs, roles=roles)).client)
        return {(one["role"], one["scope"]) for one in me["privileges"]}

    assert rights("Operators") == {("write", "org")}
    assert rights("Readers", "Helpers") == {("read", "site"), ("helpdesk", "sitegroup")}
    assert rights("Helpers") == {("helpdesk", "sitegroup")}


def test_a_changed_role_counts_at_once(send: Send, idp: IdP, acs: str, world: World) -> None:
    browser = send(idp.signed(acs)).client
    (row,) = queries.list_roles(SYSTEM, world.acme).rows
    role = queries.get_role(SYSTEM, world.acme, row["id"])
    actions.update_role(SYSTEM, role, changes={"privileges": [{"scope": "org", "role": "read"}]})
    assert [one["role"] for one in whoami(browser)["privileges"]] == ["read"]
    actions.delete_role(SYSTEM, role)
    assert whoami(browser)["privileges"] == []


@pytest.mark.parametrize(
    ("values", "roles", "comes_in"),
    [
        ({}, ["Strangers"], False),
        ({}, [], False),
        ({}, ["Operators", "Strangers"], False),
        ({"ignore_unmatched_roles": True}, ["Operators", "Strangers"], True),
        ({"ignore_unmatched_roles": True}, ["Strangers"], False),
        ({"default_role": "Operators"}, [], True),
        ({"default_role": "Operators"}, ["Strangers"], True),
        ({"default_role": "Operators"}, ["Operators", "Strangers"], False),
        ({"default_role": "Nobody"}, [], False),
        ({"role_attr_extraction": "cn"}, ["cn=Operators, OU=x,DC=y"], True),
        ({"role_attr_extraction": "cn"}, ["CN=Operators,CN=Other"], False),
        ({"role_attr_extraction": "cn"}, ["Operators"], False),
        ({"role_attr_from": "groups"}, ["Operators"], False),
    ],
)
def test_roles_decide(
    send: Send, sso: Sso, idp: IdP, acs: str, values: dict[str, Any], roles: list[str], comes_in: bool
) -> None:
    actions.update_sso(SYSTEM, sso, changes=values)
    answer = send(idp.signed(acs, roles=roles))
    assert answer.status_code == (302 if comes_in else 403)
    assert SsoFailure.objects.count() == (0 if comes_in else 1)
    assert SsoIdentity.objects.exists() is comes_in


def test_a_provider_opens_its_own_organization_only(
    send: Send, idp: IdP, acs: str, sso: Sso, world: World
) -> None:
    browser = send(idp.signed(acs)).client
    nina = SsoIdentity.objects.get(sso=sso).admin
    grant(nina, world.globex, "super_user")
    assert browser.get(f"/api/v1/orgs/{world.globex.id}").status_code == 404
    assert browser.get(f"/api/v1/orgs/{world.acme.id}").status_code == 200
    send(idp.signed(acs))
    assert set(Privilege.objects.filter(admin=nina).values_list("org_id", flat=True)) == {world.acme.id}


def test_the_provider_of_another_organization_is_somebody_else(
    send: Send, sso: Sso, idp: IdP, world: World
) -> None:
    other = IdP("https://idp.globex.example/saml", keys("globex"))
    theirs = actions.create_sso(SYSTEM, world.globex, values=other.provider())
    # Signed by globex, sent to acme: with either name on it.
    for claimed in (other.issuer, idp.issuer):
        answer = send(other.signed(addresses(sso).acs, issuer=claimed))
        assert answer.status_code == 403
    # What is good at one door is good at no other.
    assert send(idp.signed(addresses(sso).acs), to=theirs).status_code == 403
    assert not SsoIdentity.objects.exists()


def test_what_such_an_account_cannot_do(send: Send, idp: IdP, acs: str) -> None:
    browser = send(idp.signed(acs)).client
    token = browser.get("/account").context["csrf_token"]
    calls = {
        "/api/v1/self/apitokens": {"name": "Mine"},
        "/api/v1/orgs": {"name": "Mine"},
    }
    for path, body in calls.items():
        answer = browser.post(
            path, body, content_type="application/json", headers={"X-CSRFToken": str(token)}
        )
        assert answer.status_code == 403
        assert "single sign-on" in answer.json()["detail"]
    form = {"form": "password", "current": "x", "new": "another long one", "csrfmiddlewaretoken": token}
    page = browser.post("/account", form)
    assert page.status_code == 403
    assert "kept by your identity provider" in text(page)
    with pytest.raises(AssertionError):
        ApiClient().post("/login", {"email": "nina@example.org", "password": ""}).ok()


def test_elliptic_keys_and_two_certificates(send: Send, sso: Sso, acs: str) -> None:
    curve = IdP(owner=keys("curve", "ec"))
    both = keys().cert + curve.owner.cert
    actions.update_sso(SYSTEM, sso, changes={"idp_cert": both})
    root = curve.response(acs)
    sign(root, root.find(".//{*}Assertion"), curve.owner, method=xmlsec.Transform.ECDSA_SHA256)
    assert send(root).status_code == 302
    assert send(IdP().signed(acs)).status_code == 302


def test_signing_the_response_as_well_is_fine(send: Send, idp: IdP, acs: str) -> None:
    root = idp.signed(acs)
    sign(root, root, idp.owner)
    assert send(root).status_code == 302


def test_clocks_may_be_a_minute_apart(send: Send, idp: IdP, acs: str) -> None:
    early = idp.signed(acs, begins=timedelta(seconds=45), issued=timedelta(seconds=45))
    assert send(early).status_code == 302
    late = idp.signed(acs, begins=timedelta(minutes=-5), ends=timedelta(seconds=-45))
    # python3-saml grants no skew at the end of a confirmation.
    assert send(late).status_code == 403


@pytest.mark.parametrize(
    "state", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"]
)
def test_relay_state_leads_nowhere_else(send: Send, idp: IdP, acs: str, state: str) -> None:
    assert send(idp.signed(acs), RelayState=state)["Location"] == "/"


def test_an_incomplete_provider_lets_nobody_in(send: Send, idp: IdP, acs: str, sso: Sso) -> None:
    actions.update_sso(SYSTEM, sso, changes={"idp_cert": None})
    assert send(idp.signed(acs)).status_code == 403
    assert Client().get(f"/login/sso/{sso.domain}").status_code == 403


def test_a_switched_off_account_stays_out(send: Send, idp: IdP, acs: str, sso: Sso) -> None:
    send(idp.signed(acs))
    Admin.objects.filter(sso_identity__sso=sso).update(is_active=False)
    assert send(idp.signed(acs)).status_code == 403
    assert "switched off" in problem(sso)


def test_failures_tell_administrators_and_nobody_else(send: Send, idp: IdP, acs: str, sso: Sso) -> None:
    answer = send(idp.signed(acs, roles=["Strangers"]))
    assert "Strangers" not in text(answer)
    kept = SsoFailure.objects.get()
    assert kept.detail == "No role here is called Strangers."
    assert "nina@example.org" in kept.xml
    # What is shown cannot be sent once more.
    assert "SignatureValue>…<" in kept.xml
    assert Entry.objects.filter(event="accounts.sso.refused").count() == 1


def test_failures_are_bounded(send: Send, sso: Sso) -> None:
    first = send(b"<x/>")
    assert first.status_code == 403
    statuses = [send(b"<x/>").status_code for _ in range(views._REFUSED_PER_MINUTE)]
    assert statuses[-1] == 429
    for number in range(actions.MOST_FAILURES + 5):
        actions.record_failure(SYSTEM, sso, detail=str(number), raw=b"")
    assert SsoFailure.objects.filter(sso=sso).count() == actions.MOST_FAILURES


def test_lookup_of_an_address(send: Send, idp: IdP, acs: str, sso: Sso, world: World) -> None:
    send(idp.signed(acs))
    send(idp.signed(acs, world.ada.email))
    assert queries.sso_for(" Nina@Example.org ") == addresses(sso).login
    assert queries.sso_for(world.ada.email) is None
    assert queries.sso_for("nobody@example.org") is None
    page = Client().post("/login/sso", {"email": "nina@example.org", "next": "/account"})
    assert f"{addresses(sso).login}?next=%2Faccount" in text(page)
    unknown = Client().post("/login/sso", {"email": "nobody@example.org"})
    assert unknown.status_code == 422
    assert "single sign-on is known for this address" in text(unknown)


def test_logging_out_goes_on_to_the_provider(send: Send, idp: IdP, acs: str, sso: Sso) -> None:
    actions.update_sso(SYSTEM, sso, changes={"custom_logout_url": "https://idp.example.org/bye"})
    browser = send(idp.signed(acs)).client
    token = str(browser.get("/account").context["csrf_token"])
    page = browser.post("/logout", {"csrfmiddlewaretoken": token})
    assert "https://idp.example.org/bye" in text(page)
    assert browser.get("/api/v1/self").status_code == 401
    browser = send(idp.signed(acs)).client
    token = str(browser.get("/account").context["csrf_token"])
    answer = browser.post("/api/v1/logout", headers={"X-CSRFToken": token})
    assert answer.json() == {"forward_url": "https://idp.example.org/bye"}


def test_single_logout_ends_every_session(send: Send, idp: IdP, acs: str, sso: Sso) -> None:
    one, two = send(idp.signed(acs)).client, send(idp.signed(acs)).client
    other = send(idp.signed(acs, "otto@example.org")).client
    door = f"/api/v1/saml/{sso.domain}/logout"
    address = addresses(sso).logout
    unsigned = encoded(idp.logout(address, "nina@example.org", signed=False))
    foreign = encoded(IdP(owner=keys("globex")).logout(address, "nina@example.org"))
    elsewhere = encoded(idp.logout(acs, "nina@example.org"))
    for wrong in (unsigned, foreign, elsewhere, ""):
        assert Client().post(door, {"SAMLRequest": wrong}).status_code == 403
    assert whoami(one)["via_sso"]
    right = encoded(idp.logout(address, "nina@example.org"))
    assert Client().post(door, {"SAMLRequest": right})["Location"] == "/login"
    assert [c.get("/api/v1/self").status_code for c in (one, two, other)] == [401, 401, 200]


def test_deleting_the_provider_takes_its_people_along(
    send: Send, idp: IdP, acs: str, sso: Sso, world: World
) -> None:
    browser = send(idp.signed(acs)).client
    local = make_admin("Nina")
    assert actions.delete_sso(SYSTEM, sso) == 1
    assert browser.get("/api/v1/self").status_code == 401
    assert Admin.objects.filter(id=local.id).exists()
    assert not Admin.objects.filter(via_sso=True).exists()


def test_opening_the_address_of_responses_begins_anew(sso: Sso) -> None:
    assert Client().get(f"/api/v1/saml/{sso.domain}/login")["Location"] == addresses(sso).login


def test_unknown_doors_are_404(db: None, idp: IdP) -> None:
    for path in ("/login/sso/nowhere", "/api/v1/saml/nowhere/login", "/api/v1/saml/nowhere/logout"):
        call = Client().get if path.startswith("/login") else Client().post
        assert call(path).status_code == 404


def test_requests_are_redirects_with_a_deflated_request(sso: Sso) -> None:
    away = Client().get(f"/login/sso/{sso.domain}?{urlencode({'next': '/account'})}")["Location"]
    assert away.startswith("https://idp.example.org/sso?SAMLRequest=")
    assert parse_qs(urlsplit(away).query)["RelayState"] == ["/account"]
    request = request_of(away)
    assert request.get("AssertionConsumerServiceURL") == addresses(sso).acs
