"""The base of pages that are lists: the columns, order and rows that the viewer wants, and saved views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from mistadmin.core.portal import PortalView, shell
from mistadmin.core.tables import Column, Layout, Memory, Table


class ListPage(PortalView):
    """A list; `table` declares it and `filters` reads its filters out of a query."""

    table: ClassVar[Table]

    def filters(self, query: Mapping[str, str]) -> dict[str, str]:
        """The filters of a query as the page shows them."""
        return {name: query.get(name, "").strip() for name in self.table.filters}

    @cached_property
    def layout(self) -> Layout:
        """What this request shows of the table."""
        self.actor.require_somewhere(self.table.need, self.org.org_id)
        query = self.request.GET
        # The refresh carries both, so that a page stays as it is while its owner arranges the list elsewhere.
        told = "columns" in query and "limit" in query
        memory = Memory() if told else shell().list_memory(self.actor, self.table)
        return self._laid_out(query, memory)

    def opening(self) -> HttpResponse | None:
        """The way to the viewer's default view, for a page that was asked for without any query."""
        if self.request.GET:
            return None
        chosen = next((view for view in self._views if view["default"]), None)
        return redirect(self._url_of(chosen)) if chosen else None

    def listed(self, **context: Any) -> dict[str, Any]:
        """What the components of a list are given (templates/components/table.html, list_tools.html)."""
        layout = self.layout
        views = [self._shown(view) for view in self._views]
        here = {**layout.carried, **layout.state}
        return {
            "table": layout,
            "filters": layout.filters,
            "views": views,
            "view": next((view for view in views if view["current"]), None),
            "list_query": urlencode(here),
            "list_url": f"/orgs/{self.org.org_id}/lists/{self.table.key}",
            **context,
        }

    def download(self, chunks: Iterator[bytes], name: str) -> StreamingHttpResponse:
        """A CSV that is sent while it is made, named after the organization and the day."""
        name = f"{name}-{slugify(self.org.name) or self.org.org_id}-{timezone.now():%Y-%m-%d}.csv"
        headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
        return StreamingHttpResponse(chunks, content_type="text/csv; charset=utf-8", headers=headers)

    @cached_property
    def _columns(self) -> tuple[Column, ...]:
        return self.table.allowed(self.actor, self.org.org_id)

    @cached_property
    def _views(self) -> list[dict[str, Any]]:
        views: list[dict[str, Any]] = shell().list_views(self.actor, self.org, self.table)
        return views

    def _laid_out(self, query: Mapping[str, str], memory: Memory) -> Layout:
        return Layout.of(self.table, query, self.filters(query), columns=self._columns, memory=memory)

    def _shown(self, view: dict[str, Any]) -> dict[str, Any]:
        current = str(view["id"]) == self.request.GET.get("view")
        meant = self._laid_out(view["query"], Memory()).state
        return {
            **view,
            "url": self._url_of(view),
            "current": current,
            "changed": current and meant != self.layout.state,
        }

    def _url_of(self, view: Mapping[str, Any]) -> str:
        return list_url(self.org.org_id, self.table, {**view["query"], "view": str(view["id"])})


def list_url(org_id: Any, table: Table, query: Mapping[str, str]) -> str:
    """The address of a list with these parameters; without any it is the whole list, not a default view."""
    return f"/orgs/{org_id}/{table.path}?{urlencode(table.carried(query)) or 'view='}"
