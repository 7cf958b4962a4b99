"""My Account: contact data, e-mail address, second factor, tokens, sessions, deleting it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from django.core import mail
from django.test import Client

from accounts.devices import device_named
from accounts.models import Admin, AdminSession, ApiToken
from tests.accounts.codes import code_of, enrol
from tests.portal.conftest import HTMX, said, text
from tests.world import PASSWORD, World, make_admin, make_devices, make_org

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LOGIN = {"email": "ada@example.com", "password": PASSWORD}


def test_phones_are_saved(ada: Client, world: World) -> None:
    form = {"form": "profile", "first_name": "Ada", "last_name": "Admin", "phone": "49301", "phone2": "49302"}
    assert said(ada.post("/account", {**form, "timezone": "UTC", "mac_format": "dots"}, follow=True)) == [
        "Account saved."
    ]
    page = ada.get("/account")
    assert (page.context["values"]["phone"], page.context["values"]["phone2"]) == ("49301", "49302")


def test_new_address_is_proved_by_its_link(ada: Client, world: World, pay: Callable[[], int]) -> None:
    form = {"email": "new@example.com", "password": PASSWORD}
    assert set(ada.post("/account/email", {**form, "password": "wrong"}).context["errors"]) == {"password"}
    assert set(ada.post("/account/email", {**form, "email": "x"}).context["errors"]) == {"email"}
    window = ada.get("/account/email", headers=HTMX)
    assert "<html" not in text(window)
    waiting = ada.post("/account/email", form, follow=True)
    assert "link that was sent to new@example.com" in text(waiting)
    pay()
    link = re.search(r"/verify/update\?\S+", mail.outbox[0].body)
    assert link
    # Whoever opens it has to log in first, and comes back to it.
    assert Client().get(link[0])["Location"].startswith("/login?next=%2Fverify%2Fupdate")
    asked = ada.get(link[0])
    changed = ada.post("/verify/update", {"token": asked.context["token"]}, follow=True)
    assert said(changed) == ["Your e-mail address is new@example.com now."]
    again = ada.post("/verify/update", {"token": asked.context["token"]})
    assert again.status_code == 422
    assert "used already" in text(again)
    assert ada.get("/verify/update").status_code == 422


def test_second_factor_by_qr_code_and_text(ada: Client, world: World) -> None:
    other = Client()
    other.force_login(world.ada.admin)
    page = ada.get("/account/two_factor")
    assert '<svg role="img"' in text(page)
    seed = page.context["seed"].replace(" ", "")
    assert seed in page.context["uri"]
    assert page["Cache-Control"] == "no-store"
    wrong = ada.post("/account/two_factor", {"two_factor": "000000"})
    assert wrong.status_code == 422
    assert set(wrong.context["errors"]) == {"two_factor"}
    assert wrong.context["seed"] == page.context["seed"]
    shown = ada.post("/account/two_factor", {"two_factor": code_of(seed)})
    codes = shown.context["codes"]
    assert len(codes) == 10
    assert shown["Cache-Control"] == "no-store"
    account = ada.get("/account")
    assert "10 recovery codes left" in text(account)
    assert not any(code in text(account) for code in codes)
    assert ada.get("/account/two_factor")["Location"] == "/account#two-factor"
    assert other.get("/account").status_code == 302


def test_second_factor_is_taken_away_with_password_and_code(ada: Client, world: World) -> None:
    seed, codes = enrol(world.ada.admin)
    ada.force_login(world.ada.admin)
    renewed = ada.post("/account/two_factor/codes", {"two_factor": code_of(seed)})
    assert set(renewed.context["codes"]).isdisjoint(codes)
    assert ada.post("/account/two_factor/codes", {"two_factor": codes[0]}).status_code == 422
    off = {"current_password": PASSWORD, "two_factor": renewed.context["codes"][0]}
    for field in off:
        refused = ada.post("/account/two_factor/disable", {**off, field: "wrong"})
        assert set(refused.context["errors"]) == {field}
    assert said(ada.post("/account/two_factor/disable", off, follow=True)) == [
        "Two-factor authentication is off."
    ]
    assert Client().post("/login", LOGIN)["Location"] == "/"


def test_token_is_renamed(ada: Client, world: World) -> None:
    token = ApiToken.objects.get(name="Ada's script")
    form = {"form": "token_rename", "token_id": str(token.id)}
    refused = ada.post("/account", {**form, "name": " "})
    assert refused.status_code == 422
    assert "must not be empty" in text(refused).lower()
    assert said(ada.post("/account", {**form, "name": "Nightly"}, follow=True)) == ["API token renamed."]
    token.refresh_from_db()
    assert token.name == "Nightly"
    foreign = Client()
    foreign.force_login(world.gus.admin)
    assert foreign.post("/account", {**form, "name": "Mine"}).status_code == 404


def test_sessions_are_listed_and_signed_out(world: World) -> None:
    here, there, elsewhere = (
        Client(REMOTE_ADDR=f"192.0.2.{number}", headers={"User-Agent": FIREFOX}) for number in (1, 2, 3)
    )
    for one in (here, there, elsewhere):
        one.post("/login", LOGIN)
    page = here.get("/account")
    listed = page.context["sessions"]
    assert (listed[0]["device"], listed[0]["src_ip"]) == ("Firefox on Linux", "192.0.2.1")
    assert [one["current"] for one in listed] == [True, False, False]
    keys = AdminSession.objects.values_list("session_key", flat=True)
    assert not any(key in text(page) for key in keys)
    wanted = next(one["reference"] for one in listed if one["src_ip"] == "192.0.2.2")
    stranger = Client()
    stranger.force_login(world.gus.admin)
    end = {"form": "session_end", "session": wanted}
    assert stranger.post("/account", end).status_code == 404
    assert said(here.post("/account", end, follow=True)) == ["The session was signed out."]
    assert there.get("/account").status_code == 302
    assert elsewhere.get("/account").status_code == 200
    told = here.post("/account", {"form": "sessions_end"}, follow=True)
    assert said(told) == ["1 other session was signed out."]
    assert elsewhere.get("/account").status_code == 302
    assert stranger.get("/account").status_code == 200


def test_devices_are_named_as_people_know_them() -> None:
    safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
    edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
    assert device_named(safari) == "Safari on iPhone"
    assert device_named(edge) == "Edge on Windows"
    assert device_named("python-requests/2.32.5") == "python-requests/2.32.5"
    assert device_named("<script>") == device_named("") == "Unknown"


def test_account_goes_with_the_organization_nobody_else_has(world: World) -> None:
    nora = make_admin("Nora")
    make_org("Alone & Co", by=nora)
    browser = Client()
    browser.force_login(nora)
    assert "Alone & Co" in unescape(text(browser.get("/account/delete")))
    gone = browser.post("/account/delete", follow=True)
    assert gone.redirect_chain[-1][0] == "/login"
    assert said(gone) == ["Your account is deleted."]
    assert not Admin.objects.filter(pk=nora.pk).exists()


def test_account_stays_while_something_is_against_it(ada: Client, world: World) -> None:
    page = ada.get("/account/delete")
    assert "no other Super User" in text(page)
    assert "danger primary" not in text(page)
    assert ada.post("/account/delete").status_code == 422
    nora = make_admin("Nora")
    make_devices(make_org("Alone", by=nora))
    browser = Client()
    browser.force_login(nora)
    assert "has claimed devices" in text(browser.get("/account/delete"))
    assert browser.post("/account/delete").status_code == 422
    assert Admin.objects.filter(pk=nora.pk).exists()


def test_pages_are_for_who_is_logged_in(db: None) -> None:
    for path in (
        "",
        "/email",
        "/password",
        "/two_factor",
        "/two_factor/disable",
        "/two_factor/codes",
        "/delete",
    ):
        assert Client().get(f"/account{path}")["Location"].startswith("/login?next=%2Faccount")
