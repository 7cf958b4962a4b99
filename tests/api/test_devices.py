"""Devices of an organization and of a site: lists, searches, counts and the summary."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.models import Device
from tests.client import ApiClient
from tests.world import call_in, grant, make_admin, make_devices, make_map, make_org, name_devices

NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def org(world):
    return f"/orgs/{world.acme.id}/devices"


@pytest.fixture
def north(world):
    return f"/sites/{world.north.id}/devices"


@pytest.fixture
def fleet(world):
    """Two access points and a switch at North, one access point without a site; all have called in."""
    devices = {
        "lobby": make_devices(world.north)[0],
        "ward": make_devices(world.north, model="AP43")[0],
        "core": make_devices(world.north, model="EX4400-48P")[0],
        "spare": make_devices(world.acme)[0],
    }
    for name, device in devices.items():
        name_devices(world.acme, [device], name.title())
    call_in([devices["lobby"]], hostname="lobby-ap", version="0.14.1", ip="10.0.0.1", lldp=lldp("core-1"))
    call_in([devices["ward"]], hostname="WARD-ap", version="0.14.2", ip="10.0.0.2", lldp=lldp("core-2"))
    call_in([devices["core"]], hostname="core", version="23.4", ip="10.0.0.3", ext_ip="192.0.2.7")
    call_in([devices["spare"]])
    return devices


def lldp(name):
    return {"system_name": name, "port_id": "ge-0/0/1", "port_desc": "Floor 1"}


def macs(*devices):
    return sorted(device.mac for device in devices)


def found(client, path, **query):
    return sorted(row["mac"] for row in client.get(f"{path}/search", **query).ok()["results"])


class TestList:
    def test_every_device_has_address_and_name(self, api, org, fleet):
        rows = api("rita").get(org).ok()["results"]
        assert rows == [
            {"mac": mac, "name": name}
            for mac, name in sorted((device.mac, name.title()) for name, device in fleet.items())
        ]

    def test_pages_by_headers(self, api, org, fleet):
        reply = api("ada").get(org, limit=3, page=2)
        assert len(reply.ok()["results"]) == 1
        assert [reply.headers[f"X-Page-{key}"] for key in ("Total", "Limit", "Page")] == ["4", "3", "2"]

    def test_installer_of_a_site_sees_its_devices_alone(self, api, org, fleet):
        rows = api("ivan").get(org).ok()["results"]
        assert [row["mac"] for row in rows] == macs(fleet["lobby"], fleet["ward"], fleet["core"])

    def test_radio_macs_are_not_made_up(self, api, org, fleet):
        rows = api("ada").get(f"{org}/radio_macs").ok()
        access_points = macs(fleet["lobby"], fleet["ward"], fleet["spare"])
        assert rows == [{"mac": mac, "radio_macs": []} for mac in access_points]

    def test_nothing_is_an_empty_list(self, api, world):
        path = f"/orgs/{world.globex.id}/devices"
        assert api("gus").get(f"{path}/radio_macs").ok() == []
        assert api("gus").get(path).ok() == {"results": []}


class TestSearch:
    def test_row_has_what_was_reported(self, api, org, fleet, world):
        (row,) = api("ada").get(f"{org}/search", hostname="lobby").ok()["results"]
        timestamp = row.pop("timestamp")
        assert abs(timestamp - timezone.now().timestamp()) < 60
        assert row == {
            "mac": fleet["lobby"].mac,
            "model": "AP45",
            "sku": "AP45",
            "type": "ap",
            "org_id": str(world.acme.id),
            "site_id": str(world.north.id),
            "hostname": ["lobby-ap"],
            "last_hostname": "lobby-ap",
            "uptime": 0,
            "version": "0.14.1",
            "ip": "10.0.0.1",
            "lldp_system_name": "core-1",
            "lldp_port_id": "ge-0/0/1",
            "lldp_port_desc": "Floor 1",
            "power_constrained": False,
            "power_opmode": "",
            "mxtunnel_status": "",
            "wlans": [],
        }

    def test_access_points_are_meant_unless_told(self, api, org, north, fleet):
        ada = api("ada")
        assert found(ada, org) == macs(fleet["lobby"], fleet["ward"], fleet["spare"])
        assert found(ada, north) == macs(fleet["lobby"], fleet["ward"])
        assert found(ada, org, type="switch") == macs(fleet["core"])

    def test_device_without_a_site_is_at_the_nil_one(self, api, org, fleet):
        (row,) = api("ada").get(f"{org}/search", mac=fleet["spare"].mac).ok()["results"]
        assert row["site_id"] == NOBODY

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ({"hostname": "ward"}, ["ward"]),
            ({"hostname": "-AP"}, ["lobby", "ward"]),
            ({"last_hostname": "lobby-ap"}, ["lobby"]),
            ({"last_hostname": "lobby"}, []),
            ({"version": "0.14.2"}, ["ward"]),
            ({"ip": "10.0.0.1"}, ["lobby"]),
            ({"lldp_system_name": "core-2"}, ["ward"]),
            ({"lldp_port_id": "ge-0/0/1"}, ["lobby", "ward"]),
            ({"model": "AP43"}, ["ward"]),
            ({"model": "AP43,AP45"}, ["lobby", "ward"]),
            ({"type": "switch", "ext_ip": "192.0.2.7"}, ["core"]),
            ({"type": "all"}, ["lobby", "ward", "core"]),
            # Nobody knows these of any device, so no device has them.
            ({"band_24_channel": "6"}, []),
            ({"power_constrained": "False"}, []),
            ({"mxtunnel_status": "down"}, []),
        ],
    )
    def test_filters(self, api, north, fleet, query, names):
        assert found(api("ada"), north, **query) == macs(*(fleet[name] for name in names))

    def test_mac_is_read_in_any_spelling(self, api, org, fleet):
        mac = fleet["ward"].mac
        spelled = ":".join(mac[at : at + 2] for at in range(0, 12, 2)).upper()
        assert found(api("ada"), org, mac=f"{spelled},{fleet['lobby'].mac}") == macs(
            fleet["ward"], fleet["lobby"]
        )

    def test_only_who_called_within_the_time_is_found(self, api, org, fleet):
        Device.objects.filter(id=fleet["ward"].id).update(last_seen=timezone.now() - timedelta(days=3))
        Device.objects.filter(id=fleet["spare"].id).update(last_seen=None)
        ada = api("ada")
        assert found(ada, org) == macs(fleet["lobby"])
        assert found(ada, org, duration="7d") == macs(fleet["lobby"], fleet["ward"])
        assert found(ada, org, start="-4d", end="-2d") == macs(fleet["ward"])

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ({"sort": "timestamp"}, ["lobby", "ward"]),
            ({}, ["ward", "lobby"]),
            ({"sort": "sku"}, ["ward", "lobby"]),
            ({"sort": "-version"}, ["ward", "lobby"]),
            ({"desc_sort": "model"}, ["lobby", "ward"]),
        ],
    )
    def test_sorted(self, api, north, fleet, query, names):
        rows = api("ada").get(f"{north}/search", **query).ok()["results"]
        assert [row["mac"] for row in rows] == [fleet[name].mac for name in names]

    @pytest.mark.parametrize("sort", ["mac", "site_id"])
    def test_sorted_by_address(self, api, north, fleet, sort):
        rows = api("ada").get(f"{north}/search", sort=sort).ok()["results"]
        back = api("ada").get(f"{north}/search", sort=f"-{sort}").ok()["results"]
        assert [row["mac"] for row in rows] == macs(fleet["lobby"], fleet["ward"])
        assert back == rows[::-1]

    def test_next_leads_through_every_page(self, api, org, world):
        devices = make_devices(world.north, 7)
        call_in(devices)
        ada, seen = api("ada"), []
        body = ada.get(f"{org}/search", limit=3, sort="mac", duration="2h").ok()
        while True:
            assert (body["total"], body["limit"]) == (7, 3)
            seen += [row["mac"] for row in body["results"]]
            if "next" not in body:
                break
            assert "duration" not in body["next"]
            body = ada.send("GET", body["next"].removeprefix("/api/v1")).ok()
        assert seen == macs(*devices)


class TestCount:
    def test_models_are_counted_unless_told(self, api, org, fleet):
        body = api("rita").get(f"{org}/count").ok()
        assert body["distinct"] == "model"
        assert body["results"] == [{"model": "AP45", "count": 2}, {"model": "AP43", "count": 1}]
        assert (body["total"], body["limit"]) == (2, 100)

    def test_texts_that_nobody_told_are_no_group(self, api, org, fleet):
        body = api("ada").get(f"{org}/count", distinct="hostname").ok()
        assert body["results"] == [{"hostname": "WARD-ap", "count": 1}, {"hostname": "lobby-ap", "count": 1}]

    def test_devices_without_a_site_are_a_group(self, api, org, fleet, world):
        body = api("ada").get(f"{org}/count", distinct="site_id").ok()
        assert body["results"] == [
            {"site_id": str(world.north.id), "count": 2},
            {"site_id": NOBODY, "count": 1},
        ]

    def test_limit_bounds_the_groups_and_total_tells_how_many(self, api, org, fleet):
        body = api("ada").get(f"{org}/count", distinct="mac", limit=2).ok()
        assert (len(body["results"]), body["total"]) == (2, 3)

    def test_maps_of_a_site(self, api, north, fleet, world):
        map_id = str(make_map(world.north).map_id)
        path = f"/sites/{world.north.id}/devices/{fleet['ward'].id}"
        api("ada").put(path, {"map_id": map_id}).ok()
        body = api("ada").get(f"{north}/count", distinct="map_id").ok()
        assert body["results"] == [{"map_id": map_id, "count": 1}]
        body = api("ada").get(f"{north}/count", map_id=map_id).ok()
        assert body["results"] == [{"model": "AP43", "count": 1}]

    @pytest.mark.parametrize(
        "distinct", ["lldp_mgmt_addr", "lldp_system_desc", "mxedge_id", "mxtunnel_status"]
    )
    def test_what_nobody_knows_has_no_groups(self, api, org, fleet, distinct):
        assert api("ada").get(f"{org}/count", distinct=distinct).ok()["results"] == []


def test_summary_counts_types_and_what_is_free(api, org, fleet):
    assert api("rita").get(f"{org}/summary").ok() == {
        "num_aps": 3,
        "num_unassigned_aps": 1,
        "num_switches": 1,
        "num_unassigned_switches": 0,
        "num_gateways": 0,
        "num_unassigned_gateways": 0,
        "num_mxedges": 0,
    }
    assert api("ivan").get(f"{org}/summary").ok()["num_unassigned_aps"] == 0


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        *(
            (where, *bad)
            for where in ("search", "count")
            for bad in (
                ("type", "toaster"),
                ("mac", "5c5b"),
                ("site_id", "north"),
                ("start", "yesterday"),
                ("end", "x"),
                ("duration", "1y"),
                ("limit", "-1"),
                ("page", "0"),
            )
        ),
        ("search", "sort", "colour"),
        ("search", "desc_sort", "-mac"),
        ("count", "distinct", "colour"),
    ],
)
def test_bad_parameters_are_named(api, org, north, where, name, value):
    for path in (org, north):
        assert name in api("ada").get(f"{path}/{where}", **{name: value}).expect(400)["fields"]


def test_role_at_one_site_of_two_orgs_reaches_that_site_alone(api, world, fleet):
    both = make_admin("Bo")
    other = make_org("Other", by=world.gus.admin)
    grant(both, other, "observer")
    grant(both, world.acme, "observer", site=world.south)
    client = ApiClient(both)
    assert client.get(f"/orgs/{world.acme.id}/devices").ok() == {"results": []}
    assert client.get(f"/orgs/{world.acme.id}/devices/summary").ok()["num_aps"] == 0
    client.get(f"/sites/{world.north.id}/devices/search").expect(404)
