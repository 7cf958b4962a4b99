"""RF templates, the templates that a site names, and the setting that follows from them."""

from __future__ import annotations

import pytest

from audit.models import Entry
from sites.derived import derive
from sites.models import Site
from tests.world import UNKNOWN, grant

BAND = {"band_5": {"channels": [36, 40], "power_max": 14}, "scanning_enabled": True}


@pytest.fixture
def make(api, world):
    def create(who="ada", org=None, **values):
        path = f"/orgs/{(org or world.acme).id}/rftemplates"
        return api(who).post(path, {"name": "Ward", **values}).ok()

    return create


@pytest.fixture
def north(world):
    return f"/sites/{world.north.id}"


def test_rf_templates_are_documents_like_the_others(api, world, make):
    made = make(**BAND, odd={"kept": 1})
    path = f"/orgs/{world.acme.id}/rftemplates"
    ada = api("ada")
    assert [row["id"] for row in ada.get(path).ok()] == [made["id"]]
    changed = ada.put(f"{path}/{made['id']}", {"scanning_enabled": False}).ok()
    assert (changed["band_5"], changed["odd"], changed["scanning_enabled"]) == (
        BAND["band_5"],
        {"kept": 1},
        False,
    )
    ada.delete(f"{path}/{made['id']}").ok()
    assert ada.get(path).ok() == []
    told = Entry.objects.filter(event__startswith="orgs.doc.").order_by("timestamp")
    assert [one.message.split(" ", 1)[0] for one in told] == ["Add", "Update", "Delete"]
    assert told[0].message == 'Add RF Template "Ward"'


@pytest.mark.parametrize(
    ("field", "value"),
    [("country_code", "GBR"), ("band_24_usage", "7"), ("ant_gain_5", "high"), ("band_5", [1]), ("name", "")],
)
def test_bad_values_are_named(api, world, field, value):
    body = {"name": "Ward", field: value}
    refused = api("ada").post(f"/orgs/{world.acme.id}/rftemplates", body).expect(400)
    assert list(refused["fields"]) == [field]


def test_portal_lists_creates_and_deletes_them(client, world):
    client.force_login(world.ada.admin)
    path = f"/orgs/{world.acme.id}/rftemplates"
    assert "RF Templates" in client.get(path).content.decode()
    client.post(f"{path}/create", {"name": "Ward", "body": '{"band_24_usage": "5"}'})
    assert "Ward" in client.get(path).content.decode()
    client.force_login(world.rosa.admin)
    assert client.get(path).status_code == 403
    client.force_login(world.gus.admin)
    assert client.get(path).status_code == 404


class TestSiteNamesTemplates:
    def test_one_of_the_organization(self, api, world, north, make):
        rf = make()
        assert api("ada").put(north, {"rftemplate_id": rf["id"]}).ok()["rftemplate_id"] == rf["id"]
        body = {"name": "East", "rftemplate_id": rf["id"]}
        assert api("ada").post(f"/orgs/{world.acme.id}/sites", body).ok()["rftemplate_id"] == rf["id"]
        assert "rftemplate_id" not in api("ada").put(north, {"rftemplate_id": None}).ok()

    def test_a_foreign_one_is_refused_like_an_unknown_one(self, api, world, north, make):
        foreign = make("gus", world.globex)["id"]
        ada, sites = api("ada"), f"/orgs/{world.acme.id}/sites"
        assert ada.put(north, {"rftemplate_id": foreign}).expect(400) == ada.put(
            north, {"rftemplate_id": str(UNKNOWN)}
        ).expect(400)
        refused = ada.post(sites, {"name": "East", "rftemplate_id": foreign}).expect(400)
        assert list(refused["fields"]) == ["rftemplate_id"]
        assert not Site.objects.filter(name="East").exists()

    def test_one_of_another_kind_is_refused(self, api, world, north):
        wlan = api("ada").post(f"/orgs/{world.acme.id}/templates", {"name": "Guest"}).ok()
        refused = api("ada").put(north, {"rftemplate_id": wlan["id"]}).expect(400)
        assert refused["fields"] == {"rftemplate_id": "is no RF Template of this organization"}

    def test_kinds_that_are_not_kept_here_stay_as_sent(self, api, north):
        assert api("ada").put(north, {"secpolicy_id": str(UNKNOWN)}).ok()["secpolicy_id"] == str(UNKNOWN)

    def test_a_deleted_one_leaves_the_sites_that_named_it(self, api, world, north, make, pay):
        gone, kept = make()["id"], make(name="Other")["id"]
        ada, south = api("ada"), f"/sites/{world.south.id}"
        ada.put(north, {"rftemplate_id": gone, "notes": "stays"}).ok()
        ada.put(south, {"rftemplate_id": kept}).ok()
        ada.delete(f"/orgs/{world.acme.id}/rftemplates/{gone}").ok()
        # Before the worker has been there the site can be changed all the same.
        ada.put(north, {"notes": "stays too"}).ok()
        pay()
        after = ada.get(north).ok()
        assert "rftemplate_id" not in after
        assert after["notes"] == "stays too"
        assert ada.get(south).ok()["rftemplate_id"] == kept
        entry = Entry.objects.filter(event="sites.site.updated", actor_kind="system", before__isnull=False)
        assert [(one.object_id, one.before) for one in entry if "rftemplate_id" in one.before] == [
            (world.north.id, {"rftemplate_id": gone})
        ]


