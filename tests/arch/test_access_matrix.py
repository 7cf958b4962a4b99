"""Every operation as everybody: nobody gets in by accident, foreigners and the refused leave no trace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from accounts.auth import actor_for
from accounts.msps import create_msp_org
from inventory.adoption import make_credential
from mistadmin.core import access
from orgs.models import Msp, OrgGroup
from tests.accounts.oracle import ABILITIES, MSP_ROLES, MSP_ROWS, ROLES, ROWS
from tests.arch.matrix import CASES, CHANGING, ORG, OWN, PUBLIC, QUERIES, Case
from tests.arch.routes import Operation, operations
from tests.client import ApiClient, Reply
from tests.watch import WRITE
from tests.world import (
    EVERYONE,
    SYSTEM,
    UNKNOWN,
    Person,
    World,
    grant_at,
    make_admin,
    make_asset,
    make_devices,
    make_edges,
    make_invite,
    make_juniper_account,
    make_map,
    make_msp,
    make_orggroup,
    make_profile,
    make_sitegroup,
    make_sso,
    make_sso_role,
    make_units,
)

OPERATIONS = operations()
# Ivan's role is limited to the site that the calls name; everybody else's reaches all of acme.
ONE_SITE = "ivan"
# Below an organization of one's own a name is nobody's: it makes a site there.
NAME = "site_name"
SIGN_IN_TABLES = {"accounts_adminsession"}


# Who calls what is below an MSP: its founder, Gus of another one, and the other roles there.
AT_MSP = "msps/"


def make_msps(world: World) -> dict[str, str]:
    """An MSP of Mia's with one organization, another one of Gus's; the values of paths below Mia's."""
    mia, gus = make_admin("mia"), world.gus.admin
    world.people["mia"] = Person("mia", "super_user", mia)
    msp, rival = make_msp("Umbrella", by=mia), make_msp("Rival", by=gus)
    branch = create_msp_org(actor_for(mia), msp, values={"name": "Branch"})
    create_msp_org(actor_for(gus), rival, values={"name": "Elsewhere"})
    make_orggroup(rival, "West")
    reader = make_admin("mike")
    grant_at(msp, reader, "observer")
    return {
        "msp_id": str(msp.id),
        "org_id": str(branch.id),
        "orggroup_id": str(make_orggroup(msp, "East", branch).id),
        "admin_id": str(reader.id),
        "invite_id": str(make_invite(msp, "ines@example.com").id),
        "device_mac": make_devices(branch)[0].mac,
    }


class Ids:
    """Ids of real objects for the parameters of every path."""

    def __init__(self, world: World) -> None:
        self.at_msp = make_msps(world)
        (device,) = make_devices(world.north)
        (unit,), (edge_unit,) = make_units(), make_units("ME-X5")
        (edge,) = make_edges(world.north)
        make_credential(SYSTEM, world.acme)
        make_juniper_account(world.acme, assets=[make_asset(device.serial, device.model, type="ap")])
        self._world = world
        self._docs = {"deviceprofiles": str(make_profile(world.acme).id)}
        for kind in ("rftemplates", "templates"):
            created = ApiClient(world.ada.admin).post(f"/orgs/{world.acme.id}/{kind}", {"name": "Guest"})
            self._docs[kind] = str(created.ok()["id"])
        self.values = {
            "org_id": str(world.acme.id),
            "site_id": str(world.north.id),
            "sitegroup_id": str(make_sitegroup(world.acme, "Coast", world.north).id),
            "device_id": str(device.id),
            "mac": device.mac,
            "device_mac": device.mac,
            "site_name": "North",
            "map_id": str(make_map(world.north).map_id),
            "image_name": "image1",
            "mxedge_id": str(edge.id),
            "admin_id": str(world.wes.admin.id),
            "invite_id": str(make_invite(world.acme, "ines@example.com").id),
            "image_number": "1",
            "provider": "google",
            "sso_id": str(make_sso(world.acme).id),
            "ssorole_id": str(make_sso_role(world.acme).id),
            "edge_code": edge_unit.claim_code,
            "msp_id": self.at_msp["msp_id"],
            "orggroup_id": self.at_msp["orggroup_id"],
            "code": unit.claim_code,
            "token": "nonsense",
        }

    def of(self, path: str) -> dict[str, str]:
        """The values for one path; the same name means different things in different paths."""
        if path.startswith(AT_MSP):
            return {**self.values, **self.at_msp}
        doc = next((doc for kind, doc in self._docs.items() if f"/{kind}/" in path), "")
        token = self._world.org_token if path.startswith("orgs/") else self._world.user_token
        return {**self.values, "doc_id": doc, "token_id": str(token.id)}


@pytest.fixture
def ids(world):
    return Ids(world)


def call(client: ApiClient, operation: Operation, values: dict[str, str], body: object = None) -> Reply:
    text = json.dumps(body)
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    data = b"" if body is None else text.encode()
    query = f"?{QUERIES[str(operation)]}" if str(operation) in QUERIES else ""
    return client.send(operation.method.upper(), f"/{operation.path.format(**values)}{query}", data)


