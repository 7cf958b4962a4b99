"""Habits that reviews would otherwise have to watch: actors first, every event told, every task there."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

from audit.messages import MESSAGES
from mistadmin.reactions import REACTIONS

ROOT: Final = Path(settings.BASE_DIR)
# Work is owed for these without an entry: devices tell them, or one piece of owed work becomes many.
TELEMETRY: Final = frozenset(
    {
        "inventory.device.reported",
        "inventory.installed_base.due",
        "autoprovision.devices.undecided",
        "core.job.due",
    }
)

# Queries without an actor, each with the reason.
WITHOUT_ACTOR: Final = {
    "accounts.queries.actor_for_email": "makes the actor of the operator's commands",
    "sites.queries.site_as_row": "spells a row that a query with an actor returned",
    "sites.queries.site_names": "placement by name, for workers",
    "sites.queries.setting_layers": "what devices are handed; the device proved itself, no person asks",
    "inventory.queries.devices.device_as_row": "spells a row that a query with an actor returned",
    "orgs.queries.hides_secrets": "reads a switch of an organization for Secrets, which has the actor",
    "autoprovision.queries.profile_names": "placement by name, for workers",
    "autoprovision.queries.undecided_by_org": "asked by workers, for every organization",
    "autoprovision.queries.undecided_of": "asked by workers",
}


def modules(name: str) -> Iterator[ModuleType]:
    """The modules of this name in every app of ours, whether file or package."""
    for config in apps.get_app_configs():
        if not Path(config.path).is_relative_to(ROOT) or not (
            (Path(config.path) / f"{name}.py").exists() or (Path(config.path) / name).is_dir()
        ):
            continue
        module = importlib.import_module(f"{config.name}.{name}")
        yield module
        for inner in pkgutil.iter_modules(getattr(module, "__path__", [])):
            yield importlib.import_module(f"{module.__name__}.{inner.name}")


def public_functions(module: ModuleType) -> list[tuple[str, Callable[..., Any]]]:
    return [
        (f"{module.__name__}.{name}", function)
        for name, function in vars(module).items()
        if inspect.isfunction(function)
        and function.__module__ == module.__name__
        and not name.startswith("_")
    ]


def first_parameter(function: Callable[..., Any]) -> str:
    return next(iter(inspect.signature(function).parameters), "")


ACTIONS = [
    one
    for module in modules("actions")
    if module.__name__ != "mistadmin.core.actions"
    for one in public_functions(module)
]
QUERIES = [one for module in modules("queries") for one in public_functions(module)]


@pytest.mark.parametrize(("name", "function"), ACTIONS, ids=[name for name, _ in ACTIONS])
def test_public_function_of_actions_is_an_action(name, function):
    assert hasattr(function, "__action_needs__"), (
        f"{name} is public in actions: decorate it with @action(needs=…)"
    )
    assert first_parameter(function) == "actor"


@pytest.mark.parametrize(("name", "function"), QUERIES, ids=[name for name, _ in QUERIES])
def test_public_query_takes_the_actor_first(name, function):
    if name not in WITHOUT_ACTOR:
        assert first_parameter(function) == "actor", f"{name} must ask the actor, or say in this file why not"


def test_exceptions_are_all_needed():
    named = {name for name, function in QUERIES if first_parameter(function) != "actor"}
    assert set(WITHOUT_ACTOR) == named


def recorded_events() -> Iterator[tuple[str, str]]:
    """Every event that the source records, with where; an event that is not a plain string is a fault."""
    for path in sorted(ROOT.glob("*/**/*.py")):
        relative = path.relative_to(ROOT)
        if relative.parts[0] in {"tests", "bench", ".venv", "var"} or relative == Path("audit/log.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"record", "record_many"}:
                event = node.args[1]
                where = f"{relative}:{node.lineno}"
                assert isinstance(event, ast.Constant), f"{where}: spell the event as a plain string"
                yield event.value, where


def test_every_recorded_event_has_a_sentence_and_every_sentence_an_event():
    recorded = dict(recorded_events())
    assert set(recorded) == set(MESSAGES)


def test_every_reaction_is_to_an_event_and_names_a_function():
    for event, tasks in REACTIONS.items():
        assert event in MESSAGES or event in TELEMETRY, f"nothing ever records {event}"
        for task in tasks:
            assert list(inspect.signature(import_string(task)).parameters) == ["owed"], task


def test_every_app_says_what_it_owns():
    for config in apps.get_app_configs():
        # Not "below ROOT": the environment of run.py is a folder of the checkout too.
        if Path(config.path).parent in (ROOT, ROOT / "mistadmin") and config.name != "mistadmin":
            assert (importlib.import_module(config.name).__doc__ or "").strip(), f"{config.name}/__init__.py"


def test_accounts_are_looked_up_by_address_in_one_way():
    """`of_email` leaves out whom an identity provider merely says to have an address (ADR 0025)."""
    looked_up = re.compile(r"\bAdmin\.objects\.(?!of_email|create)[^\n]*\bemail(?:__\w+)?=")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for app in ("accounts", "mistadmin", "inventory", "orgs", "sites", "audit")
        for path in sorted((ROOT / app).rglob("*.py"))
        for match in looked_up.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
