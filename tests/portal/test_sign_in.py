"""Logging in with a code, a forgotten password, a password that has to be replaced, sessions that end."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import AdminSession
from audit.models import Entry
from orgs.actions import update_setting
from tests.accounts.codes import code_of, enrol
from tests.portal.conftest import HTMX, said, text
from tests.world import PASSWORD, SYSTEM, World

LOGIN = {"email": "ada@example.com", "password": PASSWORD}
NEW = "a fresh passphrase"


@pytest.fixture
def mailed(world: World, pay: Callable[[], int]) -> Callable[[], str]:
    """`mailed()`: the token of a link mailed to Ada."""

    def ask() -> str:
        Client().post("/recover", {"email": "ada@example.com"})
        pay()
        found = re.search(r"/verify/recover\?token=\S+", mail.outbox[-1].body)
        assert found
        return str(Client().get(found[0]).context["token"])

    return ask


def test_code_is_asked_for_and_the_way_is_kept(world: World) -> None:
    seed, _ = enrol(world.ada.admin)
    browser = Client()
    assert browser.post("/login", {**LOGIN, "next": "/orgs/create"})["Location"] == "/login/code"
    half = browser.cookies["sessionid"].value
    assert "authenticator app" in text(browser.get("/login/code"))
    # Nothing else opens meanwhile.
    assert browser.get("/account")["Location"].startswith("/login?")
    wrong = browser.post("/login/code", {"two_factor": "000000"})
    assert wrong.status_code == 422
    assert set(wrong.context["errors"]) == {"two_factor"}
    assert browser.post("/login/code", {"two_factor": f" {code_of(seed)} "})["Location"] == "/orgs/create"
    assert browser.cookies["sessionid"].value != half
    assert browser.get("/orgs/create").status_code == 200
    events = Entry.objects.filter(event__startswith="accounts.admin").values_list("event", flat=True)
    assert "accounts.admin.code_failed" in events


def test_recovery_code_takes_the_place_of_the_app_once(world: World) -> None:
    _, codes = enrol(world.ada.admin)
    browser = Client()
    browser.post("/login", LOGIN)
    assert browser.post("/login/code", {"two_factor": codes[3]})["Location"] == "/"
    again = Client()
    again.post("/login", LOGIN)
    assert again.post("/login/code", {"two_factor": codes[3]}).status_code == 422


def test_code_page_without_half_a_log_in_leads_to_the_log_in(world: World) -> None:
    assert Client().get("/login/code")["Location"] == "/login"
    late = Client().post("/login/code", {"two_factor": "1"}, follow=True)
    assert said(late) == ["The log-in took too long. Begin again."]


def test_too_many_codes_are_paused_on_the_page(world: World) -> None:
    enrol(world.ada.admin)
    browser = Client()
    browser.post("/login", LOGIN)
    statuses = [browser.post("/login/code", {"two_factor": "000000"}).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


def test_forgotten_password(world: World, mailed: Callable[[], str]) -> None:
    assert 'href="/recover"' in text(Client().get("/login"))
    answers = [Client().post("/recover", {"email": one}) for one in ("ada@example.com", "x@example.com")]
    assert {(one.status_code, one["Location"]) for one in answers} == {(302, "/recover/sent")}
    assert Client().post("/recover", {"email": "x"}).status_code == 422
    browser = Client()
    token = mailed()
    assert browser.post("/verify/recover", {"token": token})["Location"] == "/account/password"
    assert "One-Time" not in text(browser.get("/account/password"))
    assert browser.get("/account")["Location"] == "/account/password"
    short = browser.post("/account/password", {"new": "short"})
    assert set(short.context["errors"]) == {"new"}
    assert browser.post("/account/password", {"new": NEW})["Location"] == "/"
    assert browser.get("/account").status_code == 200
    again = Client().post("/verify/recover", {"token": token})
    assert again.status_code == 422
    assert "used already" in text(again)
    assert Client().post("/login", {**LOGIN, "password": NEW})["Location"] == "/"


def test_opening_the_link_uses_nothing_up(world: World, mailed: Callable[[], str]) -> None:
    token = mailed()
    for _ in range(3):
        assert Client().get("/verify/recover", {"token": token}).status_code == 200
    assert Client().post("/verify/recover", {"token": token}).status_code == 302
    assert Client().get("/verify/recover").status_code == 422
    assert "not valid" in text(Client().post("/verify/recover", {"token": "x"}))


def test_forgotten_password_does_not_stand_in_for_the_code(world: World, mailed: Callable[[], str]) -> None:
    seed, _ = enrol(world.ada.admin)
    browser = Client()
    assert browser.post("/verify/recover", {"token": mailed()})["Location"] == "/login/code"
    browser.post("/login/code", {"two_factor": code_of(seed)})
    assert browser.get("/orgs/create")["Location"] == "/account/password"
    assert browser.post("/account/password", {"new": NEW})["Location"] == "/"


def test_password_that_no_longer_complies_is_replaced_first(world: World) -> None:
    policy = {"enabled": True, "min_length": 12, "requires_special_char": True}
    update_setting(SYSTEM, world.acme, changes={"password_policy": policy})
    browser = Client()
    page = browser.post("/login", LOGIN, follow=True)
    assert page.redirect_chain[-1][0] == "/account/password"
    assert "At least 12 characters, with a special one" in text(page)
    browser.post("/account/password", {"current": PASSWORD, "new": f"{PASSWORD}!"})
    assert browser.get("/orgs/create").status_code == 200


def test_second_factor_that_is_required_is_set_up_first(ada: Client, world: World) -> None:
    policy = {"enabled": True, "requires_two_factor_auth": True}
    update_setting(SYSTEM, world.acme, changes={"password_policy": policy})
    page = ada.get("/account", follow=True)
    assert page.redirect_chain == [("/account/two_factor", 302)]
    assert "Your organization requires it" in text(page)
    seed = page.context["seed"].replace(" ", "")
    shown = ada.post("/account/two_factor", {"two_factor": code_of(seed)})
    assert len(shown.context["codes"]) == 10
    assert ada.get("/account").status_code == 200


@pytest.mark.parametrize("headers", [{}, {"X-Background": "1"}])
def test_page_says_that_the_session_ended(
    browser: Callable[[str], Client], acme: str, world: World, headers: dict[str, str]
) -> None:
    update_setting(SYSTEM, world.acme, changes={"ui_idle_timeout": 10})
    ada = browser("ada")
    assert ada.get(f"{acme}/inventory").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        answer = ada.get(f"{acme}/inventory", headers=headers)
        assert answer["Location"].startswith("/login?next=%2Forgs%2F")
        login = ada.get(answer["Location"])
        assert said(login) == ["Your session ended after 10 minutes without activity. Log in to go on."]
        back = ada.post("/login", {**LOGIN, "next": login.context["next"]})
        assert back["Location"] == f"{acme}/inventory"


def test_a_page_left_open_goes_to_the_log_in_and_back(
    browser: Callable[[str], Client], acme: str, world: World
) -> None:
    update_setting(SYSTEM, world.acme, changes={"ui_idle_timeout": 10})
    ada, open_page = browser("ada"), f"http://testserver{acme}/inventory?q=ap"
    headers = {**HTMX, "X-Background": "1", "HX-Current-URL": open_page}
    for minutes, ended in ((5, False), (9, False), (11, True)):
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            answer = ada.get(f"{acme}/inventory/rows", headers=headers)
            assert ("HX-Redirect" in answer) is ended
    assert answer["HX-Redirect"].endswith("inventory%3Fq%3Dap")


def test_time_before_the_log_in_is_nobodys_inactivity(world: World) -> None:
    update_setting(SYSTEM, world.acme, changes={"ui_idle_timeout": 10})
    browser = Client()
    browser.post("/recover", {"email": "x@example.com"})
    with time_machine.travel(timezone.now() + timedelta(minutes=20)):
        assert browser.post("/login", LOGIN)["Location"] == "/"
        assert browser.get("/account").status_code == 200


def test_session_key_changes_with_the_log_in(world: World, settings: Any) -> None:
    browser = Client()
    browser.post("/recover", {"email": "x@example.com"})
    before = browser.cookies["sessionid"].value
    browser.post("/login", LOGIN)
    assert browser.cookies["sessionid"].value != before


def test_the_database_has_no_key_of_a_session(world: World) -> None:
    client = Client()
    client.force_login(world.ada.admin)
    key, row = client.cookies["sessionid"].value, AdminSession.objects.get(admin=world.ada.admin)
    assert key not in str(AdminSession.objects.values().get())
    assert client.get("/account").status_code == 200
    # As older versions kept it; whoever was logged in stays so.
    AdminSession.objects.filter(pk=row.pk).update(session_key=key)
    assert client.get("/account").status_code == 302
    client.cookies["sessionid"] = key
    migration = importlib.import_module("accounts.migrations.0006_session_digests")
    migration.digest_keys(apps, None)
    assert client.get("/account").status_code == 200
