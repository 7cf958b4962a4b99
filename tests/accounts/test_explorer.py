"""The access explorer says what the oracle says; a preview looks with somebody's eyes and changes nothing."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from django.test import Client

from accounts.explorer import PLAIN, explain, find_holder, grants_of, list_holders
from accounts.models import Admin, ApiToken, Privilege
from audit.models import Entry
from mistadmin.core.access import ABILITIES, ROLES
from mistadmin.core.errors import NotAllowed, NotVisible
from tests.accounts import pages as portal
from tests.accounts.cast import ALL, NONE, REACHES, SESSION, Caller, Targets, reaches
from tests.accounts.oracle import ROLES as ORACLE
from tests.accounts.routes import pages
from tests.accounts.test_matrix import NORTH, Cell, call
from tests.arch.matrix import CASES
from tests.arch.routes import operations
from tests.arch.test_access_matrix import undone
from tests.client import _CSRF, BASE
from tests.world import UNKNOWN, World, grant, make_admin, make_org, make_sitegroup

# Words of the oracle that are spelled otherwise in the product; "see_x" is view_x.
SPELLED = {"explore": "manage_admins", "see_maps": "view_location", "leave_msp": "manage_org"}
# Of several abilities, so that no sentence is about it alone.
JOINT = {"see_hardware", "see_plan"}


@pytest.fixture
def page(acme: str) -> str:
    return f"{acme}/access"


@pytest.fixture
def acme(world: World) -> str:
    return f"/orgs/{world.acme.id}"


@pytest.fixture
def ada(world: World) -> Client:
    return signed_in(world.ada.admin)


@pytest.fixture
def as_ivan(ada: Client, page: str, world: World) -> Client:
    """Ada's browser while it previews the portal as Ivan, who installs at North."""
    assert ada.post(f"{page}/preview", {"admin_id": str(world.ivan.admin.id)}).status_code == 302
    return ada


def signed_in(admin: Admin) -> Client:
    client = Client()
    client.force_login(admin)
    client.cookies["csrftoken"] = _CSRF
    return client


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def told(world: World) -> list[str]:
    entries = Entry.objects.filter(org_id=world.acme.id, event__startswith="accounts.preview")
    return list(entries.order_by("timestamp").values_list("message", flat=True))


def test_every_ability_has_a_sentence() -> None:
    assert set(PLAIN) == ABILITIES
    said = [(one.group, one.text) for one in PLAIN.values()]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("kind", ["person", "token"])
def test_it_says_what_the_oracle_says(world: World, kind: str) -> None:
    """Every role with every reach, at a site of its own, at another one, and in the organization."""
    columns = reaches(world)
    for role, reach in product(ROLES, REACHES):
        holder_id = _holder(world, kind, role, columns[reach])
        held = grants_of(world.ada.actor, world.acme, find_holder(world.ada.actor, world.acme, holder_id))
        for site in (world.north, world.south, None):
            said = {row.ability: row for row in explain(world.acme, held, site)}
            for word in {word for words in ORACLE.values() for word in words} - JOINT:
                ability = SPELLED.get(word, word.replace("see_", "view_"))
                row, reached = said[ability], _reached(world, reach, site)
                if PLAIN[ability].whole:
                    reached = reach == ALL or word == "see_org"
                assert row.may == (word in ORACLE[role] and reached), (role, reach, site, word)
                assert row.may or row.reason


def _holder(world: World, kind: str, role: str, columns: dict[str, Any]) -> str:
    if kind == "token":
        token = ApiToken.objects.create(
            org=world.acme, name=role, hint="", digest=str(ApiToken.objects.count())
        )
        Privilege.objects.create(token=token, org=world.acme, role=role, **columns)
        return f"token:{token.id}"
    admin = make_admin(f"x{Admin.objects.count()}")
    Privilege.objects.create(admin=admin, org=world.acme, role=role, **columns)
    return f"person:{admin.id}"


def _reached(world: World, reach: str, site: Any) -> bool:
    return reach == ALL or (reach != NONE and site == world.north)


def test_it_names_the_grant_and_says_where_else(ada: Client, page: str, world: World) -> None:
    group = make_sitegroup(world.acme, "Coast", world.south)
    grant(world.ivan.admin, world.acme, "observer", group=group)
    ivan = f"person:{world.ivan.admin.id}"
    at_north = text(ada.get(page, {"who": ivan, "site": str(world.north.id)}))
    assert "Installer, site North" in at_north
    assert "Only elsewhere: Observer, site group Coast." in at_north
    assert "No role of theirs allows it." in at_north
    at_south = text(ada.get(page, {"who": ivan, "site": str(world.south.id)}))
    assert "Only elsewhere: Installer, site North." in at_south
    assert "View the portal as Ivan Installer" in at_south


def test_a_token_is_explained_and_not_previewed(ada: Client, page: str, world: World) -> None:
    shown = text(ada.get(page, {"who": f"token:{world.org_token.id}"}))
    assert "Network Admin, all sites" in shown
    assert "View the portal as" not in shown


@pytest.mark.parametrize(
    "who", ["person:{gus}", "token:{unknown}", "person:{unknown}", "person:x", "king:{gus}"]
)
def test_whoever_has_no_role_here_is_nobody(ada: Client, page: str, world: World, who: str) -> None:
    key = who.format(gus=world.gus.admin.id, unknown=UNKNOWN)
    assert ada.get(page, {"who": key}).status_code == 404


def test_only_super_users_ask(world: World) -> None:
    ivan = f"person:{world.ivan.admin.id}"
    for role in set(ROLES) - {"super_user"}:
        key = next(key for key, person in world.people.items() if person.role == role)
        actor = world.people[key].actor
        for ask in (list_holders, lambda *known: find_holder(*known, ivan)):
            with pytest.raises(NotAllowed):
                ask(actor, world.acme)
    with pytest.raises(NotVisible):
        list_holders(world.gus.actor, world.acme)


