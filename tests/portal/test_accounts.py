"""Sign-up, log-in, the own account, creating an organization, the local mailbox."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Admin, ApiToken
from audit.models import Entry
from orgs.models import Org
from sites.models import Site
from tests.portal.conftest import said, text
from tests.world import PASSWORD, World, make_admin, make_org

NEWCOMER = {
    "region": "europe",
    "first_name": "Nora",
    "last_name": "New",
    "email": "Nora@Example.com",
    "password": "a long enough password",
}


def test_sign_up_verify_log_in_create_org(db: None, pay: Callable[[], int]) -> None:
    browser = Client()
    sent = browser.post("/register", NEWCOMER, follow=True)
    assert sent.redirect_chain == [("/register/sent", 302)]
    assert "Nora@Example.com" in text(sent)
    pay()
    link = re.search(r"/verify/register\?token=\S+", mail.outbox[0].body)
    assert link
    asked = browser.get(link[0])
    assert 'name="token"' in text(asked)
    # Opening the link only asks, so that a scanner which follows it confirms nothing.
    assert Admin.objects.get(email="nora@example.com").email_verified_at is None
    token = asked.context["token"]
    assert "Account confirmed" in text(browser.post("/verify/register", {"token": token}))
    again = browser.post("/verify/register", {"token": token})
    assert again.status_code == 422
    assert "confirmed already" in text(again)
    home = browser.post("/login", {"email": NEWCOMER["email"], "password": NEWCOMER["password"]}, follow=True)
    assert "Create Organization" in text(home)
    made = browser.post("/orgs/create", {"name": "Newco"}, follow=True)
    org = Org.objects.get(name="Newco")
    assert made.redirect_chain == [(f"/orgs/{org.id}/inventory", 302)]
    assert list(Site.objects.filter(org=org).values_list("name", flat=True)) == ["Primary Site"]


def test_a_known_address_is_answered_alike(world: World) -> None:
    answers = [
        Client().post("/register", {**NEWCOMER, "email": one}) for one in ("ada@example.com", "x@example.com")
    ]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/register/sent")}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("password", "short"),
        ("first_name", ""),
        ("last_name", "x" * 65),
        ("region", "mars"),
    ],
)
def test_a_bad_field_is_named_and_the_rest_is_kept(world: World, field: str, value: str) -> None:
    page = Client().post("/register", {**NEWCOMER, field: value})
    assert page.status_code == 422
    assert set(page.context["errors"]) == {field}
    assert "problem" in text(page)
    kept = next(name for name in ("last_name", "first_name") if name != field)
    assert f'value="{NEWCOMER[kept]}"' in text(page)
    assert Admin.objects.count() == len(world.people)


@pytest.mark.parametrize("token", ["", "nonsense", "eyJhIjoxfQ:1abc:x"])
def test_a_bad_link_is_refused(db: None, token: str) -> None:
    assert "not accepted" in text(Client().post("/verify/register", {"token": token}))


def test_log_in_and_out_are_audited(world: World) -> None:
    browser = Client()
    wrong = browser.post("/login", {"email": "ada@example.com", "password": "wrong"})
    assert wrong.status_code == 400
    assert "Invalid email or password" in text(wrong)
    assert 'value="ada@example.com"' in text(wrong)
    assert browser.post("/login", {"email": " ADA@example.com ", "password": PASSWORD})["Location"] == "/"
    assert browser.post("/logout")["Location"] == "/login"
    assert browser.get("/account").status_code == 302
    events = Entry.objects.filter(event__startswith="accounts.admin.lo").order_by("timestamp")
    assert list(events.values_list("event", flat=True)) == [
        "accounts.admin.login_failed",
        "accounts.admin.logged_in",
        "accounts.admin.logged_out",
    ]


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/orgs/create", "/orgs/create"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("inventory", "/"),
    ],
)
def test_next_leads_to_pages_of_this_console_only(world: World, wanted: str, reached: str) -> None:
    answer = Client().post("/login", {"email": "ada@example.com", "password": PASSWORD, "next": wanted})
    assert answer["Location"] == reached


def test_too_many_failures_pause_the_log_in(world: World) -> None:
    browser = Client()
    for _ in range(10):
        browser.post("/login", {"email": "ada@example.com", "password": "wrong"})
    paused = browser.post("/login", {"email": "ada@example.com", "password": PASSWORD})
    assert paused.status_code == 429
    assert "Too many requests" in text(paused)


def test_a_one_time_password_is_replaced_first(world: World) -> None:
    make_admin("Olga", password_change_due=True)
    browser = Client()
    login = browser.post("/login", {"email": "olga@example.com", "password": PASSWORD}, follow=True)
    assert login.redirect_chain[-1][0] == "/account/password"
    assert browser.get("/orgs/create")["Location"] == "/account/password"
    short = browser.post("/account/password", {"current": PASSWORD, "new": "short"})
    assert short.status_code == 422
    assert set(short.context["errors"]) == {"new"}
    changed = browser.post("/account/password", {"current": PASSWORD, "new": "a better passphrase"})
    assert changed["Location"] == "/"
    assert browser.get("/orgs/create").status_code == 200


def test_profile_is_saved_and_a_bad_one_kept_on_the_page(ada: Client, world: World) -> None:
    form = {"form": "profile", "first_name": "Ada", "last_name": "Lovelace", "mac_format": "dots"}
    saved = ada.post("/account", {**form, "timezone": "Europe/London"}, follow=True)
    assert said(saved) == ["Account saved."]
    admin = world.ada.admin
    admin.refresh_from_db()
    assert (admin.last_name, admin.mac_format, admin.time_format) == ("Lovelace", "dots", "12")
    bad = ada.post("/account", {**form, "last_name": "Byron", "timezone": "Mars/Base"})
    assert bad.status_code == 422
    assert set(bad.context["errors"]) == {"timezone"}
    assert 'value="Byron"' in text(bad)


def test_changing_the_password_keeps_this_session_and_ends_the_others(ada: Client, world: World) -> None:
    other = Client()
    other.force_login(world.ada.admin)
    form = {"form": "password", "current": PASSWORD, "new": "another passphrase"}
    wrong = ada.post("/account", {**form, "current": "wrong"})
    assert set(wrong.context["errors"]) == {"current"}
    assert said(ada.post("/account", form, follow=True)) == ["Password changed."]
    assert ada.get("/account").status_code == 200
    assert other.get("/account").status_code == 302


def test_a_token_is_shown_once_and_revoked(ada: Client, world: World, client: Client) -> None:
    made = ada.post("/account", {"form": "token", "name": "Nightly"})
    key = made.context["token"].key
    assert key in text(made)
    assert key not in text(ada.get("/account"))
    headers = {"Authorization": f"Token {key}"}
    assert client.get("/api/v1/self", headers=headers).status_code == 200
    token = ApiToken.objects.get(name="Nightly")
    ada.post("/account", {"form": "token_delete", "token_id": str(token.id)})
    assert client.get("/api/v1/self", headers=headers).status_code == 401
    assert ada.post("/account", {"form": "token", "name": ""}).status_code == 422
    assert ada.post("/account", {"form": "token_delete", "token_id": "x"}).status_code == 422
    assert ada.post("/account", {"form": "nonsense"}).status_code == 400


def test_organization_needs_a_name(ada: Client) -> None:
    page = ada.post("/orgs/create", {"name": " "})
    assert page.status_code == 422
    assert set(page.context["errors"]) == {"name"}


def test_several_organizations_are_offered(ada: Client, world: World) -> None:
    make_org("Initech", by=world.ada.admin)
    page = ada.get("/")
    assert [org["name"] for org in page.context["orgs"]] == ["Acme", "Initech"]
    assert "Initech" in text(page)


@pytest.fixture
def letter(settings: Any, tmp_path: Path) -> str:
    settings.MAILBOX_DIR = tmp_path
    letter = (
        b"Subject: Validate\r\nTo: ada@example.com\r\n\r\nopen http://127.0.0.1/verify/register?token=t\r\n"
    )
    (tmp_path / "1700000000000000000-a.eml").write_bytes(letter)
    return "/mailbox/1700000000000000000-a"


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_mailbox_opens_on_this_machine(db: None, letter: str, host: str) -> None:
    listed = Client().get("/mailbox", headers={"Host": host})
    assert f'href="{letter}"' in text(listed)
    assert "/verify/register?token=t" in text(Client().get(letter, headers={"Host": host}))


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({"Host": "testserver"}, "127.0.0.1"),
        ({"Host": "localhost"}, "192.0.2.7"),
        ({"Host": "localhost", "X-Forwarded-For": "192.0.2.7"}, "127.0.0.1"),
        ({"Host": "localhost", "Forwarded": "for=192.0.2.7"}, "127.0.0.1"),
    ],
)
def test_mailbox_is_hidden_from_everybody_else(
    db: None, letter: str, headers: dict[str, str], address: str
) -> None:
    for path in ("/mailbox", letter):
        assert Client(REMOTE_ADDR=address).get(path, headers=headers).status_code == 404


def test_mailbox_is_hidden_when_mail_goes_out(db: None, settings: Any, letter: str) -> None:
    settings.MAILBOX_DIR = None
    assert Client().get("/mailbox", headers={"Host": "localhost"}).status_code == 404
    settings.MAILBOX_DIR = Path("/nonexistent")
    assert Client().get("/mailbox/..%2F..%2Fetc", headers={"Host": "localhost"}).status_code == 404
