"""What the browser tests find in their instance. Runs inside it: `mistadmin manage shell -c "…build(PATH)"`.

hospital   the fleet of the demonstration: 200 access points, rules, profiles; tests only read it
bulk       24 access points and two sites, for the bulk verbs
crowd      300 access points, for jobs too large to be done before the answer
jobs       a job with a failure, its devices, Mist Edges, and single sign-on; tests only read it
hostile    names that are scripts
empty      nothing but its Primary Site
plans      two sites, one with a floorplan and devices on it, which tests only read
field      where Ivan and Ines install; its tests bring their own units
globex     of somebody else
guarded    demands a second factor, which Sue, who founds it, has; two sites with a device each
Ada founds all but globex and guarded, Rita observes in the hospital, Wes configures there,
Gus founds globex, Nora belongs to none.
Mia founds an MSP that the plans are assigned to, and the annex, which is in none.
Tess logs in with a code, Vera sets that up, Olga has a one-time password. Stan is of the instance's staff and
belongs to no organization; so is Ada.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.test import Client
from django.utils import timezone
from lxml import etree

from accounts import tokens
from accounts.actions import set_staff
from accounts.auth import actor_for
from accounts.models import Admin, Invite
from accounts.msps import create_msp_org
from accounts.sso.actions import record_failure
from accounts.sso.saml import addresses
from deviceapi.simulator.juniper.catalog import ACCOUNTS, Sold, asset, sold_to
from inventory.actions import assign_devices, assign_profile, name_devices, place_device
from inventory.edges import name_edges
from inventory.forms import Selection
from inventory.identifiers import shown_code
from inventory.jobs import Planned, to_name
from inventory.models import Device, Unit
from mistadmin.core.access import INSTALL
from mistadmin.core.jobs import run_to_the_end
from mistadmin.core.models import Outbox
from mistadmin.core.pictures import drawn_plan
from mistadmin.core.resources import catalog
from mistadmin.demo.scenario import Bound, bind, count_models, load_scenario, reports
from orgs import docs
from orgs.actions import update_setting
from orgs.jobs import COUNT, start_job
from orgs.juniper.accounts import note_problem
from orgs.juniper.client import Asset, Problem
from orgs.models import DeviceProfile, Org
from sites.maps import create_map
from sites.models import Site
from tests.accounts.codes import enrol
from tests.e2e.cast_names import IMAGE, SCRIPT
from tests.plans import building
from tests.sso.idp import IdP
from tests.world import (
    SYSTEM,
    UNKNOWN,
    call_in,
    claim,
    grant,
    grant_at,
    make_admin,
    make_edges,
    make_invite,
    make_juniper_account,
    make_map,
    make_msp,
    make_org,
    make_orggroup,
    make_profile,
    make_site,
    make_sso,
    make_sso_role,
    make_units,
)

BULK: Final = 24
CROWD: Final = 300


def build(path: str) -> None:
    """Make everything and write what tests need to know to a JSON file: see `Stage`."""
    people = {name: make_admin(name.title(), password_change_due=name == "olga") for name in _PEOPLE}
    orgs = {key: make_org(name, by=people["ada"]) for key, name in _NAMES.items()}
    orgs["globex"] = make_org("Globex", by=people["gus"])
    orgs["annex"] = make_org("Annex", by=people["mia"])
    for key in ("ada", "stan"):
        set_staff(SYSTEM, email=people[key].email, is_staff=True)
    orgs["guarded"] = _guarded(people["sue"])
    grant(people["rita"], orgs["hospital"], "observer")
    grant(people["wes"], orgs["hospital"], "network_admin")
    for key in ("ivan", "ines"):
        grant(people[key], orgs["field"], "installer")
    make_profile(orgs["field"], "Ward")
    enrol(people["tess"])
    hall = Site.objects.get(org=orgs["field"])
    create_map(SYSTEM, hall, values={"name": "Hall", "ppm": 20}, plan=drawn_plan(building()))
    fleets = {"hospital": _hospital(orgs["hospital"]), "hostile": _hostile(orgs["hostile"])}
    links = _invited(orgs["hospital"], orgs["empty"])
    _bulk(orgs["bulk"])
    _bought(orgs["bulk"], orgs["jobs"])
    claim(orgs["crowd"], make_units(count=CROWD))
    _job(people["ada"], orgs["jobs"])
    _plans(orgs["plans"])
    grant(people["rita"], orgs["plans"], "observer")
    known = {
        "people": {name: _signed_in(admin) for name, admin in people.items()},
        "orgs": {key: str(org.id) for key, org in orgs.items()},
        "fleets": fleets,
        "links": links,
        "msps": _msps(people["mia"], orgs["plans"], people["rita"]),
        "taken_code": shown_code(Unit.objects.filter(org=orgs["hospital"]).first().claim_code),
        "free_codes": [unit.claim_code for unit in make_units(count=4)],
    }
    Path(path).write_text(json.dumps(known), "utf-8")


def _msps(mia: Admin, org: Org, reader: Admin) -> dict[str, str]:
    """Mia's MSP with organizations in groups and people in every state, and one with nothing in it yet."""
    msp, new = make_msp("Umbrella Networks", org, by=mia), make_msp("Newcomer", by=mia)
    by = actor_for(mia)
    branches = [create_msp_org(by, msp, values={"name": f"Branch {name}"}) for name in ("East", "West")]
    group = make_orggroup(msp, "Retail", *branches)
    make_orggroup(msp, "Harbour", org)
    grant_at(msp, reader, "observer", group)
    make_invite(msp, "robin.field@example.com", "write", first_name="Robin", last_name="Field")
    return {"umbrella": str(msp.id), "newcomer": str(new.id)}


