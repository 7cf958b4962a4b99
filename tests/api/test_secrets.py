"""Secrets in documents: shown to whoever may change them, and never overwritten by their own mask."""

import pytest

from accounts.auth import actor_for
from audit.models import Entry
from mistadmin.core.errors import NotAllowed, NotVisible
from mistadmin.core.secrets import MASK
from orgs.models import Org
from sites.actions import update_site
from sites.models import Site
from tests.world import grant, make_admin, make_devices, make_sitegroup

WLAN = {"name": "Guests", "auth": {"psk": "hunter2 hunter2"}}


def test_observer_sees_no_secret_of_a_document(api, world):
    made = api("ada").post(f"/orgs/{world.acme.id}/templates", WLAN).ok()
    path = f"/orgs/{world.acme.id}/templates/{made['id']}"
    assert api("ada").get(path).ok()["auth"]["psk"] == "hunter2 hunter2"
    assert api("rita").get(path).ok()["auth"]["psk"] == MASK


def test_observer_sees_no_secret_of_a_device(api, world):
    (device,) = make_devices(world.north)
    path = f"/sites/{world.north.id}/devices/{device.id}"
    api("ada").put(path, {"bgp_config": {"auth_key": "hunter2"}}).ok()
    assert api("ada").get(path).ok()["bgp_config"]["auth_key"] == "hunter2"
    assert api("rita").get(path).ok()["bgp_config"]["auth_key"] == MASK
    assert "hunter2" not in str(list(Entry.objects.values_list("before", "after")))
    api("ada").put(path, {"bgp_config": {"auth_key": MASK, "port": 179}}).ok()
    assert api("ada").get(path).ok()["bgp_config"] == {"auth_key": "hunter2", "port": 179}


NO_REVEAL = {"api_policy": {"no_reveal": True}}


def test_no_reveal_hides_secrets_of_documents_from_everybody(api, world):
    ada, acme = api("ada"), f"/orgs/{world.acme.id}"
    made = ada.post(f"{acme}/templates", WLAN).ok()
    path = f"{acme}/templates/{made['id']}"
    ada.put(f"{acme}/setting", NO_REVEAL).ok()
    for shown in (
        ada.get(path).ok(),
        *ada.get(f"{acme}/templates").ok(),
        ada.put(path, {"auth": {"psk": MASK, "vlan": 7}}).ok(),
        ada.post(f"{acme}/templates", {**WLAN, "name": "Staff"}).ok(),
    ):
        assert shown["auth"]["psk"] == MASK
    ada.put(f"{acme}/setting", {"api_policy": None}).ok()
    assert ada.get(path).ok()["auth"] == {"psk": "hunter2 hunter2", "vlan": 7}


def test_no_reveal_hides_secrets_of_a_document_on_its_page(api, world, client):
    ada, acme = api("ada"), f"/orgs/{world.acme.id}"
    made = ada.post(f"{acme}/templates", WLAN).ok()
    client.force_login(world.ada.admin)
    page = f"{acme}/templates/{made['id']}"
    assert "hunter2" in client.get(page).content.decode()
    ada.put(f"{acme}/setting", NO_REVEAL).ok()
    assert "hunter2" not in client.get(page).content.decode()


def test_no_reveal_hides_secrets_of_devices_from_everybody(api, world):
    (device,) = make_devices(world.north)
    ada, devices = api("ada"), f"/sites/{world.north.id}/devices"
    path = f"{devices}/{device.id}"
    ada.put(path, {"bgp_config": {"auth_key": "hunter2"}}).ok()
    ada.put(f"/orgs/{world.acme.id}/setting", NO_REVEAL).ok()
    for shown in (ada.get(path).ok(), *ada.get(devices).ok(), ada.put(path, {"notes": "x"}).ok()):
        assert shown["bgp_config"] == {"auth_key": MASK}


def test_no_reveal_of_another_organization_hides_nothing(api, world):
    api("gus").put(f"/orgs/{world.globex.id}/setting", NO_REVEAL).ok()
    made = api("ada").post(f"/orgs/{world.acme.id}/templates", WLAN).ok()
    assert made["auth"]["psk"] == "hunter2 hunter2"


def test_secrets_of_an_organization_and_a_site_are_set_and_not_shown_again(api, world):
    ada = api("ada")
    for path in (f"/orgs/{world.acme.id}", f"/sites/{world.north.id}"):
        ada.put(path, {"sdk_secret": "hunter2"}).ok()
        shown = ada.get(path).ok()
        assert shown["sdk_secret"] == api("rita").get(path).ok()["sdk_secret"] == MASK
        ada.put(path, {**shown, "notes": "x"}).ok()
    assert Org.objects.get(id=world.acme.id).body["sdk_secret"] == "hunter2"
    assert Site.objects.get(id=world.north.id).body["sdk_secret"] == "hunter2"


def test_mask_with_nothing_behind_it_is_refused(api, world):
    answer = api("ada").post(f"/orgs/{world.acme.id}/templates", {"name": "X", "psk": MASK}).expect(400)
    assert answer["detail"] == "invalid field: psk"


def test_installer_names_a_device_and_configures_nothing_else(api, world):
    (device,) = make_devices(world.north)
    path = f"/sites/{world.north.id}/devices/{device.id}"
    api("ivan").put(path, {"name": "Lobby", "notes": "above the door"}).ok()
    api("ivan").put(path, {"radio_config": {"band_5": {"power": 30}}}).expect(403)
    device.refresh_from_db()
    assert (device.name, device.body) == ("Lobby", {"notes": "above the door"})


def test_network_admin_of_a_site_cannot_move_it_between_groups(api, world):
    group = make_sitegroup(world.acme, "Region")
    sam = make_admin("Sam")
    grant(sam, world.acme, "network_admin", site=world.north)
    api("ada").put(f"/sites/{world.north.id}", {"sitegroup_ids": [str(group.id)]}).ok()
    assert list(group.sites.all()) == [world.north]
    with pytest.raises((NotAllowed, NotVisible)):
        update_site(actor_for(sam), world.north, changes={"sitegroup_ids": []})
    assert list(group.sites.all()) == [world.north]
