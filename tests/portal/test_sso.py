"""Organization > Settings > Single Sign-On: providers, roles and refused log-ins as people set them up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Sso, SsoIdentity, SsoRole
from accounts.sso.actions import record_failure, update_role, update_sso
from accounts.sso.metadata import read_metadata
from accounts.sso.saml import addresses
from mistadmin.core.errors import Invalid
from tests.portal.conftest import said, text
from tests.sso.idp import IdP, encoded, keys
from tests.world import SYSTEM, World, make_site, make_sitegroup, make_sso, make_sso_role

ADDRESS = "https://idp.example.org/sso"


def form_of(page: Any) -> dict[str, Any]:
    """The fields of the provider's form as the page shows them."""
    shown = dict(page.context["values"])
    shown = {key: value for key, value in shown.items() if value not in (None, False)}
    edit = page.context.get("edit")
    return {**shown, **({"version": edit.version, "opened": edit.text} if edit else {})}


def test_from_metadata_to_the_first_log_in(ada: Client, acme: str) -> None:
    idp = IdP()
    page = ada.post(
        f"{acme}/settings/sso/create",
        {"name": "Okta", "metadata": idp.metadata(ADDRESS), "import": "1"},
    )
    assert "are filled in from the metadata" in text(page)
    assert not Sso.objects.exists()
    made = ada.post(f"{acme}/settings/sso/create", form_of(page))
    sso = Sso.objects.get()
    assert made["Location"] == f"{acme}/settings/sso/{sso.id}"
    assert (sso.name, sso.document["issuer"], sso.document["idp_sso_url"]) == ("Okta", idp.issuer, ADDRESS)
    shown = text(ada.get(made["Location"]))
    for address in (addresses(sso).acs, addresses(sso).login, addresses(sso).logout):
        assert address in shown
    ada.post(
        f"{acme}/settings/ssoroles/create",
        {"name": "Operators", "role": ["write", "network_admin"], "reach": ["org", "org"]},
    )
    nina = Client()
    door = f"/api/v1/saml/{sso.domain}/login"
    assert nina.post(door, {"SAMLResponse": encoded(idp.signed(addresses(sso).acs))})["Location"] == "/"
    assert "Ready" in text(ada.get(f"{acme}/settings"))
    assert SsoIdentity.objects.get().name_id == "nina@example.org"


def test_metadata_as_a_file(ada: Client, acme: str, world: World) -> None:
    sso = make_sso(world.acme)
    file = SimpleUploadedFile("idp.xml", IdP().metadata(ADDRESS).encode())
    url = f"{acme}/settings/sso/{sso.id}"
    page = ada.post(url, {**form_of(ada.get(url)), "file": file, "import": "1"})
    assert page.context["values"]["idp_sso_url"] == ADDRESS
    assert ada.post(url, form_of(page)).status_code == 302
    assert Sso.objects.get().document["idp_cert"] == keys().cert


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ("", "paste the XML"),
        ("nonsense", "is not XML"),
        ("<x/>", "describes 0 identity providers"),
        ('<!DOCTYPE x [<!ENTITY e "x">]><x>&e;</x>', "document type"),
    ],
)
def test_metadata_that_is_none(ada: Client, acme: str, sent: str, problem: str) -> None:
    page = ada.post(f"{acme}/settings/sso/create", {"name": "Okta", "metadata": sent, "import": "1"})
    assert page.status_code == 422
    assert problem.lower() in text(page).lower()
    assert 'value="Okta"' in text(page)


def test_metadata_without_what_is_needed() -> None:
    good = IdP().metadata(ADDRESS)
    for changed, problem in (
        (good.replace("HTTP-Redirect", "SOAP"), "no sign-on address"),
        (good.replace("X509Certificate", "Nothing"), "no certificate"),
        (good.replace("IDPSSODescriptor", "SPSSODescriptor"), "no identity provider"),
        ("x" * 600_000, "longer than"),
    ):
        with pytest.raises(Invalid, match=problem):
            read_metadata(changed.encode())


def test_bad_values_stay_in_the_form(ada: Client, acme: str) -> None:
    sent = {"name": "Okta", "idp_sso_url": "http://idp.example.org", "idp_cert": "x"}
    page = ada.post(f"{acme}/settings/sso/create", sent)
    assert page.status_code == 422
    assert set(page.context["errors"]) == {"idp_sso_url", "idp_cert"}
    assert "http://idp.example.org" in text(page)


def test_two_people_edit_a_provider(ada: Client, acme: str, world: World) -> None:
    sso = make_sso(world.acme, **IdP().provider())
    url = f"{acme}/settings/sso/{sso.id}"
    form = form_of(ada.get(url))
    update_sso(SYSTEM, sso, changes={"role_attr_from": "groups"})
    assert ada.post(url, {**form, "name": "Mine"}).status_code == 302
    sso.refresh_from_db()
    assert (sso.name, sso.document["role_attr_from"]) == ("Mine", "groups")
    form = form_of(ada.get(url))
    update_sso(SYSTEM, sso, changes={"name": "Theirs"})
    assert ada.post(url, {**form, "name": "Mine again"}).status_code == 409


