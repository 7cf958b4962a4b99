"""Switches and WAN edges that join by themselves: with both secrets, where the commands say, once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.db import connection
from structlog.testing import capture_logs

from audit.models import Entry
from deviceapi import signing
from deviceapi.views import DEVICE_TRIES
from inventory import actions, adoption
from inventory.adoption import Credential, make_credential, rotate_secret
from inventory.manufacturing import MadeUnit
from inventory.models import AdoptSecret, Device, Unit
from inventory.scopes import Scope, read_scope
from mistadmin.core import tenancy
from mistadmin.core.access import CLAIM, Actor, Place
from mistadmin.core.errors import Invalid, NotAllowed, NotVisible
from orgs.actions import update_setting
from orgs.models import Org
from tests.deviceapi.calls import ADOPT_PATH, adopt, adopting, call, post, report
from tests.deviceapi.test_refusals import assert_refused, reasons
from tests.world import SYSTEM, World, claim, make_units

Owed = Callable[[], list[tuple[str, str]]]


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with capture_logs() as entries:
        yield entries


@pytest.fixture
def switch(world: World) -> MadeUnit:
    """A switch that nobody owns."""
    [made] = make_units("EX4100-48P")
    return made


@pytest.fixture
def acme(world: World) -> Credential:
    """What acme's commands carry."""
    return make_credential(SYSTEM, world.acme)


def owner(unit: MadeUnit) -> Any:
    return Unit.objects.get(mac=unit.mac).org_id


@pytest.mark.parametrize("model", ["EX4100-48P", "SRX300", "SSR120"])
def test_unit_with_both_secrets_joins_and_reports(
    world: World, acme: Credential, model: str, owed: Owed
) -> None:
    [unit] = make_units(model)
    before = len(owed())
    answer = adopt(unit, acme)
    assert answer.status_code == 200
    assert (answer.json()["claimed"], answer.json()["org_id"]) == (True, str(world.acme.id))
    device = Device.objects.get(mac=unit.mac)
    assert (device.org_id, device.site_id, device.adopted, device.connected) == (
        world.acme.id,
        None,
        True,
        True,
    )
    assert owner(unit) == world.acme.id
    placing = "autoprovision.tasks.place_devices"
    assert owed()[before:] == [
        ("inventory.device.adopted", placing),
        ("inventory.device.reported", placing),
    ]
    entry = Entry.objects.get(event="inventory.device.adopted")
    assert (entry.message, entry.actor_kind) == (f"Adopt {model} {unit.mac}", "device")
    assert (entry.admin_id, entry.admin_name, entry.src_ip) == (None, f"{model} {unit.mac}", "127.0.0.1")


def test_member_calls_with_its_own_secret_and_survives_rotation(
    world: World, acme: Credential, switch: MadeUnit
) -> None:
    assert adopt(switch, acme).status_code == 200
    assert call(switch).json()["org_id"] == str(world.acme.id)
    rotate_secret(SYSTEM, world.acme)
    assert call(switch).json()["org_id"] == str(world.acme.id)
    [stranger] = make_units("EX4100-48P")
    assert_refused(adopt(stranger, acme))
    assert adopt(stranger, make_credential(SYSTEM, world.acme)).status_code == 200


def test_wrong_adopt_secret_is_refused(acme: Credential, switch: MadeUnit, logged: list[Any]) -> None:
    assert_refused(adopt(switch, replace(acme, secret="f" * 64)))
    assert reasons(logged) == ["wrong adopt secret"]
    assert owner(switch) is None


def test_adopt_secret_alone_makes_nobody_a_unit(
    acme: Credential, switch: MadeUnit, logged: list[Any]
) -> None:
    """Who knows the commands, and MAC and serial from a label, still lacks the unit's own secret."""
    assert_refused(adopt(switch, acme, secret="f" * 64))
    assert reasons(logged) == ["wrong secret"]
    assert owner(switch) is None


def test_signature_of_one_unit_is_no_use_to_another(acme: Credential, switch: MadeUnit) -> None:
    [other] = make_units("EX4100-48P")
    raw = json.dumps(report(switch)).encode()
    signed = adopting(switch, acme, raw)
    signed |= {signing.ADOPT_HEADER: adopting(other, acme, raw)[signing.ADOPT_HEADER]}
    assert_refused(post(raw, signed, f"{ADOPT_PATH}/{acme.scope}"))


