"""Inventory: the bulk verbs, lists and what devices report."""

import pytest

from accounts.actions import create_org
from inventory.models import Device
from mistadmin.core.ids import NO_ID
from mistadmin.core.models import Outbox
from tests.world import UNKNOWN, claim, grant, make_admin, make_devices, make_profile, make_site, make_units


@pytest.fixture
def inventory(world):
    return f"/orgs/{world.acme.id}/inventory"


def codes(units):
    return [unit.claim_code for unit in units]


class TestVerbs:
    def test_assign_and_assign_again(self, api, inventory, world):
        first, second = make_devices(world.acme, 2)
        wish = {"op": "assign", "site_id": str(world.north.id), "macs": [first.mac.upper(), second.mac]}
        result = api("ada").put(inventory, wish).ok()
        assert result == {
            "op": "assign",
            "success": [first.mac.upper(), second.mac],
            "error": [],
            "reason": [],
        }
        total = api("ada").get(f"/orgs/{world.acme.id}/logs").ok()["total"]
        assert api("ada").put(inventory, wish).ok() == result
        assert api("ada").get(f"/orgs/{world.acme.id}/logs").ok()["total"] == total

    @pytest.mark.parametrize(
        "spelled", ["{0}:{1}:{2}:{3}:{4}:{5}", "{0}-{1}-{2}-{3}-{4}-{5}", "{0}{1}.{2}{3}.{4}{5}"]
    )
    def test_identifiers_come_back_as_sent(self, api, inventory, world, spelled):
        (device,) = make_devices(world.acme)
        mac = spelled.format(*(device.mac[i : i + 2] for i in range(0, 12, 2)))
        result = (
            api("ada").put(inventory, {"op": "assign", "site_id": str(world.north.id), "macs": [mac]}).ok()
        )
        assert result["success"] == [mac]

    def test_unknown_and_malformed_are_errors_and_the_rest_succeeds(self, api, inventory, world):
        (device,) = make_devices(world.acme)
        (foreign,) = make_devices(world.globex)
        macs = ["nonsense", foreign.mac, device.mac, "5c5b35ffffff"]
        result = (
            api("ada").put(inventory, {"op": "assign", "site_id": str(world.north.id), "macs": macs}).ok()
        )
        assert result["success"] == [device.mac]
        assert dict(zip(result["error"], result["reason"], strict=True)) == {
            "nonsense": "not a MAC address",
            foreign.mac: "not found",
            "5c5b35ffffff": "not found",
        }

    def test_no_reassign_refuses_devices_of_another_site(self, api, inventory, world):
        (there,), (free,) = make_devices(world.south), make_devices(world.acme)
        wish = {
            "op": "assign",
            "site_id": str(world.north.id),
            "macs": [there.mac, free.mac],
            "no_reassign": True,
        }
        result = api("ada").put(inventory, wish).ok()
        assert (result["success"], result["error"]) == ([free.mac], [there.mac])
        assert "already assigned" in result["reason"][0]
        api("ada").put(inventory, {**wish, "no_reassign": False}).ok()
        there.refresh_from_db()
        assert there.site_id == world.north.id

    def test_unassign(self, api, inventory, world):
        (device,) = make_devices(world.north)
        assert api("wes").put(inventory, {"op": "unassign", "macs": [device.mac]}).ok()["success"] == [
            device.mac
        ]
        device.refresh_from_db()
        assert device.site_id is None

    def test_release_frees_the_code_for_anybody(self, api, inventory, world):
        (unit,) = make_units()
        (device,) = claim(world.north, [unit])
        result = api("ada").put(inventory, {"op": "delete", "serials": [device.serial]}).ok()
        assert result["success"] == [device.mac]
        assert api("ada").get(inventory).ok() == []
        api("gus").post(f"/orgs/{world.globex.id}/inventory", [unit.claim_code]).ok()

    def test_site_of_another_own_organization_is_refused(self, api, inventory, world):
        other = create_org(world.ada.actor, values={"name": "Second"})
        site = make_site(other, name="Elsewhere")
        (device,) = make_devices(world.acme)
        wish = {"op": "assign", "site_id": str(site.id), "macs": [device.mac]}
        api("ada").put(inventory, wish).expect(404)
        device.refresh_from_db()
        assert device.site_id is None

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "op"),
            ({"op": "explode", "macs": []}, "op"),
            ({"op": "assign", "macs": []}, "site_id"),
            ({"op": "assign", "macs": [], "site_id": "x"}, "site_id"),
            ({"op": "unassign", "macs": "all"}, "macs"),
            ({"op": "unassign", "macs": [7]}, "macs.0"),
            ({"op": "unassign", "macs": ["x"] * 10_001}, "macs"),
            ({"op": "downgrade_to_jsi", "macs": []}, "op"),
        ],
    )
    def test_bad_wishes_are_refused_with_their_field(self, api, inventory, body, field):
        assert list(api("ada").put(inventory, body).expect(400)["fields"]) == [field]

    def test_installer_places_at_his_site_only(self, api, world):
        there, (mine,) = world.south, make_devices(world.north)
        ivan = api("ivan")
        path = f"/orgs/{world.acme.id}/inventory"
        ivan.put(path, {"op": "assign", "site_id": str(there.id), "macs": [mine.mac]}).expect(404)
        (foreign,) = make_devices(there)
        result = ivan.put(path, {"op": "assign", "site_id": str(world.north.id), "macs": [foreign.mac]}).ok()
        assert (result["success"], result["error"]) == ([], [foreign.mac])
        foreign.refresh_from_db()
        assert foreign.site_id == there.id

    def test_reevaluation_is_owed_not_done(self, api, inventory, owed):
        before = Outbox.objects.count()
        api("wes").post(f"{inventory}/reevaluate_auto_assignment").ok()
        assert Outbox.objects.count() == before + 1
        assert owed()[-1] == ("autoprovision.org.reevaluated", "autoprovision.tasks.place_organizations")


