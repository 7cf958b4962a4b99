"""Real objects for the ids of requests: living ones for what reads and changes, fresh ones for what deletes.

Makers look for a living object first and build where nothing is left, so whatever one request did, the next
one finds something.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.db.models import Model, QuerySet
from django.utils import timezone

from accounts import msps, tokens
from accounts.actions import create_org_token, create_user_token
from accounts.auth import actor_for
from accounts.models import Admin, ApiToken, Invite, Privilege, Recovery, Sso, SsoRole
from inventory import images
from inventory.models import Device, MistEdge
from mistadmin.core.pictures import drawn_plan
from mistadmin.core.resources import catalog
from orgs import docs
from orgs.models import JuniperAccount, Msp, Org, OrgGroup
from sites import maps
from sites.models import Map, Site, SiteGroup
from tests import world as cast
from tests.plans import picture

# One request in so many asks for what another organization has.
FOREIGN_EVERY: Final = 12
PLENTY: Final = 15
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_ROLE: Final = {"privileges": [{"scope": "org", "role": "write"}]}


@dataclass(frozen=True)
class Place:
    """An organization with one site, its founder, and the MSP it belongs to."""

    org: Org
    site: Site
    founder: Admin
    msp: Msp


@dataclass(frozen=True)
class Target:
    """What a request is about: where, by which path, for whom, and whether it is going to be deleted."""

    place: Place
    path: str
    caller: Admin | None
    doomed: bool


class Scene:
    """Two organizations, each with an MSP and at least one object of every kind."""

    def __init__(self, world: cast.World, chance: random.Random) -> None:
        self.world, self.chance, self._made = world, chance, 0
        # Hashed once: it takes as long as several requests.
        self._hash = make_password(cast.PASSWORD)
        self.acme = Place(world.acme, world.north, world.ada.admin, _msp("Umbrella", world.acme, world.ada))
        foreign = _msp("Parasol", world.globex, world.gus)
        self.globex = Place(world.globex, world.overseas, world.gus.admin, foreign)
        assets = [cast.make_asset("SN0001"), cast.make_asset("SN0002")]
        cast.make_juniper_account(world.acme, assets=assets)
        for place in (world.north, world.acme):
            for model in ("AP45", "EX4100-48P", "SRX345"):
                cast.call_in(cast.make_devices(place, 2, model), lldp_system_name="East_Floor 7")

    @property
    def lasting(self) -> frozenset[str]:
        """Ids of what has to be there to the end, because everything else is about it."""
        places = (self.acme, self.globex)
        found = (row.pk for place in places for row in (place.org, place.site, place.msp, place.founder))
        return frozenset(str(pk) for pk in found)

    def place(self) -> Place:
        """Mostly acme, where the callers belong; now and then the other organization."""
        return self.globex if self.chance.randrange(FOREIGN_EVERY) == 0 else self.acme

    def values(self, method: str, path: str, caller: Admin | None, place: Place) -> dict[str, str]:
        """Every parameter of a path; what is deleted is made for it."""
        names = _PARAMETER.findall(path)
        found = {}
        for name in names:
            doomed = method == "DELETE" and path.endswith(f"{{{name}}}")
            target = Target(place, path, caller, doomed)
            found[name] = self.value(name, target)
        return found

    def value(self, name: str, target: Target) -> str:
        """A real value of one parameter."""
        value: str = _MAKERS[name](self, target)
        return value

    def number(self) -> int:
        """A number that nothing else is named after."""
        self._made += 1
        return self._made

    def living(self, rows: QuerySet[Any], target: Target, make: Callable[[], Any]) -> Any:
        """One of the rows; a new one for what is going to be deleted, and where there is none.

        Where there are plenty nothing is made: of some kinds an organization may have only so many.
        """
        if target.doomed and rows.count() < PLENTY:
            return make()
        return rows.order_by("pk").first() or make()

    def unit(self, model: str = "AP45") -> str:
        """The code of a unit that nobody has claimed."""
        return cast.make_units(model)[0].claim_code

    def person(self, *, role: str = "", at: Org | Msp | None = None) -> Admin:
        """Somebody new, with a role at an organization or MSP when one is named."""
        email = f"person{self.number()}@example.com"
        columns = {"first_name": "Fuzz", "last_name": "Person", "password": self._hash}
        admin = Admin.objects.create(email=email, email_verified_at=timezone.now(), **columns)
        if isinstance(at, Msp):
            cast.grant_at(at, admin, role)
        elif at is not None:
            cast.grant(admin, at, role)
        return admin


def _msp(name: str, org: Org, founder: cast.Person) -> Msp:
    # Made by somebody else: whoever gives an organization away must not hold it alone.
    msp = cast.make_msp(name, org, by=cast.make_admin(f"founder-{name.lower()}"))
    cast.grant_at(msp, founder.admin, "super_user")
    return msp


def _org(scene: Scene, at: Target) -> Any:
    if not at.doomed:
        return at.place.org
    org = cast.make_org(f"Victim {scene.number()}", by=at.place.founder)
    if "{msp_id}" in at.path:
        msps.assign_orgs(actor_for(at.place.founder), at.place.msp, org_ids=[org.id])
    return org


def _site(scene: Scene, at: Target) -> Any:
    return cast.make_site(at.place.org, name=f"Victim {scene.number()}") if at.doomed else at.place.site


def _site_name(scene: Scene, at: Target) -> str:
    return Site.objects.get(id=at.place.site.id).name


def _msp_id(scene: Scene, at: Target) -> Any:
    return cast.make_msp(f"Victim {scene.number()}", by=at.place.founder) if at.doomed else at.place.msp


def _device(scene: Scene, at: Target) -> Any:
    site = at.place.site
    rows = Device.objects.filter(site=site)
    device = scene.living(rows, at, lambda: cast.make_devices(site)[0])
    if "image" in at.path and not device.images:
        for number in images.NUMBERS:
            images.add_image(cast.SYSTEM, device, number=number, raw=picture())
    return device


def _edge(scene: Scene, at: Target) -> Any:
    site = at.place.site
    edge = scene.living(MistEdge.objects.filter(site=site), at, lambda: cast.make_edges(site)[0])
    if "image" in at.path and not edge.images:
        for number in images.NUMBERS:
            images.add_edge_image(cast.SYSTEM, edge, number=number, raw=picture())
    return edge


def _map(scene: Scene, at: Target) -> Any:
    site, name = at.place.site, f"Floor {scene.number()}"
    row = scene.living(Map.objects.filter(site=site), at, lambda: cast.make_map(site, name))
    if at.path.endswith("/image") and not row.image:
        maps.add_image(cast.SYSTEM, row, plan=drawn_plan(picture()))
    return row


def _map_id(scene: Scene, at: Target) -> str:
    # Who installs chooses the id of a new floorplan.
    is_new = at.path.startswith("/api/v1/installer/") and scene.chance.randrange(3) == 0 and not at.doomed
    return str(uuid4()) if is_new else str(_map(scene, at).map_id)


def _document(scene: Scene, at: Target) -> Any:
    kind = next(part for part in PurePosixPath(at.path).parts if part in catalog())
    resource, values = catalog()[kind], {"name": f"Document {scene.number()}"}
    rows = resource.model.objects.filter(org=at.place.org)
    rows = rows.filter(kind=resource.kind) if hasattr(resource.model, "kind") else rows
    return scene.living(
        rows, at, lambda: docs.create_doc(cast.SYSTEM, at.place.org, resource=resource, values=values)
    )


def _profile(scene: Scene, at: Target) -> Any:
    return _document(scene, Target(at.place, "deviceprofiles", None, doomed=False))


def _token_id(scene: Scene, at: Target) -> Any:
    name = f"Token {scene.number()}"
    if "/self/" in at.path:
        actor = actor_for(at.caller or at.place.founder)
        rows = ApiToken.objects.filter(admin_id=actor.id, name__startswith="Token ")
        return scene.living(rows, at, lambda: create_user_token(actor, values={"name": name}))
    rows = ApiToken.objects.filter(org=at.place.org, name__startswith="Token ")
    wish = {"name": name, **_ROLE}
    return scene.living(rows, at, lambda: create_org_token(cast.SYSTEM, at.place.org, values=wish))


def _tenant(at: Target) -> Org | Msp:
    return at.place.msp if "{msp_id}" in at.path else at.place.org


def _admin(scene: Scene, at: Target) -> Any:
    tenant = _tenant(at)
    held = {"msp": tenant} if isinstance(tenant, Msp) else {"org": tenant}
    someone = Privilege.objects.filter(**held, role="observer", admin__email__startswith="person")
    rows = Admin.objects.filter(id__in=someone.values("admin_id"))
    return scene.living(rows, at, lambda: scene.person(role="observer", at=tenant))


def _invite(scene: Scene, at: Target) -> Any:
    tenant = _tenant(at)
    rows = Invite.objects.filter(msp=tenant) if isinstance(tenant, Msp) else Invite.objects.filter(org=tenant)
    return scene.living(rows, at, lambda: cast.make_invite(tenant, f"guest{scene.number()}@example.com"))


def _link(scene: Scene, at: Target) -> str:
    """The token of a mailed link that has not been used."""
    if "/invite/" in at.path:
        is_there = Privilege.objects.filter(admin=at.caller, org=at.place.org).exists()
        email = at.caller.email if at.caller and not is_there else f"guest{scene.number()}@example.com"
        Invite.objects.filter(org=at.place.org, email=email).delete()
        invite = cast.make_invite(at.place.org, email)
        return tokens.invite_link(invite.id, invite.links)
    if "/register/" in at.path:
        admin = scene.person()
        Admin.objects.filter(id=admin.id).update(email_verified_at=None)
        return tokens.sign_link("register", {"admin": str(admin.id), "of": tokens.link_mark(admin.password)})
    if "/recover/" in at.path:
        admin = scene.person()
        asked = Recovery.objects.create(email=admin.email)
        return tokens.sign_link("recover", {"asked": str(asked.id), "of": tokens.link_mark(admin.password)})
    admin = at.caller or at.place.founder
    email = f"moved{scene.number()}@example.com"
    Admin.objects.filter(id=admin.id).update(new_email=email)
    admin.refresh_from_db()
    mark = tokens.link_mark(admin.password + admin.email)
    return tokens.sign_link("email", {"admin": str(admin.id), "email": email, "of": mark})


def _sitegroup(scene: Scene, at: Target) -> Any:
    org, name = at.place.org, f"Group {scene.number()}"
    return scene.living(SiteGroup.objects.filter(org=org), at, lambda: cast.make_sitegroup(org, name))


def _orggroup(scene: Scene, at: Target) -> Any:
    msp, name = at.place.msp, f"Group {scene.number()}"
    return scene.living(OrgGroup.objects.filter(msp=msp), at, lambda: cast.make_orggroup(msp, name))


def _sso(scene: Scene, at: Target) -> Any:
    org, name = at.place.org, f"IdP {scene.number()}"
    return scene.living(Sso.objects.filter(org=org), at, lambda: cast.make_sso(org, name))


def _sso_role(scene: Scene, at: Target) -> Any:
    org, name = at.place.org, f"Role {scene.number()}"
    return scene.living(SsoRole.objects.filter(org=org), at, lambda: cast.make_sso_role(org, name))


def _juniper_name(scene: Scene, at: Target) -> str:
    rows, name = JuniperAccount.objects.filter(org=at.place.org), f"Account {scene.number()}"
    doomed = Target(at.place, at.path, at.caller, doomed=True)
    account = scene.living(rows, doomed, lambda: cast.make_juniper_account(at.place.org, name))
    return str(account.name)


def _id_of(make: Callable[[Scene, Target], Any]) -> Callable[[Scene, Target], str]:
    def value(scene: Scene, at: Target) -> str:
        made = make(scene, at)
        return str(made.pk if isinstance(made, Model) else made.id)

    return value


def _mac(scene: Scene, at: Target) -> str:
    mac: str = _device(scene, at).mac
    return mac


# Name of a parameter -> what makes its value.
_MAKERS: Final[dict[str, Callable[[Scene, Target], str]]] = {
    "org_id": _id_of(_org),
    "site_id": _id_of(_site),
    "site_name": _site_name,
    "msp_id": _id_of(_msp_id),
    "device_id": _id_of(_device),
    "device_mac": _mac,
    "mac": _mac,
    "ap_mac": lambda scene, at: cast.make_devices(at.place.site)[0].mac,
    "juniper_name": _juniper_name,
    "spare_mac": lambda scene, at: cast.make_devices(at.place.org)[0].mac,
    "mxedge_id": _id_of(_edge),
    "map_id": _map_id,
    "doc_id": _id_of(_document),
    "deviceprofile_id": _id_of(_profile),
    "token_id": _id_of(_token_id),
    "admin_id": _id_of(_admin),
    "invite_id": _id_of(_invite),
    "token": _link,
    "sitegroup_id": _id_of(_sitegroup),
    "orggroup_id": _id_of(_orggroup),
    "sso_id": _id_of(_sso),
    "ssorole_id": _id_of(_sso_role),
    "email": lambda scene, at: scene.person().email,
    "code": lambda scene, at: scene.unit(),
    "edge_code": lambda scene, at: scene.unit("ME-X5"),
    "provider": lambda scene, at: "google",
    "image_number": lambda scene, at: scene.chance.choice(images.NUMBERS),
    "image_name": lambda scene, at: f"image{scene.chance.choice(images.NUMBERS)}",
}
PARAMETERS: Final = frozenset(_MAKERS)
