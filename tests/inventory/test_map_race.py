"""Devices placed on a floorplan while it is deleted: none is left on what is gone. PostgreSQL only."""

from __future__ import annotations

import os
from typing import Final
from uuid import uuid4

import pytest
from django.db import connection

from inventory.actions import update_device
from inventory.floorplans import delete_map, install_map
from inventory.models import Device
from mistadmin.core.errors import Invalid, NotVisible
from sites.models import Map
from tests.portal.test_lists_race import at_once
from tests.world import SYSTEM, World, make_devices, make_map

ROUNDS: Final = int(os.environ.get("MAP_RACE_ROUNDS", "5"))
DEVICES: Final = 6

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="needs PostgreSQL: SQLite lets one writer in at a time, so there is no race to lose",
    ),
]


def test_no_device_is_left_on_a_floorplan_that_is_gone(world: World) -> None:
    devices, late = make_devices(world.north, DEVICES), []
    for number in range(ROUNDS):
        row = make_map(world.north, f"Floor {number}")

        def place(device: Device, row: Map = row) -> None:
            try:
                update_device(SYSTEM, device, changes={"map_id": str(row.map_id), "x": 1, "y": 2})
            except Invalid as error:
                late.extend(error.fields)

        calls = [lambda device=device: place(device) for device in devices]
        at_once([*calls, lambda row=row: delete_map(SYSTEM, row)])
        assert not Map.objects.exists()
        assert not Device.objects.filter(body__has_key="map_id").exists()
    assert set(late) <= {"map_id"}


def test_of_two_floorplans_with_one_id_or_one_name_one_is_made(world: World) -> None:
    refused: list[Exception] = []

    def make(**how: object) -> None:
        try:
            install_map(SYSTEM, world.north, **how)
        except (Invalid, NotVisible) as error:
            refused.append(error)

    for number in range(ROUNDS):
        one = uuid4()
        same_id = [{"map_id": one, "values": {"name": f"{number} {nth}"}} for nth in range(2)]
        same_name = [{"map_id": uuid4(), "values": {"name": f"Floor {number}"}} for _ in range(2)]
        at_once([lambda how=how: make(**how) for how in (*same_id, *same_name)])
    assert Map.objects.count() == len(refused) == 2 * ROUNDS
    told = {key for error in refused for key in error.fields}
    assert told == {"map_id", "name"}