def test_call_cannot_be_turned_to_another_organization(
    world: World, acme: Credential, switch: MadeUnit
) -> None:
    """Somebody on the way, with an adopt secret of his own, cannot redirect the call."""
    globex = make_credential(SYSTEM, world.globex)
    raw, at = json.dumps(report(switch)).encode(), time.time()
    theirs = adopting(switch, globex, raw, at=at, secret="f" * 64)[signing.ADOPT_HEADER]
    signed = {**adopting(switch, acme, raw, at=at), signing.ADOPT_HEADER: theirs}
    assert_refused(post(raw, signed, f"{ADOPT_PATH}/{globex.scope}"))
    assert owner(switch) is None


def test_call_is_accepted_once_also_after_a_release(
    world: World, acme: Credential, switch: MadeUnit, logged: list[Any]
) -> None:
    raw = json.dumps(report(switch)).encode()
    signed = adopting(switch, acme, raw)
    assert post(raw, signed, f"{ADOPT_PATH}/{acme.scope}").status_code == 200
    assert_refused(post(raw, signed, f"{ADOPT_PATH}/{acme.scope}"))
    actions.release_devices(SYSTEM, world.acme, devices=Device.objects.filter(mac=switch.mac))
    assert_refused(post(raw, signed, f"{ADOPT_PATH}/{acme.scope}"))
    assert set(reasons(logged)) == {"replayed or older than the last accepted call"}
    assert owner(switch) is None
    assert not Device.objects.exists()


def test_adopt_call_is_no_checkin_and_the_other_way_round(acme: Credential, switch: MadeUnit) -> None:
    raw = json.dumps(report(switch)).encode()
    assert_refused(post(raw, adopting(switch, acme, raw)))


def test_access_point_is_refused(acme: Credential, logged: list[Any]) -> None:
    [unit] = make_units("AP45")
    assert_refused(adopt(unit, acme))
    assert reasons(logged) == ["neither switch nor WAN edge"]
    assert owner(unit) is None


def test_unit_of_another_organization_stays_theirs(
    world: World, acme: Credential, switch: MadeUnit, logged: list[Any]
) -> None:
    claim(world.globex, [switch])
    assert_refused(adopt(switch, acme))
    assert reasons(logged) == ["belongs to another organization"]
    assert owner(switch) == world.globex.id
    assert not Entry.objects.filter(event="inventory.device.adopted").exists()


def test_claimed_unit_of_the_same_organization_only_reports(
    world: World, acme: Credential, switch: MadeUnit
) -> None:
    claim(world.north, [switch])
    assert adopt(switch, acme).json()["site_id"] == str(world.north.id)
    device = Device.objects.get(mac=switch.mac)
    assert (device.adopted, device.connected) == (False, True)
    assert not Entry.objects.filter(event="inventory.device.adopted").exists()


def test_released_device_can_be_claimed_and_adopted_again(
    world: World, acme: Credential, switch: MadeUnit
) -> None:
    adopt(switch, acme)
    actions.release_devices(SYSTEM, world.acme, devices=Device.objects.filter(mac=switch.mac))
    assert call(switch).json()["claimed"] is False
    assert adopt(switch, make_credential(SYSTEM, world.globex)).json()["org_id"] == str(world.globex.id)
    actions.release_devices(SYSTEM, world.globex, devices=Device.objects.filter(mac=switch.mac))
    assert [device.adopted for device in claim(world.acme, [switch])] == [False]


def test_commands_of_a_site_place_there_and_open_nothing_else(
    world: World, acme: Credential, switch: MadeUnit
) -> None:
    north = make_credential(SYSTEM, world.north)
    for wider in (acme.scope, make_credential(SYSTEM, world.south).scope):
        assert_refused(adopt(switch, Credential(wider, north.secret)))
    assert adopt(switch, north).json()["site_id"] == str(world.north.id)


