"""REST: re-evaluation of auto-provisioning."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from autoprovision import actions
from mistadmin.core.http import ApiView
from orgs.queries import get_org


class Reevaluate(ApiView):
    """reevaluateOrgAutoAssignment: answers at once, the worker does it."""

    def post(self, request: Request, org_id: UUID) -> Response:
        actions.reevaluate(self.actor, get_org(self.actor, org_id))
        return Response({})
