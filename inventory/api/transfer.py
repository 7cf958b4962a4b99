"""REST: devices of a site as a file, out and in."""

from __future__ import annotations

from uuid import UUID

from django.http import StreamingHttpResponse
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from inventory import queries
from inventory.importing import import_devices
from inventory.imports import DeviceRow, rows_of_csv, rows_of_json
from inventory.shapes import device_row
from mistadmin.core.errors import Invalid
from mistadmin.core.http import ApiView, JsonParser
from mistadmin.core.openapi import LIST, OBJECTS
from sites.queries import get_site, place_of_site


class DeviceExport(ApiView):
    """exportSiteDevices: CSV, whatever the published document says."""

    answers = {"get": {"text/csv": {"type": "string"}}}

    def get(self, request: Request, site_id: UUID) -> StreamingHttpResponse:
        chunks = queries.stream_export(self.actor, place_of_site(self.actor, site_id))
        headers = {"Content-Disposition": 'attachment; filename="devices.csv"'}
        return StreamingHttpResponse(chunks, content_type="text/csv; charset=utf-8", headers=headers)


class DeviceImport(ApiView):
    """importSiteDevices: a JSON list, or a CSV file in the part `file`."""

    files = ("file",)
    bodies = {"post": OBJECTS}
    answers = {"post": LIST}
    parser_classes = (JsonParser, MultiPartParser)

    def post(self, request: Request, site_id: UUID) -> Response:
        site = get_site(self.actor, site_id)
        devices = import_devices(self.actor, site, rows=_rows(request))
        return Response(queries.shown(self.actor, site.org_id, devices, device_row))


def _rows(request: Request) -> list[DeviceRow]:
    if not request.content_type.startswith("multipart/"):
        return rows_of_json(request.data)
    sent = request.FILES.get("file")
    if sent is None:
        raise Invalid({"file": "is required"})
    return rows_of_csv(sent.read())
