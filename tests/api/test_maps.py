"""Floorplans at the door: the document, its picture, devices on it, and what installers may."""

from __future__ import annotations

import io
import os
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from audit.models import Entry
from inventory.actions import delete_site
from inventory.models import Device
from inventory.tasks import discard_stray_images
from sites.models import Map
from tests.client import ApiClient
from tests.plans import picture
from tests.world import SYSTEM, grant, make_admin, make_devices, make_map

PLACE = {"x": 120.5, "y": 80, "height": 2.7, "orientation": 90}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT / "maps"


@pytest.fixture
def maps(world):
    return f"/sites/{world.north.id}/maps"


@pytest.fixture
def door(world):
    return f"/installer/orgs/{world.acme.id}/sites/North/maps"


@pytest.fixture
def ines(world):
    """An installer of all of acme."""
    admin = make_admin("Ines")
    grant(admin, world.acme, "installer")
    return ApiClient(admin)


def send(client, path, content=None, **parts):
    fields = dict(parts)
    if content is not None:
        fields["file"] = io.BytesIO(content)
        fields["file"].name = "Ward 7.png"
    return client.send("POST", path, encode_multipart(BOUNDARY, fields), content_type=MULTIPART_CONTENT)


def files(folder):
    return sorted(folder.glob("*")) if folder.exists() else []


def local(url):
    return url.removeprefix(url.partition("/orgs/")[0])


def events(part):
    return list(
        Entry.objects.filter(event__contains=part).order_by("timestamp").values_list("message", flat=True)
    )


def test_a_floorplan_is_kept_as_it_was_described(api, maps, world):
    nodes = [{"name": "A", "position": {"x": 1, "y": 2.5}, "edges": {"B": "1.5"}}]
    wish = {
        "name": " Ground floor ",
        "width": 400,
        "height": 300,
        "ppm": 20,
        "orientation": 30,
        "latlng_tl": {"lat": 37.5, "lng": "-122"},
        "wall_path": {"coordinate": "actual", "nodes": nodes},
        "wayfinding": {"snap_to_path": True, "micello": {"map_id": "m"}},
        "sitesurvey_path": [{"name": "Round", "nodes": nodes}],
        "occupancy_limit": 10,
        "colour": "unknown keys stay",
        "url": "https://example.com/of-somebody-else.png",
        "id": str(uuid4()),
    }
    made = api("leo").post(maps, wish).ok()
    assert (made["name"], made["width_m"], made["height_m"]) == ("Ground floor", 20.0, 15.0)
    assert made["id"] != wish["id"]
    assert "url" not in made
    assert made["latlng_tl"] == {"lat": "37.5", "lng": "-122"}
    assert (made["type"], made["locked"], made["colour"]) == ("image", False, "unknown keys stay")
    assert api("mara").get(f"{maps}/{made['id']}").ok() == made
    assert api("rita").get(maps).ok() == [made]
    changed = api("wes").put(f"{maps}/{made['id']}", {**made, "width_m": 40.0, "orientation": 0}).ok()
    assert (changed["ppm"], changed["height_m"], changed["orientation"]) == (10.0, 30.0, 0)
    assert changed["wall_path"] == wish["wall_path"]
    api("wes").put(f"{maps}/{made['id']}", {"ppm": 20, "colour": None}).ok()
    assert "colour" not in Map.objects.get(name="Ground floor").body
    assert events("sites.map.") == ['Add Floorplan "Ground floor"', *['Update Floorplan "Ground floor"'] * 2]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "ground FLOOR"}, "name"),
        ({"name": "x", "type": "cad"}, "type"),
        ({"name": "x", "width": 0}, "width"),
        ({"name": "x", "ppm": -1}, "ppm"),
        ({"name": "x", "orientation": 360}, "orientation"),
        ({"name": "x", "latlng_br": {"lat": "91", "lng": "0"}}, "latlng_br.lat"),
        ({"name": "x", "view": "moon"}, "view"),
        ({"name": "x", "wall_path": {"nodes": [{"position": {"x": 1, "y": 1}}]}}, "wall_path.nodes.0.name"),
    ],
)
def test_what_is_wrong_is_named(api, maps, world, wish, field):
    make_map(world.north)
    assert list(api("wes").post(maps, wish).expect(400)["fields"]) == [field]
    assert Map.objects.count() == 1


def test_names_are_unique_in_a_site_only(api, maps, world):
    make_map(world.south)
    api("wes").post(maps, {"name": "Ground floor"}).ok()


