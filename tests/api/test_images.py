"""Photos of devices: what is taken, what is left of it, who sees it, and when it goes."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from audit.models import Entry
from inventory.actions import release_devices
from inventory.images import discard_strays
from inventory.models import Device
from tests.world import SYSTEM, make_devices


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT / "devices"


@pytest.fixture
def device(world):
    (device,) = make_devices(world.north)
    return device


@pytest.fixture
def path(device):
    return f"/sites/{device.site_id}/devices/{device.id}"


def photo(size=(40, 30), form="JPEG", **how):
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form, **how)
    return out.getvalue()


def upload(client, path, content, name="photo.jpg"):
    part = io.BytesIO(content)
    part.name = name
    body = encode_multipart(BOUNDARY, {"file": part})
    return client.send("POST", path, body, content_type=MULTIPART_CONTENT)


def files(folder: Path):
    return sorted(folder.glob("*")) if folder.exists() else []


def local(url):
    return url.removeprefix(url.partition("/orgs/")[0])


def test_a_photo_is_drawn_anew_without_its_place_and_seen_by_those_who_see_the_device(
    api, world, device, path, media
):
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "Maker of phones"
    exif.get_ifd(0x8825)[1] = "N"
    upload(api("ivan"), f"{path}/image1", photo((3000, 1500), exif=exif)).ok()
    url = api("rita").get(path).ok()["image1_url"]
    (kept,) = files(media)
    assert b"Maker" not in kept.read_bytes()
    with Image.open(kept) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1024, 2048))
        assert not picture.getexif()
    seen = api("rita").http.get(local(url))
    assert seen.status_code == 200
    assert seen["Content-Type"] == "image/jpeg"
    assert seen["X-Content-Type-Options"] == "nosniff"
    assert "private" in seen["Cache-Control"]
    assert b"".join(seen) == kept.read_bytes()
    assert Client().get(local(url)).status_code == 401
    key = {"Authorization": f"Token {world.org_token.key}"}
    assert Client().get(local(url), headers=key).status_code == 200
    foreign = api("gus").http.get(local(url))
    invented = api("rita").http.get(f"{local(url).rpartition('/')[0]}/secret.jpg")
    assert foreign.status_code == invented.status_code == 404


@pytest.mark.parametrize("spelled", ["image2", "image/2"])
def test_one_photo_takes_the_place_of_another_and_goes(
    api, world, device, path, media, spelled, django_capture_on_commit_callbacks
):
    for form in ("PNG", "WEBP"):
        with django_capture_on_commit_callbacks(execute=True):
            upload(api("wes"), f"{path}/{spelled}", photo(form=form)).ok()
    assert len(files(media)) == 1
    row = api("wes").get(path).ok()
    assert [key for key in row if key.startswith("image")] == ["image2_url"]
    # Clients send back what they read.
    api("wes").put(path, {**row, "notes": "x"}).ok()
    assert "image2_url" not in Device.objects.get(pk=device.pk).body
    with django_capture_on_commit_callbacks(execute=True):
        api("wes").delete(f"{path}/{spelled}").ok()
    assert files(media) == []
    assert "image2_url" not in api("wes").get(path).ok()
    api("wes").delete(f"{path}/{spelled}").expect(404)
    told = Entry.objects.filter(event__contains="pictured").values_list("event", flat=True)
    assert sorted(told) == ["inventory.device.pictured"] * 2 + ["inventory.device.unpictured"]


def bomb():
    """A PNG of a few bytes that says it has 100,000 times 100,000 pixels."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "is no photo"),
        (b"<!doctype html><script>alert(1)</script>", "is no photo"),
        (b"", "is no photo"),
        (photo((400, 300))[:-900], "is no photo"),
        (photo(form="GIF"), "is no photo"),
        (photo(form="TIFF"), "is no photo"),
        (bomb(), "megapixels"),
        (photo((9000, 6000), "PNG"), "megapixels"),
    ],
    ids=["svg", "html", "empty", "cut", "gif", "tiff", "bomb", "large"],
)
def test_what_is_no_photo_is_refused(api, path, media, content, problem):
    refused = upload(api("ivan"), f"{path}/image1", content).expect(400)
    assert problem in refused["fields"]["file"]
    assert files(media) == []


def test_there_are_three_photos_and_no_fourth(api, path):
    for number in "123":
        upload(api("wes"), f"{path}/image{number}", photo()).ok()
    upload(api("wes"), f"{path}/image4", photo()).expect(404)
    assert len([key for key in api("wes").get(path).ok() if key.startswith("image")]) == 3


def test_an_installer_adds_and_deletes_by_the_mac_address(api, world, device, path):
    door = f"/installer/orgs/{world.acme.id}/devices/{device.mac}"
    upload(api("ivan"), f"{door}/image3", photo()).ok()
    assert "image3_url" in api("rita").get(path).ok()
    api("ivan").delete(f"{door}/image3").ok()
    upload(api("ivan"), f"{door}/image9", photo()).expect(404)
    assert "image3_url" not in api("rita").get(path).ok()


def test_photos_go_with_the_device(api, world, device, path, media, django_capture_on_commit_callbacks):
    upload(api("wes"), f"{path}/image1", photo()).ok()
    with django_capture_on_commit_callbacks(execute=True):
        release_devices(SYSTEM, world.acme, devices=[device])
    assert files(media) == []


def test_strays_are_dropped_once_no_upload_can_need_them(api, path, media):
    upload(api("wes"), f"{path}/image1", photo()).ok()
    (kept,) = files(media)
    stray = media / "stray.jpg"
    stray.write_bytes(b"x")
    discard_strays()
    assert stray.exists()
    for file in files(media):
        os.utime(file, (0, 0))
    discard_strays()
    assert files(media) == [kept]
