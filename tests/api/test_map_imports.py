"""Imports of floorplans: pictures, Ekahau projects, the CSV file of names, and what is refused."""

from __future__ import annotations

import io
import json
import zipfile
from itertools import count

import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from audit.models import Entry
from inventory import ekahau, map_files
from inventory.models import Device
from sites.models import Map
from tests.api.test_images import bomb
from tests.plans import GROUND, UPPER, packed, picture, plan, point, project
from tests.world import make_devices, make_map, name_devices

EKAHAU = '{"vendor_name": "ekahau"}'


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT / "maps"


@pytest.fixture
def door(world):
    return f"/sites/{world.north.id}/maps/import"


@pytest.fixture
def fleet(world):
    """Two access points at North with names, one there without, one without a site, one at South."""
    here, free, there = make_devices(world.north, 3), make_devices(world.acme), make_devices(world.south)
    name_devices(world.north, here[:2], "Ward-{ctr}")
    for one in (*here, *free, *there):
        one.refresh_from_db()
    return {"first": here[0], "second": here[1], "bare": here[2], "free": free[0], "south": there[0]}


def send(client, path, content=None, name="Hospital.esx", **parts):
    fields = dict(parts)
    if content is not None:
        fields["file"] = io.BytesIO(content)
        fields["file"].name = name
    if "csv" in fields:
        fields["csv"] = io.BytesIO(fields["csv"].encode())
        fields["csv"].name = "names.csv"
    return client.send("POST", path, encode_multipart(BOUNDARY, fields), content_type=MULTIPART_CONTENT)


def actions(reply):
    return {row["mac"]: row["action"] for row in reply["aps"]}


def test_a_picture_makes_one_floorplan_called_after_its_file(api, door, fleet):
    reply = send(api("leo"), door, picture((640, 480), "WEBP"), name="Ward 7.webp").ok()
    (told,) = reply["floorplans"]
    assert (told["name"], told["action"]) == ("Ward 7", "imported")
    row = Map.objects.get()
    assert (str(row.map_id), row.body) == (told["map_id"], {"type": "image", "width": 640, "height": 480})
    assert reply["summary"] == {"num_ap_assigned": 0, "num_inv_assigned": 0, "num_map_assigned": 1}
    again = send(api("leo"), door, picture(), name="ward 7.png").expect(400)
    assert "already exists at this site" in again["fields"]["file"]


def test_a_project_makes_a_floorplan_a_floor_and_places_what_is_here(api, door, fleet, world, media):
    mac = fleet["bare"].mac
    points = [
        point("WARD-1", x=100, y=50, height=2.7, direction=-45),
        point(f"{mac[:4]}.{mac[4:8]}.{mac[8:]}", UPPER, 10.5, 20),
        point("Nobody knows"),
        point("Ward-1"),
    ]
    plans = [plan(), plan(UPPER, "Upper floor", metersPerUnit=None), plan("third-1", "Attic")]
    reply = send(api("wes"), door, project(plans, points), json=EKAHAU).ok()
    assert [(one["name"], one["action"]) for one in reply["floorplans"]] == [
        ("Ground floor", "imported"),
        ("Upper floor", "imported"),
        ("Attic", "ignored"),
    ]
    ground, upper = Map.objects.order_by("name")
    assert (ground.body["ppm"], ground.body["width_m"], ground.body["width"]) == (20.0, 20.0, 400)
    assert "ppm" not in upper.body
    assert len(list(media.glob("*"))) == 4
    first, bare = (Device.objects.get(pk=fleet[one].pk) for one in ("first", "bare"))
    assert first.body == {"map_id": str(ground.map_id), "x": 100, "y": 50, "height": 2.7, "orientation": 315}
    assert (bare.body["map_id"], bare.body["x"], bare.name) == (str(upper.map_id), 10.5, "")
    (again,) = [row for row in reply["aps"] if row["action"] == "ignored"]
    assert (again["mac"], again["reason"]) == (first.mac, "is placed more than once; the first place counts")
    assert reply["summary"] == {"num_ap_assigned": 2, "num_inv_assigned": 0, "num_map_assigned": 2}
    assert Entry.objects.filter(event="inventory.device.updated").count() == 2
    assert Entry.objects.filter(event="sites.map.created").count() == 2


