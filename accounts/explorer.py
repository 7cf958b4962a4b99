"""The access explorer: what somebody may do at a place and by which grant, and previews of the portal.

It asks the same Actor that every action and query asks, grant by grant, so it cannot say anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Q

from accounts.auth import actor_of_privileges
from accounts.models import Admin, ApiToken, Privilege
from accounts.reach import at_msp_of
from audit.log import record
from mistadmin.core import access, tenancy
from mistadmin.core.access import MANAGE_ADMINS, ROLES, SIGNED_IN, Actor, Placed
from mistadmin.core.actions import action
from mistadmin.core.errors import NotVisible
from orgs.models import Org
from sites.models import Site

SEE: Final = "See"
CHANGE: Final = "Change"
# People and tokens that the page offers, each by name.
MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Sentence:
    """One ability in plain words; `whole` when it is about the organization, whatever site is looked at."""

    group: str
    text: str
    whole: bool = False


PLAIN: Final[dict[str, Sentence]] = {
    access.VIEW_ORG: Sentence(SEE, "Enter the organization", whole=True),
    access.VIEW_SITES: Sentence(SEE, "The site, its settings and its site groups"),
    access.VIEW_INVENTORY: Sentence(SEE, "Devices, their state, events and figures"),
    access.VIEW_MXEDGES: Sentence(SEE, "Mist Edges"),
    access.VIEW_TEMPLATES: Sentence(SEE, "Templates and device profiles"),
    access.VIEW_ALERTS: Sentence(SEE, "Alerts"),
    access.VIEW_ANALYTICS: Sentence(SEE, "Analytics"),
    access.VIEW_LOCATION: Sentence(SEE, "Location maps"),
    access.VIEW_AUDIT: Sentence(SEE, "Audit logs"),
    access.VIEW_SETTINGS: Sentence(SEE, "Organization settings", whole=True),
    access.VIEW_TOKENS: Sentence(SEE, "API tokens of the organization, without their keys", whole=True),
    access.VIEW_SUBSCRIPTIONS: Sentence(SEE, "Subscriptions and orders", whole=True),
    access.CLAIM: Sentence(CHANGE, "Claim and adopt devices"),
    access.INSTALL: Sentence(CHANGE, "Place, name and photograph devices"),
    access.MANAGE_DEVICES: Sentence(CHANGE, "Unassign, release and replace devices"),
    access.MANAGE_MXEDGES: Sentence(CHANGE, "Manage Mist Edges and tunnels"),
    access.MANAGE_SWITCH_PORTS: Sentence(CHANGE, "Switch ports"),
    access.CONFIGURE_SITES: Sentence(CHANGE, "The site and its settings"),
    access.EDIT_MAPS: Sentence(CHANGE, "Location maps"),
    access.MANAGE_ALERTS: Sentence(CHANGE, "Alerts and who is told of them"),
    access.MANAGE_WEBHOOKS: Sentence(CHANGE, "Webhooks"),
    access.OPEN_TICKETS: Sentence(CHANGE, "Open support tickets"),
    access.CREATE_SITES: Sentence(CHANGE, "Create, group and delete sites", whole=True),
    access.MANAGE_TEMPLATES: Sentence(CHANGE, "Templates and device profiles", whole=True),
    access.SHARE_VIEWS: Sentence(CHANGE, "Share views of lists with everybody", whole=True),
    access.MANAGE_ORG: Sentence(CHANGE, "Organization settings; delete the organization", whole=True),
    access.MANAGE_ADMINS: Sentence(CHANGE, "Administrators and their roles", whole=True),
    access.MANAGE_TOKENS: Sentence(CHANGE, "API tokens of the organization", whole=True),
    access.MANAGE_SUBSCRIPTIONS: Sentence(CHANGE, "Subscriptions and orders", whole=True),
}


@dataclass(frozen=True, slots=True)
class Holder:
    """A person or a token with a role in the organization; `kind` is person or token."""

    kind: str
    id: UUID
    name: str
    note: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Held:
    """One grant of a holder: its role and its reach in words, and the actor that it alone makes."""

    role: str
    reach: str
    actor: Actor

    def __str__(self) -> str:
        return f"{self.role}, {self.reach}"


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether one thing may be done, by which grants, and otherwise why not."""

    ability: str
    sentence: Sentence
    through: Sequence[Held]
    reason: str

    @property
    def may(self) -> bool:
        return bool(self.through)


def list_holders(actor: Actor, org: Org) -> list[Holder]:
    """Everybody and every token with a role in the organization, people first, by name."""
    actor.require(MANAGE_ADMINS, org)
    held = Privilege.objects.filter(Q(org=org) | Q(pk__in=at_msp_of(org).values("pk")))
    people = Admin.objects.filter(id__in=held.values("admin_id")).order_by("first_name", "last_name", "email")
    tokens = ApiToken.objects.filter(org=org).order_by("name", "id")
    with tenancy.within(org.tenant_ids):
        return [
            *(Holder("person", one.id, one.full_name, one.email) for one in people[:MOST]),
            *(Holder("token", one.id, one.name, one.hint) for one in tokens[:MOST]),
        ]


