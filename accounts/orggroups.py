"""Groups of an MSP's organizations: whoever has a role at one reaches exactly its organizations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.promises import withdraw_unbacked
from audit.log import record
from mistadmin.core.access import MANAGE_MSP, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.shapes import parse
from mistadmin.core.versions import Seen, require_seen
from orgs.models import Msp, Org, OrgGroup
from orgs.msp_queries import filled_orggroup
from orgs.msps import lock_msp, lock_orgs, require_in
from orgs.shapes import OrgGroupShape, orggroup_document


@action(needs=MANAGE_MSP)
def create_orggroup(actor: Actor, msp: Msp, *, values: Mapping[str, Any]) -> OrgGroup:
    """Create an organization group with its organizations (createMspOrgGroup).

    Raises Invalid with the path of an organization that is not of the MSP.
    """
    wish = parse(OrgGroupShape, values)
    msp = lock_msp(msp.id)
    group = OrgGroup(msp=msp, name=wish.name)
    orgs = _orgs(msp, wish.org_ids)
    _save(group)
    group.orgs.set(orgs)
    record(actor, "orgs.orggroup.created", group, after=orggroup_document(group.name, wish.org_ids))
    return group


@action(needs=MANAGE_MSP)
def update_orggroup(
    actor: Actor, group: OrgGroup, *, changes: Mapping[str, Any], seen: Seen = None
) -> OrgGroup:
    """Change the name or the organizations of a group; absent keys stay (updateMspOrgGroup).

    Roles at the group reach its organizations at once, and no others any more. Raises Invalid and Stale.
    """
    msp, group, before = _locked(group, seen)
    wish = parse(OrgGroupShape, {**before, **{k: v for k, v in changes.items() if v is not None}})
    after = orggroup_document(wish.name, set(wish.org_ids))
    if after == before:
        return group
    orgs = _orgs(msp, wish.org_ids)
    group.name, group.modified_time = wish.name, timezone.now()
    _save(group)
    group.orgs.set(orgs)
    withdraw_unbacked(actor, before["org_ids"])
    record(actor, "orgs.orggroup.updated", group, before=before, after=after)
    return group


@action(needs=MANAGE_MSP)
def delete_orggroup(actor: Actor, group: OrgGroup, *, seen: Seen = None) -> None:
    """Delete a group, and the roles that reach no further; its organizations stay. Raises Stale."""
    _, group, before = _locked(group, seen)
    record(actor, "orgs.orggroup.deleted", group, before=before)
    group.delete()
    withdraw_unbacked(actor, before["org_ids"])


def _locked(group: OrgGroup, seen: Seen) -> tuple[Msp, OrgGroup, dict[str, Any]]:
    msp = lock_msp(group.msp_id)
    found = OrgGroup.objects.filter(id=group.id).first()
    if found is None:
        raise NotVisible
    document = filled_orggroup(found)
    require_seen(seen, found, document)
    return msp, found, document


def _orgs(msp: Msp, org_ids: Sequence[UUID]) -> list[Org]:
    orgs = lock_orgs(org_ids)
    require_in(msp, orgs, org_ids)
    return list(orgs.values())


def _save(group: OrgGroup) -> None:
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError:
        raise Invalid({"name": f"{group.name!r} already exists in this MSP"}) from None
