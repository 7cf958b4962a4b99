"""REST: what installers need, with names instead of ids (API: installer)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from inventory import actions, installing
from inventory.api.inventory import claim_answer
from inventory.installer_shapes import InstallerSite, Provision
from inventory.queries import installing as queries
from mistadmin.core.errors import Invalid
from mistadmin.core.http import ApiView
from mistadmin.core.ids import posted_id
from mistadmin.core.once import once
from mistadmin.core.openapi import LIST, PAGE, PAGED_LIST, TEXTS
from mistadmin.core.paging import Page
from mistadmin.core.shapes import parse
from orgs.queries import get_org, place_of_org


class InstallerAlarmTemplates(ApiView):
    """listInstallerAlarmTemplates."""

    answers = {"get": LIST}

    def get(self, request: Request, org_id: UUID) -> Response:
        return Response(queries.list_names(self.actor, place_of_org(self.actor, org_id), "alarmtemplates"))


class InstallerProfiles(ApiView):
    """listInstallerDeviceProfiles: of access points where no type is asked for."""

    query = {"get": ("type",)}
    answers = {"get": LIST}

    def get(self, request: Request, org_id: UUID) -> Response:
        org, kind = place_of_org(self.actor, org_id), request.query_params.get("type") or "ap"
        return Response(queries.list_names(self.actor, org, "deviceprofiles", type=kind))


class InstallerRfTemplates(ApiView):
    """listInstallerRfTemplatesNames."""

    answers = {"get": LIST}

    def get(self, request: Request, org_id: UUID) -> Response:
        return Response(queries.list_names(self.actor, place_of_org(self.actor, org_id), "rftemplates"))


class InstallerSiteGroups(ApiView):
    """listInstallerSiteGroups."""

    answers = {"get": LIST}

    def get(self, request: Request, org_id: UUID) -> Response:
        return Response(queries.list_group_names(self.actor, place_of_org(self.actor, org_id)))


class InstallerSites(ApiView):
    """listInstallerSites."""

    answers = {"get": LIST}

    def get(self, request: Request, org_id: UUID) -> Response:
        return Response(queries.list_installable_sites(self.actor, place_of_org(self.actor, org_id)))


class InstallerSiteByName(ApiView):
    """createOrUpdateInstallerSites."""

    bodies = {"put": InstallerSite}

    @once
    def put(self, request: Request, org_id: UUID, site_name: str) -> Response:
        org = get_org(self.actor, org_id)
        installing.put_site(self.actor, org, name=site_name, wish=parse(InstallerSite, self.body_object()))
        return Response({})


class InstallerDevices(ApiView):
    """listInstallerListOfRecentlyClaimedDevices, claimInstallerDevices.

    A role that is limited to several sites says by `site_id` in the query which of them it claims to.
    """

    bodies = {"post": TEXTS}
    query = {"get": ("model", "site_id", "site_name", *PAGE), "post": ("site_id",)}
    answers = {"get": PAGED_LIST}
    results_in_refusals = ("post",)

    def get(self, request: Request, org_id: UUID) -> Response:
        query = request.query_params
        filters = queries.RecentFilter(
            query.get("model", ""), query.get("site_name", ""), posted_id(query, "site_id")
        )
        org = place_of_org(self.actor, org_id)
        found = queries.page_of_recent(self.actor, org, filters=filters, page=Page.of(query))
        return self.paged(found, found.rows)

    @once
    def post(self, request: Request, org_id: UUID) -> Response:
        org, site_id = get_org(self.actor, org_id), posted_id(request.query_params, "site_id")
        if not isinstance(request.data, list):
            raise Invalid("The body must be a JSON list of claim codes.")
        place = queries.claim_place(self.actor, org, site_id)
        return claim_answer(actions.claim_devices(self.actor, place, codes=request.data))


class InstallerDevice(ApiView):
    """provisionInstallerDevices, unassignInstallerRecentlyClaimedDevice."""

    bodies = {"put": Provision}

    @once
    def put(self, request: Request, org_id: UUID, device_mac: str) -> Response:
        device = self._device(org_id, device_mac)
        wish = parse(Provision, self.body_object())
        if wish.replacing_mac is not None:
            installing.replace_recent(self.actor, device, old=wish.replacing_mac)
        else:
            installing.provision_device(self.actor, device, wish=wish)
        return Response({})

    @once
    def delete(self, request: Request, org_id: UUID, device_mac: str) -> Response:
        device = self._device(org_id, device_mac)
        for _, reason in actions.unassign_recent(self.actor, device, devices=[device]).errors:
            raise Invalid(reason)
        return Response({})

    def _device(self, org_id: UUID, device_mac: str) -> Any:
        return queries.get_installable(self.actor, place_of_org(self.actor, org_id), device_mac)
