"""REST: the own account, with what deleting it means for organizations and their devices."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts import api as accounts
from accounts import auth
from accounts.sign_in_api import SESSION_ONLY
from inventory.leaving import NotEmpty, delete_account
from mistadmin.core.errors import NotAllowed


class Self(accounts.Self):
    """getSelf, updateSelf, deleteSelf: refused while an organization that goes along has devices."""

    def delete(self, request: Request) -> Response:
        if request.auth is not None:
            raise NotAllowed(SESSION_ONLY)
        try:
            delete_account(self.actor, seen=self.seen)
        except NotEmpty as full:
            return Response({"detail": str(full), "org_id": str(full.org_id)}, status=full.status)
        auth.log_out(request._request)
        return Response({})