def test_options_leave_out_height_and_orientation_and_take_every_floor(api, door, fleet):
    wish = {"import_height": False, "import_orientation": False, "import_all_floorplans": True}
    options = json.dumps({"vendor_name": "ekahau", **wish})
    plans = [plan(), plan(UPPER, "GROUND FLOOR")]
    reply = send(api("wes"), door, project(plans, [point("Ward-1")]), json=options).ok()
    assert [one["name"] for one in reply["floorplans"]] == ["Ground floor", "GROUND FLOOR (2)"]
    assert set(Device.objects.get(pk=fleet["first"].pk).body) == {"map_id", "x", "y"}


def test_the_file_of_names_says_which_address_a_name_has(api, door, fleet, world):
    names = f"Vendor AP name,Mist AP Mac\nAP-7,{fleet['bare'].mac}\nAP-8,{fleet['south'].mac}\nAP-9,\n"
    points = [point("AP-7"), point("AP-8"), point("AP-9")]
    reply = send(api("wes"), door, project(points=points), json=EKAHAU, csv=names).ok()
    assert actions(reply) == {fleet["bare"].mac: "named-placed", fleet["south"].mac: "ignored"}
    assert Device.objects.get(pk=fleet["bare"].pk).name == "AP-7"
    assert Device.objects.get(pk=fleet["south"].pk).body == {}


def test_the_file_of_names_places_on_a_picture(api, door, fleet):
    names = f"name,mac,x,y\nWard-1,,10,20.5\n,{fleet['bare'].mac},30,40\n"
    reply = send(api("wes"), door, picture(), name="Floor.png", csv=names).ok()
    assert actions(reply) == {fleet["first"].mac: "placed", fleet["bare"].mac: "placed"}
    body = Device.objects.get(pk=fleet["first"].pk).body
    assert body == {"map_id": reply["floorplans"][0]["map_id"], "x": 10.0, "y": 20.5}


@pytest.mark.parametrize("named", ["by its id", "by its name"])
def test_from_the_organization_what_has_no_site_comes_to_it(api, fleet, world, named):
    org = f"/orgs/{world.acme.id}"
    path = f"{org}/maps/import" if named == "by its id" else f"{org}/sites/north/maps/import"
    options = f'{{"vendor_name": "ekahau", "site_id": "{world.north.id}"}}'
    points = [point("AP-1"), point("Ward-2")]
    names = f"Vendor AP name,Mist AP Mac\nAP-1,{fleet['free'].mac}\n"
    reply = send(api("wes"), path, project(points=points), json=options, csv=names).ok()
    assert actions(reply) == {fleet["free"].mac: "assigned-named-placed", fleet["second"].mac: "placed"}
    assert reply["summary"] == {"num_ap_assigned": 2, "num_inv_assigned": 1, "num_map_assigned": 1}
    assert Device.objects.get(pk=fleet["free"].pk).site_id == world.north.id
    for site in (world.overseas.id, GROUND):
        foreign = f'{{"vendor_name": "ekahau", "site_id": "{site}"}}'
        send(api("wes"), f"{org}/maps/import", project(), json=foreign).expect(404)
    send(api("wes"), f"{org}/maps/import", project(), json=EKAHAU).expect(400)


def test_installers_import_within_their_bounds(api, fleet, world):
    Device.objects.filter(pk=fleet["first"].pk).update(created_time="2020-01-01T00:00:00Z")
    path = f"/installer/orgs/{world.acme.id}/sites/North/maps/import"
    reply = send(api("ivan"), path, project(points=[point("Ward-1"), point("Ward-2")]), json=EKAHAU).ok()
    assert actions(reply) == {fleet["first"].mac: "ignored", fleet["second"].mac: "placed"}
    assert {row.get("reason") for row in reply["aps"]} == {None, "outside of grace period"}
    send(api("ivan"), path.replace("North", "South"), project(), json=EKAHAU).expect(404)
    # Ivan's role covers North: what has no site is not his to take.
    names = f"Vendor AP name,Mist AP Mac\nAP-1,{fleet['free'].mac}\n"
    points = [point("AP-1", UPPER)]
    reply = send(api("ivan"), path, project([plan(UPPER, "Upper")], points), json=EKAHAU, csv=names).ok()
    assert actions(reply) == {fleet["free"].mac: "ignored"}


