"""Writes of sites and site groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from audit.log import Change, record, record_many, unmasked
from mistadmin.core.access import CONFIGURE_SITES, CREATE_SITES, INSTALL, MANAGE_ORG, Actor, Place
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid
from mistadmin.core.shapes import merge, parse
from mistadmin.core.versions import Seen, require_seen
from orgs.docs import holds_doc
from orgs.models import Org
from sites.maps import drop_maps
from sites.models import Map, Site, SiteGroup
from sites.shapes import SiteGroupShape, SiteSetting, SiteShape, sitegroup_document
from sites.templates import NAMED, template_kinds

_COLUMNS = ("name", "timezone", "country_code")
_NOT_BODY = frozenset({*_COLUMNS, "sitegroup_ids"})
_DEFAULTS: Mapping[str, Any] = {"timezone": "UTC", "country_code": "", "sitegroup_ids": ()}


@action(needs=CREATE_SITES)
def create_site(actor: Actor, org: Org, *, values: Mapping[str, Any]) -> Site:
    """Create a site; raises Invalid for bad fields and for a name the organization already has."""
    return _create(actor, org, values)


@action(needs=INSTALL)
def open_site(actor: Actor, org: Org, *, values: Mapping[str, Any]) -> Site:
    """Create a site to install at (createOrUpdateInstallerSites), like create_site."""
    return _create(actor, org, values)


@action(needs=CONFIGURE_SITES)
def update_site(actor: Actor, site: Site, *, changes: Mapping[str, Any], seen: Seen = None) -> Site:
    """Change top-level keys of a site; absent keys stay. Raises Stale for another site than was seen."""
    return _change(actor, site, changes, seen, groups=CREATE_SITES)


@action(needs=INSTALL)
def adjust_site(actor: Actor, site: Site, *, changes: Mapping[str, Any]) -> Site:
    """Change a site that is being installed (createOrUpdateInstallerSites), like update_site."""
    return _change(actor, site, changes, None, groups=INSTALL)


@action(needs=CREATE_SITES)
def delete_site(actor: Actor, site: Site, *, seen: Seen = None) -> None:
    """Delete a site that nothing needs any more; inventory.actions.delete_site empties it first."""
    site = Site.objects.select_for_update().get(pk=site.pk)
    before = _document(site)
    require_seen(seen, site, before)
    drop_maps(actor, Map.objects.filter(site=site))
    record(actor, "sites.site.deleted", site, before=before)
    site.delete()


@action(needs=MANAGE_ORG)
def delete_sites(actor: Actor, org: Org) -> None:
    """Delete all sites and site groups of an organization that goes itself."""
    sites = list(Site.objects.filter(org=org))
    drop_maps(actor, Map.objects.filter(org=org))
    # Without their groups, which go too: those would cost a query for each site.
    record_many(actor, "sites.site.deleted", [Change(site, before=_facts(site)) for site in sites])
    Site.objects.filter(org=org).delete()
    SiteGroup.objects.filter(org=org).delete()


@action(needs=CONFIGURE_SITES)
def update_setting(actor: Actor, site: Site, *, changes: Mapping[str, Any], seen: Seen = None) -> Site:
    """Change top-level keys of the site setting; absent keys stay. Raises Stale for another than was seen."""
    site = Site.objects.select_for_update().get(pk=site.pk)
    before = site.setting
    require_seen(seen, site, before)
    after = merge(SiteSetting, before, unmasked(changes, before))
    if after != before:
        site.setting = after
        site.modified_time = timezone.now()
        site.save(update_fields=["setting", "modified_time"])
        record(actor, "sites.setting.updated", site, before=before, after=after)
    return site


@action(needs=CREATE_SITES)
def create_sitegroup(actor: Actor, org: Org, *, values: Mapping[str, Any]) -> SiteGroup:
    """Create a site group."""
    group = SiteGroup(org=org, name=parse(SiteGroupShape, values).name)
    _save(group)
    record(actor, "sites.sitegroup.created", group, after={"name": group.name})
    return group


@action(needs=CREATE_SITES)
def update_sitegroup(
    actor: Actor, group: SiteGroup, *, values: Mapping[str, Any], seen: Seen = None
) -> SiteGroup:
    """Rename a site group. Raises Stale for another name than was seen."""
    _lock_group(group, seen)
    before, group.name = group.name, parse(SiteGroupShape, {"name": group.name, **values}).name
    if group.name == before:
        return group
    group.modified_time = timezone.now()
    _save(group)
    record(actor, "sites.sitegroup.updated", group, before={"name": before}, after={"name": group.name})
    return group


@action(needs=CREATE_SITES)
def delete_sitegroup(actor: Actor, group: SiteGroup, *, seen: Seen = None) -> None:
    """Delete a site group; its sites lose the membership and nothing else (guide: Site Groups)."""
    _lock_group(group, seen)
    record(actor, "sites.sitegroup.deleted", group, before={"name": group.name})
    group.delete()


@action(needs=CONFIGURE_SITES)
def forget_templates(actor: Actor, place: Place, *, ids: Iterable[UUID]) -> None:
    """Take deleted templates from the sites of an organization that still name them."""
    gone = {str(one) for one in ids}
    named = Q()
    for key in NAMED:
        named |= Q(**{f"body__{key}__in": sorted(gone)})
    changes = []
    for site in Site.objects.filter(named, org_id=place.org_id).order_by("id").select_for_update():
        lost = {key: site.body[key] for key in NAMED if site.body.get(key) in gone}
        site.body = {key: value for key, value in site.body.items() if key not in lost}
        site.modified_time = timezone.now()
        changes.append(Change(site, before=lost, after=dict.fromkeys(lost)))
    Site.objects.bulk_update([one.target for one in changes], ["body", "modified_time"], batch_size=500)
    record_many(actor, "sites.site.updated", changes)


def _create(actor: Actor, org: Org, values: Mapping[str, Any]) -> Site:
    document = merge(SiteShape, {}, unmasked(values, {}))
    _check_templates(org.id, {}, document)
    site = Site(org=org, **_columns(document), body=_body(document))
    _save(site)
    _put_in_groups(site, document)
    record(actor, "sites.site.created", site, after=document)
    return site


def _change(actor: Actor, site: Site, changes: Mapping[str, Any], seen: Seen, *, groups: str) -> Site:
    """`groups` is what moving the site between groups needs in the whole organization."""
    site = Site.objects.select_for_update().get(pk=site.pk)
    before = _document(site)
    require_seen(seen, site, before)
    after = {**_DEFAULTS, **merge(SiteShape, before, unmasked(changes, before))}
    after["sitegroup_ids"] = sorted(set(after["sitegroup_ids"]))
    if after == before:
        return site
    _check_templates(site.org_id, before, after)
    if set(after.get("sitegroup_ids") or ()) != set(before["sitegroup_ids"]):
        # Groups say how far an administrator's role reaches: only a role in all of the organization moves.
        actor.require(groups, Place(site.org_id))
    for key, value in _columns(after).items():
        setattr(site, key, value)
    site.body = _body(after)
    site.modified_time = timezone.now()
    _save(site)
    _put_in_groups(site, after)
    record(actor, "sites.site.updated", site, before=before, after=after)
    return site


def _check_templates(org_id: UUID, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Refuse templates that the organization lacks, of the kinds that are kept here; others stay as sent."""
    problems = {
        key: f"is no {kind.label} of this organization"
        for key, kind in template_kinds().items()
        if after.get(key) and after[key] != before.get(key) and not holds_doc(org_id, kind, UUID(after[key]))
    }
    if problems:
        raise Invalid(problems)