def _invited(shown: Org, other: Org) -> dict[str, str]:
    """Pending invitations, one of them expired, and the links that tests open without accepting."""
    site = Site.objects.get(org=shown, name="Floor 7")
    place = {"scope": "site", "role": "helpdesk", "site_id": str(site.id)}
    named = {"first_name": "Robin", "last_name": "Field", "hours": 72}
    make_invite(shown, "robin.field@example.com", privileges=[place], **named)
    late = make_invite(shown, "late@example.com", "write")
    Invite.objects.filter(id=late.id).update(sent_time=timezone.now() - timedelta(days=3))
    invites = {"expired": late, "new": make_invite(other, "newcomer@example.com", "write", first_name="Kim")}
    invites["known"] = make_invite(other, "nora@example.com", "write")
    return {
        key: f"/verify/invite?token={tokens.invite_link(one.id, one.links)}" for key, one in invites.items()
    }


_PEOPLE: Final = (
    "ada",
    "rita",
    "wes",
    "gus",
    "nora",
    "ivan",
    "ines",
    "tess",
    "vera",
    "olga",
    "sue",
    "stan",
    "mia",
)
_NAMES: Final = {
    "hospital": "St Aldhelm Hospital",
    "bulk": "Bulk",
    "crowd": "Crowd",
    "jobs": "Jobs",
    "hostile": f"Hostile {IMAGE}",
    "empty": "Empty",
    "plans": "Plans",
    "field": "Field",
}


def _hospital(org: Org) -> list[dict[str, Any]]:
    scenario = load_scenario()
    for body in scenario["sites"]:
        make_site(org, **body)
    for body in scenario["deviceprofiles"]:
        make_profile(org, body["name"])
    docs.create_doc(SYSTEM, org, resource=catalog()["templates"], values={"name": "Staff and guests"})
    update_setting(SYSTEM, org, changes=scenario["setting"])
    wanted = count_models(scenario["devices"])
    units = [unit for model, count in wanted.items() for unit in make_units(model, count)]
    claim(org, units)
    known = ({"mac": unit.mac, "model": unit.model} for unit in units)
    bound = bind(scenario["devices"], known)
    for one in bound:
        if one.before:
            _prepare(org, one)
    return reports(bound)


def _plans(org: Org) -> None:
    """A floorplan with devices in every state, one of another shape without anything, and an empty site."""
    site, other = make_site(org, name="Pier 1"), make_site(org, name="Pier 2")
    row = create_map(SYSTEM, site, values={"name": "Ground floor", "ppm": 20}, plan=drawn_plan(building()))
    make_map(site, "Roof")
    devices = claim(site, make_units(count=6))
    names = ("Lobby", "Ward 7 east", "Ward 7 west", "Kitchen", "Stairs")
    name_devices(SYSTEM, site, names={one.id: name for one, name in zip(devices, names, strict=False)})
    call_in(devices[:3])
    Device.objects.filter(pk=devices[2].pk).update(connected=False)
    places = ((150, 130), (640, 150), (180, 610), (660, 560), (1030, 360))
    for one, (x, y) in zip(devices, places, strict=False):
        place = {"map_id": str(row.map_id), "x": x, "y": y, "height": 2.7, "orientation": 90}
        place_device(SYSTEM, one, changes=place)
    name_devices(SYSTEM, other, names={one.id: "Gate" for one in claim(other, make_units())})