def test_an_import_of_an_installer_that_is_sent_again_is_done_once(api, world):
    path = f"/installer/orgs/{world.acme.id}/sites/North/maps/import"

    def body(options):
        plan = io.BytesIO(project(points=[point("x")]))
        plan.name = "Hospital.esx"
        return encode_multipart(BOUNDARY, {"file": plan, "json": options})

    sent, headers = body(EKAHAU), {"Idempotency-Key": "import-of-the-hospital"}
    first, again = (
        api("ivan").send("POST", path, sent, content_type=MULTIPART_CONTENT, headers=headers) for _ in "12"
    )
    assert first.ok() == again.ok()
    assert Map.objects.count() == 1
    other = body('{"vendor_name": "ekahau", "import_all_floorplans": true}')
    api("ivan").send("POST", path, other, content_type=MULTIPART_CONTENT, headers=headers).expect(409)


def test_who_edits_maps_alone_is_told_nothing_of_devices(api, door, fleet):
    names = f"Vendor AP name,Mist AP Mac\nAP-1,{fleet['bare'].mac}\n"
    reply = send(api("leo"), door, project(points=[point("AP-1"), point("Ward-1")]), csv=names).ok()
    assert (reply["aps"], reply["summary"]["num_map_assigned"]) == ([], 1)
    assert not Device.objects.exclude(body={}).exists()


def encrypted():
    raw = bytearray(project())
    for head, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.find(head)
        while at >= 0:
            raw[at + flags] |= 1
            at = raw.find(head, at + 4)
    return bytes(raw)


def crowded():
    return packed({f"{number}" * 40: b"" for number in range(100_000, 115_000)})


JSON = b'{"floorPlans": [{"id": "a", "name": "A", "width": 10, "height": %s, "imageId": "x"}]}'


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "neither a picture"),
        (b"\x00\x01iBwave", "neither a picture"),
        (b"<svg/>", "neither a picture"),
        (picture()[:200], "is no picture"),
        (bomb(), "megapixels"),
        (b"PK\x03\x04 and nothing more", "damaged"),
        (project()[:-30], "damaged"),
        (project()[:400] + b"\0" * 40 + project()[440:], "damaged"),
        (encrypted(), "damaged or encrypted"),
        (packed({"doc.xml": b"<x/>"}), "no floorPlans.json"),
        (crowded(), "more members"),
        (packed({"floorPlans.json": b"{"}), "floorPlans.json cannot be read"),
        (packed({"floorPlans.json": b"[" * 5000}), "floorPlans.json cannot be read"),
        (packed({"floorPlans.json": JSON % b'"tall"'}), "floorPlans.0.height"),
        (packed({"floorPlans.json": JSON % b"1e999"}), "floorPlans.json cannot be read"),
        (packed({"floorPlans.json": JSON % b"10"}), "no picture for its floor plan 'A'"),
        (packed({"floorPlans.json": JSON % b"10", "image-x": b"<svg/>"}), "whose picture is no picture"),
        (packed({"floorPlans.json": JSON % b"10", "image-x": bomb()}), "more than 50 megapixels"),
        (project([plan(imageId="../../etc/passwd")]), "imageId"),
        (project([plan(str(one), f"Floor {one}") for one in range(51)]), "at most 50"),
        (project(points=[point(str(one)) for one in range(5001)]), "at most 5000"),
        (project([plan(name="a\x01b")], [point("x")]), "control characters"),
        (
            project(members={"accessPoints.json": b'{"accessPoints": [{"id": "a", "name": "\\u0000"}]}'}),
            "NUL",
        ),
    ],
)
def test_what_is_not_understood_is_refused_whole(api, door, media, content, problem):
    refused = send(api("wes"), door, content, json=EKAHAU).expect(400)
    assert problem in refused["fields"]["file"]
    assert not Map.objects.exists()
    assert not media.exists()


def test_what_a_zip_unpacks_to_is_bounded(api, door, monkeypatch):
    # Small bounds for the test; a member says little of what it holds, and its head may lie.
    monkeypatch.setattr(ekahau, "_MOST_JSON", 2**20)
    large = packed({"floorPlans.json": b" " * (2**20 + 1)})
    assert len(large) < 5000
    refused = send(api("wes"), door, large).expect(400)
    assert refused["fields"]["file"] == "floorPlans.json is larger than 1 MB unpacked"
    lying = bytearray(large)
    for head, size in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        lying[lying.find(head) + size : lying.find(head) + size + 4] = (100).to_bytes(4, "little")
    assert send(api("wes"), door, bytes(lying)).expect(400)
    monkeypatch.setattr(ekahau, "_MOST_PICTURES", 1000)
    assert "MB unpacked" in send(api("wes"), door, project()).expect(400)["fields"]["file"]
    monkeypatch.undo()
    monkeypatch.setattr(map_files, "_MOST_MEGAPIXELS", 0.2)
    two = project([plan(), plan(UPPER, "Upper")])
    assert "together" in send(api("wes"), door, two).expect(400)["fields"]["file"]


