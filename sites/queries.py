"""Reads of sites and site groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from mistadmin.core.access import CONFIGURE_SITES, VIEW_SITES, Actor, Place, Placed
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.paging import Page, Part, Slice
from mistadmin.core.shapes import epoch
from mistadmin.core.text import lowered
from orgs.docs import docs_by_id
from orgs.models import OrgDoc
from orgs.queries import Secrets
from sites.derived import as_setting, derive
from sites.models import Site, SiteGroup
from sites.shapes import ROW_COLUMNS, site_found, site_row, sitegroup_row
from sites.tables import SITES
from sites.templates import LAID, template_kinds

COUNTED = ("id", "name", "timezone", "country_code")


def get_site(actor: Actor, site_id: UUID) -> Site:
    """One site; raises NotVisible alike for a foreign and an unknown id."""
    site: Site | None = Site.objects.visible_to(actor).filter(id=site_id).first()
    if site is None:
        raise NotVisible
    actor.require(VIEW_SITES, site)
    return site


def place_of_site(actor: Actor, site_id: UUID) -> Place:
    """One site by its id alone; raises NotVisible like get_site."""
    org_id = next(iter(Site.objects.filter(id=site_id).values_list("org_id", flat=True)), None)
    if org_id is None:
        raise NotVisible
    place = Place(org_id, site_id)
    actor.require(VIEW_SITES, place)
    return place


def list_sites(actor: Actor, org: Placed) -> list[dict[str, Any]]:
    """Every site the actor may see in an organization, by name, to choose from: {id, name}."""
    return [dict(row) for row in _of(actor, org).values("id", "name")]


def table_of_sites(
    actor: Actor,
    org: Placed,
    *,
    text: str,
    sort: str,
    reads: Sequence[str],
    devices: Mapping[UUID, int],
    page: Page | None = None,
) -> Slice:
    """A page of sites for people, or all of them without one; `reads` are the columns the page needs.

    `devices` says how many devices a site has, which only apps above know.
    """
    sites = _found_by(_of(actor, org), text)
    total = sites.count()
    page = page or Page(1, max(1, total))
    shown = slice(page.start, page.start + page.limit)
    if sort.removeprefix("-") == "devices":
        ids = list(sites.values_list("id", flat=True))
        ids = sorted(ids, key=lambda one: devices.get(one, 0), reverse=sort.startswith("-"))[shown]
        places = {one: place for place, one in enumerate(ids)}
        rows = sorted(sites.filter(id__in=ids).values(*reads), key=lambda row: places[row["id"]])
    else:
        rows = list(sites.order_by(*_order(sort)).values(*reads)[shown])
    return Slice([{**row, "devices": devices.get(row["id"], 0)} for row in rows], total, page)


def page_of_sites(actor: Actor, org: Placed, *, page: Page, name: str = "", need: str = VIEW_SITES) -> Slice:
    """A page of sites as the API spells them; `name` narrows to names that contain it.

    `need` is what the actor has to be able to do at each of them.
    """
    sites = _called(_of(actor, org, need), name)
    found = list(sites.values_list(*ROW_COLUMNS, named=True)[page.start : page.start + page.limit])
    groups = _group_ids(found)
    return Slice([site_row(site, groups[site.id]) for site in found], sites.count(), page)


def search_sites(actor: Actor, org: Placed, *, page: Page, name: str = "") -> Slice:
    """A page of sites as search results; `name` narrows to names that contain it."""
    sites = _called(_of(actor, org), name)
    found = sites[page.start : page.start + page.limit]
    return Slice([site_found(site) for site in found], sites.count(), page)


def find_sites(actor: Actor, org: Placed, words: Iterable[str], page: Page, *, group: str = "") -> Part:
    """A page of the sites whose names hold every word, by name; `group` is part of a site group's name."""
    sites = _of(actor, org).filter(_named(words))
    if group:
        groups = groups_seen(actor, org).filter(name__lower__contains=lowered(group))
        sites = sites.filter(
            id__in=Site.sitegroups.through.objects.filter(sitegroup__in=groups).values("site_id")
        )
    return Part.of(sites.values("id", "name", "country_code", "timezone"), page)


def find_sitegroups(actor: Actor, org: Placed, words: Iterable[str], page: Page) -> Part:
    """A page of the site groups whose names hold every word, by name."""
    groups = groups_seen(actor, org).filter(_named(words))
    return Part.of(groups.order_by("name", "id").values("id", "name"), page)


def site_as_row(site: Site) -> dict[str, Any]:
    """One site as the API spells it."""
    return site_row(site, _group_ids([site])[site.id])


def get_setting(actor: Actor, site: Site) -> dict[str, Any]:
    """The site setting; secrets are masked for those who cannot change it or when no_reveal is on."""
    actor.require(VIEW_SITES, site)
    return {
        **Secrets(actor, site.org_id).shown(site.setting, CONFIGURE_SITES, site),
        "site_id": str(site.id),
        "org_id": str(site.org_id),
        "created_time": epoch(site.created_time),
        "modified_time": epoch(site.modified_time),
    }


def get_derived_setting(actor: Actor, site: Site) -> dict[str, Any]:
    """The setting that holds at the site: its own over that of the templates it names (sites.derived)."""
    kinds = template_kinds()
    named = [(kinds[key], UUID(site.body[key])) for key in LAID if key in kinds and site.body.get(key)]
    templates = docs_by_id(actor, site.org_id, named)
    return derive(templates.items(), get_setting(actor, site))


