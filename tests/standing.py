"""The cast, built once in a process and found by every test: building it took a third of the suite's time.

It is committed before the first test. Tests run in transactions that are rolled back, so each finds it as
it was built; after the few that commit, their database is emptied, and it is built anew.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from accounts.models import Admin
from tests.world import World, build_world


class StandingWorld:
    """The cast in the database of this process."""

    def __init__(self) -> None:
        self._blocker: Any = None
        self._world: World | None = None

    def build(self, blocker: Any = None) -> None:
        """Commit the cast where it is missing; `blocker`, given first, is what pytest-django shuts with."""
        self._blocker = blocker or self._blocker
        with self._blocker.unblock():
            if not Admin.objects.exists():
                self._world = build_world()

    def copy(self) -> World:
        """The cast as it was built; what a test does to these objects stays with it."""
        assert self._world is not None
        return deepcopy(self._world)
