"""What a device is handed: its configuration over profile, site and template; versions; clusters; managed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from inventory import actions
from inventory.effective import Layer, Value, lay
from inventory.identifiers import device_id_of
from inventory.manufacturing import MadeUnit
from inventory.models import Device
from tests.deviceapi.calls import call, report
from tests.world import SYSTEM, World, claim, make_profile, make_units

Pay = Callable[[], int]


def held(unit: MadeUnit, version: str) -> dict[str, Any]:
    answer: dict[str, Any] = call(unit, report(unit, config_hash=version)).json()
    return answer


def test_layers_are_laid_key_by_key_and_each_value_knows_its_origin() -> None:
    found = lay(
        [
            Layer(
                "Site", {"radio_config": {"band_5": {"power": 9, "channels": [36]}}, "led": {"enabled": True}}
            ),
            Layer("Profile", {"radio_config": {"band_5": {"power": 12}}, "led": {}}),
            Layer("Device", {"radio_config": {"band_5": {"channels": []}}, "name": None}),
        ]
    )
    assert found.config == {
        "radio_config": {"band_5": {"power": 12, "channels": []}},
        "led": {"enabled": True},
        "name": None,
    }
    assert found.values == (
        Value("radio_config.band_5.power", 12, "Profile"),
        Value("radio_config.band_5.channels", [], "Device"),
        Value("led.enabled", True, "Site"),
        Value("name", None, "Device"),
    )


def test_template_site_profile_and_device_make_one_configuration(
    api: Any, world: World, unit: MadeUnit, ada: Client
) -> None:
    ada_api = api("ada")
    rf = ada_api.post(
        f"/orgs/{world.acme.id}/rftemplates", {"name": "Wards", "band_5": {"power": 8, "preamble": "auto"}}
    ).ok()
    ada_api.put(f"/sites/{world.north.id}", {"rftemplate_id": rf["id"]}).ok()
    setting = {
        "radio_config": {"band_5": {"power": 9}},
        "led": {"enabled": False},
        "switch_mgmt": {"root_password": "not for access points"},
        "analytic": {"enabled": True},
    }
    ada_api.put(f"/sites/{world.north.id}/setting", setting).ok()
    profile = make_profile(world.acme)
    ada_api.put(f"/orgs/{world.acme.id}/deviceprofiles/{profile.id}", {"led": {"brightness": 3}}).ok()
    device = Device.objects.get(mac=unit.mac)
    actions.assign_devices(SYSTEM, world.north, devices=[device])
    actions.assign_profile(SYSTEM, world.acme, profile=profile, devices=[device])
    actions.update_device(SYSTEM, device, changes={"vars": {"psk": "s3cret"}, "notes": "hall"})
    config = call(unit).json()["config"]
    assert config["radio_config"] == {"band_5": {"power": 9, "preamble": "auto"}}
    assert config["led"] == {"enabled": False, "brightness": 3}
    assert config["notes"] == "hall"
    assert not {"switch_mgmt", "analytic"} & config.keys()
    page = ada.get(f"/orgs/{world.acme.id}/devices/{device.id}")
    origins = {one.path: one.origin for one in page.context["delivery"].values}
    assert origins["radio_config.band_5.preamble"] == "RF Template Wards"
    assert origins["radio_config.band_5.power"] == "Site North"
    assert origins["led.brightness"] == "Device Profile Ward"
    assert origins["notes"] == "Device"
    assert "not for access points" not in page.content.decode()


def test_page_tells_waiting_sent_and_acknowledged(ada: Client, world: World, unit: MadeUnit) -> None:
    url = f"/orgs/{world.acme.id}/devices/{device_id_of(unit.mac)}"

    def state() -> str:
        state: str = ada.get(url).context["delivery"].state
        return state

    assert state() == "waiting"
    version = call(unit).json()["config_hash"]
    assert state() == "sent"
    assert held(unit, version)["config"] is None
    assert state() == "acknowledged"
    actions.update_device(SYSTEM, Device.objects.get(mac=unit.mac), changes={"notes": "moved"})
    assert state() == "waiting"
    newer = held(unit, version)
    assert (newer["config"]["notes"], state()) == ("moved", "sent")
    held(unit, newer["config_hash"])
    assert state() == "acknowledged"


def test_a_change_of_the_site_or_the_profile_reaches_the_device(
    api: Any, world: World, unit: MadeUnit, pay: Pay
) -> None:
    device = Device.objects.get(mac=unit.mac)
    profile = make_profile(world.acme)
    actions.assign_devices(SYSTEM, world.north, devices=[device])
    actions.assign_profile(SYSTEM, world.acme, profile=profile, devices=[device])
    rf = api("ada").post(f"/orgs/{world.acme.id}/rftemplates", {"name": "Wards"}).ok()
    api("ada").put(f"/sites/{world.north.id}", {"rftemplate_id": rf["id"]}).ok()
    pay()
    version = call(unit).json()["config_hash"]
    api("ada").put(f"/orgs/{world.acme.id}/rftemplates/{rf['id']}", {"band_5": {"power": 7}}).ok()
    pay()
    answer = held(unit, version)
    assert answer["config"]["radio_config"] == {"band_5": {"power": 7}}
    version = answer["config_hash"]
    api("ada").put(f"/sites/{world.north.id}/setting", {"led": {"enabled": False}}).ok()
    pay()
    answer = held(unit, version)
    assert answer["config"]["led"] == {"enabled": False}
    api("ada").put(f"/orgs/{world.acme.id}/deviceprofiles/{profile.id}", {"mesh": {"enabled": True}}).ok()
    pay()
    answer = held(unit, answer["config_hash"])
    assert answer["config"]["mesh"] == {"enabled": True}
    api("ada").delete(f"/orgs/{world.acme.id}/deviceprofiles/{profile.id}").ok()
    pay()
    answer = held(unit, answer["config_hash"])
    assert "mesh" not in answer["config"]
    assert answer["config"]["deviceprofile_id"] is None


@pytest.fixture
def ada(world: World) -> Client:
    client = Client()
    client.force_login(world.people["ada"].admin)
    return client


@pytest.fixture
def stack(world: World) -> list[MadeUnit]:
    """Three switches at North, of which the first stands for all; each has said so."""
    made = make_units("EX4400-48P", 3)
    claim(world.north, made)
    for unit, role in zip(made, ("master", "backup", "linecard"), strict=True):
        call(unit, report(unit, vc={"mac": made[0].mac, "role": role}))
    return made


def listed(api: Any, world: World, **query: Any) -> dict[str, dict[str, Any]]:
    path = f"/orgs/{world.acme.id}/inventory?" + "&".join(f"{key}={value}" for key, value in query.items())
    return {row["mac"]: row for row in api("ada").get(path).ok()}


def test_members_are_one_device_of_the_inventory(
    api: Any, ada: Client, world: World, stack: list[MadeUnit]
) -> None:
    head, *others = (unit.mac for unit in stack)
    assert set(listed(api, world)) == {head}
    members = listed(api, world, vc="true")
    assert set(members) == {head, *others}
    assert {row["vc_mac"] for row in members.values()} == {head}
    assert set(listed(api, world, vc="true", vc_mac=head)) == {head, *others}
    page = ada.get(f"/orgs/{world.acme.id}/inventory?type=switch")
    assert [row["members"] for row in page.context["slice"].rows] == [3]
    assert page.context["counts"]["switch"] == 1
    assert '<span class="tag">3 members</span>' in page.content.decode()
    found = ada.get(f"/orgs/{world.acme.id}/inventory?type=switch&q={others[1]}")
    assert [row["mac"] for row in found.context["slice"].rows] == [others[1]]
    page = ada.get(f"/orgs/{world.acme.id}/devices/{device_id_of(head)}")
    assert page.context["members"][0]["member_role"] == "master"


def test_assigning_and_releasing_take_all_members(
    api: Any, ada: Client, world: World, stack: list[MadeUnit]
) -> None:
    macs = [unit.mac for unit in stack]
    body = {"op": "assign", "site_id": str(world.south.id), "macs": macs[1:2]}
    answer = api("ada").put(f"/orgs/{world.acme.id}/inventory", body).ok()
    assert set(answer["success"]) == set(macs)
    assert set(Device.objects.values_list("site_id", flat=True)) == {world.south.id}
    chosen = {"ids": [str(device_id_of(mac)) for mac in macs[:2]]}
    plan = ada.post(f"/orgs/{world.acme.id}/inventory/actions/release", chosen).context["plan"]
    assert (plan.total, len(plan.rows[0].before["members"])) == (1, 2)
    done = ada.post(f"/orgs/{world.acme.id}/inventory/actions/release", {**chosen, "confirm": "1"})
    assert done.status_code == 302
    assert not Device.objects.exists()
    undo = ada.get(f"/orgs/{world.acme.id}/jobs").context["slice"].rows[0]["id"]
    ada.post(f"/orgs/{world.acme.id}/jobs/{undo}/undo", {"confirm": "1"})
    assert set(Device.objects.values_list("mac", "site_id")) == {(mac, world.south.id) for mac in macs}


def test_a_cluster_of_which_one_is_out_of_reach_stays_whole(
    api: Any, world: World, stack: list[MadeUnit]
) -> None:
    [head, member, _] = [Device.objects.get(mac=unit.mac) for unit in stack]
    refused = actions.assign_devices(
        SYSTEM,
        world.south,
        devices=[head],
        refuse=lambda device: "is bolted down" if device.id == member.id else "",
    )
    assert refused.success == []
    assert refused.errors == [(head.mac, "another member of its virtual chassis: is bolted down")]
    assert set(Device.objects.values_list("site_id", flat=True)) == {world.north.id}


def test_nobody_is_taken_for_a_member_of_what_is_elsewhere(world: World, stack: list[MadeUnit]) -> None:
    [theirs, elsewhere] = make_units("EX4400-48P", 2)
    claim(world.globex, [theirs])
    claim(world.south, [elsewhere])
    [ap] = make_units()
    claim(world.north, [ap])
    for unit in (theirs, elsewhere, ap):
        assert call(unit, report(unit, vc={"mac": stack[0].mac, "role": "backup"})).status_code == 200
        assert Device.objects.get(mac=unit.mac).cluster_id is None
    # Who stood for others and says that it is single frees them.
    call(stack[0])
    assert not Device.objects.filter(cluster__isnull=False).exists()


def test_a_device_that_is_not_managed_gets_no_configuration(
    api: Any, ada: Client, world: World, stack: list[MadeUnit]
) -> None:
    url = f"/orgs/{world.acme.id}/inventory/actions/manage"
    [device, _, last] = [Device.objects.get(mac=unit.mac) for unit in stack]
    assert call(stack[2]).json()["config"] is not None
    call(stack[2], report(stack[2], vc={"mac": stack[0].mac, "role": "linecard"}))
    ada.post(url, {"ids": str(device.id), "managed": "", "confirm": "1"})
    assert set(Device.objects.values_list("managed", flat=True)) == {False}
    told = call(stack[2], report(stack[2], vc={"mac": stack[0].mac, "role": "linecard"})).json()
    assert (told["config"], told["config_hash"]) == (None, None)
    site = f"/sites/{world.north.id}/devices/{device.id}"
    shown = api("ada").get(site).ok()
    assert (shown["managed"], shown["disable_auto_config"]) == (False, True)
    assert api("ada").put(site, {**shown, "name": "Core"}).ok()["managed"] is False
    assert api("ada").put(site, {"disable_auto_config": False}).ok()["managed"] is True
    found = api("ada").get(f"/orgs/{world.acme.id}/devices/search?type=switch&managed=true&duration=1d").ok()
    assert (found["total"], found["results"][0]["managed"]) == (3, True)
    found = api("ada").get(f"/orgs/{world.acme.id}/devices/search?type=switch&managed=false").ok()
    assert found["total"] == 0
    last.refresh_from_db()
    assert last.managed is True
    assert api("rita").put(site, {"managed": False}).status == 403


def test_assigning_says_who_manages(api: Any, world: World) -> None:
    made = make_units("SRX300", 2)
    claim(world.acme, made)
    adopted, claimed = (unit.mac for unit in made)
    Device.objects.filter(mac=adopted).update(adopted=True, managed=False)
    body = {"op": "assign", "site_id": str(world.north.id), "macs": [adopted, claimed]}
    put = f"/orgs/{world.acme.id}/inventory"
    api("ada").put(put, {**body, "managed": True, "disable_auto_config": True}).ok()
    assert dict(Device.objects.values_list("mac", "managed")) == {adopted: True, claimed: False}
