"""The cast of the tests: two organizations, one administrator per role, and builders that call real actions.

acme is where things happen; globex is always there, so that a leak shows. The names are used alike in every
test: Ada may do everything, Wes configures, Rita watches, Hana helps, Ivan installs at one site, and Gus
belongs to globex.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts import actions as accounts
from accounts import msps
from accounts.actions import invites
from accounts.auth import actor_for
from accounts.models import Admin, Invite, Privilege, Sso, SsoRole
from accounts.orggroups import create_orggroup
from accounts.sso.actions import create_role, create_sso
from inventory import actions as inventory
from inventory import edges, floorplans
from inventory.identifiers import device_id_of
from inventory.installed_base import replace_devices
from inventory.manufacturing import MadeUnit
from inventory.manufacturing import make_units as manufacture
from inventory.models import Device, MistEdge
from inventory.naming import naming
from inventory.shapes import Report
from inventory.telemetry import Caller, check_in
from mistadmin.core.access import Actor
from mistadmin.core.resources import catalog
from mistadmin.core.shapes import parse
from orgs import docs
from orgs.juniper.accounts import add_account
from orgs.juniper.client import Asset, Grant
from orgs.models import DeviceProfile, JuniperAccount, Msp, Org, OrgGroup
from sites import actions as sites
from sites import maps
from sites.models import Map, Site, SiteGroup

PASSWORD: Final = "correct horse battery staple"
SYSTEM: Final = Actor.system("tests")
UNKNOWN: Final = UUID("0b5a7a5e-0000-4000-8000-00000000dead")

# First name -> last name and role; Ada and Gus become Super Users by creating their organizations.
STAFF: Final = {
    "wes": ("Writer", "network_admin"),
    "rita": ("Reader", "observer"),
    "hana": ("Helper", "helpdesk"),
    "ivan": ("Installer", "installer"),
    "rosa": ("Reporter", "reporting"),
    "leo": ("Locator", "location"),
    "mara": ("Marketer", "marketing"),
    "max": ("Edger", "mxedge_admin"),
    "pia": ("Porter", "switch_port_operator"),
    "otto": ("Overseer", "super_observer"),
}
FOUNDERS: Final = {"ada": "Admin", "gus": "Globe"}
EVERYONE: Final = (*FOUNDERS, *STAFF)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the cast with an account; `role` is a key of the role table."""

    key: str
    role: str
    admin: Admin

    @property
    def email(self) -> str:
        return self.admin.email

    @property
    def actor(self) -> Actor:
        """The person as an actor, with the grants of this moment."""
        return actor_for(self.admin)


@dataclass(slots=True)
class World:
    """Everything that every test finds in place; the rest comes from the builders."""

    acme: Org
    globex: Org
    north: Site
    south: Site
    overseas: Site
    people: dict[str, Person]
    user_token: accounts.CreatedToken
    org_token: accounts.CreatedToken
    made: dict[str, MadeUnit] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Person:
        # A copy under way has no people yet.
        people = object.__getattribute__(self, "people")
        if name not in people:
            raise AttributeError(name)
        return people[name]


def build_world() -> World:
    """Two organizations with their people, two more sites of acme, one of globex, and two tokens."""
    admins = _accounts()
    acme = make_org("Acme", by=admins["ada"])
    globex = make_org("Globex", by=admins["gus"])
    north, south = make_site(acme, name="North"), make_site(acme, name="South")
    overseas = make_site(globex, name="Overseas")
    Privilege.objects.bulk_create(
        Privilege(admin=admins[key], org=acme, role=role, site=north if key == "ivan" else None)
        for key, (_, role) in STAFF.items()
    )
    roles = {key: role for key, (_, role) in STAFF.items()} | dict.fromkeys(FOUNDERS, "super_user")
    people = {key: Person(key, roles[key], admin) for key, admin in admins.items()}
    ada = people["ada"].actor
    user_token = accounts.create_user_token(ada, values={"name": "Ada's script"})
    wish = {"name": "Acme's script", "privileges": [{"scope": "org", "role": "write"}]}
    org_token = accounts.create_org_token(ada, acme, values=wish)
    return World(acme, globex, north, south, overseas, people, user_token, org_token)


