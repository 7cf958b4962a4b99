"""Organizations, sites and devices in numbers."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from inventory.models import Device
from inventory.telemetry import sweep_status
from tests.world import call_in, make_devices, make_sitegroup


@pytest.fixture
def fleet(world):
    """At North a connected and a silent access point and a switch that never called; a free gateway."""
    up, down = make_devices(world.north, 2)
    (switch,) = make_devices(world.north, model="EX4400-48P")
    (free,) = make_devices(world.acme, model="SRX300")
    call_in([up, down, free], version="0.14.1", ip="10.0.0.1", hostname="ap-1", dns_suffix="acme.example")
    Device.objects.filter(id=down.id).update(last_seen=timezone.now() - timedelta(minutes=5))
    sweep_status()
    return {"up": up, "down": down, "switch": switch, "free": free}


def macs(client, path, **query):
    return {row["mac"] for row in client.get(path, **query).ok()}


class TestOrg:
    def test_numbers(self, api, world, fleet):
        body = api("rita").get(f"/orgs/{world.acme.id}/stats").ok()
        numbers = {key: value for key, value in body.items() if key.startswith("num_")}
        assert numbers == {
            "num_sites": 3,
            "num_inventory": 4,
            "num_devices": 3,
            "num_devices_connected": 1,
            "num_devices_disconnected": 2,
        }
        assert (body["name"], body["sle"], body["msp_id"]) == ("Acme", [], None)

    def test_installer_gets_those_of_his_site(self, api, world, fleet):
        body = api("ivan").get(f"/orgs/{world.acme.id}/stats").ok()
        assert (body["num_sites"], body["num_inventory"], body["num_devices"]) == (1, 3, 3)

    def test_bad_time_is_named(self, api, world):
        assert "start" in api("ada").get(f"/orgs/{world.acme.id}/stats", start="x").expect(400)["fields"]


class TestSites:
    def test_numbers_of_each(self, api, world, fleet):
        group = make_sitegroup(world.acme, "Coast", world.north)
        rows = {row["name"]: row for row in api("rita").get(f"/orgs/{world.acme.id}/stats/sites").ok()}
        assert set(rows) == {"North", "South", "Primary Site"}
        north = rows["North"]
        assert north == api("rita").get(f"/sites/{world.north.id}/stats").ok()
        numbers = {key: value for key, value in north.items() if key.startswith("num_")}
        assert numbers == {
            "num_ap": 2,
            "num_ap_connected": 1,
            "num_switch": 1,
            "num_switch_connected": 0,
            "num_gateway": 0,
            "num_gateway_connected": 0,
            "num_devices": 3,
            "num_devices_connected": 1,
            "num_clients": 0,
        }
        assert (north["sitegroup_ids"], north["latlng"]) == ([str(group.id)], None)
        assert rows["South"]["num_devices"] == 0

    @pytest.mark.parametrize(
        ("zone", "minutes"), [("UTC", 0), ("Europe/Berlin", 60), ("America/Los_Angeles", 960)]
    )
    def test_zone_and_place(self, api, world, zone, minutes):
        ada, path = api("ada"), f"/sites/{world.north.id}"
        ada.put(path, {"timezone": zone, "latlng": {"lat": 52.5, "lng": -13.4}}).ok()
        with time_machine.travel("2026-01-15T12:00:00Z", tick=False):
            body = ada.get(f"{path}/stats").ok()
        assert body["tzoffset"] == minutes
        assert (body["lat"], body["lng"], body["latlng"]) == (52.5, -13.4, {"lat": 52.5, "lng": -13.4})

    def test_pages(self, api, world):
        reply = api("ada").get(f"/orgs/{world.acme.id}/stats/sites", limit=2, page=2)
        assert [row["name"] for row in reply.ok()] == ["South"]
        assert reply.headers["X-Page-Total"] == "3"

    def test_installer_gets_his_site_alone(self, api, world):
        rows = api("ivan").get(f"/orgs/{world.acme.id}/stats/sites").ok()
        assert [row["name"] for row in rows] == ["North"]
        api("ivan").get(f"/sites/{world.south.id}/stats").expect(404)


class TestDevices:
    def test_access_points_are_meant_unless_told(self, api, world, fleet):
        rita, org = api("rita"), f"/orgs/{world.acme.id}/stats/devices"
        assert macs(rita, org) == {fleet["up"].mac, fleet["down"].mac}
        assert macs(rita, org, type="gateway") == {fleet["free"].mac}
        assert len(macs(rita, org, type="all")) == 4
        assert len(macs(rita, f"/sites/{world.north.id}/stats/devices", type="all")) == 3

    @pytest.mark.parametrize(
        ("status", "names"),
        [("connected", {"up"}), ("disconnected", {"down", "switch"}), ("all", {"up", "down", "switch"})],
    )
    def test_status_filters_as_rows_tell_it(self, api, world, fleet, status, names):
        for path in (f"/orgs/{world.acme.id}/stats/devices", f"/sites/{world.north.id}/stats/devices"):
            rows = api("ada").get(path, type="all", status=status, site_id=world.north.id).ok()
            assert {row["mac"] for row in rows} == {fleet[name].mac for name in names}
            if status != "all":
                assert {row["status"] for row in rows} == {status}

    def test_never_seen_and_free_devices_are_told_truly(self, api, world, fleet):
        org = f"/orgs/{world.acme.id}/stats/devices"
        (switch,) = api("ada").get(org, type="switch").ok()
        assert (switch["last_seen"], switch["uptime"], switch["version"]) == (None, None, "")
        (free,) = api("ada").get(org, mac=fleet["free"].mac.upper(), type="all").ok()
        assert free["site_id"] == "00000000-0000-0000-0000-000000000000"

    def test_fields_add_what_they_name(self, api, world, fleet):
        org = f"/orgs/{world.acme.id}/stats/devices"
        query = {"mac": fleet["up"].mac}
        (plain,) = api("ada").get(org, **query).ok()
        (some,) = api("ada").get(org, **query, fields="hostname,ip_stat,radio_stat").ok()
        (every,) = api("ada").get(org, **query, fields="*").ok()
        assert set(some) - set(plain) == {"hostname", "ip_stat"}
        assert some["ip_stat"] == {"ip": "10.0.0.1", "dns_suffix": ["acme.example"]}
        assert set(some) < set(every)
        path = f"/sites/{world.north.id}/stats/devices/{fleet['up'].id}"
        assert api("rita").get(path).ok() == every

    def test_device_elsewhere_is_not_here(self, api, world, fleet):
        api("ada").get(f"/sites/{world.south.id}/stats/devices/{fleet['up'].id}").expect(404)

    def test_what_nobody_knows_finds_nothing(self, api, world, fleet):
        assert macs(api("ada"), f"/orgs/{world.acme.id}/stats/devices", evpn_unused="true") == set()

    @pytest.mark.parametrize(
        ("name", "value"),
        [("type", "x"), ("status", "x"), ("site_id", "x"), ("mac", "x"), ("duration", "x"), ("page", "x")],
    )
    def test_bad_parameters_are_named(self, api, world, name, value):
        reply = api("ada").get(f"/orgs/{world.acme.id}/stats/devices", **{name: value})
        assert name in reply.expect(400)["fields"]

    def test_deep_pages_are_in_order(self, api, world):
        devices = make_devices(world.north, 9)
        seen = []
        for page in (1, 2, 3, 4, 5):
            rows = api("ada").get(f"/sites/{world.north.id}/stats/devices", limit=2, page=page).ok()
            seen += [row["mac"] for row in rows]
        assert seen == sorted(device.mac for device in devices)
