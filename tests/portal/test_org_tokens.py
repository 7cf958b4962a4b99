"""The API tokens of an organization in the portal: made with a role and places, changed, revoked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiToken
from tests.client import ApiClient
from tests.portal.conftest import HTMX, text
from tests.world import World, make_site, make_sitegroup


@pytest.fixture
def tokens(acme: str) -> str:
    return f"{acme}/settings/tokens"


def _create(ada: Client, tokens: str, **form: Any) -> Any:
    return ada.post(f"{tokens}/create", {"name": "Robot", "role": "observer", "reach": "all", **form})


def test_the_key_is_shown_once_and_works(ada: Client, tokens: str, world: World) -> None:
    made = _create(ada, tokens, src_ips="127.0.0.1,\n192.0.2.0/24")
    assert made.status_code == 200
    assert "no-store" in made["Cache-Control"]
    key = re.search(r"\b\w{40}\b", text(made))[0]  # type: ignore[index]
    ApiClient(token=key).get(f"/orgs/{world.acme.id}/sites").ok()
    ApiClient(token=key, address="198.51.100.1").get("/self").expect(401)
    page = text(ada.get(tokens))
    assert key not in page
    assert f"{key[:4]}...{key[-4:]}" in page
    assert "127.0.0.1, 192.0.2.0/24" in page
    assert "Observer" in page


def test_reach_is_chosen_as_groups_or_sites(ada: Client, tokens: str, world: World) -> None:
    group = make_sitegroup(world.acme, "Coast", world.north)
    sites = [str(world.north.id), str(world.south.id)]
    _create(ada, tokens, name="By group", reach="groups", groups=[str(group.id)], sites=sites)
    _create(ada, tokens, name="By site", reach="sites", groups=[str(group.id)], sites=sites)
    held = {
        name: {(p.role, p.sitegroup_id, p.site_id) for p in ApiToken.objects.get(name=name).privileges.all()}
        for name in ("By group", "By site")
    }
    assert held["By group"] == {("observer", group.id, None)}
    assert held["By site"] == {("observer", None, world.north.id), ("observer", None, world.south.id)}
    page = text(ada.get(tokens))
    assert "Coast" in page
    assert "North, South" in page


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"name": ""}, "must not be empty"),
        ({"role": ""}, "choose an access level"),
        ({"role": "king"}, "choose an access level"),
        ({"reach": "moon"}, "choose where the token may be used"),
        ({"reach": "sites"}, "select one site at least"),
        ({"reach": "groups"}, "select one site group at least"),
        ({"reach": "sites", "sites": ["nonsense"]}, "does not exist any more"),
        ({"src_ips": "somewhere"}, "one of these is no address"),
        ({"src_ips": " ".join(f"192.0.2.{n}" for n in range(11))}, "at most ten"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    ada: Client, tokens: str, form: dict[str, Any], problem: str
) -> None:
    answer = _create(ada, tokens, **form)
    assert answer.status_code == 422
    assert problem in text(answer).lower()
    assert ApiToken.objects.filter(org__isnull=False).count() == 1
    if "name" not in form:
        assert 'value="Robot"' in text(answer)  # what was typed stays


def test_more_places_than_a_token_has_privileges(ada: Client, tokens: str, world: World) -> None:
    sites = [str(make_site(world.acme).id) for _ in range(11)]
    answer = _create(ada, tokens, reach="sites", sites=sites)
    assert "Select 10 at most, or put the sites in a group" in text(answer)


def test_a_site_of_another_organization_is_none(ada: Client, tokens: str, world: World) -> None:
    answer = _create(ada, tokens, reach="sites", sites=[str(world.overseas.id)])
    assert answer.status_code == 422
    assert "does not exist any more" in text(answer)


def test_change_the_role_and_keep_the_addresses(ada: Client, tokens: str, world: World) -> None:
    _create(ada, tokens, src_ips="192.0.2.7")
    token = ApiToken.objects.get(name="Robot")
    form = text(ada.get(f"{tokens}/{token.id}", headers=HTMX))
    assert "192.0.2.7" in form
    assert '<option value="observer" selected>' in re.sub(r"\s+", " ", form)
    values = {"name": "Robot 2", "role": "helpdesk", "reach": "sites", "sites": [str(world.south.id)]}
    assert ada.post(f"{tokens}/{token.id}", {**values, "src_ips": "0.0.0.0/0"}).status_code == 302
    token.refresh_from_db()
    assert (token.name, token.src_ips) == ("Robot 2", ["192.0.2.7"])
    assert [(p.role, p.site_id) for p in token.privileges.all()] == [("helpdesk", world.south.id)]


def test_a_token_with_several_roles_is_only_renamed(ada: Client, tokens: str, api: Any, world: World) -> None:
    wish = [
        {"scope": "org", "role": "read"},
        {"scope": "site", "role": "write", "site_id": str(world.north.id)},
    ]
    made = api("ada").post(f"/orgs/{world.acme.id}/apitokens", {"name": "Both", "privileges": wish}).ok()
    page = text(ada.get(f"{tokens}/{made['id']}"))
    assert "several access levels" in page
    ada.post(f"{tokens}/{made['id']}", {"name": "Both of them"})
    token = ApiToken.objects.get(id=made["id"])
    assert token.name == "Both of them"
    assert {p.role for p in token.privileges.all()} == {"observer", "network_admin"}


def test_revoke_asks_first_and_ends_the_token(ada: Client, tokens: str, world: World) -> None:
    path = f"{tokens}/{world.org_token.id}/revoke"
    assert "It was never used." in text(ada.get(path, headers=HTMX))
    script = ApiClient(token=world.org_token.key)
    script.get("/self").ok()
    assert ada.post(path).status_code == 302
    script.get("/self").expect(401)
    assert "No program has a token" in text(ada.get(tokens))


def test_a_super_observer_looks_and_touches_nothing(browser: Any, tokens: str, world: World) -> None:
    otto = browser("otto")
    page = text(otto.get(tokens))
    assert "Acme&#x27;s script" in page
    assert "Create Token" not in page
    assert "Revoke" not in page
    assert otto.get(f"{tokens}/create").status_code == 403
    assert otto.post(f"{tokens}/{world.org_token.id}/revoke").status_code == 403
