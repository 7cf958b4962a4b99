"""Password and session policies of organizations, at every door of a session or a new password."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import tokens
from accounts.auth import log_in
from accounts.models import Admin, AdminSession, Recovery
from accounts.passwords import check_password
from accounts.policies import policy_of_orgs
from mistadmin.core.errors import Invalid
from tests.accounts.codes import code_of
from tests.api.test_two_factor import Browser
from tests.client import ApiClient
from tests.world import PASSWORD, grant, make_org

ADA = {"email": "ada@example.com", "password": PASSWORD}
STRICT = {"enabled": True, "min_length": 30, "requires_special_char": True}
LONG = "a passphrase that is long enough!"


@pytest.fixture
def ask(api, world):
    """`ask(...)`: what acme's setting says from now on."""

    def put(**setting):
        api("ada").put(f"/orgs/{world.acme.id}/setting", setting).ok()

    return put


def later(**age):
    return time_machine.travel(timezone.now() + timedelta(**age))


def seen(client, **headers):
    return client.http.get("/api/v1/self", headers=headers).status_code


class TestPasswords:
    @pytest.mark.parametrize(
        ("password", "problem"),
        [
            ("a passphrase!", "at least 30"),
            ("a passphrase that is long enough", "special character"),
            ("x" * 31, "special character"),
            ("é" * 31, "special character"),
            ("a passphrase that is long enough 7", "special character"),
        ],
    )
    def test_a_change_has_to_comply(self, api, ask, password, problem):
        ask(password_policy=STRICT)
        refused = api("ada").put("/self", {"password": password, "current_password": PASSWORD}).expect(400)
        assert problem in refused["fields"]["password"]

    def test_a_policy_that_is_off_asks_nothing(self, api, ask):
        ask(password_policy={**STRICT, "enabled": False})
        api("ada").put("/self", {"password": "just long enough", "current_password": PASSWORD}).ok()

    def test_who_does_not_comply_replaces_it_at_the_next_log_in(self, api, ask, world):
        working = api("wes")
        ask(password_policy=STRICT)
        # Who works goes on working; who logs in is judged.
        working.get("/self").ok()
        browser = Browser()
        browser.post("/login", {"email": "wes@example.com", "password": PASSWORD})
        refused = browser.get(f"/orgs/{world.acme.id}")
        assert (refused.status_code, refused.json()) == (403, {"detail": "Replace your password first."})
        change = {"password": LONG, "current_password": PASSWORD}
        assert browser.send("PUT", "/self", {**change, "password": "short"}).status_code == 400
        assert browser.send("PUT", "/self", change).status_code == 200
        assert browser.get(f"/orgs/{world.acme.id}").status_code == 200
        working.get("/self").expect(401)

    def test_an_old_password_expires(self, ask, world):
        ask(password_policy={"enabled": True, "expiry_in_days": 30})
        browser = Browser()
        browser.post("/login", ADA)
        assert browser.get("/self").status_code == 200
        Admin.objects.update(password_modified_time=timezone.now() - timedelta(days=31))
        browser.post("/login", ADA)
        assert browser.get("/self").status_code == 403

    def test_api_tokens_go_on(self, ask, world):
        ask(password_policy={**STRICT, "requires_two_factor_auth": True})
        ApiClient(token=world.user_token.key).get("/self").ok()
        ApiClient(token=world.org_token.key).get("/self").ok()

    def test_the_strictest_organization_wins(self, api, ask, world):
        initech = make_org("Initech", by=world.gus.admin)
        grant(world.wes.admin, initech, "observer")
        ask(password_policy={"enabled": True, "min_length": 20})
        api("gus").put(f"/orgs/{initech.id}", {"session_expiry": 60}).ok()
        setting = {"password_policy": {"enabled": True, "requires_special_char": True}, "ui_idle_timeout": 9}
        api("gus").put(f"/orgs/{initech.id}/setting", setting).ok()
        found = policy_of_orgs([world.acme.id, initech.id])
        assert (found.min_length, found.special_char, found.session_minutes, found.idle_minutes) == (
            20,
            True,
            60,
            9,
        )
        assert api("wes").get("/self").ok()["session_expiry"] == 60
        assert api("rita").get("/self").ok()["session_expiry"] == 1440

    def test_invitations_judge_by_the_policy_they_lead_to(self, ask, world):
        ask(password_policy=STRICT)
        with pytest.raises(Invalid):
            check_password("a passphrase!", email="x@example.com", policy=policy_of_orgs([world.acme.id]))
        check_password(LONG, email="x@example.com", policy=policy_of_orgs([world.acme.id]))

    def test_guesses_at_the_present_password_are_paused(self, api, world):
        wrong = {"password": LONG, "current_password": "wrong"}
        statuses = [api("ada").put("/self", wrong).status for _ in range(11)]
        assert statuses == [400] * 10 + [429]


WEAK = [
    "",
    "short!",
    "x" * 28 + "!",
    "nothing special in here at all",
    "digits 0123456789 are not special",
    "Ünïcödé lëttërs ärë nöt spëcïäl ëïthër",
    "　" * 31,
    "!" * 129,
    "a nul character \0 in a long passphrase!",
    7,
    ["a passphrase that is long enough!"],
    {"a": 1},
    True,
]


