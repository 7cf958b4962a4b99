"""Search: what is found, by whom, with which operators, and what it costs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inventory.models import Device
from inventory.queries import DeviceFilter, suggest
from tests.portal.conftest import HTMX, text
from tests.world import (
    EVERYONE,
    World,
    make_devices,
    make_edges,
    make_profile,
    make_site,
    make_sitegroup,
    name_devices,
)

KEPT = Path(__file__).with_name("search_query_counts.json")


@pytest.fixture
def fleet(world: World) -> list[Device]:
    """Lobby 1 at North, Lobby 2 at South, Lobby 3 (a switch) nowhere; globex has a Lobby of its own."""
    made = [
        *make_devices(world.north),
        *make_devices(world.south),
        *make_devices(world.acme, 1, "EX4400-48P"),
    ]
    for number, device in enumerate(made, start=1):
        name_devices(world.acme, [device], f"Lobby {number}")
    foreign = make_devices(world.globex)
    name_devices(world.globex, foreign, "Lobby of globex")
    return [Device.objects.get(id=device.id) for device in made]


def groups(response: Any) -> dict[str, list[str]]:
    """Labels of the results by group."""
    return {group.key: [row["label"] for row in group.part.rows] for group in response.context["groups"]}


def devices(client: Client, org: str, q: str) -> list[str]:
    return groups(client.get(f"{org}/search", {"q": q})).get("devices", [])


def test_everything_with_the_word_is_found_and_leads_somewhere(
    ada: Client, acme: str, world: World, fleet: list[Device]
) -> None:
    make_site(world.acme, name="Lobby Annex")
    make_sitegroup(world.acme, "Lobbies and more lobby", world.north)
    make_profile(world.acme, "Lobby lights")
    ada.post(f"{acme}/templates/create", {"name": "Lobby guests", "body": "{}"})
    for url in (f"{acme}/search", f"{acme}/search/found"):
        page = ada.get(url, {"q": "lobby"}, headers=HTMX if url.endswith("found") else {})
        assert groups(page) == {
            "devices": ["Lobby 1", "Lobby 2", "Lobby 3"],
            "sites": ["Lobby Annex"],
            "sitegroups": ["Lobbies and more lobby"],
            "deviceprofiles": ["Lobby lights"],
            "templates": ["Lobby guests"],
        }
        for group in page.context["groups"]:
            for row in group.part.rows:
                assert f'href="{row["href"]}"' in text(page).replace("&amp;", "&")
                assert ada.get(row["href"]).status_code == 200, row
    members = groups(ada.get(f"{acme}/search", {"q": 'group:"and more"'}))
    assert members == {"devices": ["Lobby 1"], "sites": ["North"]}


def test_mist_edges_are_found_by_those_who_see_them(
    browser: Callable[[str], Client], acme: str, world: World
) -> None:
    first, second = make_edges(world.north, 2)
    make_devices(world.north)
    for key in ("ada", "max"):
        (group,) = (
            group
            for group in browser(key).get(f"{acme}/search", {"q": second.mac}).context["groups"]
            if group.key == "mxedges"
        )
        assert [row["mac"] for row in group.part.rows] == [second.mac]
        assert browser(key).get(group.part.rows[0]["href"]).status_code == 200
        found = groups(browser(key).get(f"{acme}/search", {"q": "site:north model:ME"}))
        assert len(found["mxedges"]) == 2
    assert "mxedges" not in groups(browser("ivan").get(f"{acme}/search", {"q": first.mac}))


def test_administrators_are_found_by_those_who_manage_them(
    ada: Client, acme: str, browser: Callable[[str], Client]
) -> None:
    assert groups(ada.get(f"{acme}/search", {"q": "rita@"}))["admins"] == ["Rita Reader"]
    assert groups(ada.get(f"{acme}/search", {"q": "gus@"})) == {}
    assert "admins" not in groups(browser("wes").get(f"{acme}/search", {"q": "rita"}))


def test_pages_sections_and_actions_are_those_of_the_role(
    ada: Client, acme: str, browser: Callable[[str], Client]
) -> None:
    found = groups(ada.get(f"{acme}/search", {"q": "site"}))
    assert found["pages"] == ["Site Configuration"]
    assert found["actions"] == ["Create Site"]
    assert found["settings"] == ["Site Assignment"]
    rita = groups(browser("rita").get(f"{acme}/search", {"q": "site"}))
    assert "actions" not in rita
    assert "settings" not in rita
    offered = groups(browser("ivan").get(f"{acme}/search"))
    assert "Claim devices" in offered["actions"]
    assert "Create Site" not in offered["actions"]


@pytest.mark.parametrize("who", [key for key in EVERYONE if key != "gus"])
def test_nobody_is_led_to_a_refusal(browser: Callable[[str], Client], acme: str, who: str) -> None:
    client = browser(who)
    led_to = set()
    for q in ("", "a", "e", "i"):
        page = client.get(f"{acme}/search", {"q": q})
        led_to |= {row["href"] for group in page.context["groups"] for row in group.part.rows}
    assert led_to
    for address in led_to:
        assert client.get(address).status_code == 200, address


def test_scope_and_tenants_hold(
    browser: Callable[[str], Client], acme: str, world: World, fleet: list[Device]
) -> None:
    assert devices(browser("ivan"), acme, "lobby") == ["Lobby 1"]
    assert groups(browser("ivan").get(f"{acme}/search", {"q": "th"}))["sites"] == ["North"]
    assert groups(browser("rosa").get(f"{acme}/search", {"q": "lobby"})) == {}
    gus = browser("gus")
    assert devices(gus, f"/orgs/{world.globex.id}", "lobby") == ["Lobby of globex"]
    for path in ("/search", "/search/palette", "/search/found"):
        assert gus.get(f"{acme}{path}").status_code == 404
        assert Client().get(f"{acme}{path}").status_code == 302


def test_operators(ada: Client, acme: str, world: World, fleet: list[Device]) -> None:
    Device.objects.filter(id=fleet[0].id).update(connected=True, last_seen=fleet[0].created_time)
    mac = fleet[1].mac
    colons = ":".join(mac[at : at + 2] for at in range(0, 12, 2))
    dots = ".".join(mac[at : at + 4] for at in range(0, 12, 4))
    for q, expected in {
        "site:nor": [1],
        'site:"North" lobby': [1],
        "site:unassigned": [3],
        "status:connected": [1],
        "status:Never": [2, 3],
        "model:ap4": [1, 2],
        "model:EX,AP45 site:unassigned": [3],
        "type:switch": [3],
        "name:lobby": [1, 2, 3],
        'name:"lobby 2"': [2],
        f"serial:{fleet[2].serial[-6:]}": [3],
        f"mac:{colons[-9:]}": [2],
        f"mac:{mac[-5:].upper()}": [2],
        colons[-9:]: [2],
        colons.upper(): [2],
        dots[-7:]: [2],
        '"lobby 1"': [1],
        "lobby site:south status:never": [2],
        "site:overseas": [],
        "group:none": [],
    }.items():
        assert devices(ada, acme, q) == [f"Lobby {number}" for number in expected], q


@pytest.mark.parametrize(
    ("q", "problem"),
    [
        ("floor:3", "floor: is not an operator. Use name:, site:, "),
        ("status:broken", "status: must be one of connected, disconnected, never."),
        ("mac:xyz", "mac: takes hex digits"),
        ("a " * 17, "A search has 16 words and operators at most."),
    ],
)
def test_what_is_not_understood_is_said(
    ada: Client, acme: str, fleet: list[Device], q: str, problem: str
) -> None:
    for url in (f"{acme}/search", f"{acme}/search/found", f"{acme}/inventory"):
        page = ada.get(url, {"q": q})
        assert page.status_code == 200
        assert page.context["problem"].startswith(problem)
        assert problem in text(page)
        assert "/devices/" not in text(page)
    assert ada.get(f"{acme}/inventory/suggest", {"q": q}).status_code == 200
    refused = ada.post(f"{acme}/inventory/actions/release", {"all_matching": "1", "q": q, "confirm": "1"})
    assert refused.status_code in (400, 422)
    assert Device.objects.filter(org_id=fleet[0].org_id).count() == 3


def test_devices_without_a_name_come_last(ada: Client, acme: str, world: World, fleet: list[Device]) -> None:
    make_devices(world.north)
    found = groups(ada.get(f"{acme}/search/found", {"q": "ap45"}))["devices"]
    assert found == ["Lobby 1", "Lobby 2", "Unnamed"]


def test_nothing_found_and_nothing_asked(ada: Client, acme: str) -> None:
    assert "Nothing matches this search." in text(ada.get(f"{acme}/search", {"q": "no-such-thing"}))
    assert "Nothing matches “no-such-thing”" in text(ada.get(f"{acme}/search/found", {"q": "no-such-thing"}))
    assert set(groups(ada.get(f"{acme}/search/palette"))) == {"pages", "actions"}


def test_palette_completes_operators(ada: Client, acme: str, fleet: list[Device]) -> None:
    page = ada.get(f"{acme}/search/found", {"q": "lobby st"})
    assert [one.text for one in page.context["completions"]] == ["lobby status:"]
    page = ada.get(f"{acme}/search/found", {"q": "lobby status:dis"})
    assert [one.text for one in page.context["completions"]] == ["lobby status:disconnected "]
    assert page.context["problem"] == ""


def test_short_words_are_beginnings_in_the_search_and_anything_in_the_list(
    ada: Client, acme: str, world: World, fleet: list[Device]
) -> None:
    name_devices(world.acme, fleet[:1], "Kiosk-zq")
    name_devices(world.acme, fleet[1:2], "Kazqo")
    assert groups(ada.get(f"{acme}/search/found", {"q": "zq"}))["devices"] == ["Kiosk-zq"]
    for query in ({"q": "zq"}, {"q": "zq", "in": "devices"}):
        assert groups(ada.get(f"{acme}/search", query))["devices"] == ["Kiosk-zq"]
    listed = ada.get(f"{acme}/inventory", {"q": "zq"}).context["slice"].rows
    assert [row["name"] for row in listed] == ["Kazqo", "Kiosk-zq"]


def test_large_organization_is_asked_in_part_first(
    ada: Client, acme: str, world: World, fleet: list[Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With as many matches as are shown among the first devices by MAC, the others are left alone."""
    monkeypatch.setattr("inventory.queries.finding._SAMPLE", 2)
    by_mac = sorted(fleet, key=lambda device: device.mac)
    for device, name in zip(by_mac, ("Hall b", "Hall c", "Hall a"), strict=True):
        name_devices(world.acme, [device], name)

    def first(q: str, limit: int) -> list[str]:
        filters = DeviceFilter(words=(q,))
        return [row["name"] for row in suggest(world.ada.actor, world.acme, filters, limit=limit)]

    assert first("hall", 2) == ["Hall b", "Hall c"]
    assert first("hall", 3) == ["Hall a", "Hall b", "Hall c"]


