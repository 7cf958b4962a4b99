"""Who may do what: abilities, the 11 roles, grants and the actor. Nothing else knows what a role may do.

Roles are the ones of the guide (chapter 3, table 6); `mist_role` and `view` are how the REST API spells
the same role. Mist leaves `views` to its user interface; here they restrict on the server too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Final
from uuid import UUID

from mistadmin.core.errors import NotAllowed, NotVisible, Unauthenticated
from mistadmin.core.places import Place as Place  # whoever asks who may, asks where
from mistadmin.core.places import Placed as Placed
from mistadmin.core.tenancy import ALL, Scope

VIEW_ORG: Final = "view_org"
VIEW_SITES: Final = "view_sites"
CREATE_SITES: Final = "create_sites"
CONFIGURE_SITES: Final = "configure_sites"
VIEW_INVENTORY: Final = "view_inventory"
CLAIM: Final = "claim"
INSTALL: Final = "install"
MANAGE_DEVICES: Final = "manage_devices"
VIEW_SETTINGS: Final = "view_settings"
MANAGE_ORG: Final = "manage_org"
MANAGE_ADMINS: Final = "manage_admins"
VIEW_TOKENS: Final = "view_tokens"
MANAGE_TOKENS: Final = "manage_tokens"
VIEW_AUDIT: Final = "view_audit"
VIEW_TEMPLATES: Final = "view_templates"
MANAGE_TEMPLATES: Final = "manage_templates"
VIEW_SUBSCRIPTIONS: Final = "view_subscriptions"
MANAGE_SUBSCRIPTIONS: Final = "manage_subscriptions"
VIEW_ALERTS: Final = "view_alerts"
MANAGE_ALERTS: Final = "manage_alerts"
VIEW_ANALYTICS: Final = "view_analytics"
VIEW_LOCATION: Final = "view_location"
EDIT_MAPS: Final = "edit_maps"
VIEW_MXEDGES: Final = "view_mxedges"
MANAGE_MXEDGES: Final = "manage_mxedges"
MANAGE_SWITCH_PORTS: Final = "manage_switch_ports"
MANAGE_WEBHOOKS: Final = "manage_webhooks"
OPEN_TICKETS: Final = "open_tickets"
SHARE_VIEWS: Final = "share_views"

ABILITIES: Final = frozenset(
    value for name, value in list(globals().items()) if name.isupper() and isinstance(value, str)
)

# Of a Managed Service Provider, a tenant of its own: no role in an organization carries these.
VIEW_MSP: Final = "view_msp"
MANAGE_MSP: Final = "manage_msp"

MSP_ABILITIES: Final = frozenset({VIEW_MSP, MANAGE_MSP, MANAGE_ADMINS, VIEW_AUDIT})
# Who has a role at one part of a tenant alone still gets in.
_ENTERING: Final = frozenset({VIEW_ORG, VIEW_MSP})

# Needs that no role carries: they ask who the actor is, not what a grant says.
ANYONE: Final = "anyone"
SIGNED_IN: Final = "signed_in"
STAFF: Final = "staff"
# What a device may that proved to know an adopt secret; no role of people carries it.
JOIN: Final = "join"


@dataclass(frozen=True, slots=True)
class Role:
    """One portal role: `mist_role` and `view` spell it in the API, `abilities` are what it may do."""

    key: str
    label: str
    description: str
    mist_role: str
    view: str | None
    abilities: frozenset[str]


_MONITOR = frozenset(
    {VIEW_ORG, VIEW_SITES, VIEW_INVENTORY, VIEW_ALERTS, VIEW_TEMPLATES, VIEW_LOCATION, VIEW_MXEDGES}
)
_OBSERVE = _MONITOR | {VIEW_ANALYTICS}
_NETWORK = _OBSERVE | {
    CONFIGURE_SITES,
    CLAIM,
    INSTALL,
    MANAGE_DEVICES,
    VIEW_SETTINGS,
    VIEW_AUDIT,
    MANAGE_TEMPLATES,
    VIEW_SUBSCRIPTIONS,
    MANAGE_ALERTS,
    EDIT_MAPS,
    MANAGE_MXEDGES,
    MANAGE_SWITCH_PORTS,
    MANAGE_WEBHOOKS,
    OPEN_TICKETS,
    SHARE_VIEWS,
}


def _role(key: str, label: str, spelled: str, abilities: Iterable[str], description: str) -> Role:
    mist_role, _, view = spelled.partition("/")
    return Role(key, label, description, mist_role, view or None, frozenset(abilities))


ROLES: Final[dict[str, Role]] = {
    role.key: role
    for role in (
        _role(
            "super_user",
            "Super User",
            "admin",
            ABILITIES,
            "Everything, at every site; adds sites and administrators.",
        ),
        _role("network_admin", "Network Admin", "write", _NETWORK, "Everything at the sites chosen below."),
        _role(
            "observer", "Observer", "read", _OBSERVE, "Watches the sites chosen below and changes nothing."
        ),
        _role(
            "installer",
            "Installer",
            "installer",
            {VIEW_ORG, VIEW_SITES, VIEW_INVENTORY, CLAIM, INSTALL},
            "Claims and places access points and switches.",
        ),
        _role(
            "helpdesk", "Helpdesk", "helpdesk", _MONITOR | {OPEN_TICKETS}, "Watches the sites chosen below."
        ),
        _role(
            "reporting",
            "Reporting",
            "read/reporting",
            {VIEW_ORG, VIEW_SITES, VIEW_ANALYTICS},
            "Uses every analytics tool.",
        ),
        _role(
            "location",
            "Location",
            "write/location",
            {VIEW_ORG, VIEW_SITES, VIEW_ANALYTICS, VIEW_LOCATION, EDIT_MAPS},
            "Reads occupancy and engagement analytics and edits location maps.",
        ),
        _role(
            "marketing",
            "Marketing",
            "read/marketing",
            {VIEW_ORG, VIEW_SITES, VIEW_ANALYTICS, VIEW_LOCATION},
            "Reads occupancy and engagement analytics and location maps.",
        ),
        _role(
            "mxedge_admin",
            "Mist Edge Admin",
            "admin/mxedge_admin",
            {VIEW_ORG, VIEW_SITES, VIEW_MXEDGES, MANAGE_MXEDGES},
            "Manages Mist Edges and Mist tunnels.",
        ),
        _role(
            "switch_port_operator",
            "Switch Port Operator",
            "helpdesk/switch_admin",
            {VIEW_ORG, VIEW_SITES, MANAGE_SWITCH_PORTS},
            "Changes the switch ports that a Super User has opened.",
        ),
        _role(
            "super_observer",
            "Super Observer",
            "read/super_observer",
            (_OBSERVE | {VIEW_SETTINGS, VIEW_AUDIT, VIEW_TOKENS}),
            "Watches every site and reads the organization pages.",
        ),
    )
}

# What a role does at the MSP itself, beside what it does in the organizations there.
_AT_MSP: Final = {
    "super_user": MSP_ABILITIES,
    "network_admin": frozenset({VIEW_MSP, VIEW_AUDIT}),
    "super_observer": frozenset({VIEW_MSP, VIEW_AUDIT}),
}

# What instance staff may while they look into an organization that allows it (guide: Support Access).
# It is no role that anybody can be given.
SUPPORT: Final = _role(
    "support",
    "Support",
    "none",
    _OBSERVE | {VIEW_SETTINGS},
    "Looks at devices and what configures them while the organization allows it.",
)
_NEWCOMER: Final = _role("newcomer", "Newcomer", "none", {JOIN}, "Joins the organization.")

_BY_SPELLING: Final = {(role.mist_role, role.view): role for role in ROLES.values()}


def role_spelled(mist_role: str, view: str | None = None) -> Role | None:
    """The role that the API spells `role` + `views`; None when no portal role is spelled so."""
    return _BY_SPELLING.get((mist_role, view))


def role_at_msp(key: str, *, whole: bool) -> Role:
    """What a portal role is at an MSP: all of it, or only the door for whoever has it at a group there."""
    abilities = _AT_MSP.get(key, frozenset({VIEW_MSP})) if whole else frozenset({VIEW_MSP})
    return replace(ROLES[key], abilities=abilities)


@dataclass(frozen=True, slots=True)
class Grant:
    """One role in one organization; `site_ids` None means every site and the organization itself.

    At an MSP its id stands for the organization's, and ids of organization groups for those of sites.
    `msp_id` is of the MSP through which an organization is reached, None where it gave the role itself.
    """

    role: Role
    org_id: UUID
    site_ids: frozenset[UUID] | None = None
    msp_id: UUID | None = None

    def covers(self, site_id: UUID | None) -> bool:
        """Whether the grant reaches a site; None asks for what belongs to no single site."""
        return self.site_ids is None or (site_id is not None and site_id in self.site_ids)


def shared(mine: Iterable[Grant], theirs: Iterable[Grant]) -> tuple[Grant, ...]:
    """The grants of what two actors both may: the abilities and the sites that one of each have in common."""
    return tuple(
        Grant(replace(one.role, abilities=one.role.abilities & own.role.abilities), one.org_id, sites)
        for own, one in product(mine, theirs)
        if own.org_id == one.org_id
        for sites in [_common(own.site_ids, one.site_ids)]
    )


def _common(one: frozenset[UUID] | None, other: frozenset[UUID] | None) -> frozenset[UUID] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. First argument of every action and query; built once per request, task or device call."""

    kind: str
    id: UUID | None = None
    name: str = ""
    email: str = ""
    src_ip: str | None = None
    grants: tuple[Grant, ...] = field(default=())
    # Of the people who run the instance; no organization gives it and none is opened by it.
    is_staff: bool = False
    # Looks at the portal as somebody else would see it; every action refuses.
    reads_only: bool = False
    # The grants by tenant: whoever is of a large MSP has one for each of its organizations.
    _at: dict[UUID, list[Grant]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for grant in self.grants:
            self._at.setdefault(grant.org_id, []).append(grant)

    @classmethod
    def system(cls, name: str) -> Actor:
        """A worker of ours, named in the audit log; it may do everything that an action does."""
        return cls(kind="system", name=name)

    @classmethod
    def device(cls, name: str, place: Placed, src_ip: str | None) -> Actor:
        """A device that proved to know an adopt secret of the place: it may join there and nothing else."""
        site_id = getattr(place, "site_id", None)
        grant = Grant(_NEWCOMER, place.org_id, None if site_id is None else frozenset({site_id}))
        return cls(kind="device", name=name, src_ip=src_ip, grants=(grant,))

    @classmethod
    def anonymous(cls, src_ip: str | None = None) -> Actor:
        """Nobody is signed in."""
        return cls(kind="anonymous", src_ip=src_ip)

    @property
    def is_system(self) -> bool:
        return self.kind == "system"

    @property
    def is_signed_in(self) -> bool:
        return self.kind != "anonymous"

    @property
    def org_ids(self) -> frozenset[UUID]:
        return frozenset(self._at)

    @property
    def scope(self) -> Scope:
        """The tenants where the actor has a role; all of them for a worker of ours."""
        return ALL if self.is_system else Scope(self.org_ids)

    @property
    def own_org_ids(self) -> frozenset[UUID]:
        """Organizations that gave the actor a role themselves."""
        return frozenset(g.org_id for g in self.grants if g.msp_id is None and VIEW_ORG in g.role.abilities)

    @property
    def msp_ids(self) -> frozenset[UUID]:
        """MSPs where the actor has a role."""
        return frozenset(grant.org_id for grant in self.grants if VIEW_MSP in grant.role.abilities)

    def can(self, need: str, target: Placed) -> bool:
        """Whether the actor may do `need` to this very object.

        An organization is seen by everybody who has a role in it, also at one site only.
        """
        scopes = self._scopes(need, target.org_id)
        if None in scopes or self.is_system:
            return True
        if need in _ENTERING and getattr(target, "org_wide", False):
            return bool(scopes)
        site_id = getattr(target, "site_id", None)
        return any(site_id in scope for scope in scopes if scope is not None)

    def can_itself(self, need: str, target: Placed) -> bool:
        """Whether a role that the organization itself gave allows it; one through an MSP does not count."""
        own = tuple(grant for grant in self._at.get(target.org_id, ()) if grant.msp_id is None)
        return replace(self, grants=own).can(need, target)

    def can_somewhere(self, need: str, org_id: UUID) -> bool:
        """Whether the actor may do `need` at one site of the organization at least.

        A role in a group without sites reaches nothing; the organization itself is seen all the same.
        """
        scopes = self._scopes(need, org_id)
        if None in scopes or self.is_system:
            return True
        return any(scopes) or (need in _ENTERING and bool(scopes))

    def can_wherever(self, need: str, *, seen_by: str, org_id: UUID) -> bool:
        """Whether the actor may do `need` at every place of the organization where it may do `seen_by`."""
        able = self.sites_for(need, org_id)
        if able is None:
            return True
        seen = self.sites_for(seen_by, org_id)
        return bool(able) and seen is not None and seen <= able

    def sites_for(self, need: str, org_id: UUID) -> frozenset[UUID] | None:
        """Sites of an organization where the actor may do `need`; None means all of it."""
        scopes = self._scopes(need, org_id)
        if None in scopes or self.is_system:
            return None
        return frozenset().union(*(scope for scope in scopes if scope is not None))

    def _scopes(self, need: str, org_id: UUID) -> list[frozenset[UUID] | None]:
        """The `site_ids` of each grant in the organization that carries `need`."""
        return [grant.site_ids for grant in self._at.get(org_id, ()) if need in grant.role.abilities]

    def require(self, need: str, target: Placed | None = None) -> None:
        """Refuse unless the actor may do `need` to `target`.

        Raises Unauthenticated, NotVisible when no grant reaches the target, NotAllowed when one does
        and lacks the ability.
        """
        if self.is_system or need == ANYONE:
            return
        if not self.is_signed_in:
            raise Unauthenticated
        if need == SIGNED_IN or (need == STAFF and self.is_staff):
            return
        if need == STAFF:
            raise NotVisible
        if target is None:
            raise TypeError(f"{need} needs a target: pass the object as second argument")
        if self.can(need, target):
            return
        site_id = getattr(target, "site_id", None)
        # An organization and its site groups are seen by everybody with a role there; a free device is not.
        whole_org = getattr(target, "org_wide", False)
        if any(whole_org or g.covers(site_id) for g in self._at.get(target.org_id, ())):
            raise NotAllowed
        raise NotVisible

    def require_somewhere(self, need: str, org_id: UUID) -> None:
        """Refuse unless the actor may do `need` at one site of the organization at least."""
        if self.can_somewhere(need, org_id):
            return
        if not self.is_signed_in:
            raise Unauthenticated
        raise NotAllowed if org_id in self._at else NotVisible
