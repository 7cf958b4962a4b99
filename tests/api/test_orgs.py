"""Organizations and the organization setting."""

import pytest

RULE = {"src": "subnet", "subnet": "10.1.0.0/16", "value": "North"}


def test_creator_becomes_super_user_at_once_and_finds_the_primary_site(api):
    wes = api("wes")
    org = wes.post("/orgs", {"name": "Initech", "session_expiry": 60}).ok()
    assert (org["name"], org["session_expiry"], org["allow_mist"]) == ("Initech", 60, True)
    privilege = next(p for p in wes.get("/self").ok()["privileges"] if p["org_id"] == org["id"])
    assert (privilege["scope"], privilege["role"], privilege["name"]) == ("org", "admin", "Initech")
    assert [site["name"] for site in wes.get(f"/orgs/{org['id']}/sites").ok()] == ["Primary Site"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "x", "session_expiry": 9}, "session_expiry"),
        ({"name": "x", "session_expiry": 20161}, "session_expiry"),
        ({"name": "x", "alarmtemplate_id": "no"}, "alarmtemplate_id"),
    ],
)
def test_bad_organizations_are_refused(api, body, field):
    assert list(api("ada").post("/orgs", body).expect(400)["fields"]) == [field]


def test_put_keeps_absent_and_unknown_keys_and_ignores_read_only_ones(api, world):
    ada, path = api("ada"), f"/orgs/{world.acme.id}"
    before = ada.get(path).ok()
    after = ada.put(path, {"logo_color": "red", "id": "x", "created_time": 0, "msp_id": "y"}).ok()
    assert after["logo_color"] == "red"
    assert {k: after[k] for k in ("id", "name", "created_time")} == {
        k: before[k] for k in ("id", "name", "created_time")
    }
    assert ada.put(path, {"name": "Acme Corp"}).ok()["logo_color"] == "red"
    assert "logo_color" not in ada.put(path, {"logo_color": None}).ok()


def test_null_resets_a_column_to_its_default(api, world):
    ada, path = api("ada"), f"/orgs/{world.acme.id}"
    ada.put(path, {"session_expiry": 60, "allow_mist": False}).ok()
    after = ada.put(path, {"session_expiry": None, "allow_mist": None}).ok()
    assert (after["session_expiry"], after["allow_mist"]) == (1440, True)


