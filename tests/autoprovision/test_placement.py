"""The hospital in the database: the worker does what the dry run promises, and again changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import pytest

from audit.models import Entry
from autoprovision import actions, queries
from inventory import actions as inventory
from inventory import telemetry
from inventory.models import Device
from inventory.shapes import Report
from mistadmin.core.paging import Page
from mistadmin.core.shapes import parse
from mistadmin.demo.scenario import Bound, Placement, bind, count_models, load_expected, load_scenario
from orgs import actions as orgs
from orgs.models import DeviceProfile, Org
from sites.models import Site
from tests.world import SYSTEM, World, claim, make_org, make_profile, make_site, make_units

Pay = Callable[[], int]


@dataclass
class Hospital:
    """The organization with its fleet claimed and nothing placed by rules yet."""

    org: Org
    fleet: list[Bound]

    def placements(self) -> dict[str, Placement]:
        """Where every device is now, by its name in the scenario."""
        rows = Device.objects.filter(org=self.org).select_related("site", "deviceprofile")
        by_mac = {row.mac: row for row in rows}
        return {one.ref: _placement(by_mac[one.mac]) for one in self.fleet}


@pytest.fixture
def hospital(world: World) -> Hospital:
    scenario = load_scenario()
    org = make_org(scenario["org"]["name"], by=world.ada.admin)
    for site in scenario["sites"]:
        make_site(org, **site)
    for profile in scenario["deviceprofiles"]:
        make_profile(org, profile["name"], profile["type"])
    units = [u for model, n in count_models(scenario["devices"]).items() for u in make_units(model, n)]
    fleet = bind(scenario["devices"], [asdict(unit) for unit in units])
    claim(org, units)
    for one in fleet:
        _prepare(org, one)
    orgs.update_setting(world.ada.actor, org, changes=scenario["setting"])
    org.refresh_from_db()
    return Hospital(org, fleet)


def test_p3_fleet_ends_where_the_list_written_by_hand_says(hospital: Hospital, pay: Pay) -> None:
    pay()
    check_in_all(hospital)
    pay()
    assert hospital.placements() == {ref: placement for ref, (placement, _) in load_expected().items()}


def test_p4_dry_run_promises_exactly_what_the_real_run_does(
    hospital: Hospital, pay: Pay, world: World
) -> None:
    check_in_all(hospital)
    promised = {
        row["device"].mac: {aspect: row[aspect]["value"] for aspect in ("site", "profile", "name")}
        for row in dry_run(world, hospital)
    }
    before = {one.mac: placement for one, placement in _with_fleet(hospital)}
    pay()
    for one, after in _with_fleet(hospital):
        told = promised[one.mac]
        kept = before[one.mac]
        assert after.site == (told["site"] or kept.site), one.ref
        assert after.profile == (told["profile"] or kept.profile), one.ref
        assert after.name == (told["name"] or kept.name), one.ref


def test_p4_reevaluation_of_a_placed_fleet_changes_nothing(
    hospital: Hospital, pay: Pay, world: World
) -> None:
    check_in_all(hospital)
    pay()
    placed, entries = hospital.placements(), Entry.objects.filter(org_id=hospital.org.id).count()
    actions.reevaluate(world.ada.actor, hospital.org)
    pay()
    assert hospital.placements() == placed
    assert Entry.objects.filter(org_id=hospital.org.id).count() == entries + 1
    assert not any(row["changes"] for row in dry_run(world, hospital))


def test_p3_stored_decision_names_the_rule_and_why_the_others_did_not(
    hospital: Hospital, pay: Pay, world: World
) -> None:
    check_in_all(hospital)
    pay()
    device = Device.objects.exclude(site=None).get(mac=_mac_of(hospital, "A001"))
    decision = queries.last_decision(world.ada.actor, device)
    assert decision is not None
    assert decision["site"]["value"] == "East Wing"
    verdicts = [(rule["verdict"], bool(rule["sentence"])) for rule in decision["site"]["rules"]]
    assert verdicts.count(("matched", True)) == 1
    assert all(told for _, told in verdicts)


def test_p4_device_that_has_not_called_waits_and_says_so(hospital: Hospital, pay: Pay, world: World) -> None:
    pay()
    device = Device.objects.get(mac=_mac_of(hospital, "A001"))
    assert device.site is None
    assert queries.explain_device(world.ada.actor, device)["site"]["status"] == "waiting"


def test_p3_what_a_person_assigned_meanwhile_stays(hospital: Hospital, pay: Pay, world: World) -> None:
    check_in_all(hospital)
    device = Device.objects.get(mac=_mac_of(hospital, "A001"))
    west = Site.objects.get(org=hospital.org, name="West Wing")
    inventory.assign_devices(world.ada.actor, west, devices=[device])
    pay()
    device.refresh_from_db()
    assert device.site == west


def test_p4_new_site_takes_the_devices_that_waited_for_it(world: World, pay: Pay) -> None:
    rule = {"src": "model", "model": "AP45", "value": "Annex"}
    setting = {"auto_site_assignment": {"enable": True, "rules": [rule]}}
    orgs.update_setting(world.ada.actor, world.acme, changes=setting)
    (device,) = claim(world.acme, make_units())
    pay()
    device.refresh_from_db()
    assert device.site is None
    annex = make_site(world.acme, name="Annex")
    pay()
    device.refresh_from_db()
    assert device.site == annex


def check_in_all(hospital: Hospital) -> None:
    """Let every device report what the scenario says it sees."""
    for one in hospital.fleet:
        caller = telemetry.find_caller(one.mac)
        assert caller is not None
        report = parse(Report, {**one.device, "serial": one.unit["serial"]})
        telemetry.check_in(caller, report, called_at=Decimal(1))


def dry_run(world: World, hospital: Hospital) -> list[dict[str, Any]]:
    """Every row of the dry run."""
    found, _ = queries.dry_run(world.ada.actor, hospital.org, page=Page(limit=1000))
    assert len(found.rows) == found.total == len(hospital.fleet)
    return found.rows


def _prepare(org: Org, one: Bound) -> None:
    device = Device.objects.get(mac=one.mac)
    if "site" in one.before:
        site = Site.objects.get(org=org, name=one.before["site"])
        inventory.assign_devices(SYSTEM, site, devices=[device])
    if "name" in one.before:
        inventory.name_devices(SYSTEM, org, names={device.id: one.before["name"]})
    if "profile" in one.before:
        profile = DeviceProfile.objects.get(org=org, name=one.before["profile"])
        inventory.assign_profile(SYSTEM, org, profile=profile, devices=[device])


def _placement(row: Any) -> Placement:
    site = row.site.name if row.site else ""
    return Placement(site, row.deviceprofile.name if row.deviceprofile else "", row.name)


def _with_fleet(hospital: Hospital) -> list[tuple[Bound, Placement]]:
    placements = hospital.placements()
    return [(one, placements[one.ref]) for one in hospital.fleet]


def _mac_of(hospital: Hospital, ref: str) -> str:
    return next(one.mac for one in hospital.fleet if one.ref == ref)
