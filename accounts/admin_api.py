"""REST: the administrators of an organization and their invitations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts import members
from accounts.actions import admins, invites
from accounts.admin_shapes import AdminShape, InviteChanges, InviteShape, invite_row, member_row
from mistadmin.core.http import ApiView
from mistadmin.core.paging import Page
from orgs.queries import get_org


class Admins(ApiView):
    """listOrgAdmins: administrators, then pending invitations."""

    def get(self, request: Request, org_id: UUID) -> Response:
        found = members.list_admins(
            self.actor, get_org(self.actor, org_id), page=Page.of(request.query_params)
        )
        return self.paged(found, found.rows)


class Admin(ApiView):
    """updateOrgAdmin, revokeOrgAdmin."""

    bodies = {"put": AdminShape}

    def put(self, request: Request, org_id: UUID, admin_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        admin = members.get_admin(self.actor, org, admin_id)
        values = self.body_object()
        admin = admins.update_admin(self.actor, org, admin=admin, values=values, seen=self.seen)
        return self.tagged(member_row(admin, admin.held), members.admin_version(admin))

    def delete(self, request: Request, org_id: UUID, admin_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        admin = members.get_admin(self.actor, org, admin_id)
        admins.revoke_admin(self.actor, org, admin=admin, seen=self.seen)
        return Response({})


class InviteView(ApiView):
    """What answers with one invitation."""

    def answer(self, org: Any, invite: Any) -> Response:
        """The invitation as it is now, with its tag."""
        invite = members.get_invite(self.actor, org, invite.id)
        return self.tagged(invite_row(invite), members.invite_version(invite))


class Invites(InviteView):
    """inviteOrgAdmin. The answer is the same whether the address has an account or not."""

    bodies = {"post": InviteShape}

    def post(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        return self.answer(org, invites.invite_admin(self.actor, org, values=self.body_object()))


class Invite(InviteView):
    """updateOrgAdminInvite, uninviteOrgAdmin."""

    bodies = {"put": InviteChanges}

    def put(self, request: Request, org_id: UUID, invite_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        invite = members.get_invite(self.actor, org, invite_id)
        changes = self.body_object()
        invite = invites.update_invite(self.actor, org, invite=invite, changes=changes, seen=self.seen)
        return self.answer(org, invite)

    def delete(self, request: Request, org_id: UUID, invite_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        invite = members.get_invite(self.actor, org, invite_id)
        invites.cancel_invite(self.actor, org, invite=invite, seen=self.seen)
        return Response({})


class VerifyInvite(ApiView):
    """verifyAdminInvite: by the person who is invited, with a session or a token of their own."""

    def post(self, request: Request, token: str) -> Response:
        invites.accept_invite(self.actor, token=token)
        return Response({})
