"""Which tenants this thread may touch: none unless somebody said so, some, or all of them (ADR 0031).

On PostgreSQL the database itself holds every statement to it (core.wall); on SQLite nothing does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scope:
    """Organizations and MSPs by their ids; None for all of them.

    `owns` is for whoever changes the tables themselves: migrations and the test suite's house-keeping.
    """

    tenants: frozenset[UUID] | None
    owns: bool = False


NONE: Final = Scope(frozenset())
ALL: Final = Scope(None)
OWNER: Final = Scope(None, owns=True)

_scope: ContextVar[Scope] = ContextVar("tenancy_scope", default=NONE)


def current() -> Scope:
    """What this thread may touch now."""
    return _scope.get()


def enter(scope: Scope) -> None:
    """Touch these tenants from now on, until whoever began this scope ends it."""
    _scope.set(scope)


def admit(tenant_id: UUID) -> None:
    """Touch one tenant more from now on: one that is made in this very moment."""
    scope = _scope.get()
    if scope.tenants is not None:
        _scope.set(Scope(scope.tenants | {tenant_id}))


@contextmanager
def scoped(scope: Scope) -> Iterator[None]:
    """Touch what `scope` says for a while."""
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def within(ids: Iterable[UUID]) -> Iterator[None]:
    """Touch these tenants and no other for a while."""
    with scoped(Scope(frozenset(ids))):
        yield


@contextmanager
def across() -> Iterator[None]:
    """Touch every tenant for a while: who says so here has to choose the rows by itself."""
    with scoped(ALL):
        yield


@contextmanager
def owning() -> Iterator[None]:
    """Change the tables themselves for a while."""
    with scoped(OWNER):
        yield


def kept(items: Iterable[T]) -> Iterator[T]:
    """What an iterable gives, asked under the scope of this moment: streams are read after the request."""
    return _under(_scope.get(), iter(items))


def _under(scope: Scope, items: Iterator[T]) -> Iterator[T]:
    while True:
        with scoped(scope):
            try:
                item = next(items)
            except StopIteration:
                return
        yield item
