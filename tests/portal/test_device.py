"""The page of one device."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory.models import Device, DeviceEvent
from inventory.shapes import Report
from inventory.telemetry import check_in, find_caller
from orgs.actions import update_setting
from tests.portal.conftest import said, text
from tests.world import SYSTEM, UNKNOWN, World, make_devices, make_profile

MOST_QUERIES = 17  # of the page of one device


@pytest.fixture
def device(world: World) -> Device:
    return make_devices(world.acme)[0]


@pytest.fixture
def url(device: Device) -> str:
    return f"/orgs/{device.org_id}/devices/{device.id}"


def report(device: Device, **facts: object) -> None:
    caller = find_caller(device.mac)
    assert caller
    sent = Report.model_validate({"version": "0.14.1", "uptime": 90, **facts})
    check_in(caller, sent, called_at=Decimal(str(time.time())))


def test_page_says_which_rule_decided_and_why_the_others_did_not(
    ada: Client, url: str, world: World, device: Device, pay: Callable[[], int]
) -> None:
    rules = [
        {"src": "lldp_system_name", "expression": "split(_)[0]"},
        {"src": "lldp_system_name", "expression": "split(_)[1]"},
    ]
    update_setting(SYSTEM, world.acme, changes={"auto_site_assignment": {"enable": True, "rules": rules}})
    report(
        device, lldp={"system_name": "hsp_North_1", "port_id": "ge-0/0/1", "port_desc": "x"}, ip="10.0.0.9"
    )
    pay()
    page = ada.get(url)
    site, name, profile = page.context["why"]["aspects"]
    assert (site["aspect"], site["value"], site["rule"]) == ("site", "North", 1)
    assert [rule["verdict"] for rule in site["rules"]] == ["no_match", "matched"]
    assert {name["status"], profile["status"]} == {"disabled"}
    assert page.context["now"]["aspects"][0]["status"] == "kept"
    for shown in ("hsp_North_1", "ge-0/0/1", "10.0.0.9", "0.14.1", "Connected"):
        assert shown in text(page)
    assert [entry["event"] for entry in page.context["entries"]] == [
        "inventory.device.assigned",
        "inventory.device.claimed",
    ]
    report(device, ip="10.0.0.10")
    assert "Reported IP address 10.0.0.10" in ada.get(url).context["events"][0]["sentence"]


def test_rename_move_and_profile(ada: Client, url: str, world: World, device: Device) -> None:
    ward = make_profile(world.acme)
    assert said(ada.post(url, {"form": "name", "name": "Lobby"}, follow=True)) == ["Device renamed."]
    moved = ada.post(url, {"form": "site", "site_id": str(world.south.id)}, follow=True)
    assert said(moved) == ["Device assigned to South."]
    ada.post(url, {"form": "profile", "deviceprofile_id": str(ward.id)})
    device.refresh_from_db()
    assert (device.name, device.site, device.deviceprofile) == ("Lobby", world.south, ward)
    ada.post(url, {"form": "profile", "deviceprofile_id": ""})
    assert said(ada.post(url, {"form": "site", "site_id": ""}, follow=True))[-1] == "Device unassigned."
    device.refresh_from_db()
    assert (device.site, device.deviceprofile) == (None, None)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"form": "name", "name": "x" * 256}, "name"),
        ({"form": "site", "site_id": str(UNKNOWN)}, "site_id"),
        ({"form": "site", "site_id": "nonsense"}, "site_id"),
        ({"form": "profile", "deviceprofile_id": str(UNKNOWN)}, "deviceprofile_id"),
    ],
)
def test_a_bad_form_comes_back(ada: Client, url: str, form: dict[str, str], field: str) -> None:
    page = ada.post(url, form)
    assert page.status_code == 422
    assert set(page.context["errors"]) == {field}
    assert page.context["form"] == form["form"]


def test_a_profile_of_another_type_is_refused(ada: Client, url: str, world: World) -> None:
    core = make_profile(world.acme, "Core", "switch")
    page = ada.post(url, {"form": "profile", "deviceprofile_id": str(core.id)})
    assert page.status_code == 422


def test_foreign_sites_are_no_choice(ada: Client, url: str, world: World, device: Device) -> None:
    page = ada.post(url, {"form": "site", "site_id": str(world.overseas.id)})
    assert set(page.context["errors"]) == {"site_id"}


@pytest.mark.parametrize(("key", "status"), [("rita", 403), ("gus", 404), ("", 302)])
def test_others_change_nothing(
    browser: Callable[[str], Client], url: str, device: Device, key: str, status: int
) -> None:
    assert browser(key).post(url, {"form": "name", "name": "Mine"}).status_code == status
    device.refresh_from_db()
    assert device.name == ""


def test_an_installer_changes_a_device_of_the_own_site(
    browser: Callable[[str], Client], acme: str, world: World
) -> None:
    (mine,) = make_devices(world.north)
    url = f"{acme}/devices/{mine.id}"
    assert browser("ivan").get(url).status_code == 200
    assert browser("ivan").post(url, {"form": "name", "name": "Door"}).status_code == 302
    mine.refresh_from_db()
    assert mine.name == "Door"


def test_status_over_time_is_told_in_percent_and_stretches(ada: Client, url: str, device: Device) -> None:
    now = timezone.now()
    told = ((26, "connected"), (12, "disconnected"), (6, "connected"))
    for hours, kind in told:
        DeviceEvent.objects.create(
            device_id=device.id, org_id=device.org_id, type=kind, timestamp=now - timedelta(hours=hours)
        )
    history = ada.get(url).context["history"]
    assert [one.status for one in history.stretches] == ["connected", "disconnected", "connected"]
    assert history.percent == pytest.approx(75, abs=0.1)
    week = ada.get(f"{url}?span=week").context["history"]
    assert week.stretches[0].status == "unknown"
    assert week.percent == pytest.approx(100 * 20 / 26, abs=0.1)


def test_page_costs_the_same_however_much_happened(ada: Client, url: str, device: Device) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert ada.get(url).status_code == 200
        return len(captured)

    ada.get(url)
    report(device)
    few = queries()
    DeviceEvent.objects.bulk_create(
        DeviceEvent(device_id=device.id, org_id=device.org_id, type=kind)
        for kind in ("connected", "disconnected") * 30
    )
    assert queries() == few <= MOST_QUERIES


def test_claim_code_is_for_those_who_may_claim(browser: Callable[[str], Client], url: str) -> None:
    assert "Claim code" in text(browser("ada").get(url))
    assert "Claim code" not in text(browser("rita").get(url))
