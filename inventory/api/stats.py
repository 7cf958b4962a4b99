"""REST: organizations, sites and devices in numbers, as they are now."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from inventory import queries
from inventory.api.asked import DEVICES, filters_of_stats, listed
from inventory.shapes import stats_row
from mistadmin.core.access import Place
from mistadmin.core.http import ApiView
from mistadmin.core.openapi import PAGE, PAGED_LIST, TIME
from mistadmin.core.paging import Page
from mistadmin.core.times import time_range
from orgs.queries import get_org, place_of_org
from sites.queries import get_site, place_of_site


class OrgStats(ApiView):
    """getOrgStats."""

    query = {"get": (*TIME,)}

    def get(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        time_range(request.query_params)
        return Response(queries.org_stats(self.actor, org))


class SiteStats(ApiView):
    """getSiteStats."""

    def get(self, request: Request, site_id: UUID) -> Response:
        return Response(queries.site_stats(self.actor, get_site(self.actor, site_id)))


class SitesStats(ApiView):
    """listOrgSiteStats."""

    query = {"get": (*TIME, *PAGE)}
    answers = {"get": PAGED_LIST}

    def get(self, request: Request, org_id: UUID) -> Response:
        org, query = place_of_org(self.actor, org_id), request.query_params
        time_range(query)
        found = queries.page_of_site_stats(self.actor, org, page=Page.of(query))
        return self.paged(found, found.rows)


class OrgDevicesStats(ApiView):
    """listOrgDevicesStats."""

    query = {"get": ("fields", "status", *DEVICES, *TIME, *PAGE)}
    answers = {"get": PAGED_LIST}

    def get(self, request: Request, org_id: UUID) -> Response:
        return _listed(self, place_of_org(self.actor, org_id))


class SiteDevicesStats(ApiView):
    """listSiteDevicesStats."""

    query = {"get": ("fields", "status", *DEVICES, *TIME, *PAGE)}
    answers = {"get": PAGED_LIST}

    def get(self, request: Request, site_id: UUID) -> Response:
        return _listed(self, place_of_site(self.actor, site_id))


class SiteDeviceStats(ApiView):
    """getSiteDeviceStats: with every field there is."""

    def get(self, request: Request, site_id: UUID, device_id: UUID) -> Response:
        device = queries.get_site_device(self.actor, site_id, device_id)
        return Response(stats_row(device, frozenset("*")))


def _listed(view: ApiView, place: Place) -> Response:
    query = view.request.query_params
    filters, page = filters_of_stats(query), Page.of(query)
    spelled = partial(stats_row, fields=frozenset(listed(query, "fields")))
    found = queries.page_of_reports(view.actor, place, filters=filters, page=page, spelled=spelled)
    return view.paged(found, found.rows)