def setting_layers(site: Site) -> list[tuple[str, dict[str, Any]]]:
    """What holds at a site with who says it, from the widest to the nearest, secrets in clear.

    For what devices are handed; people get `get_derived_setting`.
    """
    kinds = template_kinds()
    named = {key: site.body[key] for key in LAID if key in kinds and site.body.get(key)}
    docs = (
        {str(doc.id): doc for doc in OrgDoc.objects.filter(org_id=site.org_id, id__in=list(named.values()))}
        if named
        else {}
    )
    layers = [
        (f"{kinds[key].label} {docs[one].name}", as_setting(LAID[key], docs[one].body))
        for key, one in named.items()
        if one in docs and docs[one].kind == kinds[key].kind
    ]
    return [*layers, (f"Site {site.name}", site.setting)]


def count_sites_by(actor: Actor, org: Placed, column: str) -> list[dict[str, Any]]:
    """How many of the sites the actor may see there are per value of a column, most first."""
    if column not in COUNTED:
        raise Invalid({"distinct": f"must be one of {', '.join(COUNTED)}"})
    rows = _of(actor, org).order_by().values(column).annotate(count=Count("id")).order_by("-count", column)
    return [{column: str(row[column]), "count": row["count"]} for row in rows[:1000]]


def list_sitegroups(actor: Actor, org: Placed, *, page: Page) -> Slice:
    """A page of site groups with their visible sites."""
    groups = groups_seen(actor, org).order_by("name", "id")
    found = list(groups[page.start : page.start + page.limit])
    sites = _site_ids(actor, org, found)
    return Slice([sitegroup_row(group, sites[group.id]) for group in found], groups.count(), page)


def get_sitegroup(actor: Actor, org: Placed, group_id: UUID) -> SiteGroup:
    """One site group of an organization; raises NotVisible."""
    group: SiteGroup | None = groups_seen(actor, org).filter(id=group_id).first()
    if group is None:
        raise NotVisible
    return group


def sitegroup_as_row(actor: Actor, group: SiteGroup) -> dict[str, Any]:
    """One site group as the API spells it."""
    return sitegroup_row(group, _site_ids(actor, group, [group])[group.id])


def table_of_groups(actor: Actor, org: Placed) -> list[dict[str, Any]]:
    """Every site group the actor may see in an organization, by name: {id, name, size}."""
    seen = Site.objects.in_org(actor, org.org_id, VIEW_SITES)
    groups = groups_seen(actor, org).annotate(size=Count("sites", filter=Q(sites__in=seen)))
    return [dict(row) for row in groups.order_by("name", "id").values("id", "name", "size")]


def groups_seen(actor: Actor, org: Placed, need: str = VIEW_SITES) -> QuerySet[SiteGroup]:
    """Site groups with a site where the actor may do `need`; all of them for who may at every site."""
    groups: QuerySet[SiteGroup] = SiteGroup.objects.in_org(actor, org.org_id, need)
    reach = actor.sites_for(need, org.org_id)
    if reach is None:
        return groups
    links = Site.sitegroups.through.objects.filter(site__in=reach)
    return groups.filter(id__in=links.values("sitegroup_id"))


def site_names(org_id: UUID) -> dict[str, UUID]:
    """Names of an organization's sites, for placement by name; called by workers, not for a person."""
    return dict(Site.objects.filter(org_id=org_id).values_list("name", "id"))


def _of(actor: Actor, org: Placed, need: str = VIEW_SITES) -> QuerySet[Site]:
    sites: QuerySet[Site] = Site.objects.in_org(actor, org.org_id, need).order_by("name", "id")
    return sites


def _named(words: Iterable[str]) -> Q:
    found = Q()
    for word in words:
        found &= Q(name__lower__contains=lowered(word))
    return found


def _found_by(sites: QuerySet[Site], text: str) -> QuerySet[Site]:
    """Sites with the text in what the list shows of them."""
    sites = sites.annotate(
        address=KeyTextTransform("address", "body"), notes=KeyTextTransform("notes", "body")
    )
    if not text:
        return sites
    part = lowered(text)
    hit = Q(name__lower__contains=part) | Q(address__lower__contains=part) | Q(notes__lower__contains=part)
    return sites.filter(hit | Q(timezone__lower__contains=part) | Q(country_code__iexact=text))


def _order(sort: str) -> list[Any]:
    names = {one.key: one.order for one in SITES.columns if one.order}.get(sort.removeprefix("-"))
    if names is None:
        raise Invalid({"sort": "is not a column that sorts"})
    columns = [*(F(name) for name in names), F("id")]
    if sort.startswith("-"):
        return [one.desc(nulls_last=True) for one in columns]
    return [one.asc(nulls_last=True) for one in columns]


def _called(sites: QuerySet[Site], name: str) -> QuerySet[Site]:
    return sites.filter(name__lower__contains=lowered(name)) if name else sites


def _group_ids(sites: Iterable[Any]) -> dict[UUID, list[UUID]]:
    ids = [site.id for site in sites]
    links = Site.sitegroups.through.objects.filter(site_id__in=ids).order_by("sitegroup_id")
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for site_id, group_id in links.values_list("site_id", "sitegroup_id"):
        found[site_id].append(group_id)
    return found


def _site_ids(actor: Actor, org: Placed, groups: Iterable[SiteGroup]) -> dict[UUID, list[UUID]]:
    links = Site.sitegroups.through.objects.filter(
        sitegroup__in=list(groups), site__in=_of(actor, org).values("id")
    ).order_by("site_id")
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for site_id, group_id in links.values_list("site_id", "sitegroup_id"):
        found[group_id].append(site_id)
    return found
