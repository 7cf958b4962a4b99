"""Units for the device API: one that acme has claimed, and one that nobody has."""

from __future__ import annotations

import pytest

from inventory.manufacturing import MadeUnit
from tests.world import World, claim, make_units


@pytest.fixture
def unit(world: World) -> MadeUnit:
    """A unit that acme has claimed, not placed at a site."""
    [made] = make_units()
    claim(world.acme, [made])
    return made


@pytest.fixture
def spare(world: World) -> MadeUnit:
    """A unit that nobody has claimed."""
    [made] = make_units()
    return made
