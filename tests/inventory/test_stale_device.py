"""A device that changed hands between the look and the change stays what its new owner made of it."""

import pytest
from django.core.exceptions import ObjectDoesNotExist

from inventory.actions import release_devices, update_device
from tests.world import World, claim, make_units


def test_change_of_a_device_that_another_organization_claimed_meanwhile_is_refused(world: World) -> None:
    units = make_units()
    (device,) = claim(world.acme, units)
    release_devices(world.ada.actor, world.acme, devices=[device])
    (theirs,) = claim(world.globex, units)
    with pytest.raises(ObjectDoesNotExist):
        update_device(world.ada.actor, device, changes={"name": "not yours"})
    theirs.refresh_from_db()
    assert theirs.name == ""
