"""Sites, their settings and site groups."""

import pytest

from sites.models import Site
from tests.world import UNKNOWN, make_devices, make_site, make_sitegroup


@pytest.fixture
def sites(world):
    return f"/orgs/{world.acme.id}/sites"


def test_created_site_has_every_key_that_clients_read(api, sites, world):
    wish = {
        "name": "Munich",
        "timezone": "Europe/Berlin",
        "country_code": "DE",
        "address": "Marienplatz 1",
        "latlng": {"lat": 48.137, "lng": 11.575},
        "notes": "near the square",
        "custom": {"kept": True},
    }
    site = api("ada").post(sites, wish).ok()
    assert wish.items() <= site.items()
    assert site["org_id"] == str(world.acme.id)
    assert site["sitegroup_ids"] == []
    assert site["created_time"] == site["modified_time"] or site["created_time"] < site["modified_time"]
    assert api("ada").get(f"/sites/{site['id']}").ok() == site


def test_defaults(api, sites):
    site = api("ada").post(sites, {"name": "Bare"}).ok()
    assert (site["timezone"], site["country_code"]) == ("UTC", "")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "a\tb"}, "name"),
        ({"name": "x", "timezone": "Mars/Base"}, "timezone"),
        ({"name": "x", "country_code": "DEU"}, "country_code"),
        ({"name": "x", "country_code": "D\u00c4"}, "country_code"),
        ({"name": "x", "latlng": {"lat": 91, "lng": 0}}, "latlng.lat"),
        ({"name": "x", "sitegroup_ids": ["x"]}, "sitegroup_ids.0"),
        ({"name": "x", "sitegroup_ids": [str(UNKNOWN)]}, "sitegroup_ids"),
        ({"name": "x", "rftemplate_id": "x"}, "rftemplate_id"),
    ],
)
def test_bad_sites_are_refused_and_nothing_is_stored(api, sites, body, field):
    before = Site.objects.count()
    assert list(api("ada").post(sites, body).expect(400)["fields"]) == [field]
    assert Site.objects.count() == before


@pytest.mark.parametrize("name", ["North", "NORTH", " north "])
def test_name_is_taken_once_per_organization_whatever_its_case(api, sites, world, name):
    refused = api("ada").post(sites, {"name": name}).expect(400)
    assert "already exists" in refused["reason"]
    api("ada").put(f"/sites/{world.south.id}", {"name": name}).expect(400)
    make_site(world.globex, name="North")


def test_put_changes_what_is_sent(api, world):
    ada, path = api("ada"), f"/sites/{world.north.id}"
    ada.put(path, {"timezone": "Europe/Berlin", "address": "Here 1", "odd": [1]}).ok()
    after = ada.put(path, {"name": "North Wing", "org_id": str(UNKNOWN), "id": "x"}).ok()
    assert (after["name"], after["timezone"], after["address"], after["odd"]) == (
        "North Wing",
        "Europe/Berlin",
        "Here 1",
        [1],
    )
    assert after["org_id"] == str(world.acme.id)


def test_null_clears(api, world):
    ada, path = api("ada"), f"/sites/{world.north.id}"
    rf = ada.post(f"/orgs/{world.acme.id}/rftemplates", {"name": "Ward"}).ok()
    ada.put(path, {"timezone": "Europe/Berlin", "rftemplate_id": rf["id"]}).ok()
    after = ada.put(path, {"timezone": None, "rftemplate_id": None}).ok()
    assert after["timezone"] == "UTC"
    assert "rftemplate_id" not in after


def test_everything_read_can_be_written_back_without_an_entry(api, world):
    ada, path = api("ada"), f"/sites/{world.north.id}"
    make_sitegroup(world.acme, "One", world.north)
    before = ada.get(path).ok()
    total = ada.get(f"/orgs/{world.acme.id}/logs").ok()["total"]
    assert ada.put(path, before).ok() == before
    assert ada.get(f"/orgs/{world.acme.id}/logs").ok()["total"] == total


def test_same_groups_in_another_order_are_no_change(api, world):
    ada, path = api("ada"), f"/sites/{world.north.id}"
    ids = [str(make_sitegroup(world.acme, name).id) for name in ("One", "Two")]
    ada.put(path, {"sitegroup_ids": ids}).ok()
    total = ada.get(f"/orgs/{world.acme.id}/logs").ok()["total"]
    ada.put(path, {"sitegroup_ids": [*reversed(ids), ids[0].upper()]}).ok()
    assert ada.get(f"/orgs/{world.acme.id}/logs").ok()["total"] == total


def test_deleting_a_site_keeps_its_devices_in_the_inventory(api, world):
    (device,) = make_devices(world.north)
    api("ada").delete(f"/sites/{world.north.id}").ok()
    api("ada").get(f"/sites/{world.north.id}").expect(404)
    (row,) = api("ada").get(f"/orgs/{world.acme.id}/inventory").ok()
    assert (row["id"], row["site_id"]) == (str(device.id), None)