def test_one_group_page_by_page(ada: Client, acme: str, world: World) -> None:
    for device in make_devices(world.north, 52):
        Device.objects.filter(id=device.id).update(name=f"Hall {device.mac}")
    overview = ada.get(f"{acme}/search", {"q": "hall"})
    assert len(groups(overview)["devices"]) == 10
    assert "More Devices" in text(overview)
    first = ada.get(f"{acme}/search", {"q": "hall", "in": "devices"})
    second = ada.get(f"{acme}/search", {"q": "hall", "in": "devices", "page": 2})
    seen = groups(first)["devices"] + groups(second)["devices"]
    assert (len(groups(first)["devices"]), len(seen), len(set(seen))) == (50, 52, 52)
    assert 'rel="next"' in text(first)
    assert 'rel="next"' not in text(second)
    assert ada.get(f"{acme}/search", {"q": "hall", "page": "x"}).status_code == 400


def test_inventory_understands_the_same_operators(
    ada: Client, acme: str, world: World, fleet: list[Device]
) -> None:
    url = f"{acme}/inventory"
    assert [row["name"] for row in ada.get(url, {"q": "site:north"}).context["slice"].rows] == ["Lobby 1"]
    switch = ada.get(url, {"q": "type:switch lobby"}).context["slice"].rows
    assert [row["name"] for row in switch] == ["Lobby 3"]
    suggested = text(ada.get(f"{url}/suggest", {"q": "site:south"}))
    assert "Lobby 2" in suggested
    assert "Lobby 1" not in suggested
    csv = b"".join(ada.get(f"{url}.csv", {"q": "site:south"}).streaming_content)  # type: ignore[attr-defined]
    assert b"Lobby 2" in csv
    assert b"Lobby 1" not in csv