def _prepare(org: Org, one: Bound) -> None:
    """What an administrator of the scenario did before the first check-in."""
    device = Device.objects.get(org=org, mac=one.mac)
    if "site" in one.before:
        assign_devices(SYSTEM, Site.objects.get(org=org, name=one.before["site"]), devices=[device])
    if "profile" in one.before:
        profile = DeviceProfile.objects.get(org=org, name=one.before["profile"])
        assign_profile(SYSTEM, org, profile=profile, devices=[device])
    if "name" in one.before:
        name_devices(SYSTEM, org, names={device.id: one.before["name"]})


def _hostile(org: Org) -> list[dict[str, Any]]:
    site = make_site(org, name=f"Site {SCRIPT}")
    make_profile(org, f"Profile {SCRIPT}")
    place = {"scope": "site", "role": "read", "site_id": str(site.id)}
    make_invite(org, "script@example.com", first_name=SCRIPT, last_name=IMAGE, privileges=[place])
    units = make_units(count=2)
    named, silent = claim(site, units)
    name_devices(SYSTEM, org, names={named.id: f"AP {IMAGE}", silent.id: SCRIPT})
    lldp = {"system_name": SCRIPT, "port_id": IMAGE, "port_desc": f"{SCRIPT}_{IMAGE}"}
    facts = {"model": "AP45", "ip": "10.0.0.9", "version": "1", "uptime": 9, "dns_suffix": SCRIPT}
    return [{"mac": unit.mac, "lldp": lldp, **facts} for unit in units]


def _guarded(founder: Any) -> Org:
    org = make_org("Guarded", by=founder)
    enrol(founder)
    policy = {"enabled": True, "requires_two_factor_auth": True}
    update_setting(SYSTEM, org, changes={"password_policy": policy})
    for name in ("North", "South"):
        site = make_site(org, name=name)
        name_devices(SYSTEM, site, names={one.id: f"AP {name}" for one in claim(site, make_units())})
    return org


def _bulk(org: Org) -> None:
    for name in ("North", "South"):
        make_site(org, name=name)
    claim(org, make_units(count=BULK))


def _bought(fresh: Org, stale: Org) -> None:
    """What linked Juniper accounts have bought, read lately; and of one that gave no answer since."""
    account, today = ACCOUNTS[0], timezone.now().date()
    claimed = [Sold(one.serial, one.model) for one in Device.objects.filter(org=fresh)]
    assets = [Asset(**asset(one, account, today)) for one in sold_to(account, claimed)]
    # The worker must not ask for them once more: the instance has no account service.
    with transaction.atomic():
        make_juniper_account(fresh, account.name, assets=assets)
        make_juniper_account(fresh, "Outpatient Clinics")
        late = make_juniper_account(stale, account.name, assets=assets[:12])
        note_problem(late.pk, Problem("The account service does not answer."))
        Outbox.objects.filter(event="orgs.juniper.linked").delete()


def _job(admin: Any, org: Org) -> None:
    devices = claim(org, make_units(count=3))
    selection = Selection(ids=(*(device.id for device in devices), UNKNOWN))
    actor = actor_for(admin)
    change = to_name(actor, org, selection, "lobby-{ctr}")
    rows = Planned(actor, org, selection, INSTALL, change)
    job = start_job(actor, org, kind="inventory.name", title=f"Rename {COUNT} to lobby", rows=rows)
    run_to_the_end(job.id)
    _edges(org)
    _single_sign_on(org)


def _edges(org: Org) -> None:
    site = make_site(org, name="Data Center")
    for number, edge in enumerate(make_edges(site, 3), start=1):
        name_edges(SYSTEM, org, names={edge.id: f"edge-{number}"})
        facts = {"agent_version": "3.1.1057", "distro": "buster", "ip": f"10.0.9.{number}", "uptime": 90_000}
        call_in([edge], version="0.1.2813", **facts)
    make_edges(org, 1, "ME-X10")


def _single_sign_on(org: Org) -> None:
    """A provider that is ready and one that is not, roles, and log-ins that were refused."""
    idp = IdP("https://login.example.org/saml/metadata")
    ready = make_sso(org, **idp.provider(name="Company log-in"))
    make_sso(org, "Partners")
    make_sso_role(org, "Network Team")
    make_sso_role(org, "Service Desk", "helpdesk")
    for detail in ("No role here is called Contractors.", "The assertion has expired. Compare the clocks."):
        record_failure(SYSTEM, ready, detail=detail, raw=etree.tostring(idp.response(addresses(ready).acs)))


def _signed_in(admin: Any) -> str:
    """The session cookie of a browser in which the person has logged in."""
    client = Client()
    client.force_login(admin)
    return client.cookies["sessionid"].value