@pytest.mark.parametrize("weak", WEAK)
class TestEveryDoor:
    """No password of these gets through any way of setting one."""

    @pytest.fixture(autouse=True)
    def strict(self, ask):
        ask(password_policy=STRICT)

    @pytest.fixture
    def unchanged(self, world):
        yield
        assert Admin.objects.get(pk=world.wes.admin.pk).check_password(PASSWORD)

    @pytest.mark.usefixtures("unchanged")
    def test_change(self, api, weak):
        wish = {"password": weak, "current_password": PASSWORD}
        api("wes").put("/self", wish).expect(400)

    @pytest.mark.usefixtures("unchanged")
    def test_change_that_is_due(self, world, weak):
        browser = Browser()
        browser.post("/login", {"email": "wes@example.com", "password": PASSWORD})
        assert (
            browser.send("PUT", "/self", {"password": weak, "current_password": PASSWORD}).status_code == 400
        )
        assert browser.get("/self").status_code == 403

    @pytest.mark.usefixtures("unchanged")
    def test_forgotten(self, world, weak):
        asked = Recovery.objects.create(email="wes@example.com")
        facts = {"asked": str(asked.id), "of": tokens.link_mark(world.wes.admin.password)}
        browser = Browser()
        assert browser.post(f"/recover/verify/{tokens.sign_link('recover', facts)}").status_code == 200
        assert browser.send("PUT", "/self", {"password": weak}).status_code == 400
        assert browser.get("/self").status_code == 403

    @pytest.mark.usefixtures("unchanged")
    def test_portal(self, world, weak):
        browser = Client()
        browser.force_login(world.wes.admin)
        form = {"form": "password", "current": PASSWORD, "new": weak if isinstance(weak, str) else ""}
        assert browser.post("/account", form).status_code in (400, 422)

    def test_function_of_every_other_way(self, world, weak):
        policy = policy_of_orgs([world.acme.id])
        with pytest.raises(Invalid):
            check_password(weak, email="x@example.com", policy=policy)


class TestTwoFactorRequired:
    def test_who_lacks_it_sets_it_up_and_reaches_nothing_else(self, api, ask, world):
        working = api("wes")
        working.get("/self").ok()
        ask(password_policy={"enabled": True, "requires_two_factor_auth": True})
        assert "two-factor" in working.get(f"/orgs/{world.acme.id}").expect(403)["detail"]
        seed = working.get("/self/two_factor/token").ok()["two_factor_secret"]
        working.post("/self/two_factor/verify", {"two_factor": code_of(seed)}).ok()
        working.get(f"/orgs/{world.acme.id}").ok()

    def test_logging_out_is_free_to_everybody(self, api, ask):
        ask(password_policy={"enabled": True, "requires_two_factor_auth": True})
        api("wes").get("/self").expect(403)
        api("wes").post("/logout").ok()
        api("wes").get("/self").expect(401)

    def test_who_came_by_an_identity_provider_is_not_asked(self, ask, world, rf):
        ask(password_policy={"enabled": True, "requires_two_factor_auth": True})
        client = ApiClient(world.wes.admin)
        client.get("/self").expect(403)
        request = rf.get("/")
        request.session = client.http.session
        log_in(request, world.wes.admin)
        request.session.save()
        client.http.cookies["sessionid"] = request.session.session_key
        client.get("/self").ok()


class TestSessions:
    def test_a_session_ends_after_its_time(self, api, world):
        wes = ApiClient(world.wes.admin)
        api("ada").put(f"/orgs/{world.acme.id}", {"session_expiry": 10}).ok()
        with later(minutes=9, seconds=55):
            assert seen(wes) == 200
        with later(minutes=10, seconds=5):
            assert seen(wes) == 401
        # It is gone, and not only hidden.
        assert not AdminSession.objects.filter(admin=world.wes.admin).exists()

    def test_inactivity_ends_it_and_activity_keeps_it(self, ask, world):
        wes = ApiClient(world.wes.admin)
        ask(ui_idle_timeout=10)
        for minutes in (9, 18, 27):
            with later(minutes=minutes):
                assert seen(wes) == 200
        with later(minutes=36, seconds=55):
            assert seen(wes) == 200
        with later(minutes=47):
            told = wes.get(f"/orgs/{world.acme.id}").expect(401)
            assert "10 minutes without activity" in told["detail"]

    def test_what_the_page_asks_by_itself_is_no_activity(self, ask, world):
        wes = ApiClient(world.wes.admin)
        ask(ui_idle_timeout=10)
        for minutes in range(1, 10):
            with later(minutes=minutes):
                assert seen(wes, **{"X-Background": "1"}) == 200
        with later(minutes=10, seconds=5):
            assert seen(wes, **{"X-Background": "1"}) == 401

    def test_a_shorter_time_holds_at_once(self, ask, world):
        wes = ApiClient(world.wes.admin)
        assert seen(wes) == 200
        with later(minutes=30):
            assert seen(wes, **{"X-Background": "1"}) == 200
            ask(ui_idle_timeout=5)
            assert seen(wes) == 401

    def test_revoked_roles_and_switched_off_accounts_are_judged_anew(self, api, world):
        rita, wes = api("rita"), api("wes")
        rita.get(f"/orgs/{world.acme.id}").ok()
        world.rita.admin.privileges.all().delete()
        rita.get(f"/orgs/{world.acme.id}").expect(404)
        wes.get("/self").ok()
        Admin.objects.filter(pk=world.wes.admin.pk).update(is_active=False)
        wes.get("/self").expect(401)


def test_register_asks_for_what_everybody_is_asked(world):
    wish = {"email": "n@example.com", "first_name": "N", "last_name": "N", "password": "short"}
    ApiClient().post("/register", wish).expect(400)
    assert not mail.outbox
