"""Site Configuration: it shows how many devices a site has, and deleting one unassigns them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from audit.queries import last_change
from inventory.actions import delete_site
from inventory.queries import count_per_site
from mistadmin.core.access import VIEW_INVENTORY
from mistadmin.core.edits import Clash, Edit
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.export import csv_chunks
from mistadmin.core.lists import ListPage
from mistadmin.core.paging import Page, Slice
from mistadmin.core.portal import PortalView, form_clash, form_problem
from mistadmin.core.versions import Seen, version_of
from mistadmin.portal.maps import shown_maps
from sites.actions import create_site, update_site
from sites.queries import get_site, site_as_row, table_of_sites
from sites.shapes import time_zones
from sites.tables import SITES

_LABELS: Final = {
    "name": "Site Name",
    "address": "Location",
    "country_code": "Country",
    "timezone": "Time Zone",
    "notes": "Notes",
}


class SitePage(PortalView):
    """What the pages of sites share."""

    def values(self) -> dict[str, str]:
        """The fields of a site that were posted."""
        return _fields({name: self.request.POST[name] for name in _LABELS if name in self.request.POST})

    def site(self, site_id: UUID) -> Any:
        """One site of this organization; raises NotVisible."""
        site = get_site(self.actor, site_id)
        if site.org_id != self.org.id:
            raise NotVisible
        return site

    def device_counts(self) -> dict[UUID, int]:
        """Devices per site, for those who may see devices."""
        if not self.actor.can_somewhere(VIEW_INVENTORY, self.org.id):
            return {}
        return count_per_site(self.actor, self.org)

    def page(self, template: str, **context: Any) -> HttpResponse:
        """Render with the choices of the fields."""
        return self.render(template, countries=countries(), timezones=sorted(time_zones()), **context)

    def detail(self, site: Any, values: dict[str, Any], **more: Any) -> HttpResponse:
        """The page of one site."""
        more.setdefault("edit", _opening(site))
        count = self.device_counts().get(site.id, 0)
        more |= shown_maps(self.actor, site)
        return self.page("sites/detail.html", site=site, values=values, device_count=count, **more)


class SiteList(SitePage, ListPage):
    """What the list of sites and its file share."""

    table = SITES

    def found(self, reads: Sequence[str], page: Page | None = None) -> Slice:
        """The sites that the filter leaves; a page of them, or all."""
        layout = self.layout
        return table_of_sites(
            self.actor,
            self.org,
            text=layout.filters["q"],
            sort=layout.sort,
            reads=reads,
            devices=self.device_counts(),
            page=page,
        )


class Sites(SiteList):
    """The sites of an organization; creating one."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        return self.opening() or self._page({"timezone": "UTC"})

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        values = self.values()
        try:
            site = create_site(self.actor, self.org, values=values)
        except Invalid as error:
            return self._page(values, status=422, creating=True, **form_problem(error))
        return self.done(f"Site {site.name} created.", to=f"/orgs/{org_id}/sites")

    def _page(self, values: dict[str, str], **more: Any) -> HttpResponse:
        page = self.layout.page
        found = self.found(self.layout.reads, page)
        if found.total and not found.rows:  # the list has become shorter than the page asked for
            found = self.found(self.layout.reads, Page(found.pages, page.limit))
        base = f"/orgs/{self.org.id}/sites"
        listed = self.listed(csv=f"{base}.csv", complete="All sites", clear_url=f"{base}?view=")
        return self.page("sites/list.html", slice=found, values=values, **listed, **more)


class SitesCsv(SiteList):
    """The sites as CSV: all of them, or those and the columns of the page that asks for them."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponseBase:
        layout, counts = self.layout, self.device_counts()
        columns = layout.columns if request.GET.get("columns") else self.table.allowed(self.actor, org_id)
        columns = tuple(
            replace(one, write=lambda site: str(counts.get(site, 0))) if one.key == "devices" else one
            for one in columns
        )
        reads, steps = self.table.steps(columns)
        rows = self.found(("id", *reads)).rows
        return self.download(csv_chunks(steps, (tuple(row[name] for name in reads) for row in rows)), "sites")


class Site(SitePage):
    """One site: its information and notes."""

    def get(self, request: HttpRequest, org_id: UUID, site_id: UUID) -> HttpResponse:
        site = self.site(site_id)
        return self.detail(site, site_as_row(site))

    def post(self, request: HttpRequest, org_id: UUID, site_id: UUID) -> HttpResponse:
        site, values, edit = self.site(site_id), self.values(), Edit.posted(request.POST)

        def write(changes: Mapping[str, Any], seen: Seen) -> None:
            update_site(self.actor, site, changes=changes, seen=seen)

        try:
            edit.save(values, write=write, now=lambda: _opening(self.site(site_id)))
        except Clash as clash:
            by = last_change(self.actor, site, "sites.site.updated")
            return self.detail(site, clash.merged, **form_clash(clash, by=by, labels=_LABELS))
        except Invalid as error:
            return self.detail(site, values, status=422, edit=edit, **form_problem(error))
        return self.done("Site saved.", to=f"/orgs/{org_id}/sites/{site_id}")


class DeleteSite(SitePage):
    """Deletes a site whose name was typed; its devices stay in the organization."""

    def post(self, request: HttpRequest, org_id: UUID, site_id: UUID) -> HttpResponse:
        site = self.site(site_id)
        self.offer(delete_site)
        if request.POST.get("name", "").strip() != site.name:
            errors = {"name": "is not the name of the site"}
            return self.detail(site, site_as_row(site), status=422, form="delete", errors=errors)
        delete_site(self.actor, site)
        return self.done(f"Site {site.name} deleted.", to=f"/orgs/{org_id}/sites")


def _opening(site: Any) -> Edit:
    row = site_as_row(site)
    return Edit.opening(version_of(site, row), _fields({name: row.get(name) or "" for name in _LABELS}))


def _fields(values: Mapping[str, str]) -> dict[str, str]:
    # Browsers send line breaks of a text field as CRLF, whatever they were given.
    return {name: value.replace("\r\n", "\n") for name, value in values.items()}


@cache
def countries() -> list[tuple[str, str]]:
    """Code and name of every country, by name, as the time zone database lists them (ISO 3166)."""
    text = (files("tzdata.zoneinfo") / "iso3166.tab").read_text("utf-8")
    lines = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return sorted(((code, name) for code, name in lines), key=lambda one: one[1])