def test_a_preview_sees_what_the_person_sees(as_ivan: Client, acme: str, world: World) -> None:
    shown = text(as_ivan.get(f"{acme}/installer"))
    assert "You see the portal as <b>Ivan Installer</b> does" in shown
    assert "Audit Logs" not in shown
    sites = as_ivan.get(f"{BASE}{acme}/sites").json()
    assert [site["name"] for site in sites] == ["North"]
    assert as_ivan.get(f"{acme}/sites/{world.south.id}").status_code == 404
    assert as_ivan.get(f"{acme}/settings").status_code == 403
    assert as_ivan.get(f"{acme}/access").status_code == 403


def test_a_preview_opens_no_account_and_no_other_organization(ada: Client, page: str, world: World) -> None:
    second = make_org("Second", by=world.ada.admin)
    grant(world.ivan.admin, second, "super_user")
    ada.post(f"{page}/preview", {"admin_id": str(world.ivan.admin.id)})
    assert ada.get(f"/orgs/{second.id}").status_code == 404
    assert ada.get("/account").status_code == 403
    assert ada.get(f"{BASE}/self").status_code == 403
    assert ada.get("/").headers["Location"] == f"/orgs/{world.acme.id}"


def test_a_click_ends_it_and_the_log_tells_of_both(as_ivan: Client, acme: str, world: World) -> None:
    assert told(world) == ['Start Portal Preview as "Ivan Installer"']
    ended = as_ivan.post("/preview/end")
    assert ended.headers["Location"] == f"{acme}/access?who=person:{world.ivan.admin.id}"
    assert as_ivan.get(f"{acme}/settings").status_code == 200
    assert told(world)[1:] == ['End Portal Preview as "Ivan Installer"']
    assert as_ivan.post("/preview/end").headers["Location"] == "/"
    assert len(told(world)) == 2


def test_logging_out_ends_it_too(as_ivan: Client, acme: str, world: World) -> None:
    as_ivan.post("/logout")
    assert len(told(world)) == 2
    assert as_ivan.get(acme).headers["Location"].startswith("/login")
    assert Entry.objects.filter(event="accounts.admin.logged_out", admin_id=world.ada.admin.id).exists()


def test_logging_out_by_the_api_ends_it_too(as_ivan: Client, world: World) -> None:
    assert as_ivan.post(f"{BASE}/logout", headers={"X-CSRFToken": _CSRF}).status_code == 200
    assert len(told(world)) == 2
    assert as_ivan.get(f"{BASE}/self").status_code == 401


def test_who_may_not_look_any_more_sees_nothing_and_can_end_it(
    as_ivan: Client, acme: str, world: World
) -> None:
    Privilege.objects.filter(admin=world.ada.admin).update(role="observer")
    assert as_ivan.get(f"{acme}/installer").status_code == 404
    assert "End preview" in text(as_ivan.get(f"{acme}/installer"))
    assert as_ivan.post("/preview/end").status_code == 302
    assert len(told(world)) == 2


def test_a_person_who_lost_the_role_sees_nothing(as_ivan: Client, acme: str, world: World) -> None:
    Privilege.objects.filter(admin=world.ivan.admin).delete()
    assert as_ivan.get(f"{acme}/installer").status_code == 404


@pytest.mark.parametrize("who", ["gus", "unknown"])
def test_nobody_without_a_role_here_is_previewed(ada: Client, page: str, world: World, who: str) -> None:
    admin_id = UNKNOWN if who == "unknown" else world.gus.admin.id
    assert ada.post(f"{page}/preview", {"admin_id": str(admin_id)}).status_code == 404
    assert not told(world)


@pytest.mark.parametrize("who", ["wes", "rita", "otto", "max"])
def test_others_preview_nobody(world: World, page: str, who: str) -> None:
    other = signed_in(world.people[who].admin)
    answer = other.post(f"{page}/preview", {"admin_id": str(world.ivan.admin.id)})
    assert answer.status_code == 403
    assert not told(world)


def test_a_preview_as_super_user_changes_nothing_whatever_is_sent(
    ada: Client, page: str, world: World, watched: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Every write of the API and of the portal, in a preview that could do anything if it were no preview."""
    caplog.set_level("CRITICAL", "django.request")
    targets, other = Targets(world), make_admin("other")
    grant(other, world.acme, "super_user")
    ada.post(f"{page}/preview", {"admin_id": str(other.id)})
    looker = Caller(SESSION, "super_user", ALL, ada, {"X-CSRFToken": _CSRF})
    tried = 0
    for operation in [*operations(), *pages()]:
        cases = CASES.get(str(operation)) or portal.PAGES.get(str(operation), ())
        for case in cases if operation.method != "get" else ():
            with undone() as written:
                answer = call(Cell(operation, case, looker, NORTH), targets.north)
            tried += 1
            assert answer.status == 403, f"{operation}: {answer.status}"
            assert not written, f"{operation} wrote {written}"
    assert tried > 100
    watched.forget()


def test_reading_in_a_preview_writes_nothing(
    ada: Client, page: str, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("CRITICAL", "django.request")
    targets, other = Targets(world), make_admin("other")
    grant(other, world.acme, "super_user")
    ada.post(f"{page}/preview", {"admin_id": str(other.id)})
    looker = Caller(SESSION, "super_user", ALL, ada, {"X-CSRFToken": _CSRF})
    for operation in [one for one in pages() if one.method == "get"]:
        for case in portal.PAGES.get(str(operation), ()):
            with undone() as written:
                call(Cell(operation, case, looker, NORTH), targets.north)
            assert not written, f"{operation} wrote {written}"
