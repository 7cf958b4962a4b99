"""The second factor at the API's door: setting up, logging in with it both ways, one use, five tries."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.cli import two_factor as reset
from accounts.models import Admin, RecoveryCode, SecondFactor
from audit.models import Entry
from tests.accounts.codes import code_of, enrol
from tests.client import ApiClient
from tests.world import PASSWORD

ADA = {"email": "ada@example.com", "password": PASSWORD}


class Browser:
    """A client with cookies that starts as nobody and sends the CSRF header it was given."""

    def __init__(self) -> None:
        self.http = Client(enforce_csrf_checks=True)

    def send(self, method, path, body=None):
        token = self.http.cookies.get("csrftoken")
        headers = {"X-CSRFToken": token.value} if token else {}
        data = b"" if body is None else orjson.dumps(body)
        return self.http.generic(
            method, f"/api/v1{path}", data, content_type="application/json", headers=headers
        )

    def post(self, path, body=None):
        return self.send("POST", path, body)

    def get(self, path):
        return self.send("GET", path)

    @property
    def key(self):
        return self.http.cookies["sessionid"].value


@pytest.fixture
def browser(world):
    return Browser()


@pytest.fixture
def enrolled(world):
    return enrol(world.ada.admin)


def test_seed_is_the_same_until_it_is_confirmed_and_the_code_switches_it_on(api, world):
    ada = api("ada")
    seed = ada.get("/self/two_factor/token").ok()["two_factor_secret"]
    assert ada.get("/self/two_factor/token").ok()["two_factor_secret"] == seed
    me = ada.get("/self").ok()
    assert (me["enable_two_factor"], me["two_factor_verified"]) == (True, False)
    ada.post("/self/two_factor/verify", {"two_factor": "000000"}).expect(400)
    codes = ada.post("/self/two_factor/verify", {"two_factor": code_of(seed)}).ok()["recovery_codes"]
    assert len(set(codes)) == 10
    me = ada.get("/self").ok()
    assert (me["enable_two_factor"], me["two_factor_verified"]) == (True, True)
    # What is on is not shown again, and a right code changes nothing.
    ada.get("/self/two_factor/token").expect(400)
    assert ada.post("/self/two_factor/verify", {"two_factor": code_of(seed, steps=1)}).ok() == {}


def test_qr_code_holds_the_seed_of_the_json(api, world):
    ada = api("ada")
    answer = ada.http.get("/api/v1/self/two_factor/token?by=qrcode")
    assert answer["Content-Type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    ada.get("/self/two_factor/token", by="sms").expect(400)


def test_seed_and_codes_are_not_in_the_database(world, enrolled):
    seed, codes = enrolled
    rows = str([*SecondFactor.objects.values(), *RecoveryCode.objects.values(), *Entry.objects.values()])
    assert seed not in rows
    assert not any(code in rows or code.replace("-", "") in rows for code in codes)


def test_a_seed_is_forgotten_after_an_hour(api, world):
    ada = api("ada")
    seed = ada.get("/self/two_factor/token").ok()["two_factor_secret"]
    SecondFactor.objects.update(created_time=timezone.now() - timedelta(hours=2))
    assert ada.get("/self/two_factor/token").ok()["two_factor_secret"] != seed


def test_log_in_in_two_steps(browser, world, enrolled):
    told = browser.post("/login", ADA).json()
    missing = {"email": ADA["email"], "two_factor_required": True, "two_factor_passed": False}
    assert told == missing
    assert browser.get("/self").json() == missing
    half = browser.key, browser.http.cookies["csrftoken"].value
    wrong = browser.post("/login/two_factor", {"two_factor": "000000"})
    assert wrong.status_code == 401
    assert browser.post("/login/two_factor", {"two_factor": code_of(enrolled[0])}).status_code == 200
    me = browser.get("/self").json()
    assert me["email"] == ADA["email"]
    assert "two_factor_required" not in me
    whole = browser.key, browser.http.cookies["csrftoken"].value
    assert half[0] != whole[0]
    assert half[1] != whole[1]
    assert "accounts.admin.code_failed" in Entry.objects.values_list("event", flat=True)


def test_half_a_log_in_can_do_nothing_else(browser, world, enrolled):
    browser.post("/login", ADA)
    assert browser.send("PUT", "/self", {"phone": "1"}).status_code == 401
    assert browser.get("/self/apitokens").status_code == 401
    assert browser.get(f"/orgs/{world.acme.id}").status_code == 401
    assert browser.get("/self/two_factor/token").status_code == 401
    assert browser.http.get("/account").status_code == 302
    assert not Entry.objects.filter(event="accounts.admin.logged_in").exists()


def test_half_a_log_in_ends_by_itself_and_with_the_password(browser, world, enrolled):
    browser.post("/login", ADA)
    code = code_of(enrolled[0])
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert browser.post("/login/two_factor", {"two_factor": code}).status_code == 401
    browser.post("/login", ADA)
    world.ada.admin.set_password("another passphrase")
    world.ada.admin.save()
    assert browser.post("/login/two_factor", {"two_factor": code}).status_code == 401


def test_log_in_in_one_step(anonymous, world, enrolled):
    assert anonymous.post("/login", {**ADA, "two_factor": "000000"}).expect(400)["fields"].keys() == {
        "two_factor"
    }
    anonymous.post("/login", {**ADA, "two_factor": 7}).expect(400)
    assert anonymous.post("/login", {**ADA, "two_factor": code_of(enrolled[0])}).ok() == {
        "email": ADA["email"]
    }


def test_second_step_is_404_without_a_second_factor_and_401_for_nobody(browser, api, world):
    assert browser.post("/login/two_factor", {"two_factor": "000000"}).status_code == 401
    browser.post("/login", ADA)
    assert browser.post("/login/two_factor", {"two_factor": "000000"}).status_code == 404


def test_a_code_is_used_once_and_none_before_it(world, enrolled):
    code, earlier = code_of(enrolled[0]), code_of(enrolled[0], steps=-1)
    ApiClient().post("/login", {**ADA, "two_factor": code}).ok()
    for again in (code, earlier):
        ApiClient().post("/login", {**ADA, "two_factor": again}).expect(400)


def test_a_recovery_code_stands_in_once(world, enrolled):
    code = enrolled[1][0].upper().replace("-", " ")
    ApiClient().post("/login", {**ADA, "two_factor": code}).ok()
    ApiClient().post("/login", {**ADA, "two_factor": code}).expect(400)
    assert RecoveryCode.objects.filter(admin=world.ada.admin).count() == 9


def test_five_codes_are_looked_at_and_the_pause_ends(world, enrolled, monkeypatch):
    looked = []
    real = "accounts.second_factor.use_app_code"
    monkeypatch.setattr(real, lambda factor, code: looked.append(code) or False)
    statuses = [ApiClient().post("/login", {**ADA, "two_factor": "000000"}).status for _ in range(8)]
    assert statuses == [400] * 5 + [429] * 3
    assert len(looked) == 5
    monkeypatch.undo()
    paused = ApiClient().post("/login", {**ADA, "two_factor": enrolled[1][0]})
    paused.expect(429)
    assert int(paused.headers["Retry-After"]) <= 15 * 60
    cache.clear()  # as when the window has ended
    ApiClient().post("/login", {**ADA, "two_factor": code_of(enrolled[0])}).ok()


def test_a_success_takes_back_no_failure(world, enrolled):
    for _ in range(4):
        ApiClient().post("/login", {**ADA, "two_factor": "000000"}).expect(400)
    ApiClient().post("/login", {**ADA, "two_factor": enrolled[1][0]}).ok()
    ApiClient().post("/login", {**ADA, "two_factor": "000000"}).expect(400)
    ApiClient().post("/login", {**ADA, "two_factor": "000000"}).expect(429)


def test_put_self_switches_it_on_and_off_and_other_sessions_end(api, world, enrolled):
    ada, other = ApiClient(world.ada.admin), ApiClient(world.ada.admin)
    # What was read is sent back: nothing happens.
    ada.put("/self", {"enable_two_factor": True, "two_factor_verified": True}).ok()
    off = {"enable_two_factor": False, "current_password": PASSWORD, "two_factor": code_of(enrolled[0])}
    assert ada.put("/self", {"enable_two_factor": False}).expect(400)["fields"].keys() == {"current_password"}
    assert ada.put("/self", {**off, "two_factor": "0"}).expect(400)["fields"].keys() == {"two_factor"}
    me = ada.put("/self", off).ok()
    assert (me["enable_two_factor"], me["two_factor_verified"]) == (False, False)
    other.get("/self").expect(401)
    assert ada.put("/self", {"enable_two_factor": True}).ok()["two_factor_verified"] is False
    assert ada.put("/self", {"enable_two_factor": False}).ok()["enable_two_factor"] is False
    assert not RecoveryCode.objects.exists()


def test_an_api_token_changes_no_credential(world):
    script = ApiClient(token=world.user_token.key)
    script.get("/self/two_factor/token").expect(403)
    script.put("/self", {"password": "another passphrase", "current_password": PASSWORD}).expect(403)
    script.put("/self", {"enable_two_factor": True}).expect(403)
    script.post("/self/update", {"email": "new@example.com"}).expect(403)
    script.delete("/self").expect(403)


def test_operator_resets_it(world, enrolled, capsys):
    assert reset([world.ada.email]) == 0
    assert Admin.objects.get(pk=world.ada.admin.pk).two_factor_since is None
    ApiClient().post("/login", ADA).ok()
    assert reset(["nobody@example.com"]) == 1
    assert "nobody@example.com" in capsys.readouterr().err