def _columns(document: Mapping[str, Any]) -> dict[str, Any]:
    shape = parse(SiteShape, document)
    return {key: getattr(shape, key) for key in _COLUMNS if getattr(shape, key) is not None}


def _body(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in _NOT_BODY}


def _document(site: Site) -> dict[str, Any]:
    ids = site.sitegroups.order_by("id").values_list("id", flat=True)
    return {**_facts(site), "sitegroup_ids": [str(one) for one in ids]}


def _facts(site: Site) -> dict[str, Any]:
    return {**site.body, **{key: getattr(site, key) for key in _COLUMNS}}


def _put_in_groups(site: Site, document: Mapping[str, Any]) -> None:
    wanted = set(document.get("sitegroup_ids") or [])
    groups = list(SiteGroup.objects.filter(org_id=site.org_id, id__in=wanted))
    if len(groups) != len(wanted):
        raise Invalid({"sitegroup_ids": "names a site group that does not exist"})
    site.sitegroups.set(groups)


def _lock_group(group: SiteGroup, seen: Seen) -> None:
    group.refresh_from_db(from_queryset=SiteGroup.objects.select_for_update())
    require_seen(seen, group, sitegroup_document(group))


def _save(row: Site | SiteGroup) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Invalid({"name": f"{row.name!r} already exists in this organization"}) from None