class TestList:
    def test_filters(self, api, inventory, world):
        ap, other = make_devices(world.north), make_devices(world.acme, model="AP34")
        switch = make_devices(world.south, model="EX4400-48P")
        ada = api("ada")

        def found(**query):
            return {row["mac"] for row in ada.get(inventory, **query).ok()}

        macs = [devices[0].mac for devices in (ap, other, switch)]
        assert found() == set(macs)
        assert found(type="ap") == {macs[0], macs[1]}
        assert found(type="switch") == {macs[2]}
        assert found(model="AP34") == {macs[1]}
        assert found(model="AP34,AP45") == {macs[0], macs[1]}
        assert found(site_id=world.north.id) == {macs[0]}
        assert found(mac=macs[0].upper()) == {macs[0]}
        assert found(mac=f"{macs[0]},{macs[2]}") == {macs[0], macs[2]}
        assert found(serial=switch[0].serial) == {macs[2]}
        assert found(unassigned=True) == set(macs)
        assert found(unassigned=False) == {macs[0], macs[2]}
        assert found(text=macs[0][6:]) == {macs[0]}
        assert found(mac="5c5b35ffffff") == set()

    def test_devices_of_others_are_not_listed(self, api, inventory, world):
        make_devices(world.globex)
        assert api("ada").get(inventory).ok() == []

    def test_installer_sees_his_site(self, api, inventory, world):
        (mine,) = make_devices(world.north)
        make_devices(world.south)
        make_devices(world.acme)
        assert [row["mac"] for row in api("ivan").get(inventory).ok()] == [mine.mac]

    def test_pages_cover_every_device_once(self, api, inventory, world):
        devices = make_devices(world.acme, 7)
        seen = []
        for number in range(1, 5):
            page = api("ada").get(inventory, limit=2, page=number)
            seen += [row["mac"] for row in page.ok()]
            assert page.headers["X-Page-Total"] == "7"
            assert (page.headers["X-Page-Limit"], page.headers["X-Page-Page"]) == ("2", str(number))
        assert seen == sorted(device.mac for device in devices)

    def test_page_past_the_end_is_empty(self, api, inventory, world):
        make_devices(world.acme, 3)
        page = api("ada").get(inventory, limit=2, page=9)
        assert page.ok() == []
        assert page.headers["X-Page-Total"] == "3"

    def test_limits(self, api, inventory, world):
        make_devices(world.acme, 3)
        assert api("ada").get(inventory).headers["X-Page-Limit"] == "100"
        assert api("ada").get(inventory, limit=1000).headers["X-Page-Limit"] == "1000"
        assert api("ada").get(inventory, limit=5000).headers["X-Page-Limit"] == "1000"
        assert api("ada").get(inventory, limit=0).ok() == []

    @pytest.mark.parametrize(
        "query", ["page=0", "page=-1", "page=x", "page=1.5", "limit=-1", "limit=1_0", "page=%EF%BC%91"]
    )
    def test_bad_pages_are_refused_by_name(self, api, inventory, query):
        refused = api("ada").send("GET", f"{inventory}?{query}").expect(400)
        assert list(refused["fields"]) == [query.partition("=")[0]]

    @pytest.mark.parametrize("query", ["unassigned=maybe", "site_id=x"])
    def test_bad_filters_are_refused_by_name(self, api, inventory, query):
        refused = api("ada").send("GET", f"{inventory}?{query}").expect(400)
        assert list(refused["fields"]) == [query.partition("=")[0]]

    def test_search_and_count_are_of_access_points_unless_told(self, api, inventory, world):
        make_devices(world.north, 2)
        make_devices(world.north, model="EX4400-48P")
        ada = api("ada")
        assert ada.get(f"{inventory}/search").ok()["total"] == 2
        assert ada.get(f"{inventory}/search", type="all").ok()["total"] == 3
        assert ada.get(f"{inventory}/count", distinct="model").ok()["results"] == [
            {"model": "AP45", "count": 2}
        ]
        ada.get(f"{inventory}/count", distinct="claim_code").expect(400)

    def test_what_has_no_site_is_counted_under_the_nil_id(self, api, inventory, world):
        make_devices(world.north, 2)
        make_devices(world.acme)
        assert api("ada").get(f"{inventory}/count", distinct="site_id").ok()["results"] == [
            {"site_id": str(world.north.id), "count": 2},
            {"site_id": NO_ID, "count": 1},
        ]


