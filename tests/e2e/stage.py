"""A real instance with its cast, and the fleets that have checked in."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from mistadmin.demo.instance import Instance
from mistadmin.demo.scenario import load_expected

PATIENCE: Final = 60.0  # seconds


@dataclass(frozen=True)
class Stage:
    """The instance and what `cast.build` made in it: session cookies by person, ids by organization.

    `juniper` is the port of this machine where it looks for the Juniper account service.
    """

    instance: Instance
    juniper: int
    people: dict[str, str]
    orgs: dict[str, str]
    taken_code: str
    free_codes: list[str]
    links: dict[str, str]
    msps: dict[str, str]

    @property
    def base(self) -> str:
        """Address of the instance, without a slash at the end."""
        return self.instance.base

    def path(self, org: str, rest: str = "") -> str:
        """Path of a page of an organization or an MSP of the cast."""
        if org in self.msps:
            return f"/msps/{self.msps[org]}{rest}"
        return f"/orgs/{self.orgs[org]}{rest}"

    def api(self, path: str, who: str = "ada") -> Any:
        """GET one operation of the REST API."""
        headers = {"Cookie": f"sessionid={self.people[who]}", "Accept": "application/json"}
        request = urllib.request.Request(f"{self.base}/api/v1{path}", headers=headers)  # noqa: S310 - our own
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=20) as answer:
            return json.load(answer)

    def devices(self, org: str) -> list[dict[str, Any]]:
        """The inventory of an organization of the cast."""
        rows: list[dict[str, Any]] = self.api(f"{self.path(org)}/inventory?limit=1000")
        return rows


def build_stage(instance: Instance, juniper: int) -> Stage:
    """Make the cast, let the fleets check in, and wait until the rules have placed the hospital."""
    target = instance.home / "stage.json"
    instance.run("manage", "shell", "-c", f"from tests.e2e.cast import build; build({str(target)!r})")
    known = json.loads(target.read_text("utf-8"))
    made = (known[key] for key in ("people", "orgs", "taken_code", "free_codes", "links", "msps"))
    stage = Stage(instance, juniper, *made)
    for org, fleet in known["fleets"].items():
        check_in(instance, stage.orgs[org], fleet)
    expected = [placement for placement, _ in load_expected().values()]
    sited = sum(bool(placement.site) for placement in expected)
    named = sum(bool(placement.name) for placement in expected)

    def placed() -> bool:
        rows = stage.devices("hospital")
        return [sum(bool(row.get(key)) for row in rows) for key in ("site_id", "name")] == [sited, named]

    until(placed, "the hospital is not placed")
    return stage


def check_in(instance: Instance, org_id: str, fleet: list[dict[str, Any]]) -> None:
    """Let each device of a fleet, as in `mistadmin simulate --scenario`, call once."""
    scenario = instance.home / f"fleet-{org_id}.json"
    scenario.write_text(json.dumps(fleet), "utf-8")
    where = ("--org", org_id, "--url", instance.base, "--scenario", str(scenario))
    instance.run("simulate", *where, "--once")


def until(fact: Callable[[], bool], problem: str) -> None:
    """Wait for something that no page shows."""
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline, problem
        time.sleep(0.2)
