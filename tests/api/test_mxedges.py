"""Mist Edges over REST: register, list, assign, release, search, count, and what does not belong to them."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Entry
from inventory.identifiers import device_id_of
from inventory.images import discard_strays
from inventory.models import Device, MistEdge, Unit
from inventory.telemetry import sweep_status
from tests.api.test_images import photo, upload
from tests.world import UNKNOWN, call_in, make_devices, make_edges, make_units

NO_SITE = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def url(world):
    return f"/orgs/{world.acme.id}/mxedges"


@pytest.fixture
def max_(api):
    """A Mist Edge Admin: everything here is what the role may."""
    return api("max")


def test_claimed_by_its_code_it_is_listed_named_placed_and_released(max_, world, url):
    (unit,) = make_units("ME-X5")
    claimed = max_.post(f"{url}/claim", {"code": unit.claim_code}).ok()
    assert claimed == {"id": str(device_id_of(unit.mac)), "magic": unit.claim_code.replace("-", "")}
    assert max_.post(f"{url}/claim", {"code": unit.claim_code.lower()}).ok() == claimed
    one = f"{url}/{claimed['id']}"
    assert max_.put(one, {"name": "edge-1", "note": "rack 4", "magic": "mine"}).ok()["name"] == "edge-1"
    placed = {"mxedge_ids": [claimed["id"]], "site_id": str(world.north.id)}
    assert max_.post(f"{url}/assign", placed).ok()["success"] == [claimed["id"]]
    (row,) = max_.get(f"/sites/{world.north.id}/mxedges").ok()
    assert (row["name"], row["note"], row["site_id"], row["for_site"]) == (
        *("edge-1", "rack 4", str(world.north.id), True),
    )
    assert row["magic"] == claimed["magic"]
    assert max_.get(f"{url}?for_site=false").ok() == []
    max_.post(f"{url}/unassign", {"mxedge_ids": [claimed["id"]]}).ok()
    assert max_.get(one).ok()["site_id"] == NO_SITE
    assert max_.get(f"/sites/{world.north.id}/mxedges/{claimed['id']}").status == 404
    max_.delete(one).ok()
    assert max_.get(one).status == 404
    assert Unit.objects.get(mac=unit.mac).org_id is None
    said = Entry.objects.filter(object_id=claimed["id"]).order_by("timestamp").values_list("event", flat=True)
    assert [event.rpartition(".")[2] for event in said] == [
        *("claimed", "updated", "assigned", "unassigned", "released"),
    ]


def test_one_without_a_code_is_created_and_calls_like_any_other(max_, world, url):
    made = max_.post(url, {"name": "virtual", "model": "ME-VM", "services": ["tunterm"]}).ok()
    assert (made["mxagent_registered"], made["versions"], made["site_id"]) == (False, {}, NO_SITE)
    edge = MistEdge.objects.get(id=made["id"])
    call_in([edge], version="0.1.2813", agent_version="3.1.1057", distro="buster", uptime=60)
    told = max_.get(f"{url}/{made['id']}").ok()
    assert told["versions"] == {"mxagent": "3.1.1057", "tunterm": "0.1.2813"}
    assert told["mxagent_registered"]
    assert told["tunterm_registered"]
    assert told["services"] == ["tunterm"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"model": "ME-VM"}, "name"),
        ({"name": " ", "model": "ME-VM"}, "name"),
        ({"name": "x", "model": "AP45"}, "model"),
        ({"name": "x", "model": "ME-VM", "mxcluster_id": str(UNKNOWN)}, "mxcluster_id"),
        (
            {"name": "x", "model": "ME-VM", "tunterm_ip_config": {"ip": "10.0.0.1"}},
            "tunterm_ip_config.gateway",
        ),
        ({"name": "x", "model": "ME-VM", "ntp_servers": "pool"}, "ntp_servers"),
        (
            {"name": "x", "model": "ME-VM", "tunterm_extra_routes": {"10.0.0.0/8": []}},
            "tunterm_extra_routes.10.0.0.0/8",
        ),
        ({"name": "x", "model": "ME-VM", "tunterm_dhcpd_config": {"7": 7}}, "tunterm_dhcpd_config.7"),
        ({"name": "x", "model": "ME-VM", "tunterm_switch_config": {"0": []}}, "tunterm_switch_config.0"),
        (
            {"name": "x", "model": "ME-VM", "tunterm_switch_config": {"0": {"vlan_ids": [4095]}}},
            "tunterm_switch_config.0.vlan_ids.0.constrained-int",
        ),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(max_, url, body, field):
    assert field in max_.post(url, body).expect(400)["fields"]
    assert not MistEdge.objects.exists()
    assert not Unit.objects.exists()


def test_configuration_is_merged_its_secrets_masked_and_its_model_stays(api, max_, world, url):
    (edge,) = make_edges(world.acme)
    one = f"{url}/{edge.id}"
    reply = max_.put(one, {"mxedge_mgmt": {"root_password": "hidden!"}, "future": [1], "model": "ME-X5"})
    assert reply.ok()["mxedge_mgmt"] == {"root_password": "hidden!"}
    seen = api("rita").get(one).ok()
    assert seen["mxedge_mgmt"]["root_password"] == "******"
    assert "magic" not in seen
    assert seen["future"] == [1]
    kept = max_.put(one, {"name": "x", "mxedge_mgmt": {"root_password": "******"}}).ok()
    assert kept["mxedge_mgmt"]["root_password"] == "hidden!"
    assert "model" in max_.put(one, {"model": "ME-X1"}).expect(400)["fields"]
    assert "mxcluster_id" in max_.put(one, {"mxcluster_id": str(UNKNOWN)}).expect(400)["fields"]
    assert "hidden!" not in str(list(Entry.objects.values_list("before", "after")))


def test_routes_ports_and_vlans_are_kept_as_they_came(max_, world, url):
    (edge,) = make_edges(world.acme)
    told = {
        "tunterm_extra_routes": {"10.0.0.0/8": {"via": "10.1.0.1", "note": "core"}},
        "tunterm_switch_config": {"enabled": True, "0": {"port_vlan_id": 7, "vlan_ids": [1, "{{vlan}}"]}},
        "tunterm_dhcpd_config": {"enabled": True, "7": {"servers": ["10.1.0.2"], "type": "relay"}},
    }
    assert max_.put(f"{url}/{edge.id}", told).ok().items() >= told.items()


def test_what_somebody_else_changed_is_neither_overwritten_nor_deleted(max_, world, url):
    (edge,) = make_edges(world.acme)
    one = f"{url}/{edge.id}"
    tag = max_.get(one).headers["ETag"]
    max_.put(one, {"name": "first"}, **{"If-Match": tag}).ok()
    max_.put(one, {"name": "second"}, **{"If-Match": tag}).expect(412)
    max_.delete(one, **{"If-Match": tag}).expect(412)
    assert max_.get(one).ok()["name"] == "first"


def test_the_two_families_do_not_mix(api, max_, world, url):
    ada = api("ada")
    (edge,), (ap,) = make_edges(world.north), make_devices(world.north)
    (edge_unit,), (ap_unit,) = make_units("ME-X1"), make_units("AP45")
    inventory = f"/orgs/{world.acme.id}/inventory"
    assert [row["mac"] for row in ada.get(inventory).ok()] == [ap.mac]
    assert [row["mac"] for row in ada.get(f"/sites/{world.north.id}/devices?type=all").ok()] == [ap.mac]
    assert "Mist Edge" in ada.post(inventory, [edge_unit.claim_code]).expect(400)["reason"][0]
    released = ada.put(inventory, {"op": "delete", "macs": [edge.mac]}).ok()
    assert released["error"] == [edge.mac]
    assert "code" in max_.post(f"{url}/claim", {"code": ap_unit.claim_code}).expect(400)["fields"]
    assert max_.get(f"{url}/{ap.id}").status == 404
    told = max_.post(f"{url}/unassign", {"mxedge_ids": [str(ap.id), str(edge.id)]}).ok()
    assert (told["success"], told["error"]) == ([str(edge.id)], [str(ap.id)])
    assert Device.objects.get(id=ap.id).site_id == world.north.id
    assert max_.get(inventory).status == 403
    assert ada.get(f"/orgs/{world.acme.id}/devices/summary").ok()["num_mxedges"] == 1
    assert ada.get(f"/sites/{world.north.id}/stats").ok()["num_devices"] == 1


def test_a_code_belongs_to_one_organization(api, max_, world, url):
    (edge,) = make_edges(world.globex)
    code = Unit.objects.get(mac=edge.mac).claim_code
    assert "another org" in max_.post(f"{url}/claim", {"code": code}).expect(400)["reason"]
    assert max_.get(f"{url}/{edge.id}").expect(404) == max_.get(f"{url}/{UNKNOWN}").expect(404)
    assert max_.post(f"{url}/claim", {"code": "135-546-673"}).status == 400
    assert MistEdge.objects.get().org_id == world.globex.id


def test_search_and_count_by_what_was_reported(max_, world, url):
    made = make_edges(world.north, 2) + make_edges(world.acme, 1, "ME-X10")
    call_in(made[:2], version="0.1.2813", distro="buster", uptime=5)
    call_in(made[2:], version="0.1.2900", distro="bookworm")
    make_edges(world.acme)  # has never called
    first = max_.get(f"{url}/search?limit=2&sort=-timestamp").ok()
    assert (len(first["results"]), first["total"]) == (2, 3)
    rest = max_.get(first["next"].removeprefix("/api/v1")).ok()
    assert {row["mxedge_id"] for row in first["results"] + rest["results"]} == {str(e.id) for e in made}
    (found,) = max_.get(f"{url}/search?tunterm_version=0.1.2900&stats=true").ok()["results"]
    assert (found["model"], found["distro"], found["status"]) == ("ME-X10", "bookworm", "connected")
    assert max_.get(f"{url}/search?mxcluster_id={UNKNOWN}").ok()["results"] == []
    counted = max_.get(f"{url}/count?distinct=tunterm_version").ok()
    assert counted["results"] == [
        {"tunterm_version": "0.1.2813", "count": 2},
        {"tunterm_version": "0.1.2900", "count": 1},
    ]
    sites = {
        row["site_id"]: row["count"] for row in max_.get(f"{url}/count?distinct=site_id").ok()["results"]
    }
    assert sites == {str(world.north.id): 2, NO_SITE: 1}
    assert max_.get(f"{url}/count?distinct=mxcluster_id").ok()["results"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("search?sort=nonsense", "sort"),
        ("search?mxedge_id=7", "mxedge_id"),
        ("search?limit=-1", "limit"),
        ("search?stats=maybe", "stats"),
        ("count?distinct=mac", "distinct"),
        ("count?duration=long", "duration"),
        ("search?start=yesterday", "start"),
    ],
)
def test_questions_that_make_no_sense(max_, url, query, field):
    assert field in max_.get(f"{url}/{query}").expect(400)["fields"]


def test_for_site_is_one_of_three(max_, url):
    assert "for_site" in max_.get(f"{url}?for_site=some").expect(400)["fields"]


def test_one_that_stops_calling_is_disconnected(max_, world, url):
    (edge,) = make_edges(world.acme)
    call_in([edge], version="0.1.2813")
    assert sweep_status(timezone.now() + timedelta(minutes=1)) == 1
    (found,) = max_.get(f"{url}/search?stats=true").ok()["results"]
    assert found["status"] == "disconnected"


def test_photos_are_kept_as_those_of_other_devices(api, max_, world, url, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (edge,) = make_edges(world.north)
    image = f"{url}/{edge.id}/image"
    upload(max_, f"{image}/1", photo(form="PNG")).ok()
    assert "file" in upload(max_, f"{image}/2", b"<svg onload='alert(1)'>").expect(400)["fields"]
    upload(max_, f"{image}/4", photo()).expect(404)
    upload(api("wes"), f"{image}/2", photo()).ok()
    upload(api("rita"), f"{image}/3", photo()).expect(403)
    upload(api("ivan"), f"{image}/3", photo()).expect(403)
    upload(api("gus"), f"{image}/3", photo()).expect(404)
    (name,) = [name for number, name in Device.every.get(pk=edge.pk).images.items() if number == "1"]
    file = f"/orgs/{world.acme.id}/devices/{edge.id}/images/{name}"
    codes = {key: api(key).http.get(file).status_code for key in ("max", "rita", "ivan", "gus")}
    assert codes == {"max": 200, "rita": 200, "ivan": 404, "gus": 404}
    for path in (tmp_path / "devices").glob("*"):
        os.utime(path, (0, 0))
    discard_strays()
    assert len(list((tmp_path / "devices").glob("*"))) == 2
    max_.delete(f"{image}/1").ok()
    max_.delete(f"{image}/1").expect(404)
    told = Entry.objects.filter(object_id=edge.id, event__contains="pictured").values_list("event", flat=True)
    assert sorted(told) == ["inventory.device.pictured"] * 2 + ["inventory.device.unpictured"]


def test_deleting_a_site_keeps_its_mist_edges(api, world, url):
    (edge,) = make_edges(world.south)
    api("ada").delete(f"/sites/{world.south.id}").ok()
    assert api("ada").get(f"{url}/{edge.id}").ok()["site_id"] == NO_SITE
    problem = api("ada").delete(f"/orgs/{world.acme.id}").expect(400)
    assert "inventory not empty" in problem["detail"]


def test_models_and_events_are_those_of_mist_edges(max_):
    models = {row["model"]: row for row in max_.get("/const/mxedge_models").ok()}
    assert models["ME-X10"]["ports"]["0"] == {"display": "xe0", "speed": 10000}
    assert {row["model"] for row in max_.get("/const/device_models").ok()}.isdisjoint(models)
    assert "ME_CONNECTED" in {row["key"] for row in max_.get("/const/mxedge_events").ok()}
