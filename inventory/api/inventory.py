"""REST: the inventory, claiming, and what changes many devices at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from inventory import actions, queries
from inventory.api.asked import DEVICES, day, filters_of, filters_of_inventory
from inventory.identifiers import mac_of, shown_code
from inventory.refusals import elsewhere
from inventory.replacing import replace_device
from inventory.shapes import InventoryUpdate, Macs, Replacement
from inventory.verbs import BulkResult, ClaimResult
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.http import ApiView
from mistadmin.core.openapi import PAGE, PAGED_LIST, TEXTS
from mistadmin.core.paging import Page
from mistadmin.core.resources import catalog
from mistadmin.core.shapes import parse
from orgs.docs import get_doc
from orgs.queries import get_org, place_of_org
from sites.queries import get_site


class Inventory(ApiView):
    """getOrgInventory, addOrgInventory, updateOrgInventoryAssignment."""

    query = {"get": ("vc", *DEVICES, *PAGE)}
    answers = {"get": PAGED_LIST}
    results_in_refusals = ("post",)
    bodies = {"post": TEXTS, "put": InventoryUpdate}

    def get(self, request: Request, org_id: UUID) -> Response:
        org = place_of_org(self.actor, org_id)
        query = request.query_params
        filters, page = filters_of_inventory(query), Page.of(query)
        found = queries.page_of_inventory(self.actor, org, filters=filters, page=page)
        return self.paged(found, found.rows)

    def post(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        if not isinstance(request.data, list):
            raise Invalid("The body must be a JSON list of claim codes.")
        return claim_answer(actions.claim_devices(self.actor, org, codes=request.data))

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
            result = actions.assign_devices(self.actor, site, devices=devices, refuse=refuse)
            return self._managed(org, wish, result)
        if wish.op == "unassign":
            return actions.unassign_devices(self.actor, org, devices=devices)
        if wish.op == "delete":
            return actions.release_devices(self.actor, org, devices=devices)
        raise Invalid({"op": "is not supported: every device is managed here, and none by JSI alone"})

    def _managed(self, org: Any, wish: InventoryUpdate, result: BulkResult) -> BulkResult:
        """Also say who manages it: `managed` is for adopted devices, the other switch for claimed ones."""
        if not (wish.managed or wish.disable_auto_config):
            return result
        placed, _ = queries.devices_by_mac(self.actor, org, result.success)
        for adopted, said in ((True, wish.managed), (False, wish.disable_auto_config)):
            some = [one for one in placed if one.adopted is adopted and one.type in actions.ADOPTABLE]
            if said and some:
                actions.manage_devices(self.actor, org, devices=some, managed=adopted)
        return result


class InventorySearch(ApiView):
    """searchOrgInventory."""

    query = {"get": (*DEVICES, *PAGE)}

    def get(self, request: Request, org_id: UUID) -> Response:
        org = place_of_org(self.actor, org_id)
        query = request.query_params
        page = Page.of(query)
        found = queries.page_of_inventory(self.actor, org, filters=filters_of(query, kind="ap"), page=page)
        return Response({"results": found.rows, **day(), "limit": page.limit, "total": found.total})


class InventoryCount(ApiView):
    """countOrgInventory."""

    query = {"get": ("distinct", *DEVICES)}

    def get(self, request: Request, org_id: UUID) -> Response:
        org = place_of_org(self.actor, org_id)
        query = request.query_params
        distinct = query.get("distinct", "model")
        rows = queries.count_by(self.actor, org, distinct, filters_of(query, kind="ap"))
        return Response({"distinct": distinct, "results": rows, **day(), "limit": 1000, "total": len(rows)})


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


def claim_answer(result: ClaimResult) -> Response:
    """What became of claim codes (addOrgInventory, claimInstallerDevices)."""
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


def _bulk(result: BulkResult, sent: list[str], missing: list[tuple[str, str]]) -> dict[str, Any]:
    as_sent = {mac_of(text): text for text in sent}
    errors = [(as_sent.get(mac, mac), reason) for mac, reason in result.errors] + missing
    return {
        "success": [as_sent.get(mac, mac) for mac in result.success],
        "error": [text for text, _ in errors],
        "reason": [reason for _, reason in errors],
    }