def test_list_search_and_count(api, sites, world):
    ada = api("ada")
    assert [site["name"] for site in ada.get(sites).ok()] == ["North", "Primary Site", "South"]
    found = ada.get(f"{sites}/search", name="*ort*").ok()
    assert ([site["name"] for site in found["results"]], found["total"]) == (["North"], 1)
    counted = ada.get(f"{sites}/count", distinct="timezone").ok()
    assert counted["results"] == [{"timezone": "UTC", "count": 3}]
    ada.get(f"{sites}/count", distinct="body").expect(400)


def test_installer_of_one_site_sees_that_site(api, sites, world):
    ivan = api("ivan")
    assert [site["name"] for site in ivan.get(sites).ok()] == ["North"]
    ivan.get(f"/orgs/{world.acme.id}").ok()
    ivan.get(f"/sites/{world.north.id}").ok()
    ivan.get(f"/sites/{world.south.id}").expect(404)
    ivan.put(f"/sites/{world.north.id}", {"name": "Mine"}).expect(403)


class TestSetting:
    @pytest.fixture
    def path(self, world):
        return f"/sites/{world.north.id}/setting"

    def test_vars_are_replaced_as_a_whole(self, api, path):
        ada = api("ada")
        ada.put(path, {"vars": {"vlan": "10", "dns": "192.0.2.1"}, "odd": 1}).ok()
        after = ada.put(path, {"vars": {"vlan": "20"}}).ok()
        assert (after["vars"], after["odd"]) == ({"vlan": "20"}, 1)

    @pytest.mark.parametrize("names", [{"a-b": "x"}, {"": "x"}, {"a": 1}, {"x" * 65: "y"}, ["a"]])
    def test_bad_vars_are_refused(self, api, path, names):
        assert api("ada").put(path, {"vars": names}).expect(400)["fields"]

    def test_names_its_site(self, api, path, world):
        setting = api("rita").get(path).ok()
        assert (setting["site_id"], setting["org_id"]) == (str(world.north.id), str(world.acme.id))

    def test_secrets_are_masked_for_those_who_only_watch(self, api, path):
        secret = {"switch_mgmt": {"root_password": "s3cret-value"}}
        assert api("wes").put(path, secret).ok()["switch_mgmt"] == secret["switch_mgmt"]
        assert api("rita").get(path).ok()["switch_mgmt"] == {"root_password": "******"}

    def test_mask_sent_back_keeps_the_secret(self, api, path):
        wes = api("wes")
        wes.put(path, {"switch_mgmt": {"root_password": "s3cret-value"}}).ok()
        wes.put(path, {"switch_mgmt": {"root_password": "******", "mxedge_proxy_port": "2222"}}).ok()
        assert wes.get(path).ok()["switch_mgmt"] == {
            "root_password": "s3cret-value",
            "mxedge_proxy_port": "2222",
        }

    def test_observer_cannot_change_it(self, api, path):
        api("rita").put(path, {"vars": {}}).expect(403)


class TestGroups:
    @pytest.fixture
    def groups(self, world):
        return f"/orgs/{world.acme.id}/sitegroups"

    def test_life_of_a_group(self, api, groups, world):
        ada = api("ada")
        group = ada.post(groups, {"name": "Coast", "site_ids": [str(world.north.id)]}).ok()
        assert (group["name"], group["site_ids"]) == ("Coast", [])
        ada.put(f"/sites/{world.north.id}", {"sitegroup_ids": [group["id"]]}).ok()
        assert ada.get(f"{groups}/{group['id']}").ok()["site_ids"] == [str(world.north.id)]
        assert ada.put(f"{groups}/{group['id']}", {"name": "Shore"}).ok()["name"] == "Shore"
        assert [one["name"] for one in ada.get(groups).ok()] == ["Shore"]
        ada.delete(f"{groups}/{group['id']}").ok()
        ada.get(f"{groups}/{group['id']}").expect(404)
        assert ada.get(f"/sites/{world.north.id}").ok()["sitegroup_ids"] == []

    def test_names_are_unique(self, api, groups, world):
        make_sitegroup(world.acme, "Coast")
        make_sitegroup(world.globex, "Hills")
        assert "already exists" in api("ada").post(groups, {"name": "Coast"}).expect(400)["reason"]
        api("ada").post(groups, {"name": "Hills"}).ok()

    def test_group_of_another_organization_cannot_be_used(self, api, groups, world):
        foreign = make_sitegroup(world.globex, "Hills")
        refused = api("ada").put(f"/sites/{world.north.id}", {"sitegroup_ids": [str(foreign.id)]}).expect(400)
        unknown = api("ada").put(f"/sites/{world.north.id}", {"sitegroup_ids": [str(UNKNOWN)]}).expect(400)
        assert refused == unknown
        api("ada").get(f"{groups}/{foreign.id}").expect(404)

    def test_group_shows_only_sites_the_reader_sees(self, api, groups, world):
        group = make_sitegroup(world.acme, "Both", world.north, world.south)
        assert api("ivan").get(f"{groups}/{group.id}").ok()["site_ids"] == [str(world.north.id)]

    def test_renaming_to_the_same_name_is_no_entry(self, api, groups, world):
        group = make_sitegroup(world.acme, "Coast")
        api("ada").put(f"{groups}/{group.id}", {"name": "Coast"}).ok()
        assert api("ada").get(f"/orgs/{world.acme.id}/logs", message="Update Site Group").ok()["total"] == 0
