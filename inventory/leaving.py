"""Deleting the own account, with the organizations that nobody else administers (guide: chapter 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from accounts.models import Admin, Privilege
from accounts.queries import get_self
from accounts.shapes import self_document
from audit.log import Change, record_many
from inventory.actions import delete_org
from inventory.models import Device
from mistadmin.core.access import MANAGE_ORG, SIGNED_IN, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid
from mistadmin.core.versions import Seen, require_seen
from orgs.models import Org


@dataclass(frozen=True, slots=True)
class Leaving:
    """What becomes of one organization: it goes along, stays with others, or stands in the way."""

    org: Org
    is_alone: bool
    devices: int
    is_last_super_user: bool

    @property
    def problem(self) -> str:
        """Why the account cannot go yet; "" when nothing of this organization is against it."""
        if self.devices:
            return "has claimed devices. Release them first, in Organization > Inventory."
        if self.is_last_super_user:
            return "has no other Super User. Make somebody else one first."
        return ""


class NotEmpty(Invalid):
    """An organization that would go along still has devices (deleteSelf)."""

    def __init__(self, org: Org) -> None:
        self.org_id = org.id
        super().__init__("inventory not empty")


def consequences(actor: Actor) -> list[Leaving]:
    """What deleting the actor's account means for each of its organizations, by name."""
    admin = get_self(actor)
    return _consequences(admin, Org.objects.filter(id__in=_org_ids(admin)).order_by("name", "id"))


@action(needs=SIGNED_IN)
def delete_account(actor: Actor, *, seen: Seen = None) -> None:
    """Delete the actor's account, its tokens and sessions, and the organizations it alone administers.

    Raises NotEmpty, Invalid for the last Super User among others, and Stale. The audit entries stay.
    """
    admin = get_self(actor)
    # In a fixed order: of two last Super Users who leave at once, the second finds the first one gone.
    locked = Org.objects.select_for_update().filter(id__in=_org_ids(admin)).order_by("id")
    require_seen(seen, admin, self_document(admin))
    leaving = _consequences(admin, list(locked))
    for one in leaving:
        if one.devices:
            raise NotEmpty(one.org)
        if one.problem:
            raise Invalid(f"{one.org.name} {one.problem}")
    for one in leaving:
        if one.is_alone:
            # Who is alone there without being a Super User takes it along all the same.
            may = actor.can(MANAGE_ORG, one.org)
            delete_org(actor if may else Actor.system("delete account"), one.org)
    told = [one.org for one in leaving if not one.is_alone]
    names = {"who": admin.full_name}
    record_many(actor, "accounts.admin.deleted", [Change(target, names=names) for target in (*told, admin)])
    admin.delete()


def _org_ids(admin: Admin) -> list[UUID]:
    return list(Privilege.objects.filter(admin=admin).values_list("org_id", flat=True).distinct())


def _consequences(admin: Admin, orgs: Iterable[Org]) -> list[Leaving]:
    return [_consequence(admin, org) for org in orgs]


def _consequence(admin: Admin, org: Org) -> Leaving:
    others = Privilege.objects.filter(org=org, admin__isnull=False).exclude(admin=admin)
    supers = Privilege.objects.filter(org=org, role="super_user", site=None, sitegroup=None)
    is_alone = not others.exists()
    is_super = supers.filter(admin=admin).exists()
    replaced = supers.filter(admin__is_active=True, admin__via_sso=False).exclude(admin=admin).exists()
    return Leaving(
        org,
        is_alone=is_alone,
        devices=Device.every.filter(org_id=org.id).count() if is_alone else 0,
        is_last_super_user=is_super and not is_alone and not replaced,
    )
