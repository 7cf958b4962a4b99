"""REST: devices of an organization and of a site, and their models."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from inventory import actions, queries
from inventory.api.asked import DEVICES, REPORTS, filters_of, filters_of_search
from inventory.models_catalog import MODELS
from inventory.queries import DeviceFilter
from inventory.shapes import (
    DeviceShape,
    configuration_of,
    device_row,
    found_row,
    model_row,
    name_row,
    radios_row,
)
from mistadmin.core.access import Place
from mistadmin.core.http import ApiView
from mistadmin.core.openapi import LIST, PAGE, PAGED_LIST, TIME
from mistadmin.core.paging import MOST, Page, Slice
from mistadmin.core.times import time_range
from mistadmin.core.versions import version_of
from orgs.queries import place_of_org
from sites.queries import place_of_site

BY_MAC: Final = DeviceFilter(sort="mac")


class OrgDevices(ApiView):
    """listOrgDevices: clients ask for no page of it, so that a page is as large as there are."""

    query = {"get": (*PAGE,)}

    def get(self, request: Request, org_id: UUID) -> Response:
        org, page = place_of_org(self.actor, org_id), Page.of(request.query_params, limit=MOST)
        found = queries.page_of_reports(self.actor, org, filters=BY_MAC, page=page, spelled=name_row)
        return self.paged(found, {"results": found.rows})


class OrgDeviceSearch(ApiView):
    """searchOrgDevices."""

    query = {"get": (*REPORTS, *TIME, *PAGE)}

    def get(self, request: Request, org_id: UUID) -> Response:
        return _searched(self, place_of_org(self.actor, org_id))


class SiteDeviceSearch(ApiView):
    """searchSiteDevices."""

    query = {"get": (*REPORTS, *TIME, *PAGE)}

    def get(self, request: Request, site_id: UUID) -> Response:
        return _searched(self, place_of_site(self.actor, site_id))


class OrgDeviceCount(ApiView):
    """countOrgDevices."""

    query = {"get": ("distinct", *REPORTS, *TIME, *PAGE)}

    def get(self, request: Request, org_id: UUID) -> Response:
        return _counted(self, place_of_org(self.actor, org_id))


class SiteDeviceCount(ApiView):
    """countSiteDevices."""

    query = {"get": ("distinct", *REPORTS, *TIME, *PAGE)}

    def get(self, request: Request, site_id: UUID) -> Response:
        return _counted(self, place_of_site(self.actor, site_id))


class DeviceSummary(ApiView):
    """listOrgDevicesSummary."""

    def get(self, request: Request, org_id: UUID) -> Response:
        return Response(queries.summarize_devices(self.actor, place_of_org(self.actor, org_id)))


class RadioMacs(ApiView):
    """listOrgApsMacs: the access points; none has told the addresses of its radios."""

    query = {"get": (*PAGE,)}
    answers = {"get": PAGED_LIST}

    def get(self, request: Request, org_id: UUID) -> Response:
        org, page = place_of_org(self.actor, org_id), Page.of(request.query_params)
        filters = replace(BY_MAC, type="ap")
        found = queries.page_of_reports(self.actor, org, filters=filters, page=page, spelled=radios_row)
        return self.paged(found, found.rows)


class SiteDevices(ApiView):
    """listSiteDevices."""

    query = {"get": (*DEVICES, *PAGE)}
    answers = {"get": PAGED_LIST}

    def get(self, request: Request, site_id: UUID) -> Response:
        site = place_of_site(self.actor, site_id)
        query = request.query_params
        page = Page.of(query)
        devices, total = queries.page_of_devices(
            self.actor, site, filters=filters_of(query, kind="ap"), page=page
        )
        rows = queries.shown(self.actor, site.org_id, devices, device_row)
        return self.paged(Slice(rows, total, page), rows)


class SiteDevice(ApiView):
    """getSiteDevice, updateSiteDevice."""

    bodies = {"put": DeviceShape}
    has_tag = True

    def get(self, request: Request, site_id: UUID, device_id: UUID) -> Response:
        return self._answer(queries.get_site_device(self.actor, site_id, device_id))

    def put(self, request: Request, site_id: UUID, device_id: UUID) -> Response:
        device = queries.find_site_device(self.actor, site_id, device_id)
        return self._answer(
            actions.update_device(self.actor, device, changes=self.body_object(), seen=self.seen)
        )

    def _answer(self, device: Any) -> Response:
        (row,) = queries.shown(self.actor, device.org_id, [device], device_row)
        return self.tagged(row, version_of(device, configuration_of(device)))


class DeviceModels(ApiView):
    """listDeviceModels."""

    answers = {"get": LIST}

    def get(self, request: Request) -> Response:
        return Response([model_row(model) for model in MODELS.values()])


def _searched(view: ApiView, place: Place) -> Response:
    query = view.request.query_params
    during = time_range(query)
    filters, page = filters_of_search(query, during), Page.of(query)
    found = queries.page_of_reports(view.actor, place, filters=filters, page=page, spelled=found_row)
    return view.searched(found, during)


def _counted(view: ApiView, place: Place) -> Response:
    query = view.request.query_params
    during, limit, distinct = time_range(query), Page.of(query).limit, query.get("distinct", "model")
    filters = filters_of_search(query, during)
    groups = queries.count_devices(view.actor, place, distinct, filters, limit=limit)
    return view.counted(distinct, groups, during, limit)