class TestSetting:
    @pytest.fixture
    def path(self, world):
        return f"/orgs/{world.acme.id}/setting"

    def test_put_merges_top_level_keys(self, api, path):
        ada = api("ada")
        ada.put(path, {"ui_idle_timeout": 30, "password_policy": {"enabled": True, "min_length": 12}}).ok()
        after = ada.put(path, {"password_policy": {"enabled": False}}).ok()
        assert after["ui_idle_timeout"] == 30
        assert after["password_policy"] == {"enabled": False}
        assert ada.get(path).ok() == after

    def test_null_clears_and_read_only_is_ignored(self, api, world, path):
        ada = api("ada")
        ada.put(path, {"ui_idle_timeout": 30}).ok()
        after = ada.put(path, {"ui_idle_timeout": None, "org_id": "x", "id": "x", "modified_time": 1}).ok()
        assert "ui_idle_timeout" not in after
        assert after["org_id"] == str(world.acme.id)
        assert after["modified_time"] > 1

    def test_unknown_keys_survive_a_round_trip(self, api, path):
        odd = {"some": {"nested": [1, 2.5, None, "ü"]}, "x.y": "z"}
        after = api("ada").put(path, odd).ok()
        assert {key: after[key] for key in odd} == odd

    def test_everything_read_can_be_written_back(self, api, path):
        ada = api("ada")
        ada.put(path, {"ui_idle_timeout": 30, "odd": [1]}).ok()
        before = ada.get(path).ok()
        assert ada.put(path, before).ok() == before

    def test_rules_are_kept_in_the_shape_of_the_api(self, api, path):
        setting = {"auto_site_assignment": {"enable": True, "rules": [RULE]}}
        assert api("ada").put(path, setting).ok()["auto_site_assignment"] == setting["auto_site_assignment"]

    def test_bad_rules_are_refused_at_their_path(self, api, path):
        rules = [RULE, {"src": "subnet", "subnet": "10.1.0.0/33", "value": "North"}, {"src": "moon"}]
        refused = api("ada").put(path, {"auto_site_assignment": {"enable": True, "rules": rules}}).expect(400)
        assert any(field.startswith("auto_site_assignment.rules.1") for field in refused["fields"])
        assert any(field.startswith("auto_site_assignment.rules.2") for field in refused["fields"])
        assert not any(field.startswith("auto_site_assignment.rules.0") for field in refused["fields"])
        assert "auto_site_assignment" not in api("ada").get(path).ok()

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"ui_idle_timeout": 481}, "ui_idle_timeout"),
            ({"ui_idle_timeout": "soon"}, "ui_idle_timeout"),
            ({"password_policy": {"min_length": 7}}, "password_policy.min_length"),
            ({"tags": "red"}, "tags"),
            ({"auto_device_naming": []}, "auto_device_naming"),
        ],
    )
    def test_bad_values_are_refused_at_their_path(self, api, path, body, field):
        assert list(api("ada").put(path, body).expect(400)["fields"]) == [field]

    def test_entry_has_only_the_keys_that_changed(self, api, world, path):
        ada = api("ada")
        ada.put(path, {"ui_idle_timeout": 30, "odd": 1}).ok()
        ada.put(path, {"ui_idle_timeout": 45, "odd": 1}).ok()
        entry = ada.get(f"/orgs/{world.acme.id}/logs", message="Org Settings").ok()["results"][0]
        assert (entry["before"], entry["after"]) == ({"ui_idle_timeout": 30}, {"ui_idle_timeout": 45})

    def test_no_change_is_no_entry(self, api, world, path, owed):
        ada = api("ada")
        ada.put(path, {"ui_idle_timeout": 30}).ok()
        before = owed()
        ada.put(path, {"ui_idle_timeout": 30}).ok()
        assert ada.get(f"/orgs/{world.acme.id}/logs", message="Org Settings").ok()["total"] == 1
        assert owed() == before

    def test_secrets_are_masked_for_readers_and_in_the_log(self, api, world, path):
        ada = api("ada")
        ada.put(path, {"cloudshark": {"apitoken": "s3cret-value", "url": "https://x.example"}}).ok()
        assert ada.get(path).ok()["cloudshark"]["apitoken"] == "s3cret-value"
        assert api("otto").get(path).ok()["cloudshark"] == {"apitoken": "******", "url": "https://x.example"}
        logs = ada.get(f"/orgs/{world.acme.id}/logs").ok()
        assert "s3cret-value" not in str(logs)

    def test_no_reveal_masks_for_everybody(self, api, path):
        secret = {"cloudshark": {"apitoken": "s3cret-value"}, "api_policy": {"no_reveal": True}}
        assert api("ada").put(path, secret).ok()["cloudshark"]["apitoken"] == "******"

    def test_masked_secret_sent_back_keeps_the_stored_one(self, api, path):
        ada = api("ada")
        ada.put(path, {"cloudshark": {"apitoken": "s3cret-value"}, "api_policy": {"no_reveal": True}}).ok()
        ada.put(path, {"cloudshark": {"apitoken": "******"}}).ok()
        assert ada.put(path, {"api_policy": None}).ok()["cloudshark"]["apitoken"] == "s3cret-value"

    def test_change_owes_a_new_look_at_the_devices(self, api, path, owed):
        api("ada").put(path, {"ui_idle_timeout": 30}).ok()
        assert owed()[-1] == ("orgs.setting.updated", "autoprovision.tasks.place_organizations")
