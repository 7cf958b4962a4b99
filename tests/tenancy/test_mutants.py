"""Every filter by tenant is taken out of every query at once, and no address tells of another tenant (S3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any, Final
from uuid import UUID

import pytest
from django.db import connection, transaction

from mistadmin.core import row_security, tenancy
from tests.accounts import pages as portal
from tests.accounts.cast import ALL, SESSION, Caller, Targets, msp_of, session_of
from tests.accounts.routes import pages
from tests.accounts.test_matrix import FOREIGN, NORTH, Cell, call
from tests.arch.matrix import CASES, Case
from tests.arch.routes import Operation, operations
from tests.tenancy.rows import make_rows, named, tenants_of
from tests.tenancy.unfiltered import no_filters, no_wall
from tests.world import World, grant_at

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL: row level security"),
]
# What has a tenant in its address; the rest is of nobody, or of whoever asks.
_TENANTS: Final = {"org_id", "site_id", "msp_id"}
# Texts so short could stand anywhere.
_TELLING: Final = 6


@pytest.fixture
def targets(world: World, caplog: Any) -> Targets:
    caplog.set_level("CRITICAL")  # what has lost its filters fails in many ways
    return make_rows(world)


@pytest.fixture
def ada(world: World, targets: Targets) -> Caller:
    """A Super User of acme and of its MSP, who does not let a fault of ours end the walk."""
    grant_at(msp_of(world.acme), world.ada.admin, "super_user")
    client, headers = session_of(world.ada.admin, world)
    client.raise_request_exception = False
    return Caller(SESSION, "super_user", ALL, client, headers)


def test_no_read_tells_of_another_tenant(world, targets, ada):
    asked = [(one, case) for one, case in cases() if one.method == "get"]
    assert len({str(one) for one, _ in asked}) == len(reads())
    needles = told_of_globex(world)
    with ExitStack() as stack:
        stack.enter_context(no_filters())
        behind_wall = walk(asked, targets, ada, needles)
        stack.enter_context(no_wall())
        without = walk(asked, targets, ada, needles)
    assert not behind_wall.leaks, "\n".join(behind_wall.leaks)
    # The filters did matter: without them and without the wall most of the same calls tell of globex.
    print(f"\n{len(asked)} reads: {behind_wall} behind the wall, {without} without it")
    assert len(without.leaks) >= len(asked) // 3
    assert behind_wall.answered >= len(asked) // 2


def test_no_write_changes_another_tenant(world, targets, ada, watched):
    asked = [(one, case) for one, case in cases() if one.method != "get"]
    assert len({str(one) for one, _ in asked}) == len(writes())
    with no_filters():
        before = rows_of_globex(world)
        changed = [
            f"{cell}: {sorted(before ^ after)}"
            for cell, after in after_each(asked, targets, ada, world, nullcontext)
            if after != before
        ]
        # Most writes ask the actor about the very row as well; without the wall the others reach globex.
        without = after_each(asked, targets, ada, world, no_wall)
        reached = [cell for cell, after in without if after != before]
    watched.forget()
    print(f"\n{len(asked)} writes: {len(changed)} reach globex behind the wall, {len(reached)} without it")
    assert not changed, "\n".join(changed)
    assert len(reached) >= 10


class Walk:
    """What came of one walk: how many calls answered with 200, and those that told too much."""

    def __init__(self) -> None:
        self.answered = 0
        self.leaks: list[str] = []

    def __str__(self) -> str:
        return f"{self.answered} answered, {len(self.leaks)} told of globex"


def walk(
    asked: list[tuple[Operation, Case]], targets: Targets, caller: Caller, needles: dict[bytes, str]
) -> Walk:
    """Ask everything about what is acme's and about what is globex's."""
    found = Walk()
    for cell, values in called(asked, targets, caller):
        with transaction.atomic():
            answer = call(cell, values)
            transaction.set_rollback(True)
        found.answered += answer.status == 200
        told = [where for needle, where in needles.items() if needle in answer.body]
        if told:
            found.leaks.append(f"{cell} with {cell.target}: {answer.status}, tells {', '.join(told[:5])}")
    return found


def after_each(
    asked: list[tuple[Operation, Case]],
    targets: Targets,
    caller: Caller,
    world: World,
    wall: Callable[[], AbstractContextManager[None]],
) -> Iterator[tuple[Cell, set[tuple[str, str]]]]:
    """Each call, and the rows of globex after it; undone before the next one."""
    for cell, values in called(asked, targets, caller):
        with transaction.atomic():
            with transaction.atomic(), wall():
                call(cell, values)
                needs_rollback = transaction.get_connection().needs_rollback
                transaction.set_rollback(needs_rollback)
            rows = rows_of_globex(world)
            transaction.set_rollback(True)
        yield cell, rows


def called(
    asked: list[tuple[Operation, Case]], targets: Targets, caller: Caller
) -> Iterator[tuple[Cell, dict[str, str]]]:
    for operation, case in asked:
        parent = operation.parameters[0]
        yield Cell(operation, case, caller, NORTH), dict(targets.north)
        yield Cell(operation, case, caller, FOREIGN), targets.below_own(parent, targets.overseas)


def cases() -> list[tuple[Operation, Case]]:
    """Every operation and page of tenants, with each of its bodies."""
    leading_back = {name: (Case(""),) for name in portal.LEADS_BACK}
    table = {**CASES, **portal.PAGES, **leading_back}
    return [(one, case) for one in _of_tenants() for case in table[str(one)]]


def reads() -> set[str]:
    """What the registries of addresses say is read of tenants."""
    return {str(one) for one in _of_tenants() if one.method == "get"}


def writes() -> set[str]:
    """What the registries of addresses say is written of tenants."""
    return {str(one) for one in _of_tenants() if one.method != "get"}


def _of_tenants() -> list[Operation]:
    return [one for one in (*operations(), *pages()) if _TENANTS & set(one.parameters)]


def told_of_globex(world: World) -> dict[bytes, str]:
    """Every id and text that a row of globex has and no row of acme: what tells that it was seen."""
    mine, theirs = texts_of(tenants_of(world.acme)), texts_of(tenants_of(world.globex))
    return {text.encode(): where for text, where in theirs.items() if text not in mine}


def texts_of(tenants: frozenset[UUID]) -> dict[str, str]:
    """Texts and ids in the rows of tenants, and in which column they stand."""
    found = {}
    with tenancy.within(tenants):
        for model, rule in row_security.rules().items():
            texts = [f for f in model._meta.local_concrete_fields if f.get_internal_type() in _TEXTS]
            unnamed = dict.fromkeys((f"{name}__isnull" for name in rule.columns), True)
            rows = model._base_manager.exclude(**unnamed) if unnamed else model._base_manager.all()
            for row in rows.values_list(*[field.attname for field in texts]):
                for field, value in zip(texts, row, strict=True):
                    if value and len(str(value)) >= _TELLING:
                        found[str(value)] = f"{model._meta.label}.{field.name}"
    return found


_TEXTS: Final = ("UUIDField", "CharField", "TextField", "ForeignKey", "OneToOneField", "EmailField")


def rows_of_globex(world: World) -> set[tuple[str, str]]:
    """A digest of all that each table holds of globex."""
    parts = [
        f"SELECT '{model._meta.db_table}', md5(coalesce(string_agg(t::text, '' ORDER BY t::text), ''))"
        f' FROM "{model._meta.db_table}" AS t WHERE {named(model, rule)}'
        for model, rule in row_security.rules().items()
    ]
    with tenancy.within(tenants_of(world.globex)), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return set(cursor.fetchall())
