"""The floor: bare Django views that give the same bytes with no account, no permission and no audit trail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from audit.models import Entry
from audit.shapes import log_row
from inventory.models import Device
from inventory.shapes import API_COLUMNS, device_row, inventory_row
from sites.models import Site
from sites.shapes import site_row

LIMIT = 100


def devices(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """A list of two queries: a count and a page."""
    found = Device.objects.filter(org_id=org_id)
    if text := request.GET.get("text"):
        found = found.filter(search__contains=text)
    start = (int(request.GET.get("page", "1")) - 1) * LIMIT
    total = found.count()
    rows = found.order_by("id").values_list(*API_COLUMNS)[start : start + LIMIT]
    return _answer([inventory_row(row) for row in rows], total)


def site_devices(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """The devices of a site in two queries."""
    found = Device.objects.filter(site_id=site_id)
    total = found.count()
    return _answer([device_row(device) for device in found.order_by("id")[:LIMIT]], total)


def device(request: HttpRequest, site_id: UUID, device_id: UUID) -> HttpResponse:
    """One device in one query, and for PUT one durable update."""
    found = Device.objects.get(id=device_id)
    if request.method == "PUT":
        found.name = orjson.loads(request.body)["name"]
        found.modified_time = timezone.now()
        found.save(update_fields=["name", "modified_time"])
    return _answer(device_row(found))


def found(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """What a type-ahead shows, in one query."""
    devices = Device.objects.filter(org_id=org_id, search__contains=request.GET["text"])
    return _answer([inventory_row(row) for row in devices.order_by("name").values_list(*API_COLUMNS)[:6]])


def sites(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """A list of sites in two queries."""
    found = Site.objects.filter(org_id=org_id)
    total = found.count()
    return _answer([site_row(site, []) for site in found.order_by("name", "id")[:LIMIT]], total)


def logs(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """A page of the last day of the audit trail in two queries."""
    found = Entry.objects.filter(org_id=org_id, timestamp__gte=timezone.now() - timedelta(days=1))
    total = found.count()
    rows = found.order_by("-timestamp", "-id").values()[:LIMIT]
    return _answer({"results": [log_row(row) for row in rows]}, total)


def check_in(request: HttpRequest) -> HttpResponse:
    """What a device says, believed and stored in one update; whose it is takes one read."""
    report = orjson.loads(request.body)
    devices = Device.objects.filter(mac=request.headers["X-Device-Mac"])
    org_id, name = devices.values_list("org_id", "name")[0]
    devices.update(connected=True, last_seen=timezone.now(), uptime=report["uptime"])
    return _answer({"claimed": True, "org_id": str(org_id), "name": name, "interval": 10})


def _answer(data: Any, total: int | None = None) -> HttpResponse:
    headers = {} if total is None else {"X-Page-Total": str(total)}
    return HttpResponse(orjson.dumps(data), content_type="application/json", headers=headers)


urlpatterns = [
    path("api/v1/orgs/<uuid:org_id>/inventory", devices),
    path("api/v1/orgs/<uuid:org_id>/found", found),
    path("api/v1/orgs/<uuid:org_id>/sites", sites),
    path("api/v1/orgs/<uuid:org_id>/logs", logs),
    path("api/v1/sites/<uuid:site_id>/devices", site_devices),
    path("api/v1/sites/<uuid:site_id>/devices/<uuid:device_id>", device),
    path("device/v1/checkin", check_in),
]
