"""From privileges as a client spells them to roles at places that exist, none wider than the giver's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any, Final
from uuid import UUID

from accounts.reach import at
from accounts.shapes import PrivilegeShape
from mistadmin.core.access import ROLES, Actor, Placed, role_at_msp, role_spelled
from mistadmin.core.errors import Invalid, NotAllowed
from orgs.models import OrgGroup
from sites.models import Site, SiteGroup

# Roles that the guide gives for all sites: they are about the organization itself.
WHOLE_ORG: Final = frozenset({"super_user", "super_observer"})
_OF_MSP: Final = ("msp", "orggroup")
_NO_PLACE: Final = {
    "site_id": "does not exist in this organization",
    "sitegroup_id": "does not exist in this organization",
    "orggroup_id": "does not exist in this MSP",
}


@dataclass(frozen=True, slots=True, order=True)
class Given:
    """One role with its reach: a site, the sites of a group, or the whole organization.

    At an MSP it reaches every organization, or those of a group.
    """

    role: str
    site_id: UUID | None = None
    sitegroup_id: UUID | None = None
    orggroup_id: UUID | None = None

    @classmethod
    def of(cls, row: Any) -> Given:
        """What a Privilege or an Offer gives."""
        return cls(row.role, row.site_id, row.sitegroup_id, row.orggroup_id)

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of a Privilege or an Offer."""
        return asdict(self)


def given(
    actor: Actor, tenant: Placed, wishes: Sequence[PrivilegeShape], *, people: bool = True
) -> list[Given]:
    """The privileges that somebody wants to give, each once.

    Raises Invalid with the path of what is wrong (`privileges.0.role`), and NotAllowed for a role with more
    rights than the actor has. `people` may have some roles in the whole organization only.
    """
    found = [
        one for number, wish in enumerate(wishes) for one in _spelled(tenant, wish, f"privileges.{number}")
    ]
    _require_places(tenant, found)
    problems = {
        path: f"{ROLES[one.role].label} is a role in the whole organization"
        for path, one in found
        if people and one.role in WHOLE_ORG and (one.site_id or one.sitegroup_id)
    }
    if problems:
        raise Invalid({f"{path}.scope": text for path, text in problems.items()})
    for role in {one.role for _, one in found}:
        _require_own(actor, role, tenant)
    return list(dict.fromkeys(one for _, one in found))


def as_document(rows: Iterable[Any]) -> dict[str, Any]:
    """Privileges or Offers as they are compared: the version of what somebody may do (core.versions)."""
    stated = sorted([str(one or "") for one in astuple(Given.of(row))] for row in rows)
    return {"privileges": stated}


def as_told(rows: Iterable[Any]) -> dict[str, list[str]]:
    """Privileges or Offers as the audit trail tells them: the label of each role, and where it reaches."""
    told: dict[str, list[str]] = {}
    for row in rows:
        told.setdefault(ROLES[row.role].label, []).append(reach_of(row))
    return {label: sorted(places) for label, places in sorted(told.items())}


def reach_of(row: Any) -> str:
    """Where a Privilege or an Offer reaches, in words."""
    if row.site_id:
        return str(row.site.name)
    if row.msp_id:
        return f"Organization group {row.orggroup.name}" if row.orggroup_id else "All organizations"
    return f"Site group {row.sitegroup.name}" if row.sitegroup_id else "All sites"


def _spelled(tenant: Placed, wish: PrivilegeShape, path: str) -> list[tuple[str, Given]]:
    if isinstance(wish.views, list) and len(wish.views) > 1:
        raise Invalid({f"{path}.views": "must name one view; give each its own privilege"})
    view = wish.view or (wish.views[0] if isinstance(wish.views, list) and wish.views else wish.views) or None
    role = role_spelled(wish.role, view if isinstance(view, str) else None)
    if role is None:
        raise Invalid({f"{path}.role": "no portal role is spelled so"})
    if "msp_id" in at(tenant):
        return _spelled_at_msp(tenant, wish, path, role.key)
    if wish.org_id not in (None, tenant.org_id):
        raise Invalid({f"{path}.org_id": "must be this organization"})
    if wish.scope in _OF_MSP:
        raise Invalid({f"{path}.scope": "is not one of an organization"})
    if wish.scope == "org":
        return [(path, Given(role.key))]
    if wish.scope == "site":
        if wish.site_id is None:
            raise Invalid({f"{path}.site_id": "must name a site"})
        return [(path, Given(role.key, site_id=wish.site_id))]
    groups = [*([wish.sitegroup_id] if wish.sitegroup_id else []), *wish.sitegroup_ids]
    if not groups:
        raise Invalid({f"{path}.sitegroup_id": "must name a site group"})
    return [(path, Given(role.key, sitegroup_id=group)) for group in groups]


def _spelled_at_msp(msp: Placed, wish: PrivilegeShape, path: str, role: str) -> list[tuple[str, Given]]:
    if wish.msp_id not in (None, msp.org_id):
        raise Invalid({f"{path}.msp_id": "must be this MSP"})
    if wish.scope not in _OF_MSP:
        raise Invalid({f"{path}.scope": "must be msp or orggroup; organizations invite for themselves"})
    if wish.scope == "msp":
        return [(path, Given(role))]
    groups = [*([wish.orggroup_id] if wish.orggroup_id else []), *wish.orggroup_ids]
    if not groups:
        raise Invalid({f"{path}.orggroup_id": "must name an organization group"})
    return [(path, Given(role, orggroup_id=group)) for group in groups]


def _require_places(tenant: Placed, found: Iterable[tuple[str, Given]]) -> None:
    kinds = (("site_id", Site), ("sitegroup_id", SiteGroup), ("orggroup_id", OrgGroup))
    problems: dict[str, str] = {}
    for key, model in kinds:
        wanted = {getattr(one, key): path for path, one in found if getattr(one, key)}
        problems |= {f"{path}.{key}": _NO_PLACE[key] for path in _missing(model, tenant, wanted)}
    if problems:
        raise Invalid(problems)


def _missing(model: Any, tenant: Placed, wanted: Mapping[UUID, str]) -> list[str]:
    if not wanted:
        return []
    known = set(model.objects.filter(**at(tenant), id__in=wanted).values_list("id", flat=True))
    return [path for one, path in wanted.items() if one not in known]


def _require_own(actor: Actor, role: str, tenant: Placed) -> None:
    # Who gives roles at an MSP is Super User of every organization there, and so has each of them.
    here = role_at_msp(role, whole=True) if "msp_id" in at(tenant) else ROLES[role]
    if not all(actor.can(ability, tenant) for ability in here.abilities):
        raise NotAllowed("Nobody can give more rights than they have.")
