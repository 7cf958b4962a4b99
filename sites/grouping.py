"""Site groups with their sites, changed from the group's side; sites.actions does it from a site's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit.log import Change, record_many
from mistadmin.core.access import CREATE_SITES, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid
from mistadmin.core.shapes import parse
from orgs.models import Org
from sites.actions import create_sitegroup, update_sitegroup
from sites.models import Site, SiteGroup
from sites.shapes import SiteGroupMembers


@action(needs=CREATE_SITES)
def create_filled_sitegroup(actor: Actor, org: Org, *, values: Mapping[str, Any]) -> SiteGroup:
    """Create a site group with its sites: name, site_ids."""
    wish = parse(SiteGroupMembers, values)
    group = create_sitegroup(actor, org, values=values)
    _fill(actor, group, wish.site_ids)
    return group


@action(needs=CREATE_SITES)
def update_filled_sitegroup(actor: Actor, group: SiteGroup, *, values: Mapping[str, Any]) -> SiteGroup:
    """Rename a site group and let it have exactly these sites; other groups of the sites stay.

    Roles that reach the group reach its sites at once. Raises Invalid for a site of another organization.
    """
    wish = parse(SiteGroupMembers, values)
    group = update_sitegroup(actor, group, values=values)
    _fill(actor, group, wish.site_ids)
    return group


def _fill(actor: Actor, group: SiteGroup, site_ids: Collection[UUID]) -> None:
    wanted, had = set(site_ids), set(group.sites.values_list("id", flat=True))
    # In the order of ids, so that two who regroup the same sites wait for each other.
    touched = Site.objects.filter(org_id=group.org_id, id__in=wanted ^ had).order_by("id")
    moved = list(touched.select_for_update())
    if {site.id for site in moved} != wanted ^ had:
        raise Invalid({"site_ids": "one of them does not exist any more; choose again"})
    changes = [_moved(site, group, now_in=site.id in wanted) for site in moved]
    group.sites.add(*(site for site in moved if site.id in wanted))
    group.sites.remove(*(site for site in moved if site.id not in wanted))
    Site.objects.filter(id__in=[site.id for site in moved]).update(modified_time=timezone.now())
    record_many(actor, "sites.site.updated", changes)


def _moved(site: Site, group: SiteGroup, *, now_in: bool) -> Change:
    before = {str(one) for one in site.sitegroups.values_list("id", flat=True)}
    after = before | {str(group.id)} if now_in else before - {str(group.id)}
    return Change(site, before={"sitegroup_ids": sorted(before)}, after={"sitegroup_ids": sorted(after)})