class TestDerivedSetting:
    def test_template_shines_through_and_the_site_wins(self, api, north, make):
        ada = api("ada")
        ada.put(north, {"rftemplate_id": make(**BAND, country_code="GB")["id"]}).ok()
        ada.put(f"{north}/setting", {"vars": {"a": "1"}, "radio_config": {"band_5": {"power_max": 9}}}).ok()
        derived = ada.get(f"{north}/setting/derived").ok()
        own = ada.get(f"{north}/setting").ok()
        assert derived == {
            **own,
            "radio_config": {"band_5": {"channels": [36, 40], "power_max": 9}, "scanning_enabled": True},
        }
        # Reading what holds changes nothing of what is set.
        assert own["radio_config"] == {"band_5": {"power_max": 9}}

    def test_without_a_template_it_is_the_setting(self, api, north):
        ada = api("ada")
        ada.put(f"{north}/setting", {"vars": {"a": "1"}}).ok()
        assert ada.get(f"{north}/setting/derived").ok() == ada.get(f"{north}/setting").ok()

    def test_secrets_are_masked_as_in_the_template_and_the_setting(self, api, world, north, make):
        ada = api("ada")
        ada.put(north, {"rftemplate_id": make(auth={"secret": "hush"})["id"]}).ok()
        ada.put(f"{north}/setting", {"switch_mgmt": {"root_password": "hush too"}}).ok()
        assert "hush" in str(ada.get(f"{north}/setting/derived").ok())
        for who in ("rita", "otto", "rosa"):
            assert "hush" not in str(api(who).get(f"{north}/setting/derived").ok())
        # Configures one site, and no templates of the organization.
        grant(world.gus.admin, world.acme, "network_admin", site=world.north)
        seen = api("gus").get(f"{north}/setting/derived").ok()
        assert seen["switch_mgmt"] == {"root_password": "hush too"}
        assert seen["radio_config"]["auth"] == {"secret": "******"}

    def test_a_foreign_site_is_not_there(self, api, north):
        api("gus").get(f"{north}/setting/derived").expect(404)


def test_nearer_templates_win_over_wider_ones_and_lists_are_replaced():
    wide = ("sitetemplates", {"id": "1", "name": "Wide", "dns": [1, 2], "led": {"on": True, "color": "red"}})
    near = ("networktemplates", {"id": "2", "name": "Near", "dns": [3], "led": {"color": "blue"}})
    assert derive([wide, near], {"led": {"on": False}, "vars": {}}) == {
        "dns": [3],
        "led": {"on": False, "color": "blue"},
        "vars": {},
    }
    # A value of another kind replaces an object whole.
    assert derive([wide], {"led": None, "dns": {}}) == {"led": None, "dns": {}}
    assert wide[1]["led"] == {"on": True, "color": "red"}
