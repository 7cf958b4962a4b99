"""Reads of MSPs, their organizations and their organization groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from mistadmin.core import tenancy
from mistadmin.core.access import MANAGE_MSP, MANAGE_ORG, VIEW_MSP, Actor, Place, Placed
from mistadmin.core.errors import NotVisible
from mistadmin.core.paging import Page, Slice
from mistadmin.core.versions import version_of
from orgs.models import Msp, Org, OrgGroup
from orgs.queries import get_org, orgs_named
from orgs.shapes import orggroup_document, orggroup_row


def msps_of(actor: Actor) -> list[dict[str, Any]]:
    """Id and name of every MSP where the actor has a role, by name; no query for who has none."""
    ids = actor.msp_ids
    with tenancy.scoped(actor.scope):
        return list(Msp.objects.filter(id__in=ids).order_by("name", "id").values("id", "name")) if ids else []


def msps_to_assign(actor: Actor) -> list[dict[str, Any]]:
    """The MSPs that the actor administers, by name, for who chooses one for an organization."""
    return [one for one in msps_of(actor) if actor.can(MANAGE_MSP, Place(one["id"]))]


def orgs_to_assign(actor: Actor) -> list[dict[str, Any]]:
    """Organizations in no MSP of which the actor is Super User, by name: {id, name}."""
    able = [one for one in actor.own_org_ids if actor.can(MANAGE_ORG, Place(one))]
    free = Org.objects.filter(id__in=able, msp=None).order_by("name", "id")
    return [dict(row) for row in free.values("id", "name")]


def get_msp(actor: Actor, msp_id: UUID) -> Msp:
    """One MSP; raises NotVisible alike for a foreign and an unknown id."""
    # An organization is assigned to one from a page of its own.
    with tenancy.scoped(actor.scope):
        msp: Msp | None = Msp.objects.visible_to(actor).filter(id=msp_id).first()
    if msp is None:
        raise NotVisible
    actor.require(VIEW_MSP, msp)
    return msp


def get_msp_org(actor: Actor, msp: Msp, org_id: UUID) -> Org:
    """One organization of an MSP; raises NotVisible for one that is elsewhere or out of the actor's reach."""
    org = get_org(actor, org_id)
    if org.msp_id != msp.id:
        raise NotVisible
    return org


def orgs_in(actor: Actor, msp: Placed, *, text: str = "") -> QuerySet[Org]:
    """The organizations of an MSP that the actor reaches, with every word of the text in name, by name."""
    actor.require_somewhere(VIEW_MSP, msp.org_id)
    orgs = orgs_named(actor, text).filter(msp_id=msp.org_id)
    return orgs.select_related("msp").prefetch_related("orggroups").defer("setting").order_by("name", "id")


def org_choices(actor: Actor, msp: Placed) -> list[dict[str, Any]]:
    """Id and name of each organization of an MSP, by name, for who puts them into groups."""
    orgs = orgs_in(actor, msp).select_related(None).prefetch_related(None)
    return [dict(row) for row in orgs.values("id", "name")]


def list_orggroups(actor: Actor, msp: Placed, *, page: Page) -> Slice:
    """A page of organization groups, by name (listMspOrgGroups)."""
    groups = _groups(actor, msp)
    found = list(groups[page.start : page.start + page.limit])
    members = _members(found)
    rows = [orggroup_row(group, members[group.id]) for group in found]
    return Slice(rows, groups.count(), page)


def table_of_orggroups(actor: Actor, msp: Placed) -> list[dict[str, Any]]:
    """Every organization group the actor may see, by name: {id, name, size}."""
    groups = _groups(actor, msp).annotate(size=Count("orgs"))
    return [dict(row) for row in groups.values("id", "name", "size")]


def get_orggroup(actor: Actor, msp: Placed, group_id: UUID) -> OrgGroup:
    """One organization group of an MSP; raises NotVisible."""
    group: OrgGroup | None = _groups(actor, msp).filter(id=group_id).first()
    if group is None:
        raise NotVisible
    return group


def orggroup_as_row(group: OrgGroup) -> dict[str, Any]:
    """One organization group as the API spells it."""
    return orggroup_row(group, _members([group])[group.id])


def filled_orggroup(group: OrgGroup) -> dict[str, Any]:
    """What is changed of an organization group."""
    return orggroup_document(group.name, group.orgs.values_list("id", flat=True))


def orggroup_version(group: OrgGroup, row: dict[str, Any]) -> str:
    """The version of a group, from its row."""
    return version_of(group, orggroup_document(row["name"], row["org_ids"]))


def _groups(actor: Actor, msp: Placed) -> QuerySet[OrgGroup]:
    groups: QuerySet[OrgGroup] = OrgGroup.objects.in_org(actor, msp.org_id, VIEW_MSP)
    return groups.order_by("name", "id")


def _members(groups: Iterable[OrgGroup]) -> dict[UUID, list[UUID]]:
    members: dict[UUID, list[UUID]] = {group.id: [] for group in groups}
    links = OrgGroup.orgs.through.objects.filter(orggroup__in=members)
    for group_id, org_id in links.values_list("orggroup_id", "org_id"):
        members[group_id].append(org_id)
    return members
