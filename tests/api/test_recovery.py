"""A forgotten password: one answer for every address, links for one use, the new password first."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import sessions
from accounts.models import Admin, Recovery
from tests.accounts.codes import code_of, enrol
from tests.api.test_two_factor import Browser
from tests.client import ApiClient
from tests.world import PASSWORD, make_admin

NEW = "a fresh passphrase"


@pytest.fixture
def link(world, pay):
    """`link()`: the token of a link mailed to Ada."""

    def ask(email="Ada@Example.com"):
        ApiClient().post("/recover", {"email": email}).ok()
        pay()
        found = re.search(r"/verify/recover\?token=(\S+)", mail.outbox[-1].body)
        assert found
        return found[1].replace("%3A", ":")

    return ask


def test_known_and_unknown_addresses_are_answered_alike_and_cost_the_same(world, pay):
    told = []
    for email in ("ada@example.com", "nobody@example.com"):
        with CaptureQueriesContext(connection) as asked:
            reply = ApiClient().post("/recover", {"email": email})
        written = [sql.split(" VALUES")[0] for sql in (query["sql"] for query in asked) if "INTO" in sql]
        told.append((reply.status, reply.body, len(asked), written))
    assert told[0] == told[1]
    pay()
    assert [message.to for message in mail.outbox] == [["ada@example.com"]]
    assert list(Recovery.objects.values_list("email", flat=True)) == ["ada@example.com"]


def test_no_link_for_who_cannot_log_in(world, pay):
    make_admin("Una", email_verified_at=None)
    make_admin("Olaf", is_active=False)
    for email in ("una@example.com", "olaf@example.com"):
        ApiClient().post("/recover", {"email": email}).ok()
    pay()
    assert not mail.outbox


def test_what_is_no_address_is_named_and_many_are_paused(world):
    assert ApiClient().post("/recover", {"email": "x"}).expect(400)["fields"].keys() == {"email"}
    statuses = [ApiClient().post("/recover", {"email": "x@example.com"}).status for _ in range(6)]
    assert statuses == [200] * 5 + [429]


def test_link_opens_the_new_password_only_and_ends_other_sessions(link, world):
    other = ApiClient(world.ada.admin)
    other.get("/self").ok()
    browser = Browser()
    assert browser.post(f"/recover/verify/{link()}").status_code == 200
    assert browser.get("/self").status_code == 403
    assert browser.get(f"/orgs/{world.acme.id}").status_code == 403
    assert browser.send("PUT", "/self", {"phone": "1"}).status_code == 403
    assert browser.send("PUT", "/self", {"password": None}).status_code == 403
    assert browser.send("PUT", "/self", {"password": 7}).status_code == 400
    assert browser.send("PUT", "/self", {"password": ""}).status_code == 400
    assert browser.get("/self").status_code == 403
    assert browser.send("PUT", "/self", {"password": "short"}).status_code == 400
    assert browser.send("PUT", "/self", {"password": NEW}).status_code == 200
    assert browser.get("/self").status_code == 200
    other.get("/self").expect(401)
    # From now on the present password is asked for again.
    assert browser.send("PUT", "/self", {"password": "yet another one"}).status_code == 400
    ApiClient().post("/login", {"email": "ada@example.com", "password": NEW}).ok()


def test_link_is_good_once(link):
    token = link()
    ApiClient().post(f"/recover/verify/{token}").ok()
    assert ApiClient().post(f"/recover/verify/{token}").expect(400) == {"detail": "expired"}


def test_link_ends_with_a_change_of_the_password_or_the_address_and_with_time(link, world):
    token, ada = link(), ApiClient(world.ada.admin)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        ApiClient().post(f"/recover/verify/{token}").expect(400)
    ada.put("/self", {"password": NEW, "current_password": PASSWORD}).ok()
    ApiClient().post(f"/recover/verify/{token}").expect(400)
    token = link()
    Admin.objects.filter(pk=world.ada.admin.pk).update(email="moved@example.com")
    ApiClient().post(f"/recover/verify/{token}").expect(404)


@pytest.mark.parametrize("token", ["nonsense", "eyJhIjoxfQ:1abc:x"])
def test_a_bad_link_is_refused(world, token):
    ApiClient().post(f"/recover/verify/{token}").expect(400)


def test_link_does_not_stand_in_for_the_second_factor(link, world):
    seed, _ = enrol(world.ada.admin)
    browser = Browser()
    assert browser.post(f"/recover/verify/{link()}").json()["two_factor_required"] is True
    assert browser.send("PUT", "/self", {"password": NEW}).status_code == 401
    assert browser.post("/login/two_factor", {"two_factor": code_of(seed)}).status_code == 200
    assert browser.send("PUT", "/self", {"password": NEW}).status_code == 200


def test_lookup_tells_nothing(world):
    for email in ("ada@example.com", "nobody@example.com"):
        assert ApiClient().post("/login/lookup", {"email": email}).ok() == {}
    ApiClient().post("/login/lookup", {"email": "x"}).expect(400)


def test_what_is_left_of_links_is_thrown_away(world):
    Recovery.objects.create(email="a@example.com", created_time=timezone.now() - timedelta(days=2))
    Recovery.objects.create(email="b@example.com")
    assert sessions.discard_recoveries() == 1
    assert Recovery.objects.get().email == "b@example.com"
