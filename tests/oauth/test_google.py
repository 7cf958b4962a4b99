"""Sign in with Google, against a provider of our own: linking, coming in, and what must not work."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import OauthIdentity, OauthState
from accounts.oauth.client import SECONDS
from audit.models import Entry
from tests.accounts.codes import code_of, enrol
from tests.client import ApiClient
from tests.oauth.provider import CLIENT, SECRET, Provider, key, serving
from tests.portal.conftest import text
from tests.world import World

BASE = "http://127.0.0.1:8000"


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    with serving(Provider()) as running:
        settings.GOOGLE_ISSUER = running.issuer
        settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = CLIENT, SECRET
        yield running


@pytest.fixture
def linked(world: World, provider: Provider) -> OauthIdentity:
    """Ada has linked whoever is signed in at the provider."""
    return OauthIdentity.objects.create(
        admin=world.ada.admin, issuer=provider.issuer, subject=provider.subject, email=provider.email
    )


def path_of(url: str) -> str:
    return url.removeprefix(BASE)


def come_in(provider: Provider, browser: Client, **query: str) -> Any:
    away = browser.get("/login/google", query)["Location"]
    return browser.get(path_of(provider.approve(away)))


def test_linking_on_my_account_and_coming_in_with_it(world: World, provider: Provider) -> None:
    ada = Client()
    ada.force_login(world.ada.admin)
    assert "Enable Sign in with Google" in text(ada.get("/account"))
    page = ada.post("/account/google/link")
    away = page.context["url"]
    back = ada.get(path_of(provider.approve(away)), follow=True)
    assert "nina@gmail.example" in text(back)
    assert ada.get("/api/v1/self").json()["oauth_google"] is True

    browser = Client()
    assert "Sign in with Google" in text(browser.get("/login"))
    answer = come_in(provider, browser, next=f"/orgs/{world.acme.id}/sites")
    assert answer["Location"] == f"/orgs/{world.acme.id}/sites"
    assert browser.get("/api/v1/self").json()["email"] == world.ada.email

    assert ada.post("/account/google/unlink").status_code == 302
    assert come_in(provider, Client()).status_code == 403
    events = Entry.objects.filter(object_id=world.ada.admin.id).values_list("event", flat=True)
    assert {"accounts.oauth.linked", "accounts.oauth.unlinked"} <= set(events)


def test_over_the_api(world: World, provider: Provider, api: Callable[[str], ApiClient]) -> None:
    ada = api("ada")
    asked = ada.get("/self/oauth/google").ok()
    assert asked["linked"] is False
    code = parse_qs(urlsplit(provider.approve(asked["authorization_url"])).query)["code"][0]
    assert ada.post("/self/oauth/google", {"code": code}).ok() == {
        "action": "oauth account linked",
        "id": str(world.ada.admin.id),
    }
    again = ada.post("/self/oauth/google", {"code": code}).expect(400)
    assert again["error_description"] == again["detail"]
    assert ada.get("/self/oauth/google").ok()["linked"] is True

    someone = ApiClient()
    asked = someone.get("/login/oauth/google", forward=f"{BASE}/oauth/callback.html").ok()
    assert asked["client_id"] == CLIENT
    back = urlsplit(provider.approve(asked["authorization_url"]))
    assert back.path == "/oauth/callback.html"
    someone.post("/login/oauth/google", {"code": parse_qs(back.query)["code"][0]}).ok()
    assert someone.get("/self").ok()["email"] == world.ada.email

    ada.delete("/login/oauth/google").ok()
    ada.delete("/login/oauth/google").expect(404)
    assert ada.get("/self").ok()["oauth_google"] is False


def test_codes_go_to_this_instance_only(provider: Provider, db: None) -> None:
    for elsewhere in (
        "https://evil.example/",
        f"{BASE}.evil.example/",
        "//evil.example",
        f"{BASE}@evil.example",
        "http://[",
    ):
        ApiClient().get("/login/oauth/google", forward=elsewhere).expect(400)


def test_an_address_opens_nothing(world: World, provider: Provider) -> None:
    provider.email = world.ada.email
    answer = come_in(provider, Client())
    assert answer.status_code == 403
    assert "is not linked to an account here" in text(answer)


def test_the_same_subject_elsewhere_is_somebody_else(linked: OauthIdentity, provider: Provider) -> None:
    OauthIdentity.objects.update(issuer="https://accounts.google.com")
    assert come_in(provider, Client()).status_code == 403


def test_one_of_a_kind(world: World, provider: Provider, linked: OauthIdentity) -> None:
    wes = Client()
    wes.force_login(world.wes.admin)
    away = wes.post("/account/google/link").context["url"]
    page = wes.get(path_of(provider.approve(away)))
    assert page.status_code == 403
    assert "linked already" in text(page)
    assert OauthIdentity.objects.count() == 1


WRONG: dict[str, dict[str, Any]] = {
    "other audience": {"aud": "somebody"},
    "two audiences, party missing": {"aud": [CLIENT, "somebody"]},
    "other party": {"azp": "somebody", "aud": [CLIENT, "somebody"]},
    "other issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "expired": {"exp": 1},
    "no end": {"exp": None},
    "from the future": {"iat": 99_999_999_999},
    "other nonce": {"nonce": "x"},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
    "subject is no text": {"sub": 1077},
    "long subject": {"sub": "x" * 300},
    "wrong access token": {"at_hash": "AAAA"},
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_claims_let_nobody_in(linked: OauthIdentity, provider: Provider, name: str) -> None:
    provider.claims = WRONG[name]
    browser = Client()
    assert come_in(provider, browser).status_code == 403
    assert browser.get("/api/v1/self").status_code == 401
    provider.claims = {}
    assert come_in(provider, browser).status_code == 302


def _unsigned(provider: Provider) -> str:
    parts = ({"alg": "none"}, {"iss": provider.issuer, "sub": provider.subject, "aud": CLIENT})
    return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in parts) + "."


def test_wrong_signatures_let_nobody_in(linked: OauthIdentity, provider: Provider) -> None:
    provider.signs_with = key("k2")
    assert come_in(provider, Client()).status_code == 403
    provider.signs_with = key()
    for raw in (_unsigned(provider), "nonsense", "a.b.c", "...."):
        provider.raw_token = raw
        assert come_in(provider, Client()).status_code == 403
    provider.raw_token = None
    assert come_in(provider, Client()).status_code == 302


def test_what_one_browser_began_no_other_finishes(linked: OauthIdentity, provider: Provider) -> None:
    mine, other = Client(), Client()
    back = path_of(provider.approve(mine.get("/login/google")["Location"]))
    assert other.get(back).status_code == 403
    assert other.get("/login/google").status_code == 302
    assert other.get(back).status_code == 403
    assert mine.get(back).status_code == 302
    # Neither the same address again nor one without its state or code.
    for again in (back, "/login/google/callback", "/login/google/callback?error=access_denied"):
        assert Client().get(again).status_code == 403
    assert OauthState.objects.count() == 1


def test_a_begun_log_in_does_not_link(world: World, provider: Provider) -> None:
    browser = Client()
    back = path_of(provider.approve(browser.get("/login/google")["Location"]))
    browser.force_login(world.ada.admin)
    assert browser.get(back).status_code == 403
    assert not OauthIdentity.objects.exists()


def test_who_has_a_second_factor_is_asked_for_it(
    world: World, linked: OauthIdentity, provider: Provider
) -> None:
    seed, _ = enrol(world.ada.admin)
    browser = Client()
    waits = come_in(provider, browser, next="/account")
    assert waits["Location"] == "/login/code"
    assert browser.get("/account").status_code == 302
    passed = browser.post("/login/code", {"two_factor": code_of(seed)})
    assert passed["Location"] == "/account"
    assert browser.get("/account").status_code == 200


def test_an_attempt_ends(linked: OauthIdentity, provider: Provider) -> None:
    browser = Client()
    back = path_of(provider.approve(browser.get("/login/google")["Location"]))
    with time_machine.travel(timezone.now() + timedelta(seconds=SECONDS + 1)):
        assert browser.get(back).status_code == 403


def test_a_provider_that_misbehaves(provider: Provider, db: None) -> None:
    for status, discovery in (
        (500, {}),
        (302, {}),
        (200, {"issuer": "https://evil.example"}),
        (200, {"token_endpoint": "http://evil.example/token"}),
        (200, {"token_endpoint": "file:///etc/passwd"}),
        (200, {"jwks_uri": None}),
        (200, {"padding": "x" * 300_000}),
    ):
        provider.status, provider.discovery = status, discovery
        page = Client().get("/login/google")
        assert page.status_code == 403
        assert "cannot be asked now" in text(page)


def test_a_switched_off_account_stays_out(linked: OauthIdentity, provider: Provider, world: World) -> None:
    world.ada.admin.is_active = False
    world.ada.admin.save()
    assert come_in(provider, Client()).status_code == 403


def test_nothing_of_it_is_there_until_it_is_configured(world: World) -> None:
    ada = Client()
    ada.force_login(world.ada.admin)
    assert "Google" not in text(Client().get("/login"))
    assert "Google" not in text(ada.get("/account"))
    for path in ("/login/google", "/login/google/callback"):
        assert Client().get(path).status_code == 404
    assert ada.post("/account/google/link").status_code == 404
    assert ApiClient().get("/login/oauth/google").status == 404
    assert ApiClient().get("/login/oauth/facebook").status == 404
