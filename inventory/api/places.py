"""REST: deleting what holds devices."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from inventory import actions
from orgs import api as orgs
from orgs.queries import get_org
from sites import api as sites
from sites.queries import get_site


class Org(orgs.OrgView):
    """getOrg, updateOrg, deleteOrg: refused while a device is claimed."""

    def delete(self, request: Request, org_id: UUID) -> Response:
        actions.delete_org(self.actor, get_org(self.actor, org_id), seen=self.seen)
        return Response({})


class Site(sites.Site):
    """getSiteInfo, updateSiteInfo, deleteSite: its devices are unassigned and stay in the inventory."""

    def delete(self, request: Request, site_id: UUID) -> Response:
        actions.delete_site(self.actor, get_site(self.actor, site_id), seen=self.seen)
        return Response({})
