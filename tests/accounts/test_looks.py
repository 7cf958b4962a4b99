"""Support Access: staff look into an organization that lets them, read-only, and its log has every view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from accounts.actions import set_staff
from accounts.models import Admin
from audit.models import Entry
from inventory.actions import delete_org
from orgs.actions import update_org
from orgs.models import Org
from tests.accounts import pages as portal
from tests.accounts.cast import ALL, LOOK, Caller, Targets
from tests.accounts.oracle import ROLES as ORACLE
from tests.accounts.routes import pages
from tests.accounts.test_matrix import _OWN_WORDS, NORTH, Cell, call
from tests.arch.matrix import CASES, Case
from tests.arch.routes import Operation, operations
from tests.arch.test_access_matrix import undone
from tests.client import _CSRF, BASE
from tests.world import SYSTEM, UNKNOWN, World, grant, make_admin, make_devices, make_org

STAN = "stan@example.com"
POLL = {"HX-Request": "true", "X-Background": "1"}


@pytest.fixture
def acme(world: World) -> str:
    return f"/orgs/{world.acme.id}"


@pytest.fixture
def stan(world: World) -> Client:
    """The browser of somebody of the instance's staff who belongs to no organization."""
    browser = signed_in(make_admin("Stan", "Staff", email=STAN))
    set_staff(SYSTEM, email=STAN, is_staff=True)
    return browser


@pytest.fixture
def look(stan: Client, world: World) -> Client:
    """Stan's browser while it looks into Acme."""
    assert begin(stan, world.acme.id).headers["Location"] == f"/orgs/{world.acme.id}/inventory"
    return stan


def signed_in(admin: Admin) -> Client:
    client = Client(REMOTE_ADDR="203.0.113.7")
    client.force_login(admin)
    client.cookies["csrftoken"] = _CSRF
    return client


def begin(browser: Client, org_id: Any) -> Any:
    return browser.post("/support/look", {"org_id": str(org_id)})


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def _plain(response: Any) -> bytes:
    return _OWN_WORDS.sub(b"", response.content).replace(response["X-Request-Id"].encode(), b"")


def entries(world: World) -> list[Entry]:
    found = Entry.objects.filter(org_id=world.acme.id, event__startswith="accounts.support")
    return list(found.order_by("timestamp"))


def told(world: World) -> list[str]:
    return [entry.message for entry in entries(world)]


def test_staff_find_the_organizations_that_allow_it(stan: Client, world: World) -> None:
    update_org(SYSTEM, world.globex, changes={"allow_mist": False})
    page = stan.get("/support")
    assert [row["name"] for row in page.context["slice"].rows] == ["Acme"]
    for asked, found in (("ACM", 1), (str(world.acme.id), 1), (str(world.globex.id), 0), ("glob", 0)):
        assert len(stan.get("/support", {"q": asked}).context["slice"].rows) == found
    make_org("Zenith", by=world.ada.admin)
    assert "Zenith" in text(stan.get("/support", {"limit": 1, "page": 2}))
    assert signed_in(world.ada.admin).get("/support").status_code == 404
    assert Client().get("/support").headers["Location"].startswith("/login")


def test_a_closed_organization_answers_like_none(stan: Client, world: World) -> None:
    update_org(SYSTEM, world.acme, changes={"allow_mist": False})
    closed, unknown = begin(stan, world.acme.id), begin(stan, UNKNOWN)
    assert closed.status_code == unknown.status_code == 404
    assert _plain(closed) == _plain(unknown)
    assert begin(signed_in(world.gus.admin), world.acme.id).status_code == 404
    assert told(world) == []


def test_a_look_sees_devices_and_what_configures_them(look: Client, acme: str, world: World) -> None:
    (device,) = make_devices(world.north)
    page = text(look.get(f"{acme}/inventory"))
    assert "You look into <b>Acme</b> for support" in page
    assert device.mac in page.replace(":", "")
    for path in ("sites", f"devices/{device.id}", "settings", "templates", "inventory.csv"):
        assert look.get(f"{acme}/{path}").status_code == 200, path
    for path in ("logs", "admins", "settings/tokens", "access", "inventory/adopt"):
        refusal = look.get(f"{acme}/{path}")
        assert refusal.status_code == 403, path
        # Nobody can give a look another role.
        assert "A support look shows" in refusal.content.decode()
    assert look.get(f"/orgs/{world.globex.id}/inventory").status_code == 404
    assert look.get("/account").status_code == 403
    assert look.get(f"{BASE}/self").status_code == 403
    assert look.get(f"{BASE}{acme}/inventory").json()[0]["mac"] == device.mac