def find_holder(actor: Actor, org: Org, key: str) -> Holder:
    """One holder by its key; raises NotVisible for who has no role in the organization."""
    actor.require(MANAGE_ADMINS, org)
    kind, _, text = key.partition(":")
    try:
        holder_id = UUID(text)
    except ValueError:
        raise NotVisible from None
    if kind == "token":
        token = ApiToken.objects.filter(org=org, id=holder_id).first()
        if token:
            return Holder(kind, token.id, token.name, token.hint)
    if kind == "person":
        return _holder(_person(org, holder_id))
    raise NotVisible


def grants_of(actor: Actor, org: Org, holder: Holder) -> list[Held]:
    """The grants of a holder in the organization, one by one."""
    actor.require(MANAGE_ADMINS, org)
    owner = {"token_id": holder.id} if holder.kind == "token" else {"admin_id": holder.id}
    rows = Privilege.objects.filter(org=org, **owner).select_related("site", "sitegroup")
    own = [
        Held(ROLES[row.role].label, _reach(row), actor_of_privileges([row]))
        for row in rows.order_by("created_time", "id")
    ]
    through = at_msp_of(org).filter(**owner).select_related("msp", "orggroup").order_by("created_time", "id")
    with tenancy.within(org.tenant_ids):
        return [*own, *(_held_through(org, row) for row in through)]


def explain(org: Org, held: Iterable[Held], site: Site | None) -> list[Answer]:
    """What these grants allow at a site, or in the organization as a whole, ability by ability."""
    held = list(held)
    return [_answer(org, held, ability, sentence, site) for ability, sentence in PLAIN.items()]


@action(needs=MANAGE_ADMINS)
def start_preview(actor: Actor, org: Org, *, admin_id: UUID) -> Holder:
    """Write into the log that a preview of the portal as somebody begins; raises NotVisible."""
    holder = _holder(_person(org, admin_id))
    record(actor, "accounts.preview.started", _Told(org.id, holder))
    return holder


@action(needs=SIGNED_IN)
def end_preview(actor: Actor, *, org_id: UUID, admin_id: UUID) -> None:
    """Write into the log that a preview has ended, also when whoever looked may not look any more."""
    admin = Admin.objects.filter(id=admin_id).first()
    holder = _holder(admin) if admin else Holder("person", admin_id, "somebody who is gone", "")
    # Whoever looked may have lost the organization meanwhile.
    with tenancy.within([org_id]):
        record(actor, "accounts.preview.ended", _Told(org_id, holder))


@dataclass(frozen=True, slots=True)
class _Told:
    """What the organization's log tells of: the person who is looked at."""

    org_id: UUID
    holder: Holder
    site_id: None = None

    @property
    def pk(self) -> UUID:
        return self.holder.id

    @property
    def name(self) -> str:
        return self.holder.name


def _person(org: Org, admin_id: UUID) -> Admin:
    here = Privilege.objects.filter(org=org, admin=admin_id).exists()
    with tenancy.within(org.tenant_ids):
        here = here or at_msp_of(org).filter(admin=admin_id).exists()
    admin = Admin.objects.filter(id=admin_id).first() if here else None
    if admin is None:
        raise NotVisible
    return admin


def _holder(admin: Admin) -> Holder:
    return Holder("person", admin.id, admin.full_name, admin.email)


def _held_through(org: Org, row: Privilege) -> Held:
    group = f", organization group {row.orggroup.name}" if row.orggroup else ""
    name = row.msp.name if row.msp else ""
    reach = f"all sites, through the MSP {name}{group}"
    actor = Actor("explained", grants=(access.Grant(ROLES[row.role], org.id, None, row.msp_id),))
    return Held(ROLES[row.role].label, reach, actor)


def _reach(row: Privilege) -> str:
    if row.site:
        return f"site {row.site.name}"
    return f"site group {row.sitegroup.name}" if row.sitegroup else "all sites"


def _answer(org: Org, held: Sequence[Held], ability: str, sentence: Sentence, site: Site | None) -> Answer:
    target: Placed = org if sentence.whole or site is None else site
    through = [one for one in held if one.actor.can(ability, target)]
    return Answer(ability, sentence, through, "" if through else _why_not(org, held, ability))


def _why_not(org: Org, held: Sequence[Held], ability: str) -> str:
    able = [one for one in held if any(ability in grant.role.abilities for grant in one.actor.grants)]
    if not able:
        return "No role of theirs allows it."
    return f"Only elsewhere: {'; '.join(str(one) for one in able)}."