def make_admin(first: str, last: str = "Person", **columns: Any) -> Admin:
    """An account whose address is verified."""
    return Admin.objects.create(**_columns(first, last) | columns)


def make_org(name: str, *, by: Admin) -> Org:
    """An organization with its Primary Site, whose creator is Super User."""
    return accounts.create_org(actor_for(by), values={"name": name})


def grant(
    admin: Admin, org: Org, role: str, *, site: Site | None = None, group: SiteGroup | None = None
) -> None:
    """Give a role in an organization, at one site or the sites of one group."""
    Privilege.objects.create(admin=admin, org=org, role=role, site=site, sitegroup=group)


def make_invite(tenant: Org | Msp, email: str, role: str = "read", **values: Any) -> Invite:
    """A pending invitation, to all of an organization or MSP unless told; `role` is spelled as in the API."""
    scope = "msp" if isinstance(tenant, Msp) else "org"
    wish = {"email": email, "privileges": [{"scope": scope, "role": role}], **values}
    return invites.invite_admin(SYSTEM, tenant, values=wish)


def make_msp(name: str = "Umbrella", *orgs: Org, by: Admin) -> Msp:
    """An MSP whose creator administers it, with organizations that are assigned to it."""
    msp = msps.create_msp(actor_for(by), values={"name": name})
    if orgs:
        found = Org.objects.filter(id__in=[org.id for org in orgs])
        assign_to(msp, *found)
    return msp


def assign_to(msp: Msp, *orgs: Org) -> None:
    """Assign organizations to an MSP, whoever administers them."""
    founder = Privilege.objects.get(msp=msp, role="super_user", orggroup=None).admin
    held = Privilege.objects.bulk_create(Privilege(admin=founder, org=org, role="super_user") for org in orgs)
    msps.assign_orgs(actor_for(founder), msp, org_ids=[org.id for org in orgs])
    Privilege.objects.filter(id__in=[row.id for row in held]).delete()
    for org in orgs:
        org.refresh_from_db()


def make_orggroup(msp: Msp, name: str, *orgs: Org) -> OrgGroup:
    """A group of an MSP's organizations."""
    values = {"name": name, "org_ids": [str(org.id) for org in orgs]}
    return create_orggroup(SYSTEM, msp, values=values)


def grant_at(msp: Msp, admin: Admin, role: str, group: OrgGroup | None = None) -> None:
    """Give a role at an MSP, or at one of its groups."""
    Privilege.objects.create(admin=admin, msp=msp, role=role, orggroup=group)


def make_site(org: Org, **values: Any) -> Site:
    """A site; give it a name or get one."""
    name = f"Site {Site.objects.filter(org=org).count()}"
    return sites.create_site(SYSTEM, org, values={"name": name, **values})


def make_sitegroup(org: Org, name: str, *members: Site) -> SiteGroup:
    """A site group with its members."""
    group = sites.create_sitegroup(SYSTEM, org, values={"name": name})
    for site in members:
        sites.update_site(SYSTEM, site, changes={"sitegroup_ids": [str(group.id)]})
    return group


def make_map(site: Site, name: str = "Ground floor", *, map_id: UUID | None = None, **values: Any) -> Map:
    """A floorplan without a picture, under an id when one is passed."""
    values = {"name": name, **values}
    if map_id:
        return floorplans.install_map(SYSTEM, site, map_id=map_id, values=values)
    return maps.create_map(SYSTEM, site, values=values)