def test_every_view_is_an_entry_with_who_whence_and_what(look: Client, acme: str, world: World) -> None:
    look.get(f"{acme}/inventory", {"q": "ward", "limit": "10"})
    look.get(f"{acme}/sites/{world.north.id}")
    look.get(f"{acme}/sites.csv")
    look.get(f"{BASE}{acme}/sites")
    look.get(f"{acme}/logs")
    look.get(f"{acme}/nothing-like-this")
    look.get(f"/orgs/{world.globex.id}/inventory")
    look.get(f"{BASE}/const/countries", {"token": "secret"})
    assert told(world) == [
        "Start Support Access",
        'Support Access: View "inventory?q=ward"',
        f'Support Access: View "sites/{world.north.id}"',
        'Support Access: View "sites.csv"',
        f'Support Access: View "api/v1{acme}/sites"',
        'Support Access: Refused "logs"',
        'Support Access: Refused "nothing-like-this"',
        'Support Access: View "api/v1/const/countries"',
    ]
    seen = entries(world)[2]
    assert (seen.admin_name, seen.src_ip) == ("Stan Staff stan@example.com", "203.0.113.7")
    assert (seen.actor_kind, seen.site_id) == ("support", world.north.id)
    assert seen.after == {"address": f"{acme}/sites/{world.north.id}", "method": "GET", "status": 200}
    assert not Entry.objects.filter(org_id=world.globex.id, event__startswith="accounts.support").exists()


def test_customers_read_it_in_their_audit_log(look: Client, acme: str, world: World) -> None:
    ada = signed_in(world.ada.admin)
    assert "Support has not looked" in text(ada.get(f"{acme}/settings"))
    look.get(f"{acme}/inventory")
    page = ada.get(f"{acme}/settings")
    assert "Support last looked" in text(page)
    log = text(ada.get(f"{acme}/logs?{page.context['support']['day']}&q=Support+Access"))
    assert "Support Access: View &quot;inventory&quot;" in log
    assert "Stan Staff stan@example.com" in log


def test_what_a_page_asks_by_itself_is_no_view_of_its_own(look: Client, acme: str, world: World) -> None:
    look.get(f"{acme}/inventory", {"q": "ward"})
    before = told(world)
    for path in ("inventory", "inventory/rows"):
        query = {"q": "ward", "columns": "name", "limit": "50"}
        assert look.get(f"{acme}/{path}", query, headers=POLL).status_code == 200
    assert told(world) == before
    # Saying so hides nothing that was not seen already.
    look.get(f"{acme}/inventory/rows", {"q": "other"}, headers=POLL)
    look.get(f"{acme}/sites", headers=POLL)
    assert len(told(world)) == len(before) + 2
    Entry.objects.update(timestamp=timezone.now() - timezone.timedelta(hours=2))
    look.get(f"{acme}/inventory/rows", {"q": "ward"}, headers=POLL)
    assert len(told(world)) == len(before) + 3


def test_no_page_is_given_without_its_entry(
    look: Client, acme: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_args: Any, **_more: Any) -> None:
        raise DatabaseError("no space left")

    caplog.set_level("CRITICAL", "django.request")
    look.raise_request_exception = False
    monkeypatch.setattr("accounts.looks.record", full)
    for path in (f"{acme}/sites", f"{acme}/sites.csv", f"{BASE}{acme}/sites"):
        answer = look.get(path)
        assert answer.status_code == 500
        assert b"North" not in answer.getvalue()