def test_a_zip_of_the_large_kind_is_refused_before_its_list_is_read(api, door, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 3)
    content = project()
    assert b"PK\x06\x07" in content
    assert "more members" in send(api("wes"), door, content).expect(400)["fields"]["file"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "must begin with"),
        ("colour,mac\n", "must begin with"),
        ("name,x,y\n", None),
        ("name,mac\nA,zz\n", "row 2: 'zz' is no MAC address"),
        ("name,mac,x\nA,,1\n", "row 2: x and y belong together"),
        ("name,mac,x,y\nA,,1,far\n", "row 2: y must be a number"),
        ("name,mac,x,y\nA,,1,nan\n", "row 2: y must be a number"),
        ("name,mac,x,y,map\nA,,1,2,Attic\n", "row 2: map: names none"),
        ("name,mac\nA,,more\n", "row 2: has 3 cells"),
        ("name,mac\n" + "A,\n" * 5001, "5,001 rows"),
        ('name,mac\n"A', "no CSV file"),
        ("name,mac\n\0,", "NUL"),
    ],
)
def test_a_file_of_names_that_is_none_is_refused(api, door, text, problem):
    reply = send(api("wes"), door, picture(), name="Floor.png", csv=text)
    if problem is None:
        reply.ok()
        return
    assert problem in reply.expect(400)["fields"]["csv"]
    assert not Map.objects.exists()


def test_other_vendors_and_what_is_not_done_are_refused_plainly(api, door):
    for parts, field in (
        ({"json": '{"vendor_name": "ibwave"}'}, "json.vendor_name"),
        ({"json": '{"vendor_name": "pencil"}'}, "vendor_name"),
        ({"json": "{"}, "json"),
        ({"auto_deviceprofile_assignment": "true"}, "auto_deviceprofile_assignment"),
    ):
        assert list(send(api("wes"), door, project(), **parts).expect(400)["fields"]) == [field]
    assert list(send(api("wes"), door, json=EKAHAU).expect(400)["fields"]) == ["file"]


@pytest.mark.parametrize(
    "body", [True, 5, "x", [], [None], {"json": 5}, {"json": [1]}, {"file": "x"}], ids=str
)
def test_a_body_that_is_no_form_is_refused(api, door, world, body):
    here = f"/orgs/{world.acme.id}/sites/{world.north.name}/maps/import"
    for path in (door, f"/orgs/{world.acme.id}/maps/import", here, f"/installer{here}"):
        api("ada").post(path, body).expect(400)
    assert not Map.objects.exists()


def test_nothing_is_kept_of_an_import_whose_last_floor_is_refused(api, door, fleet, world, media):
    make_map(world.north, "Upper floor")
    plans, points = [plan(), plan(UPPER, "Upper floor")], [point("Ward-1"), point("x", UPPER)]
    refused = send(api("wes"), door, project(plans, points)).expect(400)
    assert "'Upper floor'" in refused["fields"]["file"]
    assert Map.objects.count() == 1
    assert not Device.objects.exclude(body={}).exists()


def test_projects_may_be_larger_than_other_bodies(api, door, world, settings):
    settings.LARGER_UPLOADS = {"/maps/import": 6 * 2**20}
    padding = bytes(next_byte % 251 for next_byte in range(5 * 2**20 + 10))
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as target:
        for name in (source := zipfile.ZipFile(io.BytesIO(project(points=[point("x")])))).namelist():
            target.writestr(name, source.read(name))
        target.writestr("survey-1", padding)
    send(api("wes"), door, stored.getvalue()).ok()
    too_large = send(api("wes"), door, stored.getvalue() + bytes(2**20)).expect(413)
    assert too_large["detail"] == "The request body is over the limit of 6 MB."
    send(api("wes"), f"/sites/{world.north.id}/devices/import", padding).expect(413)


def test_a_large_import_costs_as_many_queries_as_a_small_one(api, door, world, django_assert_max_num_queries):
    devices = make_devices(world.north, 300)
    names = count(1)
    points = [point(device.mac, x=next(names), y=1) for device in devices]
    api("wes").get("/self").ok()
    with django_assert_max_num_queries(25):
        reply = send(api("wes"), door, project(points=points), json=EKAHAU).ok()
    assert reply["summary"]["num_ap_assigned"] == 300
