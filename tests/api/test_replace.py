"""replaceOrgDevices: a claimed, unassigned device takes the place of one at a site."""

from __future__ import annotations

import pytest

from audit.models import Entry
from inventory.actions import assign_profile, update_device
from inventory.models import Device
from tests.world import SYSTEM, grant, make_devices, make_profile, name_devices


@pytest.fixture
def path(world):
    return f"/orgs/{world.acme.id}/inventory/replace"


@pytest.fixture
def old(world):
    (device,) = make_devices(world.north)
    name_devices(world.acme, [device], "Ward 1")
    profile = make_profile(world.acme, "Ward")
    assign_profile(SYSTEM, world.acme, profile=profile, devices=[device])
    device.refresh_from_db()
    return update_device(SYSTEM, device, changes={"notes": "ceiling", "vars": {"vlan": "7"}})


@pytest.fixture
def new(world):
    (device,) = make_devices(world.acme)
    return device


def wish(world, old, new, **more):
    return {"site_id": str(world.north.id), "mac": old.mac, "inventory_mac": new.mac, **more}


def test_new_device_takes_over_and_the_old_one_is_unassigned(api, path, world, old, new):
    reply = api("ada").post(path, wish(world, old, new)).ok()
    assert reply == {"op": "assign", "success": [new.mac], "error": [], "reason": []}
    now = Device.objects.get(id=new.id)
    assert (now.site_id, now.name, now.deviceprofile_id, now.body) == (
        world.north.id,
        "Ward 1",
        old.deviceprofile_id,
        {"notes": "ceiling", "vars": {"vlan": "7"}},
    )
    assert Device.objects.get(id=old.id).site_id is None
    events = {entry.object_id: entry.event for entry in Entry.objects.filter(event__contains="replac")}
    assert events == {old.id: "inventory.device.replaced", new.id: "inventory.device.replacing"}


def test_what_is_discarded_is_not_taken_over(api, path, world, old, new):
    discard = ["vars", "name", "deviceprofile_id"]
    api("ada").post(path, wish(world, old, new, discard=discard)).ok()
    now = Device.objects.get(id=new.id)
    assert (now.name, now.deviceprofile_id, now.body) == ("", None, {"notes": "ceiling"})


@pytest.mark.parametrize("spoilt", ["assigned", "type", "unknown", "elsewhere", "malformed"])
def test_what_does_not_fit_is_told_at_its_field_and_changes_nothing(api, path, world, old, new, spoilt):
    body = wish(world, old, new)
    if spoilt == "assigned":
        body["inventory_mac"] = make_devices(world.south)[0].mac
    elif spoilt == "type":
        body["inventory_mac"] = make_devices(world.acme, 1, "EX4400-48P")[0].mac
    elif spoilt == "unknown":
        body["inventory_mac"] = make_devices(world.globex)[0].mac
    elif spoilt == "malformed":
        body["inventory_mac"] = "zz"
    else:
        body["site_id"] = str(world.south.id)
    field = "mac" if spoilt == "elsewhere" else "inventory_mac"
    assert set(api("ada").post(path, body).expect(400)["fields"]) == {field}
    assert Device.objects.get(id=old.id).site_id == world.north.id


def test_site_of_another_organization_does_not_exist(api, path, world, old, new):
    api("ada").post(path, wish(world, old, new, site_id=str(world.overseas.id))).expect(404)


def test_device_page_replaces_too(client, world, old, new):
    client.force_login(world.people["ada"].admin)
    page = f"/orgs/{world.acme.id}/devices/{old.id}"
    assert f'value="{new.mac}"' in client.get(page).content.decode()
    wrong = client.post(page, {"form": "replace", "inventory_mac": old.mac})
    assert (wrong.status_code, set(wrong.context["errors"])) == (422, {"inventory_mac"})
    client.post(page, {"form": "replace", "inventory_mac": new.mac.upper()})
    assert Device.objects.get(id=new.id).name == "Ward 1"


def test_a_gateway_is_replaced_by_its_own_model_only(api, client, path, world):
    (old,) = make_devices(world.north, model="SRX300")
    other, alike = *make_devices(world.acme, model="SRX345"), *make_devices(world.acme, model="SRX300")
    refused = api("ada").post(path, wish(world, old, other)).expect(400)
    assert refused["fields"] == {"inventory_mac": "is of model SRX345, and the gateway to replace is SRX300"}
    client.force_login(world.ada.admin)
    page = client.get(f"/orgs/{world.acme.id}/devices/{old.id}").content.decode()
    assert f'value="{alike.mac}"' in page
    assert f'value="{other.mac}"' not in page
    api("ada").post(path, wish(world, old, alike)).ok()


def test_who_manages_one_site_neither_takes_nor_learns_of_devices_elsewhere(api, path, world, old, new):
    grant(world.gus.admin, world.acme, "network_admin", site=world.north)
    (away,) = make_devices(world.south)
    gus, unknown = api("gus"), "5c5b35ffffff"
    for mac in (new.mac, away.mac, unknown):
        refused = gus.post(path, {**wish(world, old, new), "inventory_mac": mac}).expect(400)
        assert refused["fields"] == {"inventory_mac": "is not in the inventory"}
    for mac in (away.mac, unknown):
        refused = gus.post(path, {**wish(world, old, new), "mac": mac}).expect(400)
        assert refused["fields"] == {"mac": "is not in the inventory"}
    assert Device.objects.get(id=old.id).site_id == world.north.id
    assert Device.objects.get(id=new.id).site_id is None
