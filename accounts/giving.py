"""From privileges as a client spells them to roles at places that exist, none wider than the giver's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from accounts.shapes import PrivilegeShape
from mistadmin.core.access import ROLES, Actor, Role, role_spelled
from mistadmin.core.errors import Invalid, NotAllowed
from orgs.models import Org
from sites.models import Site, SiteGroup

# Roles that the guide gives for all sites: they are about the organization itself.
WHOLE_ORG: Final = frozenset({"super_user", "super_observer"})


@dataclass(frozen=True, slots=True, order=True)
class Given:
    """One role with its reach: a site, the sites of a group, or the whole organization."""

    role: str
    site_id: UUID | None = None
    sitegroup_id: UUID | None = None

    @classmethod
    def of(cls, row: Any) -> Given:
        """What a Privilege or an Offer gives."""
        return cls(row.role, row.site_id, row.sitegroup_id)

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of a Privilege or an Offer."""
        return {"role": self.role, "site_id": self.site_id, "sitegroup_id": self.sitegroup_id}


def given(actor: Actor, org: Org, wishes: Sequence[PrivilegeShape], *, people: bool = True) -> list[Given]:
    """The privileges that somebody wants to give, each once.

    Raises Invalid with the path of what is wrong (`privileges.0.role`), and NotAllowed for a role with more
    rights than the actor has. `people` may have some roles in the whole organization only.
    """
    found = [one for number, wish in enumerate(wishes) for one in _spelled(org, wish, f"privileges.{number}")]
    _require_places(org, found)
    problems = {
        path: f"{ROLES[one.role].label} is a role in the whole organization"
        for path, one in found
        if people and one.role in WHOLE_ORG and (one.site_id or one.sitegroup_id)
    }
    if problems:
        raise Invalid({f"{path}.scope": text for path, text in problems.items()})
    for role in {one.role for _, one in found}:
        _require_own(actor, ROLES[role], org)
    return list(dict.fromkeys(one for _, one in found))


def as_document(rows: Iterable[Any]) -> dict[str, Any]:
    """Privileges or Offers as they are compared: the version of what somebody may do (core.versions)."""
    stated = sorted([row.role, str(row.site_id or ""), str(row.sitegroup_id or "")] for row in rows)
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
    return f"Site group {row.sitegroup.name}" if row.sitegroup_id else "All sites"


def _spelled(org: Org, wish: PrivilegeShape, path: str) -> list[tuple[str, Given]]:
    if isinstance(wish.views, list) and len(wish.views) > 1:
        raise Invalid({f"{path}.views": "must name one view; give each its own privilege"})
    view = wish.view or (wish.views[0] if isinstance(wish.views, list) and wish.views else wish.views) or None
    role = role_spelled(wish.role, view if isinstance(view, str) else None)
    if role is None:
        raise Invalid({f"{path}.role": "no portal role is spelled so"})
    if wish.org_id not in (None, org.id):
        raise Invalid({f"{path}.org_id": "must be this organization"})
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


def _require_places(org: Org, found: Iterable[tuple[str, Given]]) -> None:
    sites = {one.site_id: path for path, one in found if one.site_id}
    groups = {one.sitegroup_id: path for path, one in found if one.sitegroup_id}
    problems = {
        f"{path}.{key}": "does not exist in this organization"
        for model, key, wanted in ((Site, "site_id", sites), (SiteGroup, "sitegroup_id", groups))
        for path in _missing(model, org, wanted)
    }
    if problems:
        raise Invalid(problems)


def _missing(model: Any, org: Org, wanted: Mapping[UUID, str]) -> list[str]:
    known = set(model.objects.filter(org=org, id__in=wanted).values_list("id", flat=True)) if wanted else ()
    return [path for one, path in wanted.items() if one not in known]


def _require_own(actor: Actor, role: Role, org: Org) -> None:
    if not all(actor.can(ability, org) for ability in role.abilities):
        raise NotAllowed("Nobody can give more rights than they have.")
