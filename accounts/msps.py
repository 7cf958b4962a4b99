"""Writes that join people and organizations with an MSP: founding it, assigning, unassigning and leaving.

All of them lock the MSP first and its organizations in the order of their ids, then read the actor's grants
again, so that of two that meet the second sees what the first has done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from accounts.actions import PRIMARY_SITE
from accounts.auth import refreshed
from accounts.last_super_user import SUPER_USER, super_users
from accounts.models import Privilege
from accounts.promises import withdraw_unbacked
from accounts.queries import get_self
from audit.log import record
from mistadmin.core import tenancy
from mistadmin.core.access import MANAGE_MSP, MANAGE_ORG, SIGNED_IN, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Conflict, Invalid, NotAllowed
from mistadmin.core.shapes import parse
from orgs import actions as orgs
from orgs import msps
from orgs.models import Msp, Org
from orgs.shapes import MspShape
from sites import actions as sites

ORPHANED = "has no Super User of its own; invite one there first"


@action(needs=SIGNED_IN)
def create_msp(actor: Actor, *, values: Mapping[str, Any]) -> Msp:
    """Create an MSP, whose creator administers it (createMsp)."""
    admin = get_self(actor)
    if admin.via_sso:
        raise NotAllowed("You log in by single sign-on, which opens the organization of your provider alone.")
    msp = Msp(name=parse(MspShape, values).name)
    tenancy.admit(msp.id)
    msp.save(force_insert=True)
    Privilege.objects.create(admin=admin, msp=msp, role=SUPER_USER)
    record(actor, "orgs.msp.created", msp, after={"name": msp.name})
    return msp


@action(needs=MANAGE_MSP)
def create_msp_org(actor: Actor, msp: Msp, *, values: Mapping[str, Any]) -> Org:
    """Create an organization with its Primary Site in an MSP, whose people reach it (createMspOrg)."""
    msp = msps.lock_msp(msp.id)
    org = orgs.create_org(actor, values=values, msp=msp)
    sites.create_site(Actor.system("create organization"), org, values={"name": PRIMARY_SITE})
    return org


@action(needs=MANAGE_MSP)
def assign_orgs(actor: Actor, msp: Msp, *, org_ids: Sequence[UUID]) -> None:
    """Assign organizations of which the actor is Super User to an MSP: all of them or none (manageMspOrgs).

    Raises Invalid with the path of each (`org_ids.0`) that does not exist for the actor, takes another
    role, or is in another MSP, which is not named.
    """
    # Both sides are the actor's, whichever of them it stands at.
    with tenancy.scoped(actor.scope):
        msp, found = msps.lock_msp(msp.id), msps.lock_orgs(org_ids)
        actor = refreshed(actor)
        actor.require(MANAGE_MSP, msp)
        problems = {
            f"org_ids.{number}": problem
            for number, one in enumerate(org_ids)
            if (problem := _not_assigned(actor, msp, found.get(one)))
        }
        if problems:
            raise Invalid(problems)
        msps.assign(actor, msp, [org for org in found.values() if org.msp_id is None])


@action(needs=MANAGE_MSP)
def unassign_orgs(actor: Actor, msp: Msp, *, org_ids: Sequence[UUID]) -> None:
    """Take organizations out of an MSP: all of them or none (manageMspOrgs).

    Its people lose them at once. Raises Invalid with the path of each that is not of the MSP, or that nobody
    would administer any more.
    """
    msp, found = msps.lock_msp(msp.id), msps.lock_orgs(org_ids)
    actor = refreshed(actor)
    actor.require(MANAGE_MSP, msp)
    msps.require_in(msp, found, org_ids)
    lonely = {f"org_ids.{n}": ORPHANED for n, one in enumerate(org_ids) if not super_users(found[one])}
    if lonely:
        raise Invalid(lonely)
    msps.unassign(actor, msp, found.values())
    withdraw_unbacked(actor, found)


@action(needs=MANAGE_ORG)
def leave_msp(actor: Actor, org: Org) -> Msp:
    """Take an organization out of its MSP, by a Super User to whom the organization itself gave the role.

    Raises NotAllowed for a Super User through the MSP, and Conflict when it is in none, or another by now.
    """
    with tenancy.within(org.tenant_ids):
        msp = msps.require_msp_of(org)
        require_leaving(refreshed(actor), org)
        if not super_users(org):
            raise Conflict(f"The organization {ORPHANED}.")
        msps.unassign(actor, msp, [org])
        withdraw_unbacked(actor, [org.id])
    return msp


def require_leaving(actor: Actor, org: Org) -> None:
    """Refuse to whom leave_msp would refuse it for who they are."""
    actor.require(MANAGE_ORG, org)
    if not actor.can_itself(MANAGE_ORG, org):
        raise NotAllowed("Only a Super User of the organization itself, or of the MSP, can do this.")


def _not_assigned(actor: Actor, msp: Msp, org: Org | None) -> str:
    """Why an organization cannot be assigned; "" when it can, or is already."""
    if org is None or org.id not in actor.org_ids:
        return "does not exist"
    if org.msp_id == msp.id:
        return ""
    if not actor.can(MANAGE_ORG, org):
        return "takes a Super User of the organization"
    return "belongs to another MSP; it must be unassigned there first" if org.msp_id else ""