@contextmanager
def undone() -> Iterator[list[str]]:
    """What is written inside, as SQL; undone afterwards."""
    written: list[str] = []

    def note(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        found = WRITE.match(sql)
        if found and found[1] not in SIGN_IN_TABLES and context["cursor"].rowcount != 0:
            written.append(sql)
        return result

    with connection.execute_wrapper(note), transaction.atomic():
        yield written
        transaction.set_rollback(True)


def test_every_route_is_in_the_matrix_and_the_other_way_round():
    routes = {str(operation) for operation in OPERATIONS}
    assert routes == {*CASES, *PUBLIC, *OWN}


def test_oracle_knows_every_role_and_uses_no_word_that_it_does_not_explain():
    assert set(ROLES) == {*access.ROLES, access.SUPPORT.key}
    needed = {case.needs for cases in CASES.values() for case in cases}
    assert needed | frozenset().union(*ROLES.values(), *MSP_ROLES.values()) <= set(ABILITIES)
    written = [row for rows in (*ROWS.values(), *MSP_ROWS.values()) for row in rows]
    assert all(row["because"] and row["guide"] for row in written)


def test_nobody_is_let_in_without_a_credential(anonymous, ids):
    for operation in OPERATIONS:
        if str(operation) in PUBLIC:
            continue
        with undone() as written:
            case = CASES.get(str(operation), (Case(""),))[0]
            reply = call(anonymous, operation, ids.of(operation.path), case.body)
            assert reply.expect(401) == {"detail": "Authentication credentials were not provided."}
            assert reply.headers["WWW-Authenticate"] == "Token"
            assert not written, f"{operation} wrote: {written}"


def test_foreigner_cannot_tell_what_exists_from_what_does_not(api, world, ids):
    gus = api("gus")
    for operation in OPERATIONS:
        if not operation.parameters or str(operation) in {*PUBLIC, *CHANGING}:
            continue
        case = CASES.get(str(operation), (Case("", body={"name": "x"}),))[0]
        values = ids.of(operation.path)
        unknown = {**values, **dict.fromkeys(operation.parameters, str(UNKNOWN))}
        with undone() as written:
            real = call(gus, operation, values, case.body)
            invented = call(gus, operation, unknown, case.body)
            assert real.expect(404) == invented.expect(404), str(operation)
            assert not written, f"{operation} wrote: {written}"
        if len(operation.parameters) > 1 and operation.parameters[-1] != NAME:
            _compare_below_own_parent(gus, operation, values, case, world)


def _compare_below_own_parent(gus, operation, values, case, world):
    """Below an organization or site of his own, foreign ids are no more visible."""
    rival = Msp.objects.get(name="Rival")
    own = {
        "org_id": str(world.globex.id),
        "site_id": str(world.overseas.id),
        "msp_id": str(rival.id),
    }
    parent, child, *_ = operation.parameters
    foreign = {**values, parent: own[parent]}
    with undone() as written:
        real = call(gus, operation, foreign, case.body)
        invented = call(gus, operation, {**foreign, child: str(UNKNOWN)}, case.body)
        assert real.expect(404) == invented.expect(404), str(operation)
        assert not written, f"{operation} wrote: {written}"


@pytest.mark.parametrize("who", [key for key in EVERYONE if key != "gus"])
def test_roles(api, world, ids, who):
    client, person = api(who), world.people[who]
    problems = []
    for operation in OPERATIONS:
        for case in () if operation.path.startswith(AT_MSP) else CASES.get(str(operation), ()):
            allowed = case.needs in ROLES[person.role] and not (who == ONE_SITE and case.reach == ORG)
            with undone() as written:
                reply = call(client, operation, ids.of(operation.path), case.body)
            if reply.status != (case.status if allowed else 403):
                problems.append(f"{operation} {case.body or ''}: {reply.status} for a {person.role}")
            if not allowed and written:
                problems.append(f"{operation} wrote although it was refused: {written[0]}")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("role", [*(key for key in MSP_ROLES if key), "", "nobody"])
def test_roles_at_an_msp(api, world, ids, role):
    """Everybody at the MSP, a Super User of one group of it, and Ada, who has no role there."""
    admin, values = make_admin("pat"), ids.of(AT_MSP)
    if role != "nobody":
        msp, group = Msp.objects.get(name="Umbrella"), OrgGroup.objects.get(name="East")
        grant_at(msp, admin, role or "super_user", None if role else group)
    client, problems = api("ada") if role == "nobody" else ApiClient(admin), []
    of_org = ("PUT msps/{msp_id}/orgs/{org_id}", "DELETE msps/{msp_id}/orgs/{org_id}")
    for operation in (one for one in OPERATIONS if one.path.startswith(AT_MSP)):
        for case in CASES[str(operation)]:
            allowed = case.needs in MSP_ROLES.get(role, ()) or (role == "" and str(operation) in of_org)
            with undone() as written:
                reply = call(client, operation, values, case.body)
            expected = case.status if allowed else 404 if role == "nobody" else 403
            if reply.status != expected or (written and not allowed):
                problems.append(f"{operation}: {reply.status}, not {expected}, and wrote {written[:1]}")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("who", EVERYONE)
def test_own_account_is_open_to_every_role(api, who):
    for path in (
        "/self",
        "/self/usage",
        "/self/login_failures",
        "/const/countries",
        "/self/apitokens",
        "/self/logs",
        "/const/device_models",
        "/const/device_events",
        "/const/mxedge_models",
        "/const/mxedge_events",
    ):
        api(who).get(path).ok()
