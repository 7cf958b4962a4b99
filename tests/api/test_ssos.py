"""Identity providers and roles of single sign-on over the API (guide: Single Sign-On)."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from accounts.sso.actions import record_failure
from accounts.sso.models import Sso
from audit.models import Entry
from tests.sso.idp import IdP, keys
from tests.world import SYSTEM, World, make_site, make_sitegroup, make_sso, make_sso_role


@pytest.fixture
def ssos(world: World) -> str:
    return f"/orgs/{world.acme.id}/ssos"


@pytest.fixture
def roles(world: World) -> str:
    return f"/orgs/{world.acme.id}/ssoroles"


def test_a_provider_comes_and_goes(api, ssos, world):
    ada, wish = api("ada"), IdP().provider(custom_thing={"kept": True})
    made = ada.post(ssos, wish).ok()
    assert {key: made[key] for key in wish} == wish
    assert (len(made["domain"]), made["org_id"]) == (12, str(world.acme.id))
    url = f"{ssos}/{made['id']}"
    assert ada.get(url).ok() == made
    assert ada.get(ssos).ok() == [made]
    changed = ada.put(url, {"name": "Okta", "domain": "mine", "role_attr_from": "groups"}).ok()
    assert (changed["name"], changed["domain"], changed["role_attr_from"]) == (
        "Okta",
        made["domain"],
        "groups",
    )
    ada.delete(url).ok()
    ada.get(url).expect(404)
    told = Entry.objects.filter(org_id=world.acme.id).order_by("timestamp").values_list("message", flat=True)
    assert list(told)[-3:] == [
        'Add Identity Provider "Example IdP"',
        'Update Identity Provider "Okta"',
        'Delete Identity Provider "Okta"',
    ]


def test_a_name_is_enough_to_begin_with(api, ssos):
    made = api("ada").post(ssos, {"name": "Later"}).ok()
    where = api("ada").get(f"{ssos}/{made['id']}/metadata").ok()
    assert where["acs_url"].endswith(f"/api/v1/saml/{made['domain']}/login")
    assert where["entity_id"] == where["acs_url"]
    assert where["logout_url"].endswith(f"/api/v1/saml/{made['domain']}/logout")


def test_secrets_of_other_types_are_not_kept(api, ssos):
    others = {"ldap_bind_password": "x", "oauth_cc_client_secret": "x", "scim_secret_token": "x"}
    made = api("ada").post(ssos, {"name": "X", **others}).ok()
    assert not set(others) & set(made)
    changed = api("ada").put(f"{ssos}/{made['id']}", {"ldap_client_key": "x"}).ok()
    assert "ldap_client_key" not in changed


def test_metadata_is_what_providers_import(api, ssos):
    made = api("ada").post(ssos, {"name": "Later", "nameid_format": "unspecified"}).ok()
    told = api("ada").get(f"{ssos}/{made['id']}/metadata").ok()
    file = api("ada").get(f"{ssos}/{made['id']}/metadata.xml")
    assert file.ok() == told["metadata"]
    assert f"mistadmin-{made['domain']}.xml" in file.headers["Content-Disposition"]
    root = etree.fromstring(told["metadata"].encode())
    assert root.get("entityID") == told["entity_id"]
    consumer = root.find(".//{*}AssertionConsumerService")
    assert (consumer.get("Location"), consumer.get("Binding").rpartition(":")[2]) == (
        told["acs_url"],
        "HTTP-POST",
    )
    assert root.find("{*}SPSSODescriptor").get("WantAssertionsSigned") == "true"
    assert root.find(".//{*}NameIDFormat").text.endswith("unspecified")


def test_certificates_come_in_every_form(api, ssos):
    pem = keys().cert
    bare = "".join(pem.splitlines()[1:-1])
    for sent in (pem, pem.replace("\n", "\r\n"), bare, f"  {pem}\n\n"):
        assert api("ada").post(ssos, {"name": "X", "idp_cert": sent}).ok()["idp_cert"] == pem
    both = pem + keys("curve", "ec").cert
    assert api("ada").post(ssos, {"name": "X", "idp_cert": both}).ok()["idp_cert"] == both


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"idp_cert": "nonsense"}, "idp_cert"),
        ({"idp_cert": "-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----"}, "idp_cert"),
        ({"idp_cert": keys().key.decode()}, "idp_cert"),
        ({"idp_sso_url": "http://idp.example.org/sso"}, "idp_sso_url"),
        ({"idp_sso_url": "javascript:alert(1)"}, "idp_sso_url"),
        ({"idp_sso_url": "https://user@idp.example.org/"}, "idp_sso_url"),
        ({"custom_logout_url": "nowhere"}, "custom_logout_url"),
        ({"idp_sign_algo": "sha1"}, "idp_sign_algo"),
        ({"idp_sign_algo": "md5"}, "idp_sign_algo"),
        ({"idp_type": "ldap"}, "idp_type"),
        ({"nameid_format": "x509"}, "nameid_format"),
        ({"role_attr_extraction": "ou"}, "role_attr_extraction"),
        ({"ignore_unmatched_roles": "perhaps"}, "ignore_unmatched_roles"),
    ],
)
def test_bad_values_are_named(api, ssos, values, field):
    refused = api("ada").post(ssos, {"name": "X", **values}).expect(400)
    assert list(refused["fields"]) == [field]


def test_failures_are_listed_with_the_latest_first(api, ssos, world):
    sso = make_sso(world.acme)
    for number in range(3):
        record_failure(SYSTEM, sso, detail=f"Reason {number}.", raw=b"<x>\0</x>")
    url = f"{ssos}/{sso.id}/failures"
    found = api("ada").get(url).ok()["results"]
    assert [one["detail"] for one in found] == ["Reason 2.", "Reason 1.", "Reason 0."]
    assert found[0]["saml_assertion_xml"] == "<x></x>"
    assert len(api("ada").get(url, limit=2).ok()["results"]) == 2
    assert api("ada").get(url, start=0, end=1).ok()["results"] == []


def test_a_role_comes_and_goes(api, roles, world):
    ada, site = api("ada"), make_site(world.acme)
    group = make_sitegroup(world.acme, "Coast", site)
    privileges = [
        {"scope": "org", "role": "read", "views": ["marketing"]},
        {"scope": "site", "role": "installer", "site_id": str(site.id)},
        {"scope": "sitegroup", "role": "write", "sitegroup_id": str(group.id)},
    ]
    made = ada.post(roles, {"name": "Field", "privileges": privileges}).ok()
    org = {"org_id": str(world.acme.id)}
    assert made["privileges"] == [{**one, **org} for one in privileges]
    url = f"{roles}/{made['id']}"
    assert ada.get(url).ok() == made
    renamed = ada.put(url, {"name": "Fieldwork"}).ok()
    assert (renamed["name"], renamed["privileges"]) == ("Fieldwork", made["privileges"])
    assert ada.put(url, {"privileges": privileges[:1]}).ok()["privileges"] == [{**privileges[0], **org}]
    assert [one["name"] for one in ada.get(roles).ok()] == ["Fieldwork"]
    ada.delete(url).ok()
    assert ada.get(roles).ok() == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "Operators"}, "name"),
        ({"privileges": []}, "privileges"),
        ({"privileges": [{"scope": "org", "role": "owner"}]}, "privileges.0.role"),
        ({"privileges": [{"scope": "org", "role": "write", "views": ["marketing"]}]}, "privileges.0.role"),
        ({"privileges": [{"scope": "site", "role": "read"}]}, "privileges.0.site_id"),
        ({"privileges": [{"scope": "sitegroup", "role": "read"}]}, "privileges.0.sitegroup_id"),
    ],
)
def test_bad_roles_are_named(api, roles, world, values, field):
    make_sso_role(world.acme)
    wish: dict[str, Any] = {"name": "X", "privileges": [{"scope": "org", "role": "read"}], **values}
    assert list(api("ada").post(roles, wish).expect(400)["fields"]) == [field]


def test_sites_of_others_cannot_be_granted(api, roles, world):
    theirs = {"scope": "site", "role": "read", "site_id": str(world.overseas.id)}
    refused = api("ada").post(roles, {"name": "X", "privileges": [theirs]}).expect(400)
    assert refused["reason"] == "does not exist in this organization"
    org = {"scope": "org", "role": "read", "org_id": str(world.globex.id)}
    api("ada").post(roles, {"name": "X", "privileges": [org]}).expect(400)


def test_an_organization_takes_its_providers_along(api, world):
    ada = api("ada")
    org = ada.post("/orgs", {"name": "Third"}).ok()
    ada.post(f"/orgs/{org['id']}/ssos", {"name": "X"}).ok()
    ada.delete(f"/orgs/{org['id']}").ok()
    assert not Sso.objects.filter(org_id=org["id"]).exists()