def test_commands_of_a_deleted_site_are_refused(world: World, switch: MadeUnit, logged: list[Any]) -> None:
    south = make_credential(SYSTEM, world.south)
    actions.delete_site(SYSTEM, world.south)
    assert_refused(adopt(switch, south))
    assert reasons(logged) == ["the site does not exist any more"]


def test_code_holds_for_its_time_and_its_serials(world: World, switch: MadeUnit, logged: list[Any]) -> None:
    soon, past = int(time.time()) + 60, int(time.time()) - 1
    mine = (switch.serial,)
    for until, serials in ((past, ()), (soon, ("JW420001",)), (past, mine)):
        assert_refused(adopt(switch, make_credential(SYSTEM, world.acme, until=until, serials=serials)))
    assert set(reasons(logged)) == {"the registration code has expired or is for other serials"}
    code = make_credential(SYSTEM, world.acme, until=soon, serials=mine)
    forged = str(Scope(world.acme.id, None, soon + 3600, mine))
    assert_refused(adopt(switch, Credential(forged, code.secret)))
    assert adopt(switch, code).status_code == 200


@pytest.mark.parametrize(
    "scope",
    ["x", "{org}.", "{org}.until-", "{org}.only-", "{org}.only-a.until-5", "{org}%0A", "{org}.site-1"],
)
def test_text_that_is_no_scope_is_refused(
    acme: Credential, switch: MadeUnit, logged: list[Any], scope: str
) -> None:
    assert_refused(adopt(switch, replace(acme, scope=scope.replace("{org}", acme.scope))))
    assert owner(switch) is None


def test_scopes_are_read_as_they_are_spelled(world: World) -> None:
    for scope in (
        Scope(world.acme.id),
        Scope(world.acme.id, world.north.id),
        Scope(world.acme.id, None, 1_800_000_000, ("A1", "B2")),
    ):
        assert read_scope(str(scope)) == scope
    assert read_scope(str(Scope(world.acme.id, serials=("A",) * 51))) is None


def test_missing_adopt_signature_is_refused(acme: Credential, switch: MadeUnit, logged: list[Any]) -> None:
    raw = json.dumps(report(switch)).encode()
    signed = adopting(switch, acme, raw)
    del signed[signing.ADOPT_HEADER]
    assert_refused(post(raw, signed, f"{ADOPT_PATH}/{acme.scope}"))
    assert reasons(logged) == ["malformed adoption"]


def test_every_refusal_looks_the_same(world: World, acme: Credential, switch: MadeUnit) -> None:
    [ap], [theirs] = make_units("AP45"), make_units("EX4100-48P")
    claim(world.globex, [theirs])
    unknown = replace(acme, scope=str(Scope(world.globex.id)))
    answers = [
        adopt(switch, replace(acme, secret="f" * 64)),
        adopt(switch, acme, secret="f" * 64),
        adopt(switch, unknown),
        adopt(ap, acme),
        adopt(theirs, acme),
    ]
    assert len({answer.content for answer in answers}) == 1
    for answer in answers:
        assert_refused(answer)
    assert not AdoptSecret.objects.filter(org=world.globex).exists(), "a call makes no secret"


def test_guessing_is_paused_and_the_unit_itself_is_not(acme: Credential, switch: MadeUnit) -> None:
    for _ in range(DEVICE_TRIES):
        assert_refused(adopt(switch, replace(acme, secret="f" * 64)))
    assert adopt(switch, replace(acme, secret="f" * 64)).status_code == 429
    assert adopt(switch, acme).status_code == 200


def test_malformed_report_is_a_bad_request_and_owns_nothing(acme: Credential, switch: MadeUnit) -> None:
    raw, path = b'{"uptime": -1}', f"{ADOPT_PATH}/{acme.scope}"
    assert post(raw, adopting(switch, acme, raw), path).status_code == 400
    assert owner(switch) is None
    assert adopt(switch, acme).status_code == 200


def test_adopt_calls_are_posts(client: Any, acme: Credential) -> None:
    assert client.get(f"{ADOPT_PATH}/{acme.scope}").status_code == 405


