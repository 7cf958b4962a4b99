"""REST: audit logs. GET …/logs and …/logs/search answer alike (mist-api: client.md §8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from audit import queries
from audit.queries import EntryFilter
from audit.shapes import log_row
from mistadmin.core.access import VIEW_MSP, VIEW_ORG, Place
from mistadmin.core.http import ApiView
from mistadmin.core.ids import posted_id
from mistadmin.core.openapi import PAGE, TIME
from mistadmin.core.paging import Page, Slice
from mistadmin.core.times import spelled_range, time_range

# What all of them read of the query.
_QUERY: Final = ("admin_name", "message", "site_id", "sort", *TIME, *PAGE)


class OrgLogs(ApiView):
    """listOrgAuditLogs."""

    query = {"get": _QUERY}

    entering = VIEW_ORG

    def get(self, request: Request, **tenant: UUID) -> Response:
        filters, page, during = _asked(request)
        place = _entered(self, tenant)
        found = queries.list_entries(self.actor, place, filters=filters, page=page)
        return self.searched(_spelled(found), during, page=page.number)


class OrgLogsSearch(OrgLogs):
    """searchOrgAuditLogs: the same, under the name that clients call and no document has."""


class MspLogs(OrgLogs):
    """listMspAuditLogs."""

    query = {"get": _QUERY}

    entering = VIEW_MSP


class OrgLogsCount(ApiView):
    """countOrgAuditLogs."""

    query = {"get": ("distinct", *_QUERY)}

    entering = VIEW_ORG

    def get(self, request: Request, **tenant: UUID) -> Response:
        filters, page, during = _asked(request)
        place = _entered(self, tenant)
        distinct = request.query_params.get("distinct", "admin_name")
        counted = queries.count_entries(self.actor, place, distinct=distinct, filters=filters)
        rows = [{distinct: row[distinct] and str(row[distinct]), "count": row["count"]} for row in counted]
        told = {**spelled_range(*during), "limit": page.limit, "total": len(rows)}
        return Response({"distinct": distinct, "results": rows, **told})


class MspLogsCount(OrgLogsCount):
    """countMspAuditLogs."""

    query = {"get": ("distinct", *_QUERY)}

    entering = VIEW_MSP


class SelfLogs(ApiView):
    """listSelfAuditLogs."""

    query = {"get": _QUERY}

    def get(self, request: Request) -> Response:
        filters, page, during = _asked(request)
        found = queries.list_own_entries(self.actor, filters=filters, page=page)
        return self.searched(_spelled(found), during, page=page.number)


def _entered(view: OrgLogs | OrgLogsCount, tenant: dict[str, UUID]) -> Place:
    """The organization or the MSP of the path; one does not open under the address of the other."""
    (tenant_id,) = tenant.values()
    place = Place(tenant_id)
    view.actor.require(view.entering, place)
    return place


def _asked(request: Request) -> tuple[EntryFilter, Page, tuple[datetime, datetime]]:
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
    return filters, Page.of(query), (start, end)


def _spelled(found: Slice) -> Slice:
    return replace(found, rows=[log_row(row) for row in found.rows])