class TestSiteDevices:
    def path(self, world, device=None):
        return f"/sites/{world.north.id}/devices" + (f"/{device.id}" if device else "")

    def test_list_and_detail_have_no_claim_code(self, api, world):
        (device,) = make_devices(world.north)
        (row,) = api("rita").get(self.path(world)).ok()
        assert (row["mac"], row["site_id"], row["type"]) == (device.mac, str(world.north.id), "ap")
        assert "magic" not in row
        assert api("rita").get(self.path(world, device)).ok() == row

    def test_type_is_access_points_unless_told(self, api, world):
        make_devices(world.north)
        make_devices(world.north, model="EX4400-48P")
        assert len(api("ada").get(self.path(world)).ok()) == 1
        assert len(api("ada").get(self.path(world), type="switch").ok()) == 1
        assert len(api("ada").get(self.path(world), type="all").ok()) == 2

    def test_put_merges_and_keeps_unknown_keys(self, api, world):
        (device,) = make_devices(world.north)
        path = self.path(world, device)
        api("wes").put(path, {"name": "East 7", "radio_config": {"band_5": {"power": 9}}}).ok()
        after = (
            api("wes").put(path, {"notes": "ceiling", "mac": "x", "model": "AP99", "connected": True}).ok()
        )
        assert (after["name"], after["notes"], after["radio_config"]) == (
            "East 7",
            "ceiling",
            {"band_5": {"power": 9}},
        )
        assert (after["mac"], after["model"], after["connected"]) == (device.mac, "AP45", False)
        assert "notes" not in api("wes").put(path, {"notes": None}).ok()

    def test_everything_read_can_be_written_back_without_an_entry(self, api, world):
        (device,) = make_devices(world.north)
        path = self.path(world, device)
        api("wes").put(path, {"name": "East 7", "vars": {"a": "b"}}).ok()
        before = api("wes").get(path).ok()
        total = api("ada").get(f"/orgs/{world.acme.id}/logs").ok()["total"]
        assert api("wes").put(path, before).ok() == before
        assert api("ada").get(f"/orgs/{world.acme.id}/logs").ok()["total"] == total

    def test_profile_must_be_of_the_organization_and_of_the_type(self, api, world):
        (device,) = make_devices(world.north)
        path, mine = self.path(world, device), make_profile(world.acme)
        others = [make_profile(world.globex), make_profile(world.acme, type="switch")]
        assert api("wes").put(path, {"deviceprofile_id": str(mine.id)}).ok()["deviceprofile_id"] == str(
            mine.id
        )
        for profile_id in [*(str(profile.id) for profile in others), str(UNKNOWN)]:
            refused = api("wes").put(path, {"deviceprofile_id": profile_id}).expect(400)
            assert list(refused["fields"]) == ["deviceprofile_id"]
        assert "deviceprofile_id" not in api("wes").put(path, {"deviceprofile_id": ""}).ok()

    @pytest.mark.parametrize(
        "change", [{"name": "x" * 256}, {"name": 7}, {"vars": {"a": 1}}, {"deviceprofile_id": "x"}]
    )
    def test_bad_values_are_refused(self, api, world, change):
        (device,) = make_devices(world.north)
        assert api("wes").put(self.path(world, device), change).expect(400)["fields"]

    def test_device_elsewhere_is_not_at_this_site(self, api, world):
        for device in (*make_devices(world.south), *make_devices(world.acme), *make_devices(world.globex)):
            api("ada").get(self.path(world, device)).expect(404)
            api("ada").put(self.path(world, device), {"name": "x"}).expect(404)

    def test_stats_tell_what_was_reported(self, api, world):
        (device,) = make_devices(world.north)
        (row,) = api("rita").get(f"/sites/{world.north.id}/stats/devices").ok()
        assert (row["mac"], row["status"]) == (device.mac, "disconnected")
        Device.objects.filter(id=device.id).update(
            connected=True, ip="10.0.0.9", uptime=60, last_seen="2026-01-01T00:00Z"
        )
        (row,) = api("rita").get(f"/sites/{world.north.id}/stats/devices", type="all").ok()
        assert (row["status"], row["ip"], row["uptime"], row["last_seen"]) == (
            "connected",
            "10.0.0.9",
            60,
            1767225600,
        )