def test_a_floorplan_of_elsewhere_looks_like_none(api, maps, world):
    theirs = make_map(world.overseas)
    unknown = api("ada").get(f"{maps}/{uuid4()}").expect(404)
    for path in (f"{maps}/{theirs.map_id}", f"/sites/{world.overseas.id}/maps/{theirs.map_id}"):
        for reply in (api("ada").get(path), api("ada").put(path, {"name": "x"}), api("ada").delete(path)):
            assert reply.expect(404) == unknown
    assert Map.objects.filter(pk=theirs.pk, name="Ground floor").exists()


def test_a_picture_is_drawn_anew_and_shown_to_those_who_see_the_floorplan(api, maps, world, media):
    row = make_map(world.north, ppm=20)
    path = f"{maps}/{row.map_id}"
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "Maker of scanners"
    send(api("wes"), f"{path}/image", picture((6000, 3000), "JPEG", exif=exif)).ok()
    told = api("rita").get(path).ok()
    # Places are counted in the pixels of what was uploaded, however large what is kept.
    assert (told["width"], told["height"], told["width_m"]) == (3000, 6000, 150.0)
    assert len(files(media)) == 2
    assert not any(b"Maker" in file.read_bytes() for file in files(media))
    sizes = []
    for key in ("url", "thumbnail_url"):
        seen = api("mara").http.get(local(told[key]))
        assert (seen["Content-Type"], seen["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
        sizes.append(Image.open(io.BytesIO(b"".join(seen))).size)
    assert sizes == [(2048, 4096), (240, 480)]
    url = local(told["url"])
    assert api("ivan").http.get(url).status_code == 200
    assert Client().get(url).status_code == 401
    refused = [api(who).http.get(url).status_code for who in ("rosa", "gus")]
    invented = api("rita").http.get(f"{url.rpartition('/')[0]}/secret.jpg").status_code
    assert {*refused, invented} == {404}


def test_a_picture_takes_the_place_of_another_and_goes(
    api, maps, world, media, django_capture_on_commit_callbacks
):
    path = f"{maps}/{make_map(world.north).map_id}"
    for form in ("PNG", "WEBP"):
        with django_capture_on_commit_callbacks(execute=True):
            send(api("wes"), f"{path}/image", picture(form=form)).ok()
        assert len(files(media)) == 2
    tag = api("wes").get(path).headers["ETag"]
    with django_capture_on_commit_callbacks(execute=True):
        api("wes").delete(f"{path}/image").ok()
    assert api("wes").get(path).headers["ETag"] != tag
    assert files(media) == []
    assert "url" not in api("wes").get(path).ok()
    api("wes").delete(f"{path}/image").expect(404)
    for content, problem in ((b"<svg/>", "is no picture"), (picture((9000, 6000)), "megapixels")):
        assert problem in send(api("wes"), f"{path}/image", content).expect(400)["fields"]["file"]
    send(api("wes"), f"{path}/image").expect(400)
    assert files(media) == []


def test_pictures_that_no_floorplan_has_are_dropped_once_no_upload_can_need_them(api, maps, world, media):
    send(api("wes"), f"{maps}/{make_map(world.north).map_id}/image", picture()).ok()
    kept = files(media)
    stray = media / "stray-small.jpg"
    stray.write_bytes(b"x")
    discard_stray_images()
    assert stray.exists()
    for file in files(media):
        os.utime(file, (0, 0))
    discard_stray_images()
    assert files(media) == kept


def test_devices_are_placed_on_floorplans_of_their_site_only(api, maps, world, door):
    (device,), (free,) = make_devices(world.north), make_devices(world.acme)
    here, there = make_map(world.north), make_map(world.south)
    path = f"/sites/{world.north.id}/devices/{device.id}"
    for elsewhere in (there.map_id, make_map(world.overseas).map_id, uuid4()):
        refused = api("wes").put(path, {"map_id": str(elsewhere), **PLACE}).expect(400)
        assert refused["fields"] == {"map_id": "is no floorplan of the device's site"}
    assert api("wes").put(path, {"map_id": str(here.map_id).upper(), **PLACE}).ok()["map_id"] == str(
        here.map_id
    )
    told = api("wes").get(path).ok()
    # Clients send back what they read, and what is there already is not asked for again.
    api("wes").put(path, {**told, "notes": "by the door"}).ok()
    provision = f"/installer/orgs/{world.acme.id}/devices"
    wish = {"name": "x", "site_name": "North", "map_id": str(there.map_id)}
    assert list(api("wes").put(f"{provision}/{free.mac}", wish).expect(400)["fields"]) == ["map_id"]
    api("wes").put(f"{provision}/{free.mac}", {**wish, "map_id": str(here.map_id), **PLACE}).ok()
    rows = {row["mac"]: row for row in api("wes").get(provision).ok()}
    assert rows[free.mac]["map_id"] == str(here.map_id)


def test_a_device_that_leaves_its_site_leaves_the_floorplan(api, world):
    first, second, new = [*make_devices(world.north, 2), *make_devices(world.acme)]
    body = {"map_id": str(make_map(world.north).map_id), **PLACE}
    for device in (first, second):
        api("wes").put(f"/sites/{world.north.id}/devices/{device.id}", body).ok()
    assign = {"op": "assign", "macs": [first.mac], "site_id": str(world.south.id)}
    api("wes").put(f"/orgs/{world.acme.id}/inventory", assign).ok()
    kept = {"height": 2.7, "orientation": 90}
    assert Device.objects.get(pk=first.pk).body == kept
    entry = Entry.objects.get(event="inventory.device.assigned", object_id=first.pk)
    assert entry.before["map_id"] == body["map_id"]
    swap = {"site_id": str(world.north.id), "mac": second.mac, "inventory_mac": new.mac}
    api("wes").post(f"/orgs/{world.acme.id}/inventory/replace", swap).ok()
    assert Device.objects.get(pk=new.pk).body == body
    assert Device.objects.get(pk=second.pk).body == kept
    unassign = {"op": "unassign", "macs": [new.mac]}
    api("wes").put(f"/orgs/{world.acme.id}/inventory", unassign).ok()
    assert Device.objects.get(pk=new.pk).body == kept


def test_deleting_a_floorplan_takes_its_devices_off_it(
    api, maps, world, media, django_capture_on_commit_callbacks, django_assert_max_num_queries
):
    devices = make_devices(world.north, 12)
    row, other = make_map(world.north), make_map(world.north, "Attic")
    send(api("wes"), f"{maps}/{row.map_id}/image", picture()).ok()
    for number, device in enumerate(devices):
        chosen = other if number == 11 else row
        body = {**device.body, "map_id": str(chosen.map_id), **PLACE}
        Device.objects.filter(pk=device.pk).update(body=body)
    with django_capture_on_commit_callbacks(execute=True), django_assert_max_num_queries(20):
        api("wes").delete(f"{maps}/{row.map_id}").ok()
    assert files(media) == []
    bodies = list(Device.objects.values_list("body", flat=True))
    assert bodies.count({"height": 2.7, "orientation": 90}) == 11
    entries = Entry.objects.filter(event="inventory.device.unplaced")
    assert entries.count() == 11
    assert 'off Floorplan "Ground floor"' in entries[0].message
    assert entries[0].before == {"map_id": str(row.map_id), "x": 120.5, "y": 80}
    api("wes").get(f"{maps}/{row.map_id}").expect(404)


def test_floorplans_go_with_their_site(world, media, api, maps, django_capture_on_commit_callbacks):
    send(api("wes"), f"{maps}/{make_map(world.north).map_id}/image", picture()).ok()
    with django_capture_on_commit_callbacks(execute=True):
        delete_site(SYSTEM, world.north)
    assert not Map.objects.exists()
    assert files(media) == []
    assert events("sites.map.deleted") == ['Delete Floorplan "Ground floor"']


@pytest.mark.parametrize(
    ("transform", "place", "ppm"),
    [
        (None, (120.5, 80.0, 90), 20.0),
        ({}, (120.5, 80.0, 90), 20.0),
        ({"x": 20.5, "y": -20}, (100.0, 100.0, 90), 20.0),
        ({"scale": 2}, (60.25, 40.0, 90), 10.0),
        # The new picture lies a quarter turned to the right on the old one, with its corner at (200, 0).
        ({"x": 200, "rotation": 90}, (80.0, 79.5, 0), 20.0),
    ],
)
def test_another_picture_moves_what_is_on_the_old_one(api, maps, world, transform, place, ppm):
    node = {"name": "A", "position": {"x": 120.5, "y": 80}}
    row = make_map(world.north, width=400, height=300, ppm=20, wall_path={"nodes": [node]})
    (device,) = make_devices(world.north)
    path = f"/sites/{world.north.id}/devices/{device.id}"
    api("wes").put(path, {"map_id": str(row.map_id), **PLACE}).ok()
    parts = {} if transform is None else {"json": f'{{"transform": {transform}}}'.replace("'", '"')}
    send(api("wes"), f"{maps}/{row.map_id}/replace", picture((800, 600)), **parts).ok()
    moved = api("wes").get(path).ok()
    assert (moved["x"], moved["y"], moved["orientation"]) == place
    told = api("wes").get(f"{maps}/{row.map_id}").ok()
    assert (told["width"], told["ppm"], told["width_m"]) == (800, ppm, 800 / ppm)
    position = told["wall_path"]["nodes"][0]["position"]
    assert (position["x"], position["y"]) == place[:2]


@pytest.mark.parametrize("text", ["{", "[]", '{"transform": {"scale": 0}}', '{"transform": {"x": "far"}}'])
def test_a_transform_that_is_none_is_refused(api, maps, world, text):
    path = f"{maps}/{make_map(world.north).map_id}/replace"
    send(api("wes"), path, picture(), json=text).expect(400)
    assert not Map.objects.exclude(image="").exists()


def test_installers_keep_the_floorplans_of_their_sites(api, ines, door, world):
    chosen = uuid4()
    made = api("ivan").post(f"{door}/{chosen}", {"name": "Lobby", "width": 10, "height": 5}).ok()
    assert made["id"] == str(chosen)
    again = api("ivan").post(f"{door}/{chosen}", {"name": "Other"}).expect(400)
    assert again["fields"] == {"map_id": "is the id of another floorplan"}
    assert (
        api("ivan").put(f"{door.replace('North', 'NORTH')}/{chosen}", {"orientation": 90}).ok()["orientation"]
        == 90
    )
    assert [row["id"] for row in ines.get(door).ok()] == [str(chosen)]
    south = door.replace("North", "South")
    api("ivan").get(south).expect(404)
    ines.delete(f"{south}/{chosen}").expect(404)
    api("ivan").get(f"/sites/{world.north.id}/maps").expect(403)
    api("ivan").delete(f"{door}/{chosen}").ok()
    assert ines.get(door).ok() == []


def test_an_id_is_nobodys_secret_of_another_organization(api, door, world):
    theirs = make_map(world.overseas)
    made = api("ivan").post(f"{door}/{theirs.map_id}", {"name": "Lobby"}).ok()
    assert made["id"] == str(theirs.map_id)
    api("gus").delete(f"/sites/{world.overseas.id}/maps/{theirs.map_id}").ok()
    assert Map.objects.get().org_id == world.acme.id


def test_a_call_of_an_installer_that_is_sent_again_is_done_once(api, door):
    headers = {"Idempotency-Key": "floorplan-of-north-1"}
    path, body = f"{door}/{uuid4()}", b'{"name": "Lobby"}'
    replies = [api("ivan").send("POST", path, body, headers=headers) for _ in range(2)]
    assert replies[0].ok() == replies[1].ok()
    assert replies[1].headers["Idempotency-Replayed"] == "true"
    assert events("sites.map.created") == ['Add Floorplan "Lobby"']


def test_sites_out_of_bounds_are_closed_to_installers(ines, api, door, world):
    row = make_map(world.north)
    type(world.north).objects.update(created_time="2020-01-01T00:00:00Z")
    outside = {"detail": "outside of grace period"}
    assert ines.post(f"{door}/{uuid4()}", {"name": "x"}).expect(400) == outside
    assert ines.put(f"{door}/{row.map_id}", {"name": "x"}).expect(400) == outside
    assert ines.delete(f"{door}/{row.map_id}").expect(400) == outside
    # A role that names its site opens it, and floorplans themselves are never too old.
    Map.objects.update(created_time="2020-01-01T00:00:00Z")
    api("ivan").put(f"{door}/{row.map_id}", {"name": "Lobby"}).ok()


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL: a two-column foreign key")
def test_a_floorplan_cannot_be_stored_at_another_tenants_site(world):
    row = make_map(world.north)
    with pytest.raises(IntegrityError, match="map_site_of_own_org"):
        _store_at_once(row, world.overseas)


def _store_at_once(row, site):
    with transaction.atomic():
        Map.objects.filter(pk=row.pk).update(site=site)
        connection.check_constraints()
