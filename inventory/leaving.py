"""Deleting the own account, with organizations and MSPs that nobody else administers (guide: chapter 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from accounts.last_super_user import SUPER_USER, super_users
from accounts.models import Admin, Privilege
from accounts.queries import get_self
from accounts.reach import at
from accounts.shapes import self_document
from audit.log import Change, record_many
from inventory.actions import delete_org
from inventory.models import Device
from mistadmin.core import tenancy
from mistadmin.core.access import MANAGE_MSP, MANAGE_ORG, SIGNED_IN, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid
from mistadmin.core.versions import Seen, require_seen
from orgs.models import Msp, Org
from orgs.msps import delete_msp


@dataclass(frozen=True, slots=True)
class Leaving:
    """What becomes of one organization or MSP: it goes along, stays with others, or stands in the way."""

    tenant: Org | Msp
    is_alone: bool
    is_last_super_user: bool
    devices: int = 0
    orgs: int = 0

    @property
    def problem(self) -> str:
        """Why the account cannot go yet; "" when nothing of this organization or MSP is against it."""
        if self.devices:
            return "has claimed devices. Release them first, in Organization > Inventory."
        if self.orgs:
            return "has organizations. Unassign them first, or make somebody else Super User of it."
        if self.is_last_super_user:
            return "has no other Super User. Make somebody else one first."
        return ""


class NotEmpty(Invalid):
    """An organization that would go along still has devices (deleteSelf)."""

    def __init__(self, org: Org | Msp) -> None:
        self.org_id = org.id
        super().__init__("inventory not empty")


def consequences(actor: Actor) -> list[Leaving]:
    """What deleting the actor's account means for each of its organizations, by name."""
    admin = get_self(actor)
    found = [*_msps(admin), *Org.objects.filter(id__in=_org_ids(admin))]
    return _consequences(admin, sorted(found, key=lambda one: (one.name, one.id)))


@action(needs=SIGNED_IN)
def delete_account(actor: Actor, *, seen: Seen = None) -> None:
    """Delete the actor's account, its tokens and sessions, and the organizations and MSPs it alone has.

    Raises NotEmpty, Invalid for the last Super User among others, and Stale. The audit entries stay.
    """
    admin = get_self(actor)
    # In a fixed order: of two last Super Users who leave at once, the second finds the first one gone.
    msps = list(_msps(admin).select_for_update().order_by("id"))
    locked = Org.objects.select_for_update().filter(id__in=_org_ids(admin)).order_by("id")
    require_seen(seen, admin, self_document(admin))
    leaving = _consequences(admin, [*msps, *locked])
    for one in leaving:
        if one.devices:
            raise NotEmpty(one.tenant)
        if one.problem:
            raise Invalid(f"{one.tenant.name} {one.problem}")
    for one in leaving:
        if one.is_alone:
            _take_along(actor, one.tenant)
    told = [one.tenant for one in leaving if not one.is_alone]
    names = {"who": admin.full_name}
    record_many(actor, "accounts.admin.deleted", [Change(target, names=names) for target in (*told, admin)])
    # What somebody leaves behind may stand where they had a role once.
    with tenancy.across():
        admin.delete()


def _org_ids(admin: Admin) -> list[UUID]:
    held = Privilege.objects.filter(admin=admin, org__isnull=False)
    return list(held.values_list("org_id", flat=True).distinct())


def _msps(admin: Admin) -> QuerySet[Msp]:
    held = Privilege.objects.filter(admin=admin, msp__isnull=False)
    return Msp.objects.filter(id__in=held.values("msp_id"))


def _take_along(actor: Actor, tenant: Org | Msp) -> None:
    # Who is alone there without being a Super User takes it along all the same.
    may = actor.can(MANAGE_MSP if tenant.is_msp else MANAGE_ORG, tenant)
    by = actor if may else Actor.system("delete account")
    if isinstance(tenant, Msp):
        delete_msp(by, tenant)
    else:
        delete_org(by, tenant)


def _consequences(admin: Admin, tenants: Iterable[Org | Msp]) -> list[Leaving]:
    return [_consequence(admin, tenant) for tenant in tenants]


def _consequence(admin: Admin, tenant: Org | Msp) -> Leaving:
    people = Privilege.objects.filter(**at(tenant), admin__isnull=False)
    supers = super_users(tenant)
    is_super = people.filter(admin=admin, role=SUPER_USER, site=None, sitegroup=None, orggroup=None).exists()
    # An organization in an MSP is not given up with its last own administrator: others work there.
    is_alone = not people.exclude(admin=admin).exists() and not getattr(tenant, "msp_id", None)
    return Leaving(
        tenant,
        is_alone=is_alone,
        is_last_super_user=is_super and not is_alone and not supers - {admin.id},
        devices=Device.every.filter(org_id=tenant.id).count() if is_alone else 0,
        orgs=tenant.orgs.count() if is_alone and isinstance(tenant, Msp) else 0,
    )