def test_empty_fields_clear(ada: Client, acme: str, world: World) -> None:
    sso = make_sso(world.acme, **IdP().provider(ignore_unmatched_roles=True, custom_logout_url=ADDRESS))
    url = f"{acme}/settings/sso/{sso.id}"
    form = form_of(ada.get(url))
    form.pop("ignore_unmatched_roles")
    ada.post(url, {**form, "custom_logout_url": ""})
    sso.refresh_from_db()
    assert sso.document["ignore_unmatched_roles"] is False
    assert "custom_logout_url" not in sso.document


def test_roles_by_rows(ada: Client, acme: str, world: World) -> None:
    site = make_site(world.acme, name="Depot")
    group = make_sitegroup(world.acme, "Coast", site)
    url = f"{acme}/settings/ssoroles/create"
    sent = {
        "name": "Field",
        "role": ["installer", "", "marketing", "observer"],
        "reach": [f"site:{site.id}", "org", "org", f"sitegroup:{group.id}"],
    }
    more = ada.post(url, {**sent, "more": "1"})
    assert len(more.context["rows"]) == 4
    assert not SsoRole.objects.exists()
    assert said(ada.post(url, sent, follow=True)) == ["Role Field added."]
    page = text(ada.get(f"{acme}/settings"))
    assert "Installer at Depot, Marketing, Observer at the sites of Coast" in page
    role = SsoRole.objects.get()
    edit = f"{acme}/settings/ssoroles/{role.id}"
    opened = ada.get(edit)
    assert [row["reach"] for row in opened.context["rows"]] == [
        f"site:{site.id}",
        "org",
        f"sitegroup:{group.id}",
    ]
    kept = {"version": opened.context["edit"].version, "opened": opened.context["edit"].text}
    sent = {**kept, "name": "Fieldwork", "role": ["observer"], "reach": ["org"]}
    assert said(ada.post(edit, sent, follow=True)) == ["Role Fieldwork saved."]
    role.refresh_from_db()
    assert (role.name, role.grants.count()) == ("Fieldwork", 1)
    assert said(ada.post(f"{edit}/delete", follow=True)) == ["Role Fieldwork deleted."]


def test_roles_that_grant_nothing_or_elsewhere(ada: Client, acme: str, world: World) -> None:
    url = f"{acme}/settings/ssoroles/create"
    none = ada.post(url, {"name": "X", "role": [""], "reach": ["org"]})
    assert "Choose at least one role" in text(none)
    elsewhere = ada.post(url, {"name": "X", "role": ["observer"], "reach": [f"site:{world.overseas.id}"]})
    assert elsewhere.status_code == 422
    assert "does not exist in this organization" in text(elsewhere).replace("Does", "does")
    odd = ada.post(url, {"name": "X", "role": ["observer"], "reach": ["planet:mars"]})
    assert odd.status_code == 422


def test_two_people_edit_a_role(ada: Client, acme: str, world: World) -> None:
    role = make_sso_role(world.acme)
    edit = f"{acme}/settings/ssoroles/{role.id}"
    opened = ada.get(edit).context["edit"]
    update_role(SYSTEM, role, changes={"privileges": [{"scope": "org", "role": "read"}]})
    sent = {"version": opened.version, "opened": opened.text, "role": ["network_admin"], "reach": ["org"]}
    assert ada.post(edit, {**sent, "name": "Renamed"}).status_code == 302
    role.refresh_from_db()
    assert (role.name, role.grants.get().role) == ("Renamed", "observer")


def test_refused_log_ins_are_told(ada: Client, acme: str, world: World) -> None:
    sso = make_sso(world.acme)
    record_failure(SYSTEM, sso, detail="No role here is called <b>.", raw=b"<evil/>")
    for url in (f"{acme}/settings", f"{acme}/settings/sso/{sso.id}"):
        assert "No role here is called &lt;b&gt;." in text(ada.get(url))
    assert "&lt;evil/&gt;" in text(ada.get(f"{acme}/settings/sso/{sso.id}"))


def test_deleting_asks_first(ada: Client, acme: str, world: World) -> None:
    sso = make_sso(world.acme)
    url = f"{acme}/settings/sso/{sso.id}/delete"
    assert "Nobody has logged in through it yet" in text(ada.get(url))
    assert said(ada.post(url, follow=True)) == ["Identity provider Example IdP deleted."]


def test_the_section_is_for_those_who_manage_administrators(
    browser: Callable[[str], Client], acme: str, world: World
) -> None:
    make_sso(world.acme)
    assert "Single Sign-On" in text(browser("ada").get(f"{acme}/settings"))
    assert "Single Sign-On" not in text(browser("wes").get(f"{acme}/settings"))