class TestProfileMembers:
    def test_assign_and_unassign(self, api, world):
        profile, devices = make_profile(world.acme), make_devices(world.north, 2)
        (switch,) = make_devices(world.north, model="EX4400-48P")
        path = f"/orgs/{world.acme.id}/deviceprofiles/{profile.id}"
        macs = [device.mac for device in (*devices, switch)]
        assert api("wes").post(f"{path}/assign", {"macs": macs}).ok() == {"success": macs[:2]}
        assert set(Device.objects.filter(deviceprofile=profile).values_list("mac", flat=True)) == set(
            macs[:2]
        )
        assert api("wes").post(f"{path}/unassign", {"macs": macs[:1]}).ok() == {"success": macs[:1]}
        assert Device.objects.get(deviceprofile=profile).mac == macs[1]

    def test_profile_of_another_organization_does_not_exist(self, api, world):
        profile, (device,) = make_profile(world.globex), make_devices(world.north)
        path = f"/orgs/{world.acme.id}/deviceprofiles/{profile.id}/assign"
        api("ada").post(path, {"macs": [device.mac]}).expect(404)

    def test_deleting_a_profile_leaves_its_devices_without_one(self, api, world):
        profile, (device,) = make_profile(world.acme), make_devices(world.north)
        path = f"/orgs/{world.acme.id}/deviceprofiles/{profile.id}"
        api("ada").post(f"{path}/assign", {"macs": [device.mac]}).ok()
        api("ada").delete(path).ok()
        device.refresh_from_db()
        assert device.deviceprofile_id is None


def test_observer_with_a_second_role_elsewhere_does_not_mix_them(api, world):
    admin = make_admin("Bea")
    grant(admin, world.acme, "observer")
    grant(admin, world.globex, "super_user")
    world.people["bea"] = type(world.ada)("bea", "observer", admin)
    (device,) = make_devices(world.north)
    api("bea").put(f"/sites/{world.north.id}/devices/{device.id}", {"name": "x"}).expect(403)


def test_device_models(api):
    models = {row["model"]: row["type"] for row in api("hana").get("/const/device_models").ok()}
    assert (models["AP45"], models["EX4400-48P"], models["SSR120"]) == ("ap", "switch", "gateway")
