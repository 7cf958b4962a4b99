"""How many queries each read costs, kept in tests/query_counts.json; UPDATE_QUERY_COUNTS=1 rewrites it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.msps import create_msp_org
from accounts.sso.actions import record_failure
from orgs.models import Msp, Org
from tests.arch.matrix import CHANGING
from tests.arch.routes import operations
from tests.arch.test_access_matrix import AT_MSP, Ids, call
from tests.world import (
    SYSTEM,
    call_in,
    grant,
    grant_at,
    make_admin,
    make_asset,
    make_devices,
    make_edges,
    make_invite,
    make_juniper_account,
    make_map,
    make_orggroup,
    make_profile,
    make_site,
    make_sitegroup,
    make_sso,
    make_sso_role,
)

KEPT = Path(__file__).parents[1] / "query_counts.json"
# These ask another server first.
ELSEWHERE = {"login/oauth/{provider}", "self/oauth/{provider}"}
READS = [
    operation
    for operation in operations()
    if operation.method == "get" and str(operation) not in CHANGING and operation.path not in ELSEWHERE
]


def test_reads_cost_what_is_written_down_however_many_rows_there_are(api, world):
    ids = Ids(world)
    _add(api, world, 1)
    few = {str(operation): _queries(api, operation, ids) for operation in READS}
    _add(api, world, 18)
    many = {str(operation): _queries(api, operation, ids) for operation in READS}
    counts = {name: len(queries) for name, queries in few.items()}
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        KEPT.write_text(json.dumps(counts, indent=2, sort_keys=True) + "\n")
    kept = json.loads(KEPT.read_text())
    for name in few:
        assert len(many[name]) == len(few[name]), _told(
            f"{name} costs more with 20 rows than with 2", many[name]
        )
        assert counts[name] == kept.get(name), _told(
            f"{name} costs {counts[name]}, not {kept.get(name)}", few[name]
        )
    assert set(kept) == set(counts), "tests/query_counts.json names reads that are gone"


def _add(api, world, count):
    for number in range(count):
        name = f"{count}-{number}"
        site = make_site(world.acme, name=name)
        make_sitegroup(world.acme, name, site, world.north)
        make_profile(world.acme, name)
        make_invite(world.acme, f"{name}@example.com")
        grant(make_admin(name), world.acme, "observer", site=site)
        api("ada").post(f"/orgs/{world.acme.id}/templates", {"name": name}).ok()
        rf = api("ada").post(f"/orgs/{world.acme.id}/rftemplates", {"name": name}).ok()
        api("ada").put(f"/sites/{world.north.id}", {"rftemplate_id": rf["id"]}).ok()
        make_map(world.north, name)
        api("ada").post("/self/apitokens", {"name": name}).ok()
        wish = {"name": name, "privileges": [{"scope": "site", "role": "read", "site_id": str(site.id)}]}
        api("ada").post(f"/orgs/{world.acme.id}/apitokens", wish).ok()
    msp = Msp.objects.get(name="Umbrella")
    for number in range(count):
        org = create_msp_org(SYSTEM, msp, values={"name": f"{count}-{number}"})
        make_orggroup(msp, f"{count}-{number}", org, Org.objects.get(name="Branch"))
        make_invite(msp, f"{count}-{number}@example.com")
        grant_at(msp, make_admin(f"at-{count}-{number}"), "observer")
    for number in range(count):
        make_juniper_account(world.acme, f"{count}-{number}", assets=[make_asset(f"S{count}-{number}")])
        record_failure(SYSTEM, make_sso(world.acme, f"{count}-{number}"), detail="x", raw=b"<x/>")
        make_sso_role(world.acme, f"{count}-{number}")
    call_in(make_devices(world.north, count), version="0.14.1", hostname="ward", ip="10.0.0.1")
    call_in(make_devices(world.acme, count))
    call_in(make_edges(world.north, count), version="0.1.2813", agent_version="3.1.1057", distro="buster")


def _queries(api, operation, ids):
    client = api("mia" if operation.path.startswith(AT_MSP) else "ada")
    client.get("/self").ok()  # the policies of organizations are read once in each process
    with CaptureQueriesContext(connection) as captured:
        call(client, operation, ids.of(operation.path)).ok()
    return [query["sql"] for query in captured]


def _told(problem, queries):
    return "\n".join([problem, *(f"{number}. {sql}" for number, sql in enumerate(queries, start=1))])
