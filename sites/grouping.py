"""Site groups with their sites, changed from the group's side; sites.actions does it from a site's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit.log import Change, record_many
from mistadmin.core.access import CREATE_SITES, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid
from mistadmin.core.shapes import parse
from mistadmin.core.versions import Seen, require_seen
from orgs.models import Org
from sites.actions import create_sitegroup, update_sitegroup
from sites.models import Site, SiteGroup
from sites.shapes import SiteGroupMembers, sitegroup_document


@action(needs=CREATE_SITES)
def create_filled_sitegroup(actor: Actor, org: Org, *, values: Mapping[str, Any]) -> SiteGroup:
    """Create a site group with its sites: name, site_ids."""
    wanted = _sites(org.id, values)
    group = create_sitegroup(actor, org, values=values)
    _fill(actor, group, wanted)
    return group


def filled_document(group: SiteGroup) -> dict[str, Any]:
    """What is changed of a site group together with its sites."""
    ids = group.sites.order_by("id").values_list("id", flat=True)
    return {**sitegroup_document(group), "site_ids": [str(one) for one in ids]}


@action(needs=CREATE_SITES)
def update_filled_sitegroup(
    actor: Actor, group: SiteGroup, *, changes: Mapping[str, Any], seen: Seen = None
) -> SiteGroup:
    """Give a site group this name and exactly these sites (name, site_ids); other groups of the sites stay.

    Roles that reach the group reach its sites at once. Raises Invalid for a site of another organization, and
    Stale for another group than was seen.
    """
    wanted = _sites(group.org_id, changes)
    group = SiteGroup.objects.select_for_update().get(pk=group.pk)
    require_seen(seen, group, filled_document(group))
    group = update_sitegroup(actor, group, values=changes)
    _fill(actor, group, wanted)
    return group


def _sites(org_id: UUID, values: Mapping[str, Any]) -> list[Site]:
    """The sites that are wished for, locked in the order of their ids; raises Invalid for what is none."""
    wish = set(parse(SiteGroupMembers, values).site_ids)
    found = list(Site.objects.filter(org_id=org_id, id__in=wish).order_by("id").select_for_update())
    if len(found) != len(wish):
        raise Invalid({"site_ids": "one of them does not exist any more; choose again"})
    return found


def _fill(actor: Actor, group: SiteGroup, wanted: Sequence[Site]) -> None:
    had = {site.id: site for site in group.sites.order_by("id").select_for_update()}
    joining = [site for site in wanted if site.id not in had]
    leaving = [site for key, site in had.items() if key not in {one.id for one in wanted}]
    changes = [_moved(site, group, now_in=True) for site in joining]
    changes += [_moved(site, group, now_in=False) for site in leaving]
    group.sites.add(*joining)
    group.sites.remove(*leaving)
    moved = [site.id for site in (*joining, *leaving)]
    Site.objects.filter(id__in=moved).update(modified_time=timezone.now())
    record_many(actor, "sites.site.updated", changes)


def _moved(site: Site, group: SiteGroup, *, now_in: bool) -> Change:
    before = {str(one) for one in site.sitegroups.values_list("id", flat=True)}
    after = before | {str(group.id)} if now_in else before - {str(group.id)}
    return Change(site, before={"sitegroup_ids": sorted(before)}, after={"sitegroup_ids": sorted(after)})
