"""Managed Service Providers: their names, and which organizations are assigned to them.

Who may do that with which organization is asked by accounts.msps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit.log import Change, record, record_many
from mistadmin.core.access import MANAGE_MSP, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Conflict, Invalid, NotVisible
from mistadmin.core.shapes import parse
from mistadmin.core.versions import Seen, require_seen
from orgs.models import Msp, Org
from orgs.shapes import MspShape, msp_document


@dataclass(frozen=True, slots=True)
class Assigned:
    """An organization as the log of an MSP tells of it."""

    pk: UUID
    org_id: UUID
    name: str

    @classmethod
    def of(cls, org: Org, msp_id: UUID) -> Assigned:
        return cls(org.id, msp_id, org.name)


def lock_msp(msp_id: UUID) -> Msp:
    """Let nobody else change the organizations and the administrators of an MSP until the transaction ends.

    Whoever locks organizations as well locks the MSP first. Raises NotVisible when it is gone.
    """
    msp: Msp | None = Msp.objects.select_for_update(no_key=True).filter(id=msp_id).first()
    if msp is None:
        raise NotVisible
    return msp


def lock_orgs(org_ids: Iterable[UUID]) -> dict[UUID, Org]:
    """These organizations, locked in the order of their ids."""
    orgs = Org.objects.select_for_update(no_key=True).filter(id__in=list(org_ids)).order_by("id")
    return {org.id: org for org in orgs.defer("setting")}


@action(needs=MANAGE_MSP)
def update_msp(actor: Actor, msp: Msp, *, changes: Mapping[str, Any], seen: Seen = None) -> Msp:
    """Rename an MSP (updateMsp). Raises Stale for another name than was seen."""
    msp = lock_msp(msp.id)
    before = msp_document(msp)
    require_seen(seen, msp, before)
    msp.name = parse(MspShape, {**before, **changes}).name
    after = msp_document(msp)
    if after != before:
        msp.modified_time = timezone.now()
        msp.save(update_fields=["name", "modified_time"])
        record(actor, "orgs.msp.updated", msp, before=before, after=after)
    return msp


@action(needs=MANAGE_MSP)
def delete_msp(actor: Actor, msp: Msp, *, seen: Seen = None) -> None:
    """Delete an MSP that has no organizations, with its groups, roles and invitations (deleteMsp).

    Its audit entries stay. Raises Invalid while it has organizations, and Stale.
    """
    # An assignment at the same moment refers to this row: it waits here, and finds no MSP then.
    found = Msp.objects.select_for_update().filter(id=msp.id).first()
    if found is None:
        raise NotVisible
    require_seen(seen, found, msp_document(found))
    count = found.orgs.count()
    if count:
        noun = "organization" if count == 1 else "organizations"
        raise Invalid(f"MSP not empty: {count:,} {noun} must be unassigned first")
    record(actor, "orgs.msp.deleted", found, before={"name": found.name})
    found.delete()


def assign(actor: Actor, msp: Msp, orgs: Iterable[Org]) -> None:
    """Put locked organizations into an MSP and tell both logs."""
    orgs = list(orgs)
    Org.objects.filter(id__in=[org.id for org in orgs]).update(msp=msp, modified_time=timezone.now())
    record_many(actor, "orgs.msp.org_assigned", [Change(Assigned.of(org, msp.id)) for org in orgs])
    record_many(actor, "orgs.org.assigned", [Change(org, names={"msp": msp.name}) for org in orgs])


def unassign(actor: Actor, msp: Msp, orgs: Iterable[Org]) -> None:
    """Take locked organizations out of an MSP and its groups, and tell both logs."""
    orgs = list(orgs)
    ids = [org.id for org in orgs]
    Org.orggroups.through.objects.filter(org__in=ids).delete()
    Org.objects.filter(id__in=ids, msp=msp).update(msp=None, modified_time=timezone.now())
    record_many(actor, "orgs.msp.org_unassigned", [Change(Assigned.of(org, msp.id)) for org in orgs])
    record_many(actor, "orgs.org.unassigned", [Change(org, names={"msp": msp.name}) for org in orgs])


def require_in(msp: Msp, orgs: Mapping[UUID, Org], org_ids: Iterable[UUID]) -> None:
    """Refuse organizations that are not of the MSP, with the path of each (`org_ids.0`)."""
    problems = {
        f"org_ids.{number}": "does not exist in this MSP"
        for number, one in enumerate(org_ids)
        if one not in orgs or orgs[one].msp_id != msp.id
    }
    if problems:
        raise Invalid(problems)


def require_msp_of(org: Org) -> Msp:
    """The MSP of an organization, with both locked; raises Conflict when it has none, or another by now."""
    if org.msp_id is None:
        raise Conflict("This organization belongs to no MSP.")
    msp = lock_msp(org.msp_id)
    if lock_orgs([org.id])[org.id].msp_id != msp.id:
        raise Conflict("Somebody else changed the MSP of this organization. Look again and repeat it.")
    return msp
