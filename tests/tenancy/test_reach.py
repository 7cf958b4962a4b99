"""Where code reaches over all tenants is a short list, and each place on it has a reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from mistadmin.celery import SCHEDULE, Work, app
from mistadmin.core import heartbeats, tenancy
from mistadmin.core.access import ROLES, Actor, Grant
from mistadmin.core.http import reach_of
from mistadmin.core.tasks import heartbeat
from mistadmin.core.tenancy import ALL, Scope
from tests.world import UNKNOWN

ROOT: Final = Path(__file__).resolve().parents[2]
APPS: Final = ("mistadmin", "orgs", "sites", "accounts", "inventory", "autoprovision", "audit", "deviceapi")

REACHES: Final = {
    # Who acts is found out before anybody knows which tenants that opens.
    "accounts/auth.py actor_of": "the grants and policies of a session, its preview or look",
    "accounts/auth.py own_actor_of": "the same without what it previews",
    "accounts/auth.py actor_for_key": "the privileges of a token",
    "accounts/auth.py actor_for": "the grants of an account outside of a request",
    "accounts/auth.py actor_by_id": "the grants of whoever asked for a job",
    "accounts/auth.py refreshed": "the grants once more, under a lock",
    # Doors that are opened by a secret instead of a grant.
    "accounts/actions/invites.py _pending": "the invitation of a token, whoever has it",
    "deviceapi/views.py _answered": "a device, and where it belongs",
    "inventory/verbs.py claim": "a claim code tells that another organization has the unit",
    # What follows a person, not a tenant.
    "accounts/actions/__init__.py delete_org": "people of its identity providers are deleted",
    "accounts/sso/actions.py _regrant": "whatever a person of a provider holds is taken away",
    "inventory/leaving.py delete_account": "what somebody leaves behind where they had a role once",
    "audit/queries.py list_own_entries": "what somebody did in organizations that they have left",
    # What nobody's role decides.
    "accounts/looks.py list_open_orgs": "organizations that let support in",
    "accounts/promises.py withdraw_unbacked": "roles at an MSP back invitations in its organizations",
    "inventory/manufacturing.py _new_batch": "no two units have one MAC",
    # Workers and the operator act for all.
    "mistadmin/celery.py Work.__call__": "every task",
    "mistadmin/cli.py _run": "every command with a database",
    "mistadmin/prepare.py manage": "Django's own commands",
}


def test_every_reach_over_all_tenants_is_known():
    found = [place for path in _sources() for place in _reaching(path)]
    assert sorted(found) == sorted(REACHES)


def test_what_an_address_opens():
    org, other = Grant(ROLES["observer"], UNKNOWN), Grant(ROLES["observer"], UUID(int=1))
    actor = Actor("admin", grants=(org, other))

    class Page:
        public = False

    class Door:
        public = True

    both = Scope(frozenset({org.org_id, other.org_id}))
    assert reach_of(Page, actor, {"org_id": UNKNOWN}) == Scope(frozenset({UNKNOWN}))
    assert reach_of(Page, actor, {"org_id": UUID(int=2)}) == Scope(frozenset())
    assert reach_of(Page, actor, {"site_id": UNKNOWN}) == both
    assert reach_of(Page, actor, {"msp_id": UNKNOWN, "org_id": UNKNOWN}) == both
    assert reach_of(Page, Actor.anonymous(), {}) == Scope(frozenset())
    assert reach_of(Door, Actor.anonymous(), {}) == ALL


def test_every_task_acts_for_all_tenants(monkeypatch):
    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    assert {entry["task"] for entry in SCHEDULE.values()} <= {task.name for task in ours}
    assert all(isinstance(task, Work) for task in ours)
    seen = []
    monkeypatch.setattr(heartbeats, "mark", lambda _: seen.append(tenancy.current()))
    with tenancy.scoped(tenancy.NONE):
        heartbeat()
        assert tenancy.current() == tenancy.NONE
    assert seen == [ALL]


def _sources() -> Iterator[Path]:
    for name in APPS:
        yield from sorted((ROOT / name).rglob("*.py"))


def _reaching(path: Path) -> Iterator[str]:
    """The functions of a file that call across(), as "path name"."""
    if path.name == "tenancy.py":
        return
    yield from (f"{path.relative_to(ROOT)} {name}" for name in _named(ast.parse(path.read_text()), ""))


def _named(node: ast.AST, within: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        named = isinstance(child, (ast.FunctionDef, ast.ClassDef))
        name = f"{within}.{child.name}".lstrip(".") if named else within
        if _is_across(child):
            yield name
        yield from _named(child, name)


def _is_across(node: Any) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "across"
