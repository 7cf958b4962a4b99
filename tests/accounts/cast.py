"""Who calls and what is called, for the matrix: every role with every reach, the same things in three places.

Things stand at North and South of acme and at Overseas of globex. A role reaches all of acme, the group Coast
(North), North alone, or the group Nowhere, which has no sites.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from accounts import tokens
from accounts.actions import set_staff
from accounts.models import Admin, ApiToken, Privilege, SavedView
from audit.models import Entry
from inventory.adoption import make_credential
from mistadmin.core.access import ROLES
from mistadmin.core.jobs import Row
from mistadmin.core.models import Job
from mistadmin.core.resources import catalog
from orgs import docs
from orgs.jobs import start_job
from orgs.models import Msp, Org, OrgGroup
from sites.models import Site, SiteGroup
from tests.client import _CSRF
from tests.world import (
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

# Roles at the MSP of the organization.
AT_MSP: Final = ("super_user", "network_admin", "observer")
ALL, GROUP, SITE, NONE = "all", "group", "site", "none"
REACHES: Final = (ALL, GROUP, SITE, NONE)
SESSION, USER_TOKEN, ORG_TOKEN = "session", "user token", "org token"
CREDENTIALS: Final = (SESSION, USER_TOKEN, ORG_TOKEN)
# Staff of the instance in a look that the organization allows; it has a role of its own and reaches all.
LOOK: Final = "look"
SUPPORT: Final = "support"
NOBODY, REVOKED, DEAD_TOKEN = "nobody", "revoked", "revoked token"

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Caller:
    """One who calls: a role and its reach, both empty for nobody and for who has lost them."""

    credential: str
    role: str
    reach: str
    client: Client
    headers: Mapping[str, str]
    # Of who reaches acme through its MSP: the whole of it, or a group of its organizations.
    at_msp: str = ""

    def __str__(self) -> str:
        through = f"through {self.at_msp}" if self.at_msp else ""
        return " ".join(part for part in (self.role, self.reach, self.credential, through) if part)

    @property
    def is_known(self) -> bool:
        """Whether the server knows who it is."""
        return self.credential in (*CREDENTIALS, REVOKED, LOOK)


def callers(world: World) -> list[Caller]:
    """Every role with every reach and every credential, nobody, and those who were somebody once."""
    reached, msp = reaches(world), msp_of(world.acme)
    group = OrgGroup.objects.get(msp=msp, orgs=world.acme)
    found = [
        caller for role in ROLES for reach in REACHES for caller in _known(world, role, reach, reached[reach])
    ]
    former = make_admin("revoked")
    return [
        *found,
        *(caller for role in AT_MSP for caller in _through(world, role, {"msp": msp}, "the msp")),
        *_through(world, "observer", {"msp": msp, "orggroup": group}, "a group"),
        Caller(LOOK, SUPPORT, ALL, *look_of(world)),
        Caller(NOBODY, "", "", Client(), {}),
        Caller(REVOKED, "", "", *session_of(former, world)),
        Caller(DEAD_TOKEN, "", "", Client(), {"Authorization": "Token " + tokens.new_key()}),
    ]


def reaches(world: World) -> dict[str, dict[str, Any]]:
    """What each reach is as columns of a privilege."""
    coast = make_sitegroup(world.acme, "Coast")
    coast.sites.add(world.north)
    nowhere = make_sitegroup(world.acme, "Nowhere")
    return {ALL: {}, GROUP: {"sitegroup": coast}, SITE: {"site": world.north}, NONE: {"sitegroup": nowhere}}


def _known(world: World, role: str, reach: str, columns: Mapping[str, Any]) -> list[Caller]:
    admin = make_admin(f"{role}-{reach}")
    own_key, org_key = tokens.new_key(), tokens.new_key()
    # Used tomorrow: then no call has to write down that it was used, however long the walk takes.
    kept = {"hint": "abcd...wxyz", "last_used": timezone.now() + timedelta(days=1), "name": "Matrix"}
    ApiToken.objects.create(admin=admin, digest=tokens.digest(own_key), **kept)
    token = ApiToken.objects.create(org=world.acme, digest=tokens.digest(org_key), **kept)
    held = {"org": world.acme, "role": role, **columns}
    Privilege.objects.bulk_create([Privilege(admin=admin, **held), Privilege(token=token, **held)])
    return [
        Caller(SESSION, role, reach, *session_of(admin, world)),
        Caller(USER_TOKEN, role, reach, Client(), {"Authorization": f"Token {own_key}"}),
        Caller(ORG_TOKEN, role, reach, Client(), {"Authorization": f"Token {org_key}"}),
    ]


def msp_of(org: Org) -> Msp:
    """The MSP that an organization is in, with a group of it alone."""
    found = Msp.objects.filter(orgs=org).first()
    if found is None:
        found = make_msp(f"MSP of {org.name}", org, by=make_admin(f"founder-{org.name.lower()}"))
        make_orggroup(found, f"Group of {org.name}", org)
    return found


def _through(world: World, role: str, at: Mapping[str, Any], name: str) -> list[Caller]:
    admin, key = make_admin(f"{role}-at-{name.split()[-1]}"), tokens.new_key()
    ApiToken.objects.create(
        admin=admin,
        name="Matrix",
        hint="abcd...wxyz",
        digest=tokens.digest(key),
        last_used=timezone.now() + timedelta(days=1),
    )
    Privilege.objects.create(admin=admin, role=role, **at)
    header = {"Authorization": f"Token {key}"}
    return [
        Caller(SESSION, role, ALL, *session_of(admin, world), name),
        Caller(USER_TOKEN, role, ALL, Client(), header, name),
    ]


def session_of(admin: Admin, world: World) -> tuple[Client, dict[str, str]]:
    """A browser in which somebody is signed in, and its headers."""
    client = Client()
    client.force_login(admin)
    session = client.session
    # The first page of an organization leaves an entry; these have opened it before.
    session["opened_org"] = str(world.acme.id)
    session.save()
    client.cookies["csrftoken"] = _CSRF
    return client, {"X-CSRFToken": _CSRF}


# What is called otherwise below an MSP.
OF_MSP: Final = ("admin_id", "invite_id", "entry_id")


def look_of(world: World) -> tuple[Client, dict[str, str]]:
    """A browser of the instance's staff that looks into acme, and its headers."""
    staff = make_admin("support")
    set_staff(SYSTEM, email=staff.email, is_staff=True)
    client, headers = session_of(staff, world)
    client.post("/support/look", {"org_id": str(world.acme.id)})
    return client, headers


