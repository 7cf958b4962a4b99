"""REST: inventory, devices of a site, device profiles' members, and what devices report."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from inventory import actions, queries
from inventory.actions import BulkResult
from inventory.identifiers import mac_of, shown_code
from inventory.models_catalog import MODELS
from inventory.queries import DeviceFilter
from inventory.refusals import elsewhere
from inventory.replacing import replace_device
from inventory.shapes import (
    DeviceShape,
    InventoryUpdate,
    Macs,
    Replacement,
    configuration_of,
    device_row,
    model_row,
    stats_row,
)
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.http import ApiView
from mistadmin.core.ids import posted_id
from mistadmin.core.paging import Page, Slice
from mistadmin.core.resources import catalog
from mistadmin.core.shapes import parse
from mistadmin.core.versions import version_of
from orgs import api as orgs
from orgs.docs import get_doc
from orgs.queries import get_org, place_of_org
from sites import api as sites
from sites.queries import get_site, place_of_site

_TRUE, _FALSE = {"true", "1"}, {"false", "0"}


class Inventory(ApiView):
    """getOrgInventory, addOrgInventory, updateOrgInventoryAssignment."""

    bodies = {"put": InventoryUpdate}

    def get(self, request: Request, org_id: UUID) -> Response:
        org = place_of_org(self.actor, org_id)
        query = request.query_params
        found = queries.page_of_inventory(self.actor, org, filters=_filters(query), page=Page.of(query))
        return self.paged(found, found.rows)

    def post(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        if not isinstance(request.data, list):
            raise Invalid("The body must be a JSON list of claim codes.")
        result = actions.claim_devices(self.actor, org, codes=request.data)
        body = {
            "added": [shown_code(row["magic"]) for row in result.added],
            "duplicated": [shown_code(row["magic"]) for row in result.duplicated],
            "error": [code for code, _ in result.errors],
            "reason": [reason for _, reason in result.errors],
            "inventory_added": result.added,
            "inventory_duplicated": result.duplicated,
        }
        # One good code makes the call a success (mist-api: semantics §6).
        return Response(body, status=200 if result.added or result.duplicated else 400)

    def put(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        wish = parse(InventoryUpdate, self.body_object())
        devices, missing = queries.devices_by_mac(self.actor, org, wish.macs, wish.serials)
        result = self._change(org, wish, devices)
        return Response({"op": wish.op, **_bulk(result, wish.macs, missing)})

    def _change(self, org: Any, wish: InventoryUpdate, devices: list[Any]) -> BulkResult:
        if wish.op == "assign":
            if wish.site_id is None:
                raise Invalid({"site_id": "is required to assign"})
            site = get_site(self.actor, wish.site_id)
            if site.org_id != org.id:
                raise NotVisible
            refuse = elsewhere(site.id) if wish.no_reassign else None
            return actions.assign_devices(self.actor, site, devices=devices, refuse=refuse)
        if wish.op == "unassign":
            return actions.unassign_devices(self.actor, org, devices=devices)
        if wish.op == "delete":
            return actions.release_devices(self.actor, org, devices=devices)
        raise Invalid({"op": "needs a linked Juniper account, and none is linked"})


class Replace(ApiView):
    """replaceOrgDevices."""

    bodies = {"post": Replacement}

    def post(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        wish = parse(Replacement, self.body_object())
        site = get_site(self.actor, wish.site_id)
        if site.org_id != org.id:
            raise NotVisible
        new = replace_device(self.actor, site, old=wish.mac, new=wish.inventory_mac, discard=wish.discard)
        return Response({"op": "assign", "success": [new.mac], "error": [], "reason": []})


class Org(orgs.OrgView):
    """getOrg, updateOrg, deleteOrg: refused while a device is claimed."""

    def delete(self, request: Request, org_id: UUID) -> Response:
        actions.delete_org(self.actor, get_org(self.actor, org_id), seen=self.seen)
        return Response({})


class InventorySearch(ApiView):
    """searchOrgInventory."""

    def get(self, request: Request, org_id: UUID) -> Response:
        org = place_of_org(self.actor, org_id)
        query = request.query_params
        page = Page.of(query)
        found = queries.page_of_inventory(self.actor, org, filters=_filters(query, kind="ap"), page=page)
        return Response({"results": found.rows, **_day(), "limit": page.limit, "total": found.total})


class InventoryCount(ApiView):
    """countOrgInventory."""

    def get(self, request: Request, org_id: UUID) -> Response:
        org = place_of_org(self.actor, org_id)
        query = request.query_params
        distinct = query.get("distinct", "model")
        rows = queries.count_by(self.actor, org, distinct, _filters(query, kind="ap"))
        return Response({"distinct": distinct, "results": rows, **_day(), "limit": 1000, "total": len(rows)})


class Site(sites.Site):
    """getSiteInfo, updateSiteInfo, deleteSite: its devices are unassigned and stay in the inventory."""

    def delete(self, request: Request, site_id: UUID) -> Response:
        actions.delete_site(self.actor, get_site(self.actor, site_id), seen=self.seen)
        return Response({})


class SiteDevices(ApiView):
    """listSiteDevices."""

    spelled = staticmethod(device_row)

    def get(self, request: Request, site_id: UUID) -> Response:
        site = place_of_site(self.actor, site_id)
        query = request.query_params
        page = Page.of(query)
        devices, total = queries.page_of_devices(
            self.actor, site, filters=_filters(query, kind="ap"), page=page
        )
        rows = queries.shown(self.actor, site.org_id, devices, self.spelled)
        return self.paged(Slice(rows, total, page), rows)


class SiteDevicesStats(SiteDevices):
    """listSiteDevicesStats."""

    spelled = staticmethod(stats_row)


class SiteDevice(ApiView):
    """getSiteDevice, updateSiteDevice."""

    bodies = {"put": DeviceShape}
    has_tag = True

    def get(self, request: Request, site_id: UUID, device_id: UUID) -> Response:
        return self._answer(queries.get_site_device(self.actor, site_id, device_id))

    def put(self, request: Request, site_id: UUID, device_id: UUID) -> Response:
        device = queries.get_site_device(self.actor, site_id, device_id)
        return self._answer(
            actions.update_device(self.actor, device, changes=self.body_object(), seen=self.seen)
        )

    def _answer(self, device: Any) -> Response:
        (row,) = queries.shown(self.actor, device.org_id, [device], device_row)
        return self.tagged(row, version_of(device, configuration_of(device)))


class AssignProfile(ApiView):
    """assignOrgDeviceProfile."""

    bodies = {"post": Macs}

    def post(self, request: Request, org_id: UUID, doc_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        profile: Any = get_doc(self.actor, org, catalog()["deviceprofiles"], doc_id)
        macs = parse(Macs, self.body_object()).macs
        devices, _ = queries.devices_by_mac(self.actor, org, macs)
        return Response({"success": self._change(org, profile, devices).success})

    def _change(self, org: Any, profile: Any, devices: list[Any]) -> BulkResult:
        return actions.assign_profile(self.actor, org, profile=profile, devices=devices)


class UnassignProfile(AssignProfile):
    """unassignOrgDeviceProfile: devices with another profile keep it."""

    def _change(self, org: Any, profile: Any, devices: list[Any]) -> BulkResult:
        held = [device for device in devices if device.deviceprofile_id == profile.id]
        return actions.unassign_profile(self.actor, org, devices=held)


class DeviceModels(ApiView):
    """listDeviceModels."""

    def get(self, request: Request) -> Response:
        return Response([model_row(model) for model in MODELS.values()])


def _filters(query: Mapping[str, str], *, kind: str | None = None) -> DeviceFilter:
    wanted = query.get("type") or kind
    return DeviceFilter(
        type=None if wanted in (None, "all") else wanted,
        site_id=posted_id(query, "site_id"),
        # unassigned=true is the default and means "these too"; only false narrows.
        unassigned=False if _flag(query, "unassigned") is False else None,
        model=query.get("model") or None,
        text=query.get("text") or query.get("name", "").strip("*"),
        macs=tuple(mac_of(text) or text for text in _list(query, "mac")),
        serials=tuple(_list(query, "serial")),
        sort="mac",
    )


def _list(query: Mapping[str, str], name: str) -> list[str]:
    return [part.strip() for part in query.get(name, "").split(",") if part.strip()]


def _flag(query: Mapping[str, str], name: str) -> bool | None:
    text = query.get(name, "").lower()
    if text and text not in _TRUE | _FALSE:
        raise Invalid({name: "must be true or false"})
    return text in _TRUE if text else None


def _bulk(result: BulkResult, sent: list[str], missing: list[tuple[str, str]]) -> dict[str, Any]:
    as_sent = {mac_of(text): text for text in sent}
    errors = [(as_sent.get(mac, mac), reason) for mac, reason in result.errors] + missing
    return {
        "success": [as_sent.get(mac, mac) for mac in result.success],
        "error": [text for text, _ in errors],
        "reason": [reason for _, reason in errors],
    }


def _day() -> dict[str, int]:
    now = int(time.time())
    return {"start": now - 86_400, "end": now}