def test_no_page_and_no_read_forgets_its_entry(
    look: Client, world: World, watched: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Every page and every operation there is, whether it is let in or refused."""
    caplog.set_level("CRITICAL", "django.request")
    targets, looker = Targets(world), Caller(LOOK, "support", ALL, look, {"X-CSRFToken": _CSRF})
    asked = [(one, portal.PAGES.get(str(one), _also(one))) for one in pages()]
    asked += [(one, CASES.get(str(one), ())) for one in operations()]
    tried = 0
    for operation, cases in asked:
        for case in cases:
            with undone() as written:
                answer = call(Cell(operation, case, looker, NORTH), targets.north)
                event = _last_event(world)
            tried += 1
            assert len(written) == 1, f"{operation} wrote {written}"
            assert event == ("viewed" if answer.status < 400 else "refused"), f"{operation}: {answer.status}"
            if operation.method == "get" and case.needs not in ORACLE["support"]:
                assert answer.status in (403, 404), str(operation)
            assert operation.method == "get" or answer.status == 403, str(operation)
    assert tried > 250
    watched.forget()


def _also(page: Operation) -> tuple[Case, ...]:
    """Pages that are no view of an organization, or lead back to one, are told of all the same."""
    known = page.method == "get" and str(page) in {*portal.OWN, *portal.LEADS_BACK}
    return (Case("see_org"),) if known else ()


def _last_event(world: World) -> str:
    last = Entry.objects.filter(org_id=world.acme.id).latest("timestamp").event
    return last.removeprefix("accounts.support.")


def test_leaving_and_logging_out_end_it(look: Client, acme: str, world: World) -> None:
    assert look.post("/support/end").headers["Location"] == "/support"
    assert look.get(f"{acme}/inventory").status_code == 404
    assert told(world) == ["Start Support Access", "End Support Access"]
    assert look.post("/support/end").headers["Location"] == "/support"
    for leave in ("/logout", f"{BASE}/logout"):
        begin(look, world.acme.id)
        assert look.post(leave, headers={"X-CSRFToken": _CSRF}).status_code in (200, 302)
        look.force_login(Admin.objects.get(email=STAN))
    assert told(world) == ["Start Support Access", "End Support Access"] * 3


@pytest.mark.parametrize("over", ["closed", "not staff", "deleted"])
def test_it_is_over_with_the_very_next_request(look: Client, acme: str, world: World, over: str) -> None:
    assert look.get(f"{acme}/sites").status_code == 200
    _end_from_outside(world, over)
    assert look.get(f"{BASE}{acme}/sites").status_code == 404
    assert look.get(f"{acme}/sites").status_code == 404
    assert told(world)[-1] == "End Support Access"
    assert entries(world)[-1].after["reason"]
    assert look.get("/support").status_code == (404 if over == "not staff" else 200)
    # Nothing is left that would go on if it were allowed again.
    Org.objects.filter(id=world.acme.id).update(allow_mist=True)
    Admin.objects.filter(email=STAN).update(is_staff=True)
    assert look.get(f"{acme}/sites").status_code == 404


def _end_from_outside(world: World, how: str) -> None:
    if how == "not staff":
        set_staff(SYSTEM, email=STAN, is_staff=False)
    elif how == "closed":
        update_org(world.ada.actor, world.acme, changes={"allow_mist": False})
    else:
        delete_org(world.ada.actor, world.acme)


def test_members_go_there_as_what_they_are(stan: Client, acme: str, world: World) -> None:
    stan_account = Admin.objects.get(email=STAN)
    grant(stan_account, world.acme, "super_user")
    update_org(SYSTEM, world.acme, changes={"allow_mist": False})
    assert begin(stan, world.acme.id).status_code == 302
    assert stan.get(f"{acme}/logs").status_code == 200
    assert told(world) == []


def test_settings_switch_it(world: World, acme: str, stan: Client) -> None:
    ada = signed_in(world.ada.admin)
    form = {"name": "Acme", "session_expiry": "1440", "min_length": "8"}
    assert ada.get(f"{acme}/settings").context["values"]["allow_mist"] is True
    assert ada.post(f"{acme}/settings", form).status_code == 302
    assert begin(stan, world.acme.id).status_code == 404
    assert ada.get(f"{BASE}{acme}").json()["allow_mist"] is False
    opened = ada.get(f"{acme}/settings").context["edit"]
    update_org(SYSTEM, world.acme, changes={"allow_mist": True})
    seen = {"version": opened.version, "opened": opened.text}
    # Somebody else switched it on, and the form that is saved says nothing else about it: it stays on.
    assert ada.post(f"{acme}/settings", {**form, **seen}).status_code == 302
    assert begin(stan, world.acme.id).status_code == 302
    assert signed_in(world.otto.admin).post(f"{acme}/settings", form).status_code == 403


def test_tokens_of_staff_look_nowhere(look: Client, world: World, acme: str, api: Callable[..., Any]) -> None:
    key = world.user_token.key
    answer = look.get(f"{BASE}{acme}/sites", headers={"Authorization": f"Token {key}"})
    assert answer.status_code == 200
    # The token is Ada's own; the look that the cookie has adds nothing and is told of nothing.
    assert look.get(f"{BASE}{acme}/logs", headers={"Authorization": f"Token {key}"}).status_code == 200
    assert told(world) == ["Start Support Access"]
