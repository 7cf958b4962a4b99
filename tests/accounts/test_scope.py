"""Every list, search, count, export, log, event and figure shows exactly what is in scope.

Whoever is limited to North is answered as somebody of the same role without a limit is answered in an
organization that has nothing but North. The walk takes every read there is; none is picked by hand.
"""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from django.db import transaction

from accounts.models import Privilege
from audit.models import Entry
from inventory.models import Device, DeviceEvent, MistEdge
from mistadmin.core.models import Job
from orgs.models import Org
from sites.models import Map, Site, SiteGroup
from tests.accounts.cast import GROUP, SESSION, Caller, Targets, reaches, session_of
from tests.accounts.cast import SITE as ONE_SITE
from tests.accounts.pages import PAGES
from tests.accounts.routes import pages
from tests.accounts.test_matrix import NORTH, Cell, call
from tests.arch.matrix import CASES, ORG
from tests.arch.routes import operations
from tests.world import World, call_in, make_admin, make_devices, make_edges

# The clock goes on, each answer masks the CSRF token anew, and who reaches all may do more than at North.
_CLOCK: Final = re.compile(
    rb'"(start|end|uptime|seconds)":[\d.]+|"(csrf|claims_at_site|makes_sites)":"?\w+"?'
)

_SOUTH: Final = "Suedbad"


@pytest.fixture
def reads() -> list[Cell]:
    """Every read of the API and of the portal that does not take the whole organization."""
    asked = [(one, CASES.get(str(one), ())) for one in operations()]
    asked += [(one, PAGES.get(str(one), ())) for one in pages()]
    return [
        Cell(one, case, None, NORTH)  # type: ignore[arg-type]
        for one, cases in asked
        for case in cases
        if one.method == "get" and case.reach != ORG
    ]


@pytest.mark.parametrize(
    ("role", "reach"), [("network_admin", GROUP), ("installer", ONE_SITE), ("mxedge_admin", ONE_SITE)]
)
def test_everything_is_as_if_there_were_nothing_else(world, reads, role, reach, caplog):
    caplog.set_level("CRITICAL", "django.request")
    targets = _filled(world)
    person = _person(world, role, reaches(world)[reach])
    seen = {str(cell): _ask(cell, person, targets) for cell in reads}
    point = transaction.savepoint()
    _forget_all_but(world.acme, world.north)
    Privilege.objects.filter(admin__email=f"{role}@example.com").update(site=None, sitegroup=None)
    alone = {str(cell): _ask(cell, person, targets) for cell in reads}
    transaction.savepoint_rollback(point)
    elsewhere = _names(world, targets)
    problems = []
    for name, (status, body) in seen.items():
        told = [word for word in elsewhere if word in body]
        if told:
            problems.append(f"{name} tells of {told[0]!r}")
        # A page offers more to who may do more; what programs and files are given is the same to the byte.
        if not body.lstrip().startswith((b"<", b"{%")) and (status, body) != alone[name]:
            problems.append(f"{name}: {_difference((status, body), alone[name])}")
    assert not problems, "\n".join(problems)


def _names(world: World, targets: Targets) -> list[bytes]:
    """Whatever tells of South, and of what stands at no site."""
    words = [
        _SOUTH,
        "Group of South",
        *(targets.south[name] for name in ("site_id", "device_id", "mac", "entry_id", "job_id")),
    ]
    for device in Device.objects.filter(org=world.acme).exclude(site=world.north):
        words += [str(device.id), device.mac, device.serial]
    return [word.encode() for word in words if word]


def _difference(seen: tuple[int, bytes], alone: tuple[int, bytes]) -> str:
    pairs = zip(seen[1].splitlines(), alone[1].splitlines(), strict=False)
    first = next((pair for pair in pairs if pair[0] != pair[1]), (b"", b""))
    at = next((at for at, (a, b) in enumerate(zip(*first, strict=False)) if a != b), 0)
    shown = [line[max(0, at - 60) : at + 60] for line in first]
    return f"{seen[0]} {shown[0]!r}, and alone {alone[0]} {shown[1]!r}"


def _filled(world: World) -> Targets:
    targets = Targets(world)
    # A word that stands for nothing else: there is a time zone of South Georgia.
    Site.objects.filter(id=world.south.id).update(name=_SOUTH)
    for site in (world.north, world.south):
        call_in(make_devices(site, 2), version="0.14.1", hostname="ward", ip="10.0.0.1")
        call_in(make_edges(site), version="0.1.2813")
    call_in(make_devices(world.acme))
    make_edges(world.acme)
    return targets


def _person(world: World, role: str, columns: dict[str, Any]) -> Caller:
    admin = make_admin(role)
    Privilege.objects.create(admin=admin, org=world.acme, role=role, **columns)
    return Caller(SESSION, role, "", *session_of(admin, world))


def _ask(cell: Cell, caller: Caller, targets: Targets) -> tuple[int, bytes]:
    answer = call(Cell(cell.operation, cell.case, caller, NORTH), targets.north)
    return answer.status, _CLOCK.sub(b"", answer.body)


def _forget_all_but(org: Org, site: Site) -> None:
    others = {"org": org}
    for model in (Job, MistEdge, Device, Map):
        rows = model.objects.filter(**others)
        (rows.exclude(rows__site_id=site.id) if model is Job else rows.exclude(site=site)).delete()
    DeviceEvent.objects.filter(org_id=org.id).exclude(site_id=site.id).delete()
    Entry.objects.filter(org_id=org.id).exclude(site_id=site.id).delete()
    SiteGroup.objects.filter(**others).exclude(sites=site).delete()
    Site.objects.filter(**others).exclude(id=site.id).delete()