# Of the organization, whatever the site.
_OF_ORG = ("invite_id", "sso_id", "ssorole_id", "role_id")


class Targets:
    """The values of every placeholder in paths, queries and bodies, by what is called."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.north = self._at(world.acme, world.north, world.ada)
        self.south = self._at(world.acme, world.south, world.ada)
        self.overseas = self._at(world.globex, world.overseas, world.gus)
        # Of these one organization has one for all of its sites.
        for name in ("token_id", "admin_id", "view_id", "account_id", *_OF_ORG, *_AT_MSP, *catalog()):
            self.south[name] = self.north[name]
        self.unknown = {
            **dict.fromkeys(self.north, str(UNKNOWN)),
            **{
                "mac": "5c5b35ffffff",
                "device_mac": "5c5b35ffffff",
                "site_name": "Nobody's",
                "key": "inventory",
            },
            **{"image_number": "1", "image_name": "image1", "name": "image1", "token": "nonsense"},
            **{name: self.north[name] for name in ("code", "edge_code")},
        }

    def below_own(self, parent: str, values: Values) -> dict[str, str]:
        """Things of `values` asked for below the organization or site of the caller."""
        return {**values, parent: self.north[parent]}

    def _at(self, org: Org, site: Site, person: Person) -> dict[str, str]:
        (device,), (edge,) = make_devices(site), make_edges(site)
        (unit,), (edge_unit,) = make_units(), make_units("ME-X5")
        make_credential(SYSTEM, org)
        account = make_juniper_account(
            org,
            "ABC Corp" if site.name == "North" else f"For {site.name}",
            assets=[make_asset(device.serial)],
        )
        view = SavedView.objects.create(
            org=org, admin=person.admin, table="inventory", name=site.name, shared=True
        )
        group = make_sitegroup(org, f"Group of {site.name}")
        group.sites.add(site)
        kinds = {
            kind: docs.create_doc(SYSTEM, org, resource=catalog()[kind], values={"name": f"For {site.name}"})
            for kind in catalog()
            if kind != "deviceprofiles"
        }
        return {
            "org_id": str(org.id),
            "site_id": str(site.id),
            "site_name": site.name,
            "sitegroup_id": str(group.id),
            "device_id": str(device.id),
            "mac": device.mac,
            "device_mac": device.mac,
            "mxedge_id": str(edge.id),
            "edge_id": str(edge.id),
            "entry_id": str(Entry.objects.filter(org_id=org.id, site_id=site.id).first().id),
            "job_id": str(_job(org, device, person).id),
            "view_id": str(view.id),
            "account_id": str(account.id),
            "token_id": str(_token(org).id),
            "admin_id": str(person.admin.id),
            "map_id": str(make_map(site).map_id),
            **_of_org(org, site.name),
            **_of_msp(org, site.name),
            "deviceprofiles": str(make_profile(org, f"For {site.name}").id),
            **{kind: str(doc.id) for kind, doc in kinds.items()},
            "code": unit.claim_code,
            "edge_code": edge_unit.claim_code,
            **{"image_number": "1", "image_name": "image1", "name": "image1", "token": "nonsense"},
            "key": "inventory",
        }


def _of_org(org: Org, name: str) -> dict[str, str]:
    role = str(make_sso_role(org, f"For {name}").id)
    invite, sso = make_invite(org, f"{name.lower()}@example.com"), make_sso(org, f"For {name}")
    return {"invite_id": str(invite.id), "sso_id": str(sso.id), "ssorole_id": role, "role_id": role}


_AT_MSP = ("msp_id", "orggroup_id", "assigned_id", *(f"msp_{name}" for name in OF_MSP))


def _of_msp(org: Org, name: str) -> dict[str, str]:
    """The MSP of an organization, and what it has."""
    msp = msp_of(org)
    reader = make_admin(f"reader-{name.lower()}")
    grant_at(msp, reader, "observer")
    return {
        "msp_id": str(msp.id),
        "assigned_id": str(org.id),
        "orggroup_id": str(OrgGroup.objects.get(msp=msp, orgs=org).id),
        "msp_admin_id": str(reader.id),
        "msp_invite_id": str(make_invite(msp, f"{name.lower()}@example.com").id),
        "msp_entry_id": str(Entry.objects.filter(org_id=msp.id).first().id),
    }


def _token(org: Org) -> ApiToken:
    return ApiToken.objects.create(org=org, name="Matrix", hint="abcd...wxyz", digest=uuid4().hex)


def _job(org: Org, device: Any, person: Person) -> Job:
    row = Row(device.id, device.mac, device.site_id, {"name": "", "shown": ""}, {"name": "a", "shown": "a"})
    return start_job(person.actor, org, kind="inventory.name", title="Rename", rows=[row])


def group_of(world: World) -> SiteGroup:
    """The group that the reach `group` is about."""
    return SiteGroup.objects.get(org=world.acme, name="Coast")
