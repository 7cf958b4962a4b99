"""The commands that let switches and WAN edges join: who gets them, what is in them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from inventory.adopt_commands import read_credential
from inventory.adoption import Credential, rotate_secret
from inventory.models import Device
from inventory.scopes import Scope, read_scope
from tests.client import ApiClient
from tests.deviceapi.calls import adopt
from tests.world import UNKNOWN, World, make_units

Api = Callable[[str], ApiClient]
JUNOS, INSTALLED, ROUTERS, SSR = (
    "ocdevices/outbound_ssh_cmd",
    "jsi/devices/outbound_ssh_cmd",
    "128routers/register_cmd",
    "ssr/register_cmd",
)


@pytest.fixture
def ask(api: Api, world: World) -> Callable[..., Any]:
    """`ask(path, …)`: what Ada is told below acme."""
    return lambda path, **query: api("ada").get(f"/orgs/{world.acme.id}/{path}", **query).ok()


def scope_of(credential: Credential | None) -> Scope:
    assert credential
    scope = read_scope(credential.scope)
    assert scope
    return scope


def test_commands_lead_a_junos_device_here(ask: Callable[..., Any], world: World, settings: Any) -> None:
    settings.BASE_URL = "https://console.example.org"
    lines = ask(JUNOS)["cmd"].splitlines()
    assert all(line.startswith("set system ") for line in lines)
    client = "set system services outbound-ssh client mistadmin"
    assert lines[-1].startswith(f"{client} console.example.org port 443 ")
    assert f"{client} services netconf" in lines
    assert f"{client} device-id {world.acme.id}" in lines
    assert any(re.fullmatch(rf"{client} secret [0-9a-f]{{64}}", line) for line in lines)
    assert any(line.startswith(f"{client} keep-alive ") for line in lines)
    assert "set system login user mistadmin class super-user" in lines
    assert ask(INSTALLED) == ask(JUNOS)


def test_port_and_host_are_those_of_the_instance(ask: Callable[..., Any], settings: Any) -> None:
    settings.BASE_URL = "http://192.0.2.7:8932/below"
    assert " 192.0.2.7 port 8932 " in ask(JUNOS)["cmd"]


def test_commands_stay_until_they_are_rotated(ask: Callable[..., Any], world: World) -> None:
    first = ask(JUNOS)
    assert ask(JUNOS) == first
    opened = Entry.objects.get(event="inventory.adoption.opened")
    assert (opened.message, opened.admin_id) == ("Create Adopt Secret", world.ada.admin.id)
    rotate_secret(world.ada.actor, world.acme)
    assert ask(JUNOS) != first
    assert Entry.objects.filter(event="inventory.adoption.opened").count() == 1


def test_device_joins_by_what_was_answered(ask: Callable[..., Any], api: Api, world: World) -> None:
    switch, router = make_units("EX4100-48P")[0], make_units("SSR120")[0]
    for unit, text in ((switch, ask(JUNOS)["cmd"]), (router, ask(SSR)["registration_code"])):
        credential = read_credential(text)
        assert credential
        assert adopt(unit, credential).status_code == 200
    rows = api("ada").get(f"/orgs/{world.acme.id}/inventory").ok()
    assert {row["mac"]: row["adopted"] for row in rows} == {switch.mac: True, router.mac: True}
    device = Device.objects.get(mac=switch.mac)
    api("ada").put(
        f"/orgs/{world.acme.id}/inventory",
        {"op": "assign", "macs": [switch.mac], "site_id": str(world.north.id)},
    ).ok()
    assert api("ada").get(f"/sites/{world.north.id}/devices/{device.id}").ok()["adopted"] is True


def test_site_in_the_query_is_where_devices_join(ask: Callable[..., Any], world: World) -> None:
    found = read_credential(ask(JUNOS, site_id=world.north.id)["cmd"])
    assert scope_of(found) == Scope(world.acme.id, world.north.id)


@pytest.mark.parametrize("site", ["overseas", "unknown"])
def test_foreign_site_and_unknown_one_look_alike(api: Api, world: World, site: str) -> None:
    wanted = world.overseas.id if site == "overseas" else UNKNOWN
    path = f"/orgs/{world.acme.id}/{JUNOS}"
    assert api("ada").get(path, site_id=wanted).expect(404) == {"detail": "Not found."}
    api("ada").get(path, site_id="x").expect(400)
    if site == "overseas":
        # Gus sees the site, and the organization not.
        api("gus").get(path, site_id=wanted).expect(404)


def test_installer_of_one_site_gets_commands_for_that_site_only(api: Api, world: World) -> None:
    path = f"/orgs/{world.acme.id}/{JUNOS}"
    api("ivan").get(path).expect(403)
    api("ivan").get(path, site_id=world.south.id).expect(404)
    own = read_credential(api("ivan").get(path, site_id=world.north.id).ok()["cmd"])
    assert scope_of(own).site_id == world.north.id


def test_registration_code_is_limited_as_asked(ask: Callable[..., Any], world: World) -> None:
    before = int(time.time())
    answer = ask(ROUTERS, ttl=3600, asset_ids="CR1,CR2")
    assert answer["registration_code"] in answer["conductor_cmd"]
    assert answer["registration_code"] in answer["router_shell_cmd"]
    scope = scope_of(read_credential(answer["registration_code"]))
    assert (scope.org_id, scope.site_id, scope.serials) == (world.acme.id, None, ("CR1", "CR2"))
    assert scope.until is not None
    assert 3600 <= scope.until - before < 3660
    year = scope_of(read_credential(ask(SSR)["registration_code"])).until
    assert year is not None
    assert 0 <= year - before - 31_536_000 < 60


def test_assets_may_stand_in_the_body(api: Api, world: World) -> None:
    path = f"/orgs/{world.acme.id}/{ROUTERS}"
    answer = api("ada").send("GET", path, b'{"asset_ids": ["CR7"]}').ok()
    assert scope_of(read_credential(answer["registration_code"])).serials == ("CR7",)
    api("ada").send("GET", path, b'{"asset_ids": []}').expect(400)


def test_assets_may_be_repeated_in_the_query(api: Api, world: World) -> None:
    path = f"/orgs/{world.acme.id}/{ROUTERS}?asset_ids=CR7&asset_ids=CR8"
    code = api("ada").get(path).ok()["registration_code"]
    assert scope_of(read_credential(code)).serials == ("CR7", "CR8")


@pytest.mark.parametrize(
    "query",
    [
        {"ttl": 0},
        {"ttl": "x"},
        {"ttl": 31_536_001},
        {"asset_ids": "a.b"},
        {"asset_ids": ","},
        {"asset_ids": ",".join(f"S{n}" for n in range(51))},
    ],
)
def test_bad_limits_are_refused(api: Api, world: World, query: dict[str, Any]) -> None:
    api("ada").get(f"/orgs/{world.acme.id}/{ROUTERS}", **query).expect(400)


@pytest.mark.parametrize("path", [JUNOS, INSTALLED, ROUTERS, SSR])
def test_answers_are_stored_nowhere(api: Api, world: World, path: str) -> None:
    assert api("ada").get(f"/orgs/{world.acme.id}/{path}").headers["Cache-Control"] == "no-store"


def test_organizations_have_different_secrets(api: Api, world: World) -> None:
    found = [
        read_credential(api(who).get(f"/orgs/{org.id}/{JUNOS}").ok()["cmd"])
        for who, org in (("ada", world.acme), ("gus", world.globex))
    ]
    assert len({one.secret for one in found if one}) == 2


def test_deleted_organization_takes_its_secret_along(
    ask: Callable[..., Any], api: Api, world: World, client: Client
) -> None:
    credential = read_credential(ask(JUNOS)["cmd"])
    assert credential
    api("ada").delete(f"/orgs/{world.acme.id}").ok()
    assert adopt(make_units("SRX300")[0], credential).status_code == 401
