"""REST: what devices went through."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from inventory import queries
from inventory.api.asked import EVENTS, filters_of_events
from inventory.event_types import definitions
from mistadmin.core.access import Place
from mistadmin.core.http import ApiView
from mistadmin.core.openapi import LIST, PAGE, TIME
from mistadmin.core.paging import Page
from orgs.queries import place_of_org
from sites.queries import place_of_site


class OrgEvents(ApiView):
    """searchOrgDeviceEvents."""

    query = {"get": (*EVENTS, *TIME, *PAGE)}

    def get(self, request: Request, org_id: UUID) -> Response:
        return _searched(self, place_of_org(self.actor, org_id), kind="ap")


class SiteEvents(ApiView):
    """searchSiteDeviceEvents: of devices of every type."""

    query = {"get": (*EVENTS, *TIME, *PAGE)}

    def get(self, request: Request, site_id: UUID) -> Response:
        return _searched(self, place_of_site(self.actor, site_id))


class OrgEventCount(ApiView):
    """countOrgDeviceEvents."""

    query = {"get": ("distinct", *EVENTS, *TIME, *PAGE)}

    def get(self, request: Request, org_id: UUID) -> Response:
        return _counted(self, place_of_org(self.actor, org_id))


class SiteEventCount(ApiView):
    """countSiteDeviceEvents."""

    query = {"get": ("distinct", *EVENTS, *TIME, *PAGE)}

    def get(self, request: Request, site_id: UUID) -> Response:
        return _counted(self, place_of_site(self.actor, site_id))


class DeviceEventDefinitions(ApiView):
    """listDeviceEventsDefinitions."""

    answers = {"get": LIST}

    def get(self, request: Request) -> Response:
        return Response(definitions())


def _searched(view: ApiView, place: Place, *, kind: str | None = None) -> Response:
    query = view.request.query_params
    filters = filters_of_events(query, kind=kind)
    found = queries.search_events(view.actor, place, filters=filters, page=Page.of(query))
    return view.searched(found, (filters.start, filters.end))


def _counted(view: ApiView, place: Place) -> Response:
    query = view.request.query_params
    filters, limit, distinct = filters_of_events(query), Page.of(query).limit, query.get("distinct", "model")
    groups = queries.count_events(view.actor, place, distinct, filters, limit=limit)
    return view.counted(distinct, groups, (filters.start, filters.end), limit)
