"""What devices went through, by organization and by site, and the names of those events."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from inventory.actions import release_devices
from inventory.models import Device, DeviceEvent
from inventory.telemetry import sweep_status
from tests.world import SYSTEM, call_in, make_devices


@pytest.fixture
def org(world):
    return f"/orgs/{world.acme.id}/devices/events"


@pytest.fixture
def north(world):
    return f"/sites/{world.north.id}/devices/events"


@pytest.fixture
def told(world):
    """An access point and a switch of North that connected; the first then reported and fell silent."""
    ap, switch = make_devices(world.north)[0], make_devices(world.north, model="EX4400-48P")[0]
    call_in([ap], version="0.14.1", ip="10.0.0.1")
    call_in([switch])
    call_in([ap], version="0.14.2", ip="10.0.0.1", lldp={"system_name": "Bücherei"})
    Device.objects.filter(id=ap.id).update(last_seen=timezone.now() - timedelta(minutes=5))
    sweep_status()
    return ap, switch


def types(client, path, **query):
    return [row["type"] for row in client.get(f"{path}/search", **query).ok()["results"]]


def counts(client, path, distinct, **query):
    body = client.get(f"{path}/count", distinct=distinct, **query).ok()
    assert body["distinct"] == distinct
    return {row[distinct]: row["count"] for row in body["results"]}


def test_events_of_access_points_are_meant_in_an_org_and_of_all_at_a_site(api, org, north, told):
    ap = ["AP_DISCONNECTED", "AP_REPORTED", "AP_CONNECTED"]
    assert types(api("rita"), org) == ap
    assert types(api("rita"), org, device_type="switch") == ["SW_CONNECTED"]
    everything = ["AP_DISCONNECTED", "AP_REPORTED", "SW_CONNECTED", "AP_CONNECTED"]
    assert types(api("rita"), org, device_type="all") == everything
    assert types(api("ivan"), north) == everything


def test_event_says_what_was_reported(api, org, told, world):
    (row,) = api("ada").get(f"{org}/search", type="AP_REPORTED").ok()["results"]
    assert row.pop("timestamp") == DeviceEvent.objects.get(type="reported").timestamp.timestamp()
    ap, _ = told
    assert row == {
        "type": "AP_REPORTED",
        "text": "Device reported version 0.14.2, lldp_system_name Bücherei",
        "mac": ap.mac,
        "ap": ap.mac,
        "apfw": "0.14.2",
        "model": "AP45",
        "device_type": "ap",
        "org_id": str(world.acme.id),
        "site_id": str(world.north.id),
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"type": "AP_CONNECTED"}, ["AP_CONNECTED"]),
        ({"type": "ap_connected,SW_CONNECTED"}, ["SW_CONNECTED", "AP_CONNECTED"]),
        # Mist has such events, this product has none.
        ({"type": "AP_RESTARTED"}, []),
        ({"type_code": "2002"}, []),
        ({"model": "EX4400-48P"}, ["SW_CONNECTED"]),
        ({"text": "Device connected"}, ["SW_CONNECTED", "AP_CONNECTED"]),
        ({"text": "bücherei"}, ["AP_REPORTED"]),
        ({"text": "reported version 0.14.2"}, ["AP_REPORTED"]),
        ({"text": "0.14.9"}, []),
        ({"apfw": "0.14.2"}, ["AP_REPORTED"]),
        ({"last_by": "mac"}, ["AP_DISCONNECTED", "SW_CONNECTED"]),
        ({"includes": "ext_tunnel", "limit": "1"}, ["AP_DISCONNECTED"]),
        ({"sort": "timestamp", "limit": "2"}, ["AP_CONNECTED", "SW_CONNECTED"]),
        ({"limit": "2", "page": "2"}, ["SW_CONNECTED", "AP_CONNECTED"]),
        ({"end": "-1d", "duration": "7d"}, []),
    ],
)
def test_filters(api, north, told, query, found):
    assert types(api("ada"), north, **query) == found


def test_filter_by_device_and_second(api, org, told):
    _, switch = told
    assert types(api("ada"), org, mac=switch.mac, device_type="all") == ["SW_CONNECTED"]
    DeviceEvent.objects.filter(type="disconnected").update(timestamp="2026-01-01T00:00:00.5+00:00")
    assert types(api("ada"), org, timestamp=1767225600) == ["AP_DISCONNECTED"]
    assert types(api("ada"), org, timestamp=1767225601) == []


def test_old_events_need_a_longer_time(api, org, told):
    DeviceEvent.objects.update(timestamp=timezone.now() - timedelta(days=3))
    assert types(api("ada"), org) == []
    assert len(types(api("ada"), org, duration="1w")) == 3


def test_events_stay_where_they_happened(api, world, north, told):
    ap, _ = told
    body = {"op": "assign", "macs": [ap.mac], "site_id": str(world.south.id)}
    api("ada").put(f"/orgs/{world.acme.id}/inventory", body).ok()
    assert len(types(api("ada"), north)) == 4
    assert types(api("ada"), f"/sites/{world.south.id}/devices/events") == []


def test_events_go_with_a_released_device(api, org, north, told, world):
    ap, _ = told
    release_devices(SYSTEM, world.acme, devices=[ap])
    assert types(api("ada"), north) == ["SW_CONNECTED"]


def test_next_leads_through_every_page_and_no_further(api, org, world):
    devices = make_devices(world.north, 5)
    with time_machine.travel(timezone.now() - timedelta(minutes=5)):
        call_in(devices)
    with time_machine.travel(timezone.now() - timedelta(minutes=3)):
        body, seen = api("ada").get(f"{org}/search", limit=2).ok(), []
    call_in(make_devices(world.acme))
    while True:
        assert body["total"] == 5
        seen += [row["mac"] for row in body["results"]]
        if "next" not in body:
            break
        body = api("ada").send("GET", body["next"].removeprefix("/api/v1")).ok()
    assert sorted(seen) == sorted(device.mac for device in devices)


@pytest.mark.parametrize(
    ("distinct", "groups"),
    [
        ("model", {"AP45": 3, "EX4400-48P": 1}),
        ("type", {"AP_CONNECTED": 1, "AP_REPORTED": 1, "AP_DISCONNECTED": 1, "SW_CONNECTED": 1}),
        ("apfw", {"0.14.2": 1}),
        (
            "text",
            {
                "Device connected": 2,
                "Device disconnected": 1,
                "Device reported version 0.14.2, lldp_system_name Bücherei": 1,
            },
        ),
        ("type_code", {}),
    ],
)
def test_counts(api, org, north, told, distinct, groups):
    assert counts(api("rita"), org, distinct) == groups
    assert counts(api("rita"), north, distinct) == groups


def test_counts_by_place_device_and_time(api, org, told, world):
    ap, switch = told
    ada = api("ada")
    assert counts(ada, org, "org_id") == {str(world.acme.id): 4}
    assert counts(ada, org, "site_id") == {str(world.north.id): 4}
    assert counts(ada, org, "ap") == {ap.mac: 3}
    assert counts(ada, org, "mac") == {ap.mac: 3, switch.mac: 1}
    assert len(counts(ada, org, "timestamp")) == 4
    assert counts(ada, org, "model", type="SW_CONNECTED") == {"EX4400-48P": 1}


def test_models_are_counted_unless_told(api, org, told):
    assert api("ada").get(f"{org}/count").ok()["distinct"] == "model"


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        ("search", "device_type", "toaster"),
        ("search", "mac", "x"),
        ("search", "timestamp", "noon"),
        ("search", "sort", "colour"),
        ("search", "last_by", "colour"),
        ("search", "start", "yesterday"),
        ("search", "text", "a " * 17),
        ("search", "limit", "x"),
        ("count", "distinct", "colour"),
        ("count", "ap", "x"),
        ("count", "duration", "1y"),
    ],
)
def test_bad_parameters_are_named(api, org, where, name, value):
    assert name in api("ada").get(f"{org}/{where}", **{name: value}).expect(400)["fields"]


def test_every_name_is_defined_once(api, told, org):
    defined = [row["key"] for row in api("rosa").get("/const/device_events").ok()]
    assert len(set(defined)) == len(defined) == 9
    assert set(types(api("ada"), org, device_type="all")) < set(defined)