def make_profile(org: Org, name: str = "Ward", type: str = "ap") -> DeviceProfile:
    """A device profile."""
    profile = docs.create_doc(
        SYSTEM, org, resource=catalog()["deviceprofiles"], values={"name": name, "type": type}
    )
    assert isinstance(profile, DeviceProfile)
    return profile


def make_sso(org: Org, name: str = "Example IdP", **values: Any) -> Sso:
    """An identity provider that is not set up yet, unless values say more."""
    return create_sso(SYSTEM, org, values={"name": name, **values})


def make_sso_role(org: Org, name: str = "Operators", role: str = "write") -> SsoRole:
    """A role of identity providers that grants one of ours everywhere."""
    wish = {"name": name, "privileges": [{"scope": "org", "role": role}]}
    return create_role(SYSTEM, org, values=wish)


def make_juniper_account(org: Org, name: str = "ABC Corp", *, assets: Iterable[Asset] = ()) -> JuniperAccount:
    """A linked Juniper account that has bought these."""
    account = add_account(SYSTEM, org, grant=Grant(f"of {name}", name, "a token"))
    replace_devices(account.pk, assets, began=timezone.now())
    return JuniperAccount.objects.get(pk=account.pk)


def make_asset(serial: str, model: str = "EX4100-48P", **values: Any) -> Asset:
    """A switch that was sold and has support for a year, as the account service tells of it."""
    until = int((timezone.now() + timedelta(days=365)).timestamp())
    return Asset(**{"serial": serial, "model": model, "type": "switch", "contract_time": until, **values})


def make_units(model: str = "AP45", count: int = 1) -> list[MadeUnit]:
    """Manufactured units that nobody has claimed."""
    return list(manufacture(SYSTEM, model=model, count=count))


def claim(place: Org | Site, units: Iterable[MadeUnit]) -> list[Device]:
    """Claim units for an organization or straight to a site; the devices in the order of the units."""
    units = list(units)
    inventory.claim_devices(SYSTEM, place, codes=[unit.claim_code for unit in units])
    found = Device.objects.in_bulk([device_id_of(unit.mac) for unit in units])
    return [found[device_id_of(unit.mac)] for unit in units]


def make_devices(place: Org | Site, count: int = 1, model: str = "AP45") -> list[Device]:
    """Claimed devices, at a site when one is passed."""
    return claim(place, make_units(model, count))


def make_edges(place: Org | Site, count: int = 1, model: str = "ME-X5") -> list[MistEdge]:
    """Claimed Mist Edges, at a site when one is passed."""
    units = make_units(model, count)
    edges.claim_edges(SYSTEM, place, codes=[unit.claim_code for unit in units])
    found = MistEdge.objects.in_bulk([device_id_of(unit.mac) for unit in units])
    return [found[device_id_of(unit.mac)] for unit in units]


def name_devices(place: Org | Site, devices: Sequence[Device], pattern: str) -> None:
    """Name devices by a pattern."""
    name = naming(pattern)
    names = {device.id: name(device, number) for number, device in enumerate(devices, start=1)}
    inventory.name_devices(SYSTEM, place, names=names)


def call_in(devices: Iterable[Device], **report: Any) -> None:
    """Let devices call in and report; a device calls again only once time has passed."""
    for device in devices:
        caller = Caller(device.mac, "", device.org_id)
        check_in(caller, parse(Report, report), called_at=Decimal(f"{timezone.now().timestamp():.6f}"))


def _accounts() -> dict[str, Admin]:
    last_names = FOUNDERS | {key: last for key, (last, _) in STAFF.items()}
    admins = {key: Admin(**_columns(key.title(), last)) for key, last in last_names.items()}
    Admin.objects.bulk_create(admins.values())
    return admins


def _columns(first: str, last: str) -> dict[str, Any]:
    return {
        "email": f"{first.lower()}@example.com",
        "first_name": first,
        "last_name": last,
        "password": make_password(PASSWORD),
        "email_verified_at": timezone.now(),
    }
