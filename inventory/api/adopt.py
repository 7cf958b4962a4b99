"""REST: the commands that let switches and WAN edges join."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.adopt_commands import junos_commands, router_commands
from inventory.adoption import make_credential
from inventory.api.asked import listed
from inventory.shapes import Registration
from mistadmin.core.access import Placed
from mistadmin.core.errors import NotVisible
from mistadmin.core.http import ApiView
from mistadmin.core.ids import posted_id
from mistadmin.core.shapes import parse
from orgs.queries import place_of_org
from sites.queries import get_site


class AdoptCommand(ApiView):
    """getOrgJuniperDevicesCommand: `site_id` makes devices join straight to that site."""

    query = {"get": ("site_id",)}

    def get(self, request: Request, org_id: UUID) -> Response:
        site_id = posted_id(request.query_params, "site_id")
        return self.command(self._site(org_id, site_id) if site_id else place_of_org(self.actor, org_id))

    def command(self, place: Placed) -> Response:
        """The commands with which devices join the place."""
        credential = make_credential(self.actor, place)
        return _unstored({"cmd": junos_commands(credential, settings.BASE_URL)})

    def _site(self, org_id: UUID, site_id: UUID) -> Placed:
        site: Placed = get_site(self.actor, site_id)
        if site.org_id != org_id:
            raise NotVisible
        return site


class InstalledBaseCommand(AdoptCommand):
    """adoptOrgJsiDevice."""

    query = {}

    def get(self, request: Request, org_id: UUID) -> Response:
        return self.command(place_of_org(self.actor, org_id))


class RegisterCommand(ApiView):
    """getOrg128TRegistrationCommands: good for `ttl` seconds and for the serials in `asset_ids`."""

    query = {"get": ("asset_ids", "ttl")}

    def get(self, request: Request, org_id: UUID) -> Response:
        org, query = place_of_org(self.actor, org_id), request.query_params
        sent = {"ttl": query["ttl"]} if query.get("ttl") else {}
        assets = ",".join(query.getlist("asset_ids"))
        only = {"asset_ids": listed({"asset_ids": assets}, "asset_ids")} if assets else {}
        # A long list of assets may stand in the body.
        wish = parse(Registration, {**sent, **only, **self.body_object()})
        until = int(time.time()) + wish.ttl
        credential = make_credential(self.actor, org, until=until, serials=wish.asset_ids)
        return _unstored(router_commands(credential))


def _unstored(body: dict[str, Any]) -> Response:
    return Response(body, headers={"Cache-Control": "no-store"})


class SsrRegisterCommand(RegisterCommand):
    """getOrgSsrRegistrationCommands: the same, under the name that clients call and no document has."""
