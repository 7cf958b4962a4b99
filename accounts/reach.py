"""What privileges reach: grants out of rows, with the organizations that a role at an MSP opens.

The rows themselves say whether any is at an MSP, so nobody else costs a query more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Admin, Invite, Privilege
from accounts.token_sql import Held
from mistadmin.core.access import ROLES, Grant, Placed, role_at_msp
from orgs.models import Org
from sites.models import Site


class Through(NamedTuple):
    """An organization that is reached through an MSP: by one of its groups, None where it has none."""

    org_id: UUID
    msp_id: UUID
    orggroup_id: UUID | None
    modified_time: datetime
    session_minutes: int


@dataclass(frozen=True, slots=True)
class Member:
    """An account, or an invited address, among those who administer a tenant, for its audit trail."""

    pk: UUID
    org_id: UUID
    email: str

    @classmethod
    def of(cls, one: Any, tenant: Placed) -> Member:
        """An Admin or an Invite at an organization or an MSP."""
        return cls(one.id, tenant.org_id, one.email)

    @property
    def audit_names(self) -> dict[str, str]:
        return {"name": self.email}


def at(tenant: Placed) -> dict[str, UUID]:
    """The column that says of a privilege, an offer or an invitation that it is at this tenant."""
    return {"msp_id" if getattr(tenant, "is_msp", False) else "org_id": tenant.org_id}


def reached_through(held: Iterable[Held]) -> list[Through]:
    """The organizations behind the rows at MSPs, once for each group; no query where there is no such row."""
    rows = [row for row in held if row.msp_id]
    if not rows:
        return []
    whole = {row.msp_id for row in rows if not row.orggroup_id}
    groups = {row.orggroup_id for row in rows if row.orggroup_id}
    found = Org.objects.filter(Q(msp__in=whole) | Q(orggroups__in=groups), msp__isnull=False)
    columns = ("id", "msp_id", "orggroups", "modified_time", "session_expiry")
    return [Through(*row) for row in found.order_by().values_list(*columns)]


def grants_of(held: Sequence[Held], through: Iterable[Through]) -> tuple[Grant, ...]:
    """The grants of these rows; `through` is what reached_through found for them."""
    members = _sites_of(row.sitegroup_id for row in held if row.sitegroup_id)
    found = [Grant(ROLES[row.role], row.tenant_id, _sites(row, members)) for row in held if row.org_id]
    at_msps = [row for row in held if row.msp_id]
    if at_msps:
        found += [_at_msp(row) for row in at_msps]
        found += _opened(at_msps, through)
    return tuple(found)


def orgs_of(admin: Admin) -> QuerySet[Org]:
    """Every organization where an account has a role, itself or through an MSP."""
    held = Privilege.objects.filter(admin=admin)
    whole = held.filter(orggroup=None, msp__isnull=False)
    return Org.objects.filter(
        Q(id__in=held.filter(org__isnull=False).values("org_id"))
        | Q(msp__in=whole.values("msp_id"))
        | Q(id__in=_in_groups(held.filter(orggroup__isnull=False).values("orggroup_id")))
    )


def orgs_offered(invite: Invite) -> QuerySet[Org]:
    """The organizations that an invitation leads to."""
    if invite.org_id:
        return Org.objects.filter(id=invite.org_id)
    groups = invite.privileges.filter(orggroup__isnull=False).values("orggroup_id")
    whole = invite.privileges.filter(orggroup=None).values("msp_id")
    return Org.objects.filter(Q(msp__in=whole) | Q(id__in=_in_groups(groups)))


def at_msp_of(org: Org) -> QuerySet[Privilege]:
    """What people hold at the MSP of an organization and have in it therefore; nothing without an MSP."""
    if org.msp_id is None:
        return Privilege.objects.none()
    groups = Org.orggroups.through.objects.filter(org=org).values("orggroup_id")
    return Privilege.objects.filter(Q(orggroup=None) | Q(orggroup__in=groups), msp_id=org.msp_id)


def _in_groups(groups: Any) -> Any:
    return Org.orggroups.through.objects.filter(orggroup__in=groups).values("org_id")


def _at_msp(row: Held) -> Grant:
    groups = frozenset({row.orggroup_id}) if row.orggroup_id else None
    return Grant(role_at_msp(row.role, whole=groups is None), row.tenant_id, groups)


def _opened(at_msps: Sequence[Held], through: Iterable[Through]) -> list[Grant]:
    roles: dict[tuple[UUID | None, UUID | None], list[str]] = {}
    for row in at_msps:
        roles.setdefault((row.msp_id, row.orggroup_id), []).append(row.role)
    found = {
        (role, one.org_id): one.msp_id
        for one in through
        for group in (None, *([one.orggroup_id] if one.orggroup_id else []))
        for role in roles.get((one.msp_id, group), ())
    }
    return [Grant(ROLES[role], org_id, None, msp_id) for (role, org_id), msp_id in found.items()]


def _sites_of(groups: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    wanted = list(groups)
    members: dict[UUID, set[UUID]] = {}
    if wanted:
        links = Site.sitegroups.through.objects.filter(sitegroup__in=wanted)
        for group_id, site_id in links.values_list("sitegroup_id", "site_id"):
            members.setdefault(group_id, set()).add(site_id)
    return members


def _sites(row: Held, members: dict[UUID, set[UUID]]) -> frozenset[UUID] | None:
    if row.site_id:
        return frozenset({row.site_id})
    return frozenset(members.get(row.sitegroup_id, ())) if row.sitegroup_id else None
