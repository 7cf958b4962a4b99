"""REST: audit logs. GET …/logs and …/logs/search answer alike (mist-api: client.md §8)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from audit import queries
from audit.queries import EntryFilter
from audit.shapes import log_row
from mistadmin.core.access import Place
from mistadmin.core.http import ApiView
from mistadmin.core.ids import posted_id
from mistadmin.core.paging import Page, Slice
from mistadmin.core.times import time_range


class OrgLogs(ApiView):
    """listOrgAuditLogs."""

    def get(self, request: Request, org_id: UUID) -> Response:
        filters, page = _asked(request)
        found = queries.list_entries(self.actor, Place(org_id), filters=filters, page=page)
        return Response(_results(request, filters, found))


class OrgLogsCount(ApiView):
    """countOrgAuditLogs."""

    def get(self, request: Request, org_id: UUID) -> Response:
        filters, page = _asked(request)
        distinct = request.query_params.get("distinct", "admin_name")
        counted = queries.count_entries(self.actor, Place(org_id), distinct=distinct, filters=filters)
        rows = [{distinct: row[distinct] and str(row[distinct]), "count": row["count"]} for row in counted]
        return Response({"distinct": distinct, "results": rows, **_range(filters, page), "total": len(rows)})


class SelfLogs(ApiView):
    """listSelfAuditLogs."""

    def get(self, request: Request) -> Response:
        filters, page = _asked(request)
        found = queries.list_own_entries(self.actor, filters=filters, page=page)
        return Response(_results(request, filters, found))


def _asked(request: Request) -> tuple[EntryFilter, Page]:
    query = request.query_params
    start, end = time_range(query)
    filters = EntryFilter(
        start=start,
        end=end,
        admin=query.get("admin_name", ""),
        site_id=posted_id(query, "site_id"),
        text=query.get("message", ""),
        sort=query.get("sort", "-timestamp"),
    )
    return filters, Page.of(query)


def _results(request: Request, filters: EntryFilter, found: Slice) -> dict[str, Any]:
    body = {
        "results": [log_row(row) for row in found.rows],
        **_range(filters, found.page),
        "page": found.page.number,
        "total": found.total,
    }
    if found.next:
        query = {**request.query_params.dict(), "page": found.next}
        body["next"] = f"{request.path}?{urlencode(query)}"
    return body


def _range(filters: EntryFilter, page: Page) -> dict[str, int]:
    start, end = filters.start, filters.end
    return {
        "start": int(start.timestamp()) if start else 0,
        "end": int(end.timestamp()) - 1 if end else 0,
        "limit": page.limit,
    }
