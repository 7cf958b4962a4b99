"""Signing up: the same answer to everybody, a mailed link, and a login that works only after it."""

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.core import mail

from accounts import tokens
from accounts.models import Admin, Invite
from tests.world import PASSWORD, make_admin, make_invite

NEW = {
    "email": "nora@example.com",
    "password": "a long enough one",
    "first_name": "Nora",
    "last_name": "New",
}


def mailed_token():
    return unquote(re.search(r"/verify/register\?token=(\S+)", mail.outbox[-1].body)[1])


def test_newcomer_verifies_and_logs_in(anonymous, pay):
    anonymous.post("/register", NEW).ok()
    assert mail.outbox == []
    anonymous.post("/login", NEW).expect(400)
    pay()
    assert mail.outbox[0].to == ["nora@example.com"]
    anonymous.post(f"/register/verify/{mailed_token()}").ok()
    anonymous.post("/login", NEW).ok()


def test_link_starts_with_the_configured_address(anonymous, pay, settings):
    settings.BASE_URL = "https://console.example.org"
    anonymous.headers["X-Forwarded-Host"] = "evil.example"
    anonymous.post("/register", NEW).ok()
    pay()
    assert "https://console.example.org/verify/register?token=" in mail.outbox[0].body


def test_link_works_once(anonymous, pay):
    anonymous.post("/register", NEW).ok()
    pay()
    token = mailed_token()
    anonymous.post(f"/register/verify/{token}").ok()
    assert anonymous.post(f"/register/verify/{token}").expect(400) == {"detail": "already registered"}


def test_link_expires(anonymous, pay, time_machine):
    time_machine.move_to("2026-03-01T12:00Z")
    anonymous.post("/register", NEW).ok()
    pay()
    token = mailed_token()
    time_machine.shift(tokens.REGISTRATION_SECONDS + 60)
    assert anonymous.post(f"/register/verify/{token}").expect(400) == {"detail": "expired"}


@pytest.mark.parametrize("token", ["x", "a:b:c", "%20"])
def test_changed_links_are_refused(anonymous, token):
    anonymous.post(f"/register/verify/{token}").expect(400)


def test_link_for_something_else_is_refused(anonymous, world):
    token = tokens.sign_link("recover", {"admin": str(world.ada.admin.id)})
    anonymous.post(f"/register/verify/{token}").expect(400)


def test_known_and_unknown_addresses_get_the_same_answer(anonymous, world, pay):
    unknown = anonymous.post("/register", NEW)
    known = anonymous.post("/register", {**NEW, "email": "ADA@example.com"})
    assert (known.status, known.body) == (unknown.status, unknown.body)
    pay()
    assert [(message.to[0], message.subject) for message in mail.outbox] == [
        ("nora@example.com", "Validate your mistadmin account"),
        ("ada@example.com", "You already have a mistadmin account"),
    ]


def test_second_registration_neither_renames_nor_resets_the_first(anonymous, world):
    before = Admin.objects.filter(email="ada@example.com").values().get()
    anonymous.post("/register", {**NEW, "email": "ada@example.com"}).ok()
    assert Admin.objects.filter(email="ada@example.com").values().get() == before


def test_unverified_address_gets_its_link_again(anonymous, pay):
    anonymous.post("/register", NEW).ok()
    anonymous.post("/register", NEW).ok()
    pay()
    assert [message.to for message in mail.outbox] == [["nora@example.com"]] * 2


def test_paying_twice_sends_the_same_message_id(anonymous, pay):
    from mistadmin.core.models import Outbox

    anonymous.post("/register", NEW).ok()
    pay()
    Outbox.objects.update(done_at=None, next_at="2020-01-01T00:00Z")
    pay()
    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nora"}, "email"),
        ({"email": "n" * 60 + "@example.com"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "password1"}, "password"),
        ({"password": "nora@example.com"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"first_name": "  "}, "first_name"),
        ({"last_name": "x\ny"}, "last_name"),
        ({"region": "moon"}, "region"),
    ],
)
def test_bad_values_are_named(anonymous, change, field):
    refused = anonymous.post("/register", {**NEW, **change}).expect(400)
    assert list(refused["fields"]) == [field]
    assert not Admin.objects.filter(first_name="Nora").exists()


