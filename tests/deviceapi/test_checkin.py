"""What a device that is let in gets told, and what the product remembers of its report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory import actions
from inventory.effective import hash_of
from inventory.identifiers import device_id_of
from inventory.manufacturing import MadeUnit
from inventory.models import Device, DeviceEvent
from inventory.shapes import CHECKIN_SECONDS, DISCONNECTED_AFTER_SECONDS
from inventory.telemetry import sweep_status
from tests.deviceapi.calls import LLDP, call, report
from tests.world import SYSTEM, World, claim, make_units

Owed = Callable[[], list[tuple[str, str]]]
REPORTED = ("inventory.device.reported", "autoprovision.tasks.place_devices")


def device_of(unit: MadeUnit) -> Device:
    return Device.objects.get(mac=unit.mac)


def events_of(unit: MadeUnit) -> list[tuple[str, dict[str, Any]]]:
    events = DeviceEvent.objects.filter(device_id=device_id_of(unit.mac)).order_by("id")
    return list(events.values_list("type", "facts"))


def test_claimed_device_is_told_where_it_belongs(world: World) -> None:
    [unit] = make_units()
    [device] = claim(world.north, [unit])
    actions.update_device(SYSTEM, device, changes={"name": "Ward 7", "vars": {"floor": "7"}})
    answer = call(unit)
    assert answer.status_code == 200
    config = {
        "name": "Ward 7",
        "vars": {"floor": "7"},
        "site_id": str(world.north.id),
        "deviceprofile_id": None,
    }
    assert answer.json() == {
        "claimed": True,
        "org_id": str(world.acme.id),
        "site_id": str(world.north.id),
        "name": "Ward 7",
        "config": config,
        "config_hash": hash_of(config),
        "interval": CHECKIN_SECONDS,
    }


def test_device_without_site_and_name_is_told_null(world: World, unit: MadeUnit) -> None:
    told = call(unit).json()
    assert (told["claimed"], told["org_id"]) == (True, str(world.acme.id))
    assert (told["site_id"], told["name"]) == (None, None)


def test_configuration_is_left_out_when_the_device_has_it(unit: MadeUnit) -> None:
    first = call(unit).json()
    second = call(unit, report(unit, config_hash=first["config_hash"])).json()
    assert (second["config"], second["config_hash"]) == (None, first["config_hash"])
    actions.update_device(SYSTEM, device_of(unit), changes={"notes": "behind the ceiling"})
    third = call(unit, report(unit, config_hash=first["config_hash"])).json()
    assert third["config"]["notes"] == "behind the ceiling"
    assert third["config_hash"] != first["config_hash"]


def test_unclaimed_unit_is_told_so_and_nothing_is_stored(spare: MadeUnit, owed: Owed) -> None:
    before = owed()
    answer = call(spare)
    assert answer.status_code == 200
    assert answer.json() == {
        "claimed": False,
        "org_id": None,
        "site_id": None,
        "name": None,
        "config": None,
        "config_hash": None,
        "interval": CHECKIN_SECONDS,
    }
    assert not Device.objects.exists()
    assert not DeviceEvent.objects.exists()
    assert owed() == before


def test_unclaimed_unit_cannot_be_replayed_either(spare: MadeUnit) -> None:
    assert call(spare, at="1764000000").status_code == 401
    now = f"{timezone.now().timestamp():.6f}"
    assert [call(spare, at=now).status_code for _ in range(2)] == [200, 401]


def test_report_is_stored_as_sent(unit: MadeUnit) -> None:
    lldp = {"system_name": "  East_Floor 7_Nursing ", "port_id": "ge-0/0/7", "port_desc": "\tWard\u00a0é "}
    call(unit, report(unit, lldp=lldp, dns_suffix=" East.example.org ", ip="2001:db8::7", hostname="ap-7"))
    device = device_of(unit)
    assert device.lldp_system_name == "  East_Floor 7_Nursing "
    assert device.lldp_port_desc == "\tWard\u00a0é "
    assert device.lldp_port_id == "ge-0/0/7"
    assert device.dns_suffix == " East.example.org "
    assert (device.ip, device.hostname) == ("2001:db8::7", "ap-7")
    assert (device.version, device.uptime, device.connected) == ("0.14.29411", 3600, True)
    assert device.last_seen is not None


def test_report_changes_neither_name_nor_place(world: World, unit: MadeUnit) -> None:
    body = report(unit, name="mine", site_id=str(world.north.id), org_id=str(world.globex.id), mac="0" * 12)
    assert call(unit, body).status_code == 200
    device = device_of(unit)
    assert (device.name, device.site_id, device.org_id, device.mac) == ("", None, world.acme.id, unit.mac)


def test_device_of_another_organization_stays_theirs(world: World, unit: MadeUnit) -> None:
    [theirs] = make_units()
    claim(world.globex, [theirs])
    assert call(theirs).json()["org_id"] == str(world.globex.id)
    assert device_of(unit).last_seen is None


def test_released_device_is_unclaimed_again(world: World, unit: MadeUnit) -> None:
    call(unit)
    actions.release_devices(SYSTEM, world.acme, devices=[device_of(unit)])
    assert call(unit).json()["claimed"] is False
    assert not Device.objects.exists()


def test_events_tell_connecting_changing_and_falling_silent(unit: MadeUnit) -> None:
    call(unit)
    assert events_of(unit) == [("connected", {})]
    call(unit)
    assert len(events_of(unit)) == 1
    call(unit, report(unit, version="0.14.30000"))
    assert events_of(unit)[1:] == [("reported", {"version": "0.14.30000"})]
    later = timezone.now() + timedelta(seconds=DISCONNECTED_AFTER_SECONDS + 1)
    assert sweep_status(timezone.now()) == 0
    assert sweep_status(later) == 1
    assert sweep_status(later) == 0
    assert device_of(unit).connected is False
    call(unit, report(unit, version="0.14.30000"))
    assert [kind for kind, _ in events_of(unit)] == ["connected", "reported", "disconnected", "connected"]
    assert device_of(unit).connected is True


def test_placement_is_owed_for_the_first_report_and_for_what_rules_read(unit: MadeUnit, owed: Owed) -> None:
    before = len(owed())
    call(unit)
    assert owed()[before:] == [REPORTED]
    call(unit)
    assert owed()[before:] == [REPORTED]
    call(unit, report(unit, lldp={**LLDP, "system_name": "West_Floor 1_Lobby"}))
    assert owed()[before:] == [REPORTED, REPORTED]
    call(unit, report(unit, lldp={**LLDP, "system_name": "West_Floor 1_Lobby"}, version="0.15.1", uptime=5))
    assert owed()[before:] == [REPORTED, REPORTED]


def test_first_report_owes_placement_even_when_it_says_nothing(unit: MadeUnit, owed: Owed) -> None:
    before = len(owed())
    assert call(unit, {}).status_code == 200
    assert owed()[before:] == [REPORTED]


def test_unchanged_checkin_costs_four_statements(unit: MadeUnit) -> None:
    held = report(unit, config_hash=call(unit).json()["config_hash"])
    call(unit, held)
    with CaptureQueriesContext(connection) as queries:
        assert call(unit, held).status_code == 200
    statements = [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(statements) == 4, "\n".join(statements)


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_only_post_is_accepted(client: Any, method: str) -> None:
    answer = getattr(client, method)("/device/v1/checkin")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert answer.json()["detail"]