def test_rules_place_an_adopted_device_as_a_claimed_one(
    world: World, acme: Credential, switch: MadeUnit, pay: Callable[[], int]
) -> None:
    rule = {"src": "model", "model": "EX4100-48P", "value": "North", "match_device_type": "switch"}
    setting = {"auto_site_assignment": {"enable": True, "rules": [rule]}}
    update_setting(SYSTEM, world.acme, changes=setting)
    adopt(switch, acme)
    pay()
    assert Device.objects.get(mac=switch.mac).site_id == world.north.id


def test_device_may_join_where_it_proved_to_belong_and_nothing_else(world: World) -> None:
    [unit] = make_units("SRX300")
    joining = Actor.device("SRX300", Place(world.acme.id), None)
    with pytest.raises(NotVisible):
        actions.adopt_unit(joining, Place(world.globex.id), mac=unit.mac)
    with pytest.raises(NotAllowed):
        joining.require(CLAIM, world.acme)
    with pytest.raises(NotAllowed):
        actions.adopt_unit(world.ada.actor, world.acme, mac=unit.mac)
    at_north = Actor.device("SRX300", Place(world.acme.id, world.north.id), None)
    with pytest.raises(NotVisible):
        actions.adopt_unit(at_north, Place(world.acme.id, world.south.id), mac=unit.mac)


def test_secret_is_stored_sealed_and_in_no_entry(world: World, acme: Credential, logged: list[Any]) -> None:
    rotate_secret(world.ada.actor, world.acme)
    fresh = make_credential(SYSTEM, world.acme)
    row = AdoptSecret.objects.get(org=world.acme)
    plain = adoption._opened(row)
    told = str(list(Entry.objects.values())) + str(logged)
    for secret in (plain, acme.secret, fresh.secret):
        assert secret.encode() not in bytes(row.secret)
        assert secret not in told
    rotated = Entry.objects.get(event="inventory.adoption.rotated")
    assert (rotated.message, rotated.org_id) == ("Rotate Adopt Secret", world.acme.id)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_organizations_at_once_exactly_one_adopts() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: two calls are never under way at once")
    orgs = [Org.objects.create(name=f"Org {number}") for number in range(6)]
    credentials = [make_credential(SYSTEM, org) for org in orgs]
    for unit in make_units("EX4100-48P", 10):
        codes = at_once(unit, credentials)
        assert sorted(codes) == [200, 401, 401, 401, 401, 401]
        assert owner(unit) == Device.objects.get(mac=unit.mac).org_id == orgs[codes.index(200)].id
    assert Entry.objects.filter(event="inventory.device.adopted").count() == 10


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_adoption_while_the_organization_is_deleted_leaves_no_stray_device() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: two calls are never under way at once")

    def delete(org: Org) -> bool:
        try:
            actions.delete_org(SYSTEM, org)
        except Invalid:
            return False
        return True

    for number in range(10):
        org, [unit] = Org.objects.create(name=f"Org {number}"), make_units("EX4100-48P")
        credential = make_credential(SYSTEM, org)
        deleted, code = together(
            [partial(delete, org), lambda unit=unit, one=credential: adopt(unit, one).status_code]
        )
        assert (deleted, code) in ((True, 401), (False, 200))
        assert owner(unit) == (None if deleted else org.id)
        assert Device.objects.filter(mac=unit.mac).exists() != deleted


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_secret_that_is_first_needed_twice_at_once_is_one() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: two calls are never under way at once")
    org = Org.objects.create(name="Org")
    found = together([lambda: make_credential(SYSTEM, org) for _ in range(6)])
    assert len({credential.secret for credential in found}) == 1
    assert Entry.objects.filter(event="inventory.adoption.opened").count() == 1


def at_once(unit: MadeUnit, credentials: list[Credential]) -> list[int]:
    """The answers to one unit that joins several organizations at the same moment, each a little later."""
    now = time.time()
    calls = [
        lambda one=one, at=now + number / 1000: adopt(unit, one, at=at).status_code
        for number, one in enumerate(credentials)
    ]
    return together(calls)


def together(calls: list[Callable[[], Any]]) -> list[Any]:
    """The results of calls that start at the same moment, each with a database connection of its own."""
    start, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number: int) -> None:
        start.wait()
        try:
            with tenancy.across():
                results[number] = calls[number]()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
