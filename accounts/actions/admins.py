"""Writes of who administers an organization or an MSP: other roles for somebody, and none any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.admin_shapes import AdminShape
from accounts.auth import refreshed
from accounts.giving import Given, as_document, as_told, given
from accounts.last_super_user import SUPER_USER, lock_admins, require_another
from accounts.members import held_by
from accounts.models import Admin, Invite, Privilege
from accounts.promises import withdraw_unbacked
from accounts.reach import Member, at
from audit.log import Change, record, record_many
from mistadmin.core.access import MANAGE_ADMINS, Actor, Placed
from mistadmin.core.actions import action
from mistadmin.core.errors import NotVisible
from mistadmin.core.shapes import parse
from mistadmin.core.versions import Seen, require_seen
from orgs.models import Org


@action(needs=MANAGE_ADMINS)
def update_admin(
    actor: Actor, tenant: Placed, *, admin: Admin, values: Mapping[str, Any], seen: Seen = None
) -> Any:
    """Give an administrator other roles in the organization in place of those held (updateOrgAdmin).

    Returns the administrator with what is held then, as members.get_admin does. Raises Invalid with the path
    of a bad privilege, Conflict for the last Super User, and Stale.
    """
    actor, before = _locked(actor, tenant, admin, seen)
    member: Any = admin
    member.held = before
    if "privileges" not in values:
        return member
    wanted = given(actor, tenant, parse(AdminShape, values).privileges)
    if {Given.of(row) for row in before} == set(wanted):
        return member
    _require_left(actor, tenant, admin, before, wanted)
    told = as_told(before)
    Privilege.objects.filter(id__in=[row.id for row in before]).delete()
    Privilege.objects.bulk_create(Privilege(admin=admin, **at(tenant), **one.columns) for one in wanted)
    _withdraw(actor, tenant)
    member.held = after = held_by(admin, tenant)
    record(actor, "accounts.member.updated", Member.of(admin, tenant), before=told, after=as_told(after))
    return member


@action(needs=MANAGE_ADMINS)
def revoke_admin(actor: Actor, tenant: Placed, *, admin: Admin, seen: Seen = None) -> None:
    """Take every role in the organization from an administrator (revokeOrgAdmin); the account stays.

    Sessions and user tokens hold no rights of their own and lose the organization with this. Tokens of the
    organization stay. Raises Conflict for the last Super User, and Stale.
    """
    actor, before = _locked(actor, tenant, admin, seen)
    _require_left(actor, tenant, admin, before, ())
    record(actor, "accounts.member.revoked", Member.of(admin, tenant), before=as_told(before))
    Privilege.objects.filter(id__in=[row.id for row in before]).delete()
    _withdraw(actor, tenant)


def _locked(actor: Actor, tenant: Placed, admin: Admin, seen: Seen) -> tuple[Actor, list[Privilege]]:
    """The actor and what the administrator holds, both as they are now and stay until the end."""
    lock_admins(tenant)
    actor = refreshed(actor)
    actor.require(MANAGE_ADMINS, tenant)
    held = held_by(admin, tenant)
    if not held:
        raise NotVisible
    require_seen(seen, admin, as_document(held))
    return actor, held


def _require_left(
    actor: Actor, tenant: Placed, admin: Admin, before: Sequence[Privilege], wanted: Sequence[Given]
) -> None:
    """Refuse to lose the last Super User; what somebody promised as one goes with the role."""
    whole = Given(SUPER_USER)
    if whole in wanted or whole not in {Given.of(row) for row in before}:
        return
    require_another(tenant, admin.id)
    promised = Invite.objects.filter(**at(tenant), invited_by=admin)
    record_many(actor, "accounts.invite.cancelled", [Change(Member.of(one, tenant)) for one in promised])
    promised.delete()


def _withdraw(actor: Actor, tenant: Placed) -> None:
    """What somebody promised in organizations of an MSP goes with the role that reached them."""
    if "msp_id" in at(tenant):
        withdraw_unbacked(actor, Org.objects.filter(**at(tenant)).values("id"))
