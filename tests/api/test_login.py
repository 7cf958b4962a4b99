"""Sessions as API clients use them: cookies, the CSRF header without a Referer, a pause after failures."""

from datetime import timedelta

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.auth import authenticate
from audit.models import Entry
from mistadmin.core.errors import Invalid
from tests.client import ApiClient
from tests.world import PASSWORD


@pytest.fixture
def browser(world):
    return Client(enforce_csrf_checks=True)


def post(browser, path, body=None, **headers):
    data = b"" if body is None else orjson.dumps(body)
    return browser.post(f"/api/v1{path}", data, content_type="application/json", headers=headers)


def log_in(browser, email="ada@example.com", password=PASSWORD):
    return post(browser, "/login", {"email": email, "password": password})


def test_login_sets_the_cookies_that_clients_replay(browser):
    reply = log_in(browser)
    assert reply.status_code == 200
    assert {"sessionid", "csrftoken"} <= set(reply.cookies)
    assert browser.get("/api/v1/self").json()["email"] == "ada@example.com"


def test_email_is_found_whatever_its_case(browser):
    assert log_in(browser, email="ADA@Example.com").status_code == 200


def test_session_writes_with_the_header_and_without_a_referer(browser):
    token = log_in(browser).cookies["csrftoken"].value
    reply = browser.put(
        "/api/v1/self", b'{"phone":"1"}', content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert reply.status_code == 200


def test_https_session_writes_without_a_referer(browser):
    token = log_in(browser).cookies["csrftoken"].value
    reply = browser.put(
        "/api/v1/self",
        b'{"phone":"1"}',
        content_type="application/json",
        headers={"X-CSRFToken": token},
        secure=True,
    )
    assert reply.status_code == 200


@pytest.mark.parametrize("headers", [{}, {"X-CSRFToken": ""}, {"X-CSRFToken": "y" * 32}])
def test_session_writes_without_the_right_header_are_403(browser, headers):
    log_in(browser)
    reply = post(browser, "/orgs", {"name": "Forged"}, **headers)
    assert reply.status_code == 403
    assert reply.json()["detail"].startswith("CSRF Failed")


def test_foreign_origin_is_refused(browser):
    token = log_in(browser).cookies["csrftoken"].value
    reply = post(browser, "/orgs", {"name": "x"}, **{"X-CSRFToken": token, "Origin": "https://evil.example"})
    assert reply.status_code == 403


def test_csrf_cookie_changes_with_login_and_then_stays(browser):
    first = log_in(browser).cookies["csrftoken"].value
    assert "csrftoken" not in browser.get("/api/v1/self").cookies
    second = log_in(browser).cookies["csrftoken"].value
    assert first != second


def test_logout_ends_the_session(browser):
    token = log_in(browser).cookies["csrftoken"].value
    assert post(browser, "/logout", **{"X-CSRFToken": token}).status_code == 200
    assert browser.get("/api/v1/self").status_code == 401


def test_logout_of_nobody_is_fine(anonymous):
    anonymous.post("/logout").ok()


@pytest.mark.parametrize(
    "body",
    [
        {"email": "ada@example.com", "password": "wrong"},
        {"email": "nobody@example.com", "password": PASSWORD},
        {"email": "ada@example.com"},
        {"email": ["ada@example.com"], "password": PASSWORD},
        {"email": "ada@example.com", "password": {"a": 1}},
        {},
    ],
)
def test_failures_are_told_alike(anonymous, world, body):
    assert anonymous.post("/login", body).expect(400) == {"detail": "Invalid email or password."}


def test_unverified_and_switched_off_accounts_are_told_alike(anonymous, world):
    ada, wes = world.ada.admin, world.wes.admin
    ada.email_verified_at = None
    ada.save(update_fields=["email_verified_at"])
    wes.is_active = False
    wes.save(update_fields=["is_active"])
    for admin in (ada, wes):
        reply = anonymous.post("/login", {"email": admin.email, "password": PASSWORD})
        assert reply.expect(400) == {"detail": "Invalid email or password."}


def test_cookie_with_nul_is_refused(browser):
    browser.cookies["sessionid"] = "\0abcdefghij"
    assert browser.cookies["sessionid"].OutputString().startswith('sessionid="\\000')
    assert browser.get("/login").status_code == 400
    assert browser.get("/api/v1/self").json() == {"detail": "NUL characters are not accepted."}


def test_stale_cookie_does_not_stand_in_the_way(browser):
    browser.cookies["sessionid"] = "stale"
    browser.cookies["csrftoken"] = "short"
    assert log_in(browser).status_code == 200


ADA = {"email": "ada@example.com", "password": PASSWORD}
OFFICE, ATTACKER, ELSEWHERE = "192.0.2.1", "198.51.100.7", "203.0.113.9"


def guess(address, email="ada@example.com", times=1):
    """The status of each wrong try."""
    client = ApiClient(address=address)
    return [client.post("/login", {"email": email, "password": "wrong"}).status for _ in range(times)]


@pytest.fixture
def checked(monkeypatch):
    """The passwords that were looked at; none costs a hash that counts for the speed of these tests."""
    seen = []

    def matches(password, admin):
        seen.append(password)
        return admin is not None and password == PASSWORD

    monkeypatch.setattr("accounts.auth._matches", matches)
    return seen


def test_failures_pause_the_account_and_the_address(world):
    assert guess(ATTACKER, times=6) == [400] * 6
    attacker = ApiClient(address=ATTACKER)
    paused = attacker.post("/login", ADA)
    assert int(paused.headers["Retry-After"]) > 0
    paused.expect(429)
    # The account pauses for every address it is not known from, and the address for any account.
    elsewhere = ApiClient(address=ELSEWHERE)
    elsewhere.post("/login", ADA).expect(429)
    assert guess(ATTACKER, times=3) == [429] * 3
    attacker.post("/login", {"email": "wes@example.com", "password": PASSWORD}).expect(429)
    elsewhere.post("/login", {"email": "wes@example.com", "password": PASSWORD}).ok()


def test_owner_is_not_paused_by_guesses_from_elsewhere(world, checked):
    ApiClient(address=OFFICE).post("/login", ADA).ok()
    for number in range(50):
        guess(f"198.51.100.{number}", times=4)
    assert len(checked) == 1 + 6
    assert guess(OFFICE, times=3) == [400] * 3
    ApiClient(address=OFFICE).post("/login", ADA).ok()
    # A success takes back no earlier failure.
    assert guess(OFFICE, times=2) == [400, 429]
    assert checked.count("wrong") == 10


def test_paused_address_does_not_keep_out_who_is_known_there(world, checked):
    ApiClient(address=OFFICE).post("/login", ADA).ok()
    assert guess(OFFICE, "rita@example.com", times=6) == [400] * 6
    assert guess(OFFICE, "wes@example.com", times=5) == [400] * 4 + [429]
    ApiClient(address=OFFICE).post("/login", ADA).ok()
    assert guess(OFFICE, times=5) == [400] * 4 + [429]


def test_ten_passwords_of_an_account_are_looked_at_from_wherever(world, checked):
    for address in (OFFICE, ELSEWHERE):
        ApiClient(address=address).post("/login", ADA).ok()
    tried = [status for address in (OFFICE, ATTACKER, ELSEWHERE) for status in guess(address, times=9)]
    assert tried.count(400) == checked.count("wrong") == 10


def test_paused_address_uses_up_no_tries_of_an_account(world):
    assert guess(ATTACKER, "wes@example.com", times=6) == [400] * 6
    assert guess(ATTACKER, "rita@example.com", times=4) == [400] * 4
    assert guess(ATTACKER, times=20) == [429] * 20
    ApiClient(address=ELSEWHERE).post("/login", ADA).ok()


def test_address_is_forgotten_after_thirty_days(world, checked):
    ApiClient(address=OFFICE).post("/login", ADA).ok()
    long_ago = timezone.now() - timedelta(days=31)
    Entry.objects.filter(event="accounts.admin.logged_in").update(timestamp=long_ago)
    guess(ATTACKER, times=6)
    ApiClient(address=OFFICE).post("/login", ADA).expect(429)


def test_pauses_tell_nobody_which_accounts_exist(world):
    ApiClient(address=OFFICE).post("/login", ADA).ok()
    known, unknown = (
        [
            (reply.status, reply.body)
            for reply in (
                ApiClient(address=address).post("/login", {"email": email, "password": "wrong"})
                for _ in range(8)
            )
        ]
        for email, address in (("ada@example.com", ATTACKER), ("nobody@example.com", ELSEWHERE))
    )
    assert known == unknown


def test_looking_for_known_addresses_costs_unknown_accounts_the_same(world, checked):
    costs = []
    for email, address in (("ada@example.com", ATTACKER), ("nobody@example.com", ELSEWHERE)):
        with CaptureQueriesContext(connection) as asked, pytest.raises(Invalid):
            authenticate(email, "wrong", address)
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_logins_and_failures_are_in_the_log(browser, api, world, anonymous):
    log_in(browser)
    anonymous.post("/login", {"email": "ada@example.com", "password": "wrong"}).expect(400)
    entries = api("ada").get(f"/orgs/{world.acme.id}/logs", message="Login").ok()["results"]
    assert [entry["admin_id"] for entry in entries] == [str(world.ada.admin.id)]


def test_one_time_password_opens_nothing_but_its_replacement(browser, world):
    admin = world.ada.admin
    admin.password_change_due = True
    admin.save(update_fields=["password_change_due"])
    token = log_in(browser).cookies["csrftoken"].value
    assert browser.get("/api/v1/self", headers={"X-CSRFToken": token}).status_code == 403


def test_real_hasher_checks_passwords(settings, world, anonymous):
    from django.contrib.auth.hashers import make_password

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    admin = world.ada.admin
    admin.password = make_password(PASSWORD)
    admin.save(update_fields=["password"])
    assert admin.password.startswith("argon2")
    anonymous.post("/login", {"email": admin.email, "password": PASSWORD}).ok()
