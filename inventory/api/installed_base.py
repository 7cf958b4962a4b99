"""REST: Installed Base, the devices of the linked Juniper accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from inventory.identifiers import mac_of
from inventory.queries import installed_base as queries
from inventory.queries.installed_base import InstalledFilter
from mistadmin.core.errors import Invalid
from mistadmin.core.http import ApiView
from mistadmin.core.openapi import PAGE, PAGED_LIST
from mistadmin.core.paging import Page
from mistadmin.core.times import span_of
from orgs.queries import place_of_org

_STATUSES: Final = {"": "", "all": "", "connected": "connected", "disconnected": "disconnected"}
# Asked for to the letter, and where it stands.
_EXACT: Final = {name: name for name in ("serial", "sku", "warranty_type")}

# What all of them read of the query.
_SOLD: Final = (*_EXACT, "model", "status", "text", "eol_duration", "eos_duration", "sort")


class JsiDevices(ApiView):
    """listOrgJsiDevices."""

    query = {"get": ("mac", *_SOLD, *PAGE)}
    answers = {"get": PAGED_LIST}

    def get(self, request: Request, org_id: UUID) -> Response:
        org, query = place_of_org(self.actor, org_id), request.query_params
        filters = _filters(query, {**_EXACT, "mac": "device__mac"})
        found = queries.page_of_jsi_devices(self.actor, org, filters=filters, page=Page.of(query))
        return self.paged(found, found.rows)


class JsiInventory(ApiView):
    """listOrgJsiPastPurchases."""

    query = {"get": (*_SOLD, *PAGE)}
    answers = {"get": PAGED_LIST}

    def get(self, request: Request, org_id: UUID) -> Response:
        org, query = place_of_org(self.actor, org_id), request.query_params
        found = queries.page_of_installed(self.actor, org, filters=_filters(query), page=Page.of(query))
        return self.paged(found, found.rows)


class JsiInventorySearch(ApiView):
    """searchOrgJsiAssetsAndContracts: `text` may have stars and looks into a few columns only."""

    query = {"get": (*_SOLD, *PAGE)}

    def get(self, request: Request, org_id: UUID) -> Response:
        org, query = place_of_org(self.actor, org_id), request.query_params
        page = Page.of(query)
        found = queries.page_of_installed(self.actor, org, filters=_filters(query), page=page)
        reach = {"start": page.start, "end": page.start + len(found.rows)}
        return Response({"results": found.rows, **reach, "limit": page.limit, "total": found.total})


class JsiInventoryCount(ApiView):
    """countOrgJsiAssetsAndContracts."""

    query = {"get": ("distinct", *PAGE)}

    def get(self, request: Request, org_id: UUID) -> Response:
        org, query = place_of_org(self.actor, org_id), request.query_params
        limit, distinct = Page.of(query).limit, query.get("distinct") or "model"
        groups = queries.count_installed_by(self.actor, org, distinct, limit=limit)
        rows = [{distinct: value, "count": count} for value, count in groups.rows]
        reach = {"start": 0, "end": len(rows), "limit": limit, "total": groups.total}
        return Response({"distinct": distinct, "results": rows, **reach})


def _filters(query: Mapping[str, str], exact: Mapping[str, str] = _EXACT) -> InstalledFilter:
    status = query.get("status", "")
    if status not in _STATUSES:
        raise Invalid({"status": f"must be one of {', '.join(filter(None, _STATUSES))}"})
    wanted = {column: query[name] for name, column in exact.items() if query.get(name)}
    if "device__mac" in wanted:
        wanted["device__mac"] = mac_of(wanted["device__mac"]) or wanted["device__mac"]
    return InstalledFilter(
        model=query.get("model", ""),
        status=_STATUSES[status],
        words=tuple(query.get("text", "").replace("*", " ").split()),
        within=queries.API_SEARCHED,
        exact=tuple(wanted.items()),
        eol=span_of(query, "eol_duration"),
        eos=span_of(query, "eos_duration"),
        sort=query.get("sort") or "timestamp",
    )