def test_costs_what_is_written_down_however_much_is_found(ada: Client, acme: str, world: World) -> None:
    """Kept in search_query_counts.json; UPDATE_QUERY_COUNTS=1 rewrites it."""
    paths = {
        "GET orgs/{org_id}/search": "/search?q=hall",
        "GET orgs/{org_id}/search?in=devices": "/search?q=hall&in=devices",
        "GET orgs/{org_id}/search/palette": "/search/palette",
        "GET orgs/{org_id}/search/found": "/search/found?q=hall",
        "GET orgs/{org_id}/search/found with operators": "/search/found?q=hall+site:hall+model:AP",
    }

    def counts() -> dict[str, int]:
        found = {}
        for name, path in paths.items():
            with CaptureQueriesContext(connection) as captured:
                assert ada.get(f"{acme}{path}").status_code == 200
            found[name] = len(captured)
        return found

    ada.get(acme)
    for number in range(12):
        if number == 1:
            few = counts()
        site = make_site(world.acme, name=f"Hall {number}")
        make_sitegroup(world.acme, f"Hall {number}", site)
        make_profile(world.acme, f"Hall {number}")
        name_devices(world.acme, make_devices(site), f"Hall {number}")
    assert counts() == few
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        KEPT.write_text(json.dumps(few, indent=2, sort_keys=True) + "\n")
    assert few == json.loads(KEPT.read_text())
