"""Floorplans on the page of their site, and the page of one: adding, placing, changing, deleting."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inventory.models import Device
from sites.models import Map
from tests.plans import picture, point, project
from tests.portal.conftest import HTMX, said, text
from tests.world import World, make_devices, make_map, name_devices


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def north(acme: str, world: World) -> str:
    return f"{acme}/sites/{world.north.id}"


@pytest.fixture
def devices(world: World) -> list[Device]:
    found = make_devices(world.north, 2)
    name_devices(world.north, found, "Ward-{ctr}")
    return found


def file(content: bytes, name: str = "Ground floor.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/octet-stream")


def test_a_picture_becomes_a_floorplan_of_the_site(
    browser: Callable[[str], Client], north: str, world: World
) -> None:
    assert "No floorplan yet" in text(browser("rita").get(north))
    answer = browser("leo").post(f"{north}/maps/import", {"file": file(picture()), "name": ""}, follow=True)
    assert said(answer) == ["Floorplan Ground floor added."]
    shown = text(browser("rita").get(north))
    assert "Add floorplan" not in shown
    (thumbnail,) = re.findall(rf'src="[^"]*({north}/maps/[^"]+-small.jpg)"', shown)
    assert browser("rita").get(thumbnail)["Content-Type"] == "image/jpeg"
    again = browser("wes").post(f"{north}/maps/import", {"file": file(picture()), "name": "ground floor"})
    assert again.status_code == 422
    assert "already exists at this site" in text(again)
    for bad, problem in ((b"<svg/>", "neither a picture"), (b"", "neither a picture")):
        refused = browser("wes").post(
            f"{north}/maps/import", {"file": file(bad), "name": "Kept"}, headers=HTMX
        )
        assert refused.status_code == 422
        assert problem in text(refused).lower()
        assert 'value="Kept"' in text(refused)
    assert Map.objects.count() == 1


def test_a_window_over_the_page_of_the_site_shows_it_anew(
    browser: Callable[[str], Client], acme: str, north: str
) -> None:
    for page, header in ((north, "HX-Refresh"), (f"{acme}/sites", "HX-Redirect")):
        headers = {**HTMX, "HX-Current-URL": f"https://example.com{page}"}
        sent = {"file": file(picture()), "name": header}
        assert header in browser("wes").post(f"{north}/maps/import", sent, headers=headers).headers


def test_a_project_is_imported_with_its_access_points(
    browser: Callable[[str], Client], north: str, devices: list[Device]
) -> None:
    sent = file(project(points=[point("Ward-1")]), "Hospital.esx")
    answer = browser("wes").post(f"{north}/maps/import", {"file": sent}, follow=True)
    assert said(answer) == ["1 floorplan imported, 1 access point placed."]
    assert "1 device<" in text(answer)


def test_devices_are_placed_moved_and_taken_off_in_metres(
    browser: Callable[[str], Client], acme: str, north: str, world: World, devices: list[Device]
) -> None:
    row = make_map(world.north, width=400, height=300, ppm=20)
    page, wes = f"{north}/maps/{row.map_id}", browser("wes")
    place = {"form": "place", "device_id": str(devices[0].id), "x": "10,5", "y": "2"}
    assert said(wes.post(page, place, follow=True)) == ["Ward-1 placed."]
    body = Device.objects.get(pk=devices[0].pk).body
    assert body == {"map_id": str(row.map_id), "x": 210.0, "y": 40.0}
    shown = text(browser("rita").get(page))
    assert 'transform="translate(210.0 40.0)"' in shown
    assert "10.5, 2.0 metres" in shown
    assert "Never connected" in shown
    assert "Place a device" not in shown
    for who in ("rita", "ivan"):
        assert f'href="{page}">Ground floor</a>' in text(browser(who).get(f"{acme}/devices/{devices[0].id}"))
    for bad, problem in (
        ({"x": "21"}, "is outside of the floorplan, which ends at 20.00"),
        ({"y": "far"}, "must be a number"),
        ({"device_id": ""}, "choose a device."),
        ({"device_id": "x"}, "must be a uuid"),
    ):
        refused = wes.post(page, {**place, **bad})
        assert refused.status_code == 422
        assert problem in text(refused).lower()
        assert ('value="10,5"' in text(refused)) is ("x" not in bad)
    off = {"form": "off", "device_id": str(devices[0].id)}
    assert said(wes.post(page, off, follow=True)) == ["Ward-1 taken off the floorplan."]
    assert Device.objects.get(pk=devices[0].pk).body == {}
    assert browser("rita").post(page, place).status_code == 403
    assert said(browser("ivan").post(page, place, follow=True)) == ["Ward-1 placed."]


def test_settings_are_saved_and_say_what_somebody_else_changed(
    browser: Callable[[str], Client], north: str, world: World
) -> None:
    row = make_map(world.north, width=400, height=300)
    page, leo = f"{north}/maps/{row.map_id}", browser("leo")
    opened = leo.get(page).context["edit"]
    form = {"form": "settings", "version": opened.version, "opened": opened.text, "name": "Lobby"}
    assert said(leo.post(page, {**form, "width_m": "20"}, follow=True)) == ["Floorplan saved."]
    row.refresh_from_db()
    assert (row.name, row.body["ppm"], row.body["height_m"]) == ("Lobby", 20.0, 15.0)
    clash = leo.post(page, {**form, "name": "Hall", "width_m": ""})
    assert clash.status_code == 409
    assert "Save mine over it" in text(clash)
    for bad, problem in (({"name": " "}, "must not be empty"), ({"width_m": "wide"}, "must be a number")):
        fresh = leo.get(page).context["edit"]
        sent = {**form, "version": fresh.version, "opened": fresh.text, "width_m": "20", **bad}
        refused = leo.post(page, sent)
        assert refused.status_code == 422
        assert problem in text(refused).lower()
    assert browser("ivan").post(page, {**form, "width_m": "20"}).status_code == 403


def test_a_picture_is_replaced_and_deleted_on_the_page(
    browser: Callable[[str], Client], north: str, world: World
) -> None:
    page, wes = f"{north}/maps/{make_map(world.north).map_id}", browser("wes")
    assert "This floorplan has no picture" in text(browser("mara").get(page))
    assert said(wes.post(page, {"form": "image", "file": file(picture())}, follow=True)) == [
        "Picture replaced."
    ]
    assert "<image" in text(browser("mara").get(page))
    refused = wes.post(page, {"form": "image", "file": file(b"<svg/>")})
    assert "is no picture" in text(refused).lower()
    assert said(wes.post(page, {"form": "no-image"}, follow=True)) == ["Picture deleted."]
    assert wes.post(page, {"form": "nonsense"}).status_code == 422


def test_deleting_asks_and_says_what_becomes_of_the_devices(
    browser: Callable[[str], Client], north: str, world: World, devices: list[Device]
) -> None:
    row = make_map(world.north, width=400, height=300)
    page, wes = f"{north}/maps/{row.map_id}", browser("wes")
    place = {"form": "place", "device_id": str(devices[0].id), "x": "1", "y": "2"}
    wes.post(page, place, follow=True)
    assert "Its 1 device stays at North without a place." in text(wes.get(f"{page}/delete", headers=HTMX))
    assert browser("rita").post(f"{page}/delete").status_code == 403
    assert said(wes.post(f"{page}/delete", follow=True)) == ["Floorplan Ground floor deleted."]
    assert browser("wes").get(page).status_code == 404
    assert Device.objects.get(pk=devices[0].pk).body == {}


def test_who_may_not_see_floorplans_is_shown_none(
    browser: Callable[[str], Client], acme: str, north: str, world: World, devices: list[Device]
) -> None:
    row = make_map(world.north, width=400, height=300)
    page = f"{north}/maps/{row.map_id}"
    browser("wes").post(page, {"form": "place", "device_id": str(devices[0].id), "x": "1", "y": "2"})
    assert "Floorplans" not in text(browser("rosa").get(north))
    assert browser("rosa").get(page).status_code == 403
    # Location and Marketing see the floorplan, and no devices anywhere.
    for who in ("leo", "mara"):
        assert "Ward-1" not in text(browser(who).get(page))
    elsewhere = f"{acme}/sites/{world.south.id}/maps/{row.map_id}"
    assert browser("ada").get(elsewhere).status_code == 404
    assert browser("ivan").get(elsewhere).status_code == 404


def test_pages_cost_the_same_with_many_devices(ada: Client, north: str, world: World) -> None:
    row = make_map(world.north, width=400, height=300)

    def cost(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert ada.get(url).status_code == 200
        return len(captured)

    page = f"{north}/maps/{row.map_id}"
    few = [cost(page), cost(page), cost(north)]
    for device in make_devices(world.north, 20):
        Device.objects.filter(pk=device.pk).update(body={"map_id": str(row.map_id), "x": 1, "y": 2})
        make_map(world.north, f"Floor of {device.mac}")
    assert [cost(page), cost(north)] == few[1:]
    assert max(few[1:]) <= 20
