"""What people try at the doors: forms of other pages, bent addresses, line breaks, very long secrets."""

from __future__ import annotations

from typing import Any, Final

import pytest
from django.core import mail
from django.test import Client

from accounts import tokens
from accounts.models import Admin, AdminSession, Recovery
from tests.accounts.cast import Targets
from tests.accounts.routes import pages
from tests.arch.test_access_matrix import undone
from tests.client import ApiClient
from tests.world import PASSWORD, World, make_invite

# Identity providers send their people here with forms of their own; a signature is asked for instead.
SIGNED: Final = ("/saml/",)
FORMS: Final = [one for one in pages() if one.method == "post" and not one.path.startswith(SIGNED)]
EVIL: Final = "https://evil.example"


def test_every_form_needs_the_token_of_its_browser(world: World, caplog: Any) -> None:
    caplog.set_level("CRITICAL")
    targets, told = Targets(world), {}
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.ada.admin)
    browser.cookies["csrftoken"] = "x" * 32
    for page in FORMS:
        path = page.path.format(**{"doc_id": targets.north["templates"], "domain": "x", **targets.north})
        for form, headers in (
            ({}, {}),
            ({"csrfmiddlewaretoken": "y" * 32}, {}),
            ({"csrfmiddlewaretoken": "x" * 32}, {"Origin": EVIL}),
        ):
            with undone() as written:
                answer = browser.post(path, form, headers=headers)
            told[f"{page} {form} {headers}"] = (answer.status_code, written)
    assert len(FORMS) > 60
    assert {key: value for key, value in told.items() if value != (403, [])} == {}


def test_a_page_elsewhere_logs_nobody_in(world: World) -> None:
    """Else its visitor would work in the attacker's account, and tell it what is entered there."""
    asked = Recovery.objects.create(email="wes@example.com")
    facts = {"asked": str(asked.id), "of": tokens.link_mark(world.wes.admin.password)}
    link = f"/api/v1/recover/verify/{tokens.sign_link('recover', facts)}"
    login = {"email": "ada@example.com", "password": PASSWORD}
    for content_type in ("application/x-www-form-urlencoded", "text/plain", "application/json"):
        browser = Client(headers={"Origin": EVIL})
        assert browser.post(link, b"", content_type=content_type).status_code == 403
        assert browser.post("/api/v1/login", login, content_type="application/json").status_code == 403
        assert "sessionid" not in browser.cookies
    assert not AdminSession.objects.exists()
    own = Client(headers={"Origin": "http://testserver"})
    assert own.post(link, b"", content_type="application/json").status_code == 200


BENT: Final = (
    *("/\t/evil.example", "/\n/evil.example", "\t//evil.example", "/\r\nSet-Cookie: a=b", "/%0d%0aX: y"),
    *("/\\/evil.example", "http:evil.example", "///evil.example", "/@evil.example", "\\\\evil.example"),
    *("/..//evil.example", "/\u2028/evil.example", "//evil.example\\@testserver", "data:text/html,x"),
)


@pytest.mark.parametrize("way", BENT)
def test_bent_addresses_lead_nowhere_else(world: World, way: str) -> None:
    answer = Client().post("/login", {"email": "ada@example.com", "password": PASSWORD, "next": way})
    location = answer["Location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\", "/\t", "/\n"))
    assert not set("\r\n\t\\") & set(location)
    assert answer.cookies.keys() == {"sessionid", "csrftoken"}


@pytest.mark.parametrize("text", ["A\r\nBcc: evil@evil.example", "A\nB", "A\x0bB", "A\x85B", "A\u2028B"])
def test_line_breaks_get_into_no_name_that_mails_and_headers_have(world: World, pay: Any, text: str) -> None:
    ada, org = ApiClient(world.ada.admin), f"/orgs/{world.acme.id}"
    invite = {"email": "nora@example.com", "privileges": [{"scope": "org", "role": "read"}]}
    pay()
    before = len(mail.outbox)
    for method, path, body in (
        ("PUT", org, {"name": text}),
        ("POST", f"{org}/sites", {"name": text}),
        ("POST", f"{org}/ssos", {"name": text}),
        ("PUT", "/self", {"first_name": text}),
        ("POST", f"{org}/invites", {**invite, "first_name": text}),
        (
            "POST",
            "/register",
            {"email": "n@example.com", "password": PASSWORD, "first_name": text, "last_name": "N"},
        ),
    ):
        reply = (ada.put if method == "PUT" else ada.post)(path, body)
        assert reply.status in (200, 400), (path, reply.body)
    pay()
    for message in mail.outbox[before:]:
        head = str(message.message()).partition("\n\n")[0]
        assert not [line for line in head.splitlines() if line.lower().startswith("bcc")]
        assert len(message.recipients()) == 1


def test_very_long_passwords_are_refused_before_anything_is_stored(world: World) -> None:
    long = "correct horse " * 750
    assert len(long) > 10_000
    wish = {"email": "n@example.com", "password": long, "first_name": "N", "last_name": "N"}
    assert set(ApiClient().post("/register", wish).expect(400)["fields"]) == {"password"}
    ApiClient().post("/login", {"email": "ada@example.com", "password": long}).expect(400)
    ada = ApiClient(world.ada.admin)
    ada.put("/self", {"password": long, "current_password": PASSWORD}).expect(400)
    ada.put("/self", {"password": "another long one", "current_password": long}).expect(400)
    invite = make_invite(world.acme, "nora@example.com")
    form = {"token": tokens.invite_link(invite.id, invite.links), "first_name": "N", "last_name": "N"}
    assert Client().post("/verify/invite", {**form, "password": long}).status_code == 422
    assert not Admin.objects.filter(email__in=("n@example.com", "nora@example.com")).exists()


def test_a_session_that_was_there_before_is_not_the_one_after(world: World) -> None:
    """Neither at the log-in, nor with a code between, nor for somebody invited."""
    invite = make_invite(world.acme, "nora@example.com")
    link = tokens.invite_link(invite.id, invite.links)
    newcomer = {"token": link, "first_name": "N", "last_name": "N", "password": PASSWORD}
    for path, form in (
        ("/login", {"email": "ada@example.com", "password": PASSWORD}),
        ("/verify/invite", newcomer),
    ):
        browser = Client()
        browser.post("/recover", {"email": "x@example.com"})
        planted = browser.cookies["sessionid"].value
        assert browser.post(path, form).status_code == 302
        assert browser.cookies["sessionid"].value != planted
        other = Client()
        other.cookies["sessionid"] = planted
        assert other.get("/account").status_code == 302
