"""REST: devices of a site, and their models."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from inventory import actions, queries
from inventory.api.asked import filters_of
from inventory.models_catalog import MODELS
from inventory.shapes import DeviceShape, device_row, model_row, stats_row
from mistadmin.core.http import ApiView
from mistadmin.core.paging import Page, Slice
from sites.queries import place_of_site


class SiteDevices(ApiView):
    """listSiteDevices."""

    spelled = staticmethod(device_row)

    def get(self, request: Request, site_id: UUID) -> Response:
        site = place_of_site(self.actor, site_id)
        query = request.query_params
        page = Page.of(query)
        devices, total = queries.page_of_devices(
            self.actor, site, filters=filters_of(query, kind="ap"), page=page
        )
        rows = queries.shown(self.actor, site.org_id, devices, self.spelled)
        return self.paged(Slice(rows, total, page), rows)


class SiteDevicesStats(SiteDevices):
    """listSiteDevicesStats."""

    spelled = staticmethod(stats_row)


class SiteDevice(ApiView):
    """getSiteDevice, updateSiteDevice."""

    bodies = {"put": DeviceShape}

    def get(self, request: Request, site_id: UUID, device_id: UUID) -> Response:
        return Response(self._shown(queries.get_site_device(self.actor, site_id, device_id)))

    def put(self, request: Request, site_id: UUID, device_id: UUID) -> Response:
        device = queries.get_site_device(self.actor, site_id, device_id)
        return Response(self._shown(actions.update_device(self.actor, device, changes=self.body_object())))

    def _shown(self, device: Any) -> dict[str, Any]:
        (row,) = queries.shown(self.actor, device.org_id, [device], device_row)
        return row


class DeviceModels(ApiView):
    """listDeviceModels."""

    def get(self, request: Request) -> Response:
        return Response([model_row(model) for model in MODELS.values()])
