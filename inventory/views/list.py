"""Portal: the inventory as a list, its refresh, suggestions while typing, and the downloads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import get_conditional_response

from inventory import queries
from inventory.forms import device_filter, found_in, shown_filters, verbs
from inventory.models_catalog import MXEDGE
from inventory.queries import DeviceFilter
from inventory.queries.installed_base import count_installed
from inventory.search import searched
from inventory.tables import DEVICES, EDGES, device_tabs
from mistadmin.core.access import VIEW_INVENTORY, VIEW_MXEDGES
from mistadmin.core.errors import Invalid
from mistadmin.core.lists import ListPage
from mistadmin.core.paging import Page, Slice
from mistadmin.core.portal import PortalView
from sites.queries import list_sites


class DevicePage(ListPage):
    """What the list and its refresh are given; `kind` is the type that has the list for itself."""

    table = DEVICES
    kind: ClassVar[str | None] = None

    def filters(self, query: Mapping[str, str]) -> dict[str, str]:
        return shown_filters(query)

    @property
    def base(self) -> str:
        return f"/orgs/{self.org.id}/{self.table.path}"

    def found(self) -> dict[str, Any]:
        """Rows, counts and choices for the filters; `problem` says which operator is not understood."""
        found, problem = self._found()
        shown, counts = self.layout.filters, queries.count_per_tab(self.actor, self.org)
        mine = [of_type for key, of_type in counts.items() if self._mine(key)]
        return {
            "table": self.layout,
            "filters": shown,
            "filtered": any(shown[key] for key in ("site", "status", "q")),
            "slice": found,
            "problem": problem,
            "counts": {key: count for key, (count, _) in counts.items()}
            | {"total": sum(count for count, _ in mine)},
            "unassigned": sum(free for _, free in mine),
            "sites": list_sites(self.actor, self.org),
            "verbs": verbs(self.actor, self.org, shown["type"]),
            "base": self.base,
            "rows_url": f"{self.base}/rows",
        }

    def _mine(self, key: str) -> bool:
        """Whether the page is about a type: its own, else every one that has no list of its own."""
        return key == self.kind if self.kind else key != MXEDGE

    def _found(self) -> tuple[Slice, str]:
        try:
            return self._slice(), ""
        except Invalid as error:
            if "q" not in error.fields:
                raise
            return Slice([], 0, self.layout.page), error.fields["q"]

    def _slice(self) -> Slice:
        page, found = self.layout.page, self._rows(self.layout.page)
        if found.total and not found.rows:  # the list has become shorter than the page asked for
            found = self._rows(Page(found.pages, page.limit))
        return found

    def _rows(self, page: Page) -> Slice:
        layout = self.layout
        filters = replace(device_filter(layout.filters), sort=layout.sort)
        return queries.list_devices(self.actor, self.org, filters=filters, page=page, reads=layout.reads)


class Inventory(DevicePage):
    """The inventory."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        may = partial(self.actor.can_somewhere, org_id=self.org.id)
        if may(VIEW_MXEDGES) and not may(VIEW_INVENTORY):
            return redirect(f"/orgs/{org_id}/{EDGES.path}")
        return self.opening() or self.render("inventory/list.html", **self._page())

    def _page(self) -> dict[str, Any]:
        found = self.found()
        counts = {**found["counts"], "installed": count_installed(self.actor, self.org)}
        kind, base = self.layout.filters["type"], self.base
        return self.listed(
            tabs=device_tabs(self.actor, self.org, counts, kind),
            clear_url=f"{base}?type={kind}",
            csv=f"{base}.csv",
            complete="Complete inventory",
            **found,
        )


class Rows(DevicePage):
    """The rows of the list again, for the refresh; 304 while nothing has changed."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        found = self.found()
        etag = _etag(found)
        response = get_conditional_response(request, etag=etag)
        if response is None:
            response = self.render("inventory/_rows.html", **found)
        response["ETag"] = etag
        response["Cache-Control"] = "private, no-cache"
        return response


class Suggest(PortalView):
    """Devices that match what is typed so far; `path` is where the pages of devices are."""

    kind: ClassVar[str | None] = None
    path: ClassVar[str] = "devices"

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        typed = request.GET.get("q", "")
        try:
            filters = replace(searched(typed, DeviceFilter(everywhere=True)), type=self.kind)
        except Invalid:  # said by the list once the filter is applied; an operator may still be being typed
            return self.render("inventory/_suggest.html", rows=[], asked=False)
        asked = bool(filters.words or filters.terms)
        found = queries.suggest(self.actor, self.org, filters) if asked else []
        rows = [{**row, "found": found_in(row, " ".join(filters.words))} for row in found]
        return self.render("inventory/_suggest.html", rows=rows, asked=asked, path=self.path)


class Csv(DevicePage):
    """The inventory as CSV, streamed: complete, or the devices and columns of the page that asks for them."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponseBase:
        shown = shown_filters(request.GET, kind="")
        filters = replace(device_filter(shown), sort=self.layout.sort, heads=False)
        columns = self.layout.columns if request.GET.get("columns") else ()
        return self.download(queries.stream_csv(self.actor, self.org, filters, columns), "inventory")


def _etag(found: Mapping[str, Any]) -> str:
    """Changes with everything that the refresh shows, except for the age of what it shows."""
    rows, total = found["slice"].rows, found["slice"].total
    seen = (found["table"].keys, rows, total, found["counts"], found["unassigned"], found["sites"])
    return f'"{hashlib.sha256(repr(seen).encode()).hexdigest()[:32]}"'
