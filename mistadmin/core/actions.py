"""`@action(needs=…)`: authorise, then run in one transaction. Every write passes through it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Concatenate, Final, ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

from mistadmin.core.access import Actor
from mistadmin.core.errors import OnlyLooking

P = ParamSpec("P")
R = TypeVar("R")

# PostgreSQL: serialization failure and deadlock. The transaction is gone and may be tried again whole.
_RETRIED_STATES: Final = frozenset({"40001", "40P01"})
_ATTEMPTS: Final = 3


@dataclass(slots=True, eq=False)
class Running:
    """One call of an action under way, within another or outermost; tests tell by it what an action wrote."""

    name: str
    within: Running | None = None
    finished: bool = False


running: ContextVar[Running | None] = ContextVar("running_action", default=None)


def action(
    *, needs: str
) -> Callable[[Callable[Concatenate[Actor, P], R]], Callable[Concatenate[Actor, P], R]]:
    """Make a function an action: the actor needs `needs` on the second argument, then it runs atomically.

    A deadlock or serialization failure of an outermost action is tried again, three times in all.
    """

    def decorate(function: Callable[Concatenate[Actor, P], R]) -> Callable[Concatenate[Actor, P], R]:
        name = f"{function.__module__}.{function.__name__}"

        @functools.wraps(function)
        def run(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            actor.require(needs, args[0] if args else None)  # type: ignore[arg-type]
            if actor.reads_only:
                raise OnlyLooking
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    with _announced(name), transaction.atomic():
                        return function(actor, *args, **kwargs)
                except OperationalError as error:
                    if connection.in_atomic_block or attempt == _ATTEMPTS or not _is_passing(error):
                        raise
            raise AssertionError("unreachable")

        run.__action_needs__ = needs  # type: ignore[attr-defined]
        return run

    return decorate


@contextmanager
def _announced(name: str) -> Iterator[None]:
    call = Running(name, within=running.get())
    token = running.set(call)
    try:
        yield
        call.finished = True
    finally:
        running.reset(token)


def _is_passing(error: OperationalError) -> bool:
    return getattr(error.__cause__, "pgcode", None) in _RETRIED_STATES
