"""The window that adopts: who gets its button, what it shows, who has joined since, and a new secret."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from inventory.adopt_commands import read_credential
from inventory.adoption import Credential, make_credential
from inventory.models import AdoptSecret, Device
from inventory.scopes import Scope, read_scope
from tests.deviceapi.calls import adopt
from tests.portal.conftest import HTMX, text
from tests.world import SYSTEM, UNKNOWN, World, make_devices, make_units

Browser = Callable[[str], Client]


def credential(page: Any) -> Credential:
    found = read_credential(page.context["junos"])
    assert found
    return found


def scope(page: Any) -> Scope:
    found = read_scope(credential(page).scope)
    assert found
    return found


@pytest.mark.parametrize(
    ("type", "button"), [("ap", ""), ("switch", "Adopt Switches"), ("gateway", "Adopt WAN Edges")]
)
def test_lists_that_can_be_adopted_to_have_the_button(
    browser: Browser, acme: str, type: str, button: str
) -> None:
    for who, may in (("ada", True), ("wes", True), ("ivan", True), ("rita", False), ("hana", False)):
        page = text(browser(who).get(f"{acme}/inventory", {"type": type}))
        found = re.findall("Adopt (?:Switches|WAN Edges)", page)
        assert found == ([button] if may and button else []), who


@pytest.mark.parametrize("who", ["rita", "hana", "rosa", "otto", "gus", ""])
def test_window_is_closed_to_those_who_may_not_claim(browser: Browser, acme: str, who: str) -> None:
    wanted = {"gus": 404, "": 302}.get(who, 403)
    for path in ("adopt", "adopt/progress", "adopt/rotate"):
        assert browser(who).get(f"{acme}/inventory/{path}").status_code == wanted
    assert browser(who).post(f"{acme}/inventory/adopt/rotate").status_code == wanted
    assert not AdoptSecret.objects.exists()


def test_window_shows_the_commands_of_each_kind_of_device(ada: Client, acme: str, world: World) -> None:
    switches = ada.get(f"{acme}/inventory/adopt", {"type": "switch"})
    edges = ada.get(f"{acme}/inventory/adopt", {"type": "gateway"}, headers=HTMX)
    assert scope(switches) == scope(edges) == Scope(world.acme.id)
    assert "Juniper EX and QFX" in text(switches)
    assert "128agent" not in text(switches)
    assert "Juniper SRX" in text(edges)
    assert "128agent register --registration-code" in text(edges)
    assert "<html" in text(switches)
    assert "<html" not in text(edges)
    assert "no-store" in switches["Cache-Control"]


def test_site_chooses_other_commands(ada: Client, acme: str, world: World) -> None:
    page = ada.get(f"{acme}/inventory/adopt", {"site_id": str(world.north.id)})
    assert scope(page) == Scope(world.acme.id, world.north.id)
    for wrong in (world.overseas.id, UNKNOWN, "x"):
        assert ada.get(f"{acme}/inventory/adopt", {"site_id": str(wrong)}).status_code == 400


def test_installer_of_one_site_gets_its_commands(browser: Browser, acme: str, world: World) -> None:
    page = browser("ivan").get(f"{acme}/inventory/adopt")
    assert scope(page) == Scope(world.acme.id, world.north.id)
    assert "Not now" not in text(page)
    assert "Rotate secret" not in text(page)


def test_line_counts_who_joined_since(ada: Client, acme: str, world: World) -> None:
    adopt(make_units("EX4100-48P")[0], make_credential(SYSTEM, world.acme))
    page = ada.get(f"{acme}/inventory/adopt", {"type": "switch"})
    assert "Waiting for switches" in text(page)
    [url] = re.findall(r'hx-get="([^"]+/progress[^"]+)"', text(page))
    url = url.replace("&amp;", "&")
    assert ada.get(url, headers=HTMX).status_code == 204
    make_devices(world.acme, 1, "EX4100-48P")  # claimed by its code
    adopt(make_units("SRX300")[0], credential(page))  # of another type
    assert ada.get(url, headers=HTMX).status_code == 204
    adopt(make_units("EX4100-48P")[0], credential(page))
    one = ada.get(url, headers=HTMX)
    assert "1 switch adopted since you opened this" in text(one)
    assert "seen=1" in text(one)
    adopt(make_units("EX4400-48P")[0], credential(page))
    assert "2 switches adopted since you opened this" in text(ada.get(url, headers=HTMX))
    again = ada.get(f"{acme}/inventory/adopt", {"type": "switch", "since": page.context["since"]})
    assert "2 switches adopted since" in text(again)


@pytest.mark.parametrize("since", ["", "x", "nan", "inf", "-1e99", "1e30"])
def test_moment_that_is_none_is_now(ada: Client, acme: str, world: World, since: str) -> None:
    adopt(make_units("EX4100-48P")[0], make_credential(SYSTEM, world.acme))
    page = ada.get(f"{acme}/inventory/adopt/progress", {"type": "nonsense", "since": since})
    assert "Waiting for switches" in text(page)


def test_rotation_asks_and_then_shows_new_commands(ada: Client, acme: str) -> None:
    before = credential(ada.get(f"{acme}/inventory/adopt", {"type": "gateway"}))
    asked = ada.get(f"{acme}/inventory/adopt/rotate", {"type": "gateway"}, headers=HTMX)
    assert "Rotate the adopt secret?" in text(asked)
    assert credential(ada.get(f"{acme}/inventory/adopt")) == before
    page = ada.post(f"{acme}/inventory/adopt/rotate", {"type": "gateway"}, headers=HTMX, follow=True)
    assert "The secret was rotated. These are the new commands." in text(page)
    assert page.context["type"] == "gateway"
    assert credential(page).secret != before.secret
    entry = Entry.objects.get(event="inventory.adoption.rotated")
    assert entry.admin_name == "Ada Admin ada@example.com"


@pytest.mark.parametrize("who", ["wes", "ivan"])
def test_who_claims_and_does_not_manage_cannot_rotate(browser: Browser, acme: str, who: str) -> None:
    assert "Rotate secret" not in text(browser(who).get(f"{acme}/inventory/adopt"))
    assert browser(who).get(f"{acme}/inventory/adopt/rotate").status_code == 403
    assert browser(who).post(f"{acme}/inventory/adopt/rotate").status_code == 403
    assert not Entry.objects.filter(event="inventory.adoption.rotated").exists()


def test_adopted_device_is_marked(ada: Client, acme: str, world: World) -> None:
    [claimed] = make_devices(world.acme, 1, "EX4100-48P")
    adopt(make_units("EX4100-48P")[0], make_credential(SYSTEM, world.acme))
    adopted = Device.objects.get(adopted=True)
    mark = '<span class="tag">Adopted</span>'
    for path in ("inventory", "inventory/rows"):
        page = text(ada.get(f"{acme}/{path}", {"type": "switch"}))
        assert page.count(mark) == 1
        assert re.search(rf'{mark} <a href="[^"]+/devices/{adopted.id}"', page)
    assert '<span class="tag ">Adopted</span>' in text(ada.get(f"{acme}/devices/{adopted.id}"))
    assert "Adopted" not in text(ada.get(f"{acme}/devices/{claimed.id}"))
    assert "Adopt EX4100-48P" in text(ada.get(f"{acme}/logs"))