def test_earlier_registration_of_an_address_is_dead_once_its_owner_registers(anonymous, pay):
    anonymous.post("/register", {**NEW, "password": "the one a stranger knows"}).ok()
    pay()
    strangers = mailed_token()
    anonymous.post("/register", NEW).ok()
    pay()
    anonymous.post(f"/register/verify/{strangers}").expect(400)
    anonymous.post(f"/register/verify/{mailed_token()}").ok()
    anonymous.post("/login", {**NEW, "password": "the one a stranger knows"}).expect(400)
    anonymous.post("/login", NEW).ok()


def test_letters_that_fold_alike_are_different_addresses(anonymous, pay):
    anonymous.post("/register", {**NEW, "email": "\u017fue@example.com"}).ok()
    anonymous.post("/register", {**NEW, "email": "sue@example.com"}).ok()
    anonymous.post("/register", {**NEW, "email": "SUE@example.com"}).ok()
    assert sorted(Admin.objects.filter(email__endswith="ue@example.com").values_list("email", flat=True)) == [
        "sue@example.com",
        "\u017fue@example.com",
    ]


def test_many_registrations_from_one_address_are_paused(anonymous):
    for number in range(30):
        anonymous.post("/register", {**NEW, "email": f"nora{number}@example.com"}).ok()
    anonymous.post("/register", NEW).expect(429)


class TestWithAnInvitation:
    @pytest.fixture
    def invite(self, world):
        return make_invite(world.acme, "nora@example.com", "write")

    @pytest.fixture
    def wish(self, invite):
        return {**NEW, "referer_invite_token": tokens.invite_link(invite.id, invite.links)}

    def test_it_is_accepted_and_nothing_is_left_to_validate(self, anonymous, world, wish, pay):
        pay()
        anonymous.post("/register", {**wish, "region": "europe"}).ok()
        pay()
        assert [message.subject for message in mail.outbox[1:]] == ["You are an administrator of Acme"]
        anonymous.post("/login", NEW).ok()
        nora = Admin.objects.get(email="nora@example.com")
        assert (nora.region, nora.privileges.get().role) == ("europe", "network_admin")
        assert not Invite.objects.exists()

    @pytest.mark.parametrize("what", ["email", "token", "expired", "cancelled"])
    def test_every_other_token_is_refused_alike(self, anonymous, invite, wish, what):
        if what == "expired":
            Invite.objects.update(sent_time=invite.sent_time - timedelta(days=3))
        elif what == "cancelled":
            invite.delete()
        changed = {"email": {"email": "else@example.com"}, "token": {"referer_invite_token": "x" * 40}}
        refused = anonymous.post("/register", {**wish, **changed.get(what, {})}).expect(400)
        assert refused["fields"] == {"referer_invite_token": "is no pending invitation of this address"}
        assert not Admin.objects.filter(first_name="Nora").exists()

    def test_who_has_an_account_is_told_by_mail_alone(self, anonymous, wish, pay):
        nora = make_admin("Nora")
        pay()
        assert anonymous.post("/register", wish).ok() == {}
        pay()
        assert mail.outbox[-1].subject == "You already have a mistadmin account"
        nora.refresh_from_db()
        assert nora.check_password(PASSWORD)
        assert not nora.privileges.exists()
        assert Invite.objects.exists()

    def test_a_weak_password_is_named_and_nothing_is_used_up(self, anonymous, wish):
        assert set(anonymous.post("/register", {**wish, "password": "short"}).expect(400)["fields"]) == {
            "password"
        }
        assert Invite.objects.exists()
