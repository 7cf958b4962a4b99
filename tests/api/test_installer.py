"""The installer operations at the door: names instead of ids, the grace period, and calls sent twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Entry
from inventory.models import Device
from mistadmin.core.models import Answer
from mistadmin.core.once import discard_old
from sites.models import Site
from tests.client import ApiClient
from tests.world import grant, make_admin, make_devices, make_profile, make_sitegroup, make_units

OUTSIDE = {"detail": "outside of grace period"}


@pytest.fixture
def base(world):
    return f"/installer/orgs/{world.acme.id}"


@pytest.fixture
def ines(world):
    """An installer of all of acme."""
    admin = make_admin("Ines")
    grant(admin, world.acme, "installer")
    return ApiClient(admin)


def age(row, days=8):
    type(row).objects.filter(pk=row.pk).update(created_time=timezone.now() - timedelta(days=days))


def parameters(api, world, **setting):
    api("ada").put(f"/orgs/{world.acme.id}/setting", {"installer": setting}).ok()


def entries(event):
    return list(Entry.objects.filter(event=event).values_list("admin_name", flat=True))


def test_claims_names_and_places_by_names(ines, base, world):
    (unit,) = make_units()
    make_profile(world.acme, "Ward")
    claimed = ines.post(f"{base}/devices", [unit.claim_code]).ok()
    assert [row["mac"] for row in claimed["inventory_added"]] == [unit.mac]
    wish = {"name": "W-1", "site_name": "north", "deviceprofile_name": "Ward", "x": 1.5, "orientation": 90}
    assert ines.put(f"{base}/devices/{unit.mac}", wish).ok() == {}
    (row,) = ines.get(f"{base}/devices", site_name="North").ok()
    assert (row["name"], row["deviceprofile_name"], row["x"]) == ("W-1", "Ward", 1.5)
    assert ines.get(f"{base}/devices", site_id=str(world.south.id)).ok() == []
    assert entries("inventory.device.claimed") == entries("inventory.device.assigned")
    assert entries("inventory.device.updated") == ["Ines Person ines@example.com"]


def test_a_device_at_another_site_stays_until_it_is_unassigned(ines, base, world):
    (device,) = make_devices(world.north)
    wish = {"name": "x", "site_id": str(world.south.id)}
    assert ines.put(f"{base}/devices/{device.mac}", wish).expect(400) == {"detail": "device already assigned"}
    ines.delete(f"{base}/devices/{device.mac}").ok()
    ines.put(f"{base}/devices/{device.mac}", wish).ok()
    assert Device.objects.get(pk=device.pk).site_id == world.south.id


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"name": "x", "site_name": "Overseas"}, "site_name"),
        ({"name": "x", "deviceprofile_name": "None such"}, "deviceprofile_name"),
        ({"name": "x\ny"}, "name"),
        ({"name": "x", "orientation": 400}, "orientation"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_done(ines, base, world, wish, field):
    (device,) = make_devices(world.acme)
    wish = {"site_name": "North"} | wish
    assert list(ines.put(f"{base}/devices/{device.mac}", wish).expect(400)["fields"]) == [field]
    assert Device.objects.get(pk=device.pk).site_id is None


def test_what_was_claimed_long_ago_is_out_of_bounds_at_every_door(api, ines, base, world):
    (device,) = make_devices(world.north)
    age(device)
    path, door = f"{base}/devices/{device.mac}", f"/sites/{world.north.id}/devices/{device.id}"
    assert ines.get(f"{base}/devices").ok() == []
    assert ines.put(path, {"name": "x"}).expect(400) == OUTSIDE
    assert ines.delete(path).expect(400) == OUTSIDE
    assert ines.put(door, {"name": "x"}).expect(400) == OUTSIDE
    body = {"op": "assign", "macs": [device.mac], "site_id": str(world.south.id)}
    assert ines.put(f"/orgs/{world.acme.id}/inventory", body).ok()["reason"] == [OUTSIDE["detail"]]
    rows = [{"mac": device.mac, "name": "x"}]
    assert ines.post(f"/sites/{world.north.id}/devices/import", rows).expect(400)
    # Whoever manages devices is not an installer, and the parameters decide for those who are.
    api("wes").put(path, {"name": "by Wes"}).ok()
    parameters(api, world, grace_period=9)
    ines.put(path, {"name": "by Ines"}).ok()
    parameters(api, world, grace_period=1, allow_all_devices=True)
    assert [row["name"] for row in ines.get(f"{base}/devices").ok()] == ["by Ines"]
    ines.put(path, {"name": "again"}).ok()


def test_old_sites_are_closed_but_for_those_the_parameters_open(api, ines, base, world):
    (device,) = make_devices(world.acme)
    age(world.north)
    wish = {"name": "x", "site_name": "North"}

    def names():
        return [site["name"] for site in ines.get(f"{base}/sites").ok()]

    assert {"North", "South"} & set(names()) == {"South"}
    assert ines.put(f"{base}/devices/{device.mac}", wish).expect(400) == OUTSIDE
    assert ines.put(f"{base}/sites/North", {"address": "Here"}).expect(400) == OUTSIDE
    parameters(api, world, extra_site_ids=[str(world.north.id)])
    assert "North" in names()
    ines.put(f"{base}/devices/{device.mac}", wish).ok()
    parameters(api, world, allow_all_sites=True)
    ines.put(f"{base}/sites/North", {"address": "Here"}).ok()
    # Nobody bounds Wes, and a role that names its site opens it.
    parameters(api, world)
    assert "North" in [site["name"] for site in api("wes").get(f"{base}/sites").ok()]
    assert [site["name"] for site in api("ivan").get(f"{base}/sites").ok()] == ["North"]


def test_extra_sites_are_of_the_organization(api, world):
    body = {"installer": {"extra_site_ids": [str(world.overseas.id)]}}
    refused = api("ada").put(f"/orgs/{world.acme.id}/setting", body).expect(400)
    assert list(refused["fields"]) == ["installer.extra_site_ids"]


def test_sites_are_made_and_changed_by_name(api, ines, base, world):
    make_sitegroup(world.acme, "Coast", world.south)
    api("ada").post(f"/orgs/{world.acme.id}/rftemplates", {"name": "Dense"}).ok()
    place = {"address": "Pier 1", "country_code": "US", "latlng": {"lat": 1.5, "lng": 2.5}}
    wish = {**place, "name": "Pier", "rftemplate_name": "Dense", "sitegroup_names": ["Coast"]}
    assert ines.put(f"{base}/sites/Pier", wish).ok() == {}
    (row,) = [site for site in ines.get(f"{base}/sites").ok() if site["name"] == "Pier"]
    assert row == {"id": row["id"], "timezone": "UTC", **wish}
    ines.put(f"{base}/sites/pier", {"timezone": "Europe/Berlin", "sitegroup_names": []}).ok()
    site = Site.objects.get(org=world.acme, name="Pier")
    assert site.timezone == "Europe/Berlin"
    assert not site.sitegroups.exists()
    assert site.body["address"] == "Pier 1"
    bad = {**place, "name": "Quay", "sitegroup_names": ["None such"]}
    assert list(ines.put(f"{base}/sites/Quay", bad).expect(400)["fields"]) == ["sitegroup_names"]
    assert not Site.objects.filter(name="Quay").exists()


def test_replaces_a_recent_device(ines, base, world):
    (old,), (new,) = make_devices(world.north), make_devices(world.acme)
    ines.put(f"{base}/devices/{old.mac}", {"name": "W-1", "x": 3}).ok()

    def replace(mac, by=new.mac):
        return ines.put(f"{base}/devices/{by}", {"name": "ignored", "replacing_mac": mac})

    unknown = replace("5c5b35ffffff").expect(404)
    assert unknown == {"detail": "replacing_mac inventory not found"}
    (switch,) = make_devices(world.north, model="EX4100-48P")
    for wrong in ("nonsense", new.mac, switch.mac):
        assert replace(wrong).expect(400) == {"detail": "invalid replacing_mac"}
    assert replace(new.mac, by=old.mac).expect(400) == {"detail": "device already assigned"}
    replace(old.mac).ok()
    old.refresh_from_db(), new.refresh_from_db()
    assert (new.name, new.site_id, new.body["x"]) == ("W-1", world.north.id, 3)
    assert old.site_id is None
    (late,) = make_devices(world.acme)
    age(new)
    assert replace(new.mac, by=late.mac).expect(400) == OUTSIDE


def test_a_role_at_one_site_claims_there_and_reaches_no_further(api, base, world):
    (unit,), (elsewhere,) = make_units(), make_devices(world.south)
    ivan = api("ivan")
    ivan.post(f"{base}/devices", [unit.claim_code]).ok()
    assert [row["site_name"] for row in ivan.get(f"{base}/devices").ok()] == ["North"]
    ivan.put(f"{base}/devices/{elsewhere.mac}", {"name": "x"}).expect(404)
    wish = {"name": "x", "site_name": "South"}
    assert "fields" in ivan.put(f"{base}/devices/{unit.mac}", wish).expect(400)
    ivan.put(f"{base}/sites/New", {"name": "New", "address": "x"}).expect(403)
    (broken,) = make_devices(world.north)
    ivan.put(f"{base}/devices/{unit.mac}", {"name": "x", "replacing_mac": broken.mac}).ok()
    assert Device.objects.get(pk=broken.pk).site_id is None


def test_lists_of_names_are_open_to_those_who_install(api, ines, base, world):
    make_profile(world.acme, "Ward"), make_profile(world.acme, "Core", "switch")
    assert [one["name"] for one in ines.get(f"{base}/deviceprofiles").ok()] == ["Ward"]
    assert [one["name"] for one in ines.get(f"{base}/deviceprofiles", type="switch").ok()] == ["Core"]
    assert ines.get(f"{base}/alarmtemplates").ok() == []
    api("rita").get(f"{base}/deviceprofiles").expect(403)


def test_a_call_sent_again_is_done_once_and_answered_alike(ines, base, world):
    units = make_units(count=2)
    key = {"Idempotency-Key": "k" * 16}

    def claim(code, who=ines):
        data = f'["{code}"]'.encode()
        return who.send("POST", f"{base}/devices", data, headers=key)

    first, again = claim(units[0].claim_code), claim(units[0].claim_code)
    assert first.ok() == again.ok()
    assert len(first.body["added"]) == 1
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(entries("inventory.device.claimed")) == 1
    assert "another call" in claim(units[1].claim_code).expect(409)["detail"]
    # Another person's key is another key.
    other = make_admin("Olga")
    grant(other, world.acme, "installer")
    assert claim(units[1].claim_code, ApiClient(other)).ok()["added"]
    (device,) = make_devices(world.acme)
    refused = {"name": "x", "site_name": "Nowhere"}
    for _ in range(2):
        reply = ines.put(f"{base}/devices/{device.mac}", refused, **{"Idempotency-Key": "r" * 16})
        assert reply.status == 400
        assert "Idempotency-Replayed" not in reply.headers
    for _ in range(2):
        data = b'["ZZZZZ-ZZZZZ-ZZZZZ"]'
        reply = ines.send("POST", f"{base}/devices", data, headers={"Idempotency-Key": "c" * 16})
        assert reply.status == 400
        assert "Idempotency-Replayed" not in reply.headers
    bad = ines.put(f"{base}/devices/{device.mac}", {"name": "x"}, **{"Idempotency-Key": "short"})
    assert "Idempotency-Key" in bad.expect(400)["detail"]


def test_answers_are_kept_for_a_time(ines, base):
    for number in range(2):
        (unit,) = make_units()
        data, key = f'["{unit.claim_code}"]'.encode(), {"Idempotency-Key": f"{number}" * 16}
        ines.send("POST", f"{base}/devices", data, headers=key).ok()
    Answer.objects.filter(key="0" * 16).update(created_time=timezone.now() - timedelta(days=91))
    discard_old()
    assert list(Answer.objects.values_list("key", flat=True)) == ["1" * 16]
