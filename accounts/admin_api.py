"""REST: the administrators of an organization or an MSP, and their invitations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts import members
from accounts.actions import admins, invites
from accounts.admin_shapes import AdminShape, InviteChanges, InviteShape, invite_row, member_row
from mistadmin.core.http import ApiView
from mistadmin.core.openapi import PAGE, PAGED_LIST
from mistadmin.core.paging import Page
from orgs.msp_queries import get_msp
from orgs.queries import get_org


class OfTenant(ApiView):
    """What is the same below an organization and below an MSP."""

    def tenant(self) -> Any:
        """The organization or the MSP of the path; raises NotVisible."""
        if "msp_id" in self.kwargs:
            return get_msp(self.actor, self.kwargs["msp_id"])
        return get_org(self.actor, self.kwargs["org_id"])


class Admins(OfTenant):
    """listOrgAdmins: administrators, then pending invitations."""

    query = {"get": (*PAGE,)}
    answers = {"get": PAGED_LIST}

    def get(self, request: Request, **ids: UUID) -> Response:
        page = Page.of(request.query_params)
        found = members.list_admins(self.actor, self.tenant(), page=page)
        return self.paged(found, found.rows)


class MspAdmins(Admins):
    """listMspAdmins: administrators, then pending invitations."""


class Admin(OfTenant):
    """updateOrgAdmin, revokeOrgAdmin."""

    bodies = {"put": AdminShape}

    def put(self, request: Request, admin_id: UUID, **ids: UUID) -> Response:
        tenant = self.tenant()
        admin = members.get_admin(self.actor, tenant, admin_id)
        values = self.body_object()
        return self.answer(
            admins.update_admin(self.actor, tenant, admin=admin, values=values, seen=self.seen)
        )

    def delete(self, request: Request, admin_id: UUID, **ids: UUID) -> Response:
        tenant = self.tenant()
        admin = members.get_admin(self.actor, tenant, admin_id)
        admins.revoke_admin(self.actor, tenant, admin=admin, seen=self.seen)
        return Response({})

    def answer(self, admin: Any) -> Response:
        """The administrator with the roles here, and the tag."""
        return self.tagged(member_row(admin, admin.held), members.admin_version(admin))


class MspAdmin(Admin):
    """getMspAdmin, updateMspAdmin, revokeMspAdmin."""

    has_tag = True

    def get(self, request: Request, admin_id: UUID, **ids: UUID) -> Response:
        return self.answer(members.get_admin(self.actor, self.tenant(), admin_id))


class InviteView(OfTenant):
    """What answers with one invitation."""

    def answer(self, tenant: Any, invite: Any) -> Response:
        """The invitation as it is now, with its tag."""
        invite = members.get_invite(self.actor, tenant, invite.id)
        return self.tagged(invite_row(invite), members.invite_version(invite))


class Invites(InviteView):
    """inviteOrgAdmin. The answer is the same whether the address has an account or not."""

    bodies = {"post": InviteShape}

    def post(self, request: Request, **ids: UUID) -> Response:
        tenant = self.tenant()
        return self.answer(tenant, invites.invite_admin(self.actor, tenant, values=self.body_object()))


class MspInvites(Invites):
    """inviteMspAdmin. The answer is the same whether the address has an account or not."""


class Invite(InviteView):
    """updateOrgAdminInvite, uninviteOrgAdmin."""

    bodies = {"put": InviteChanges}

    def put(self, request: Request, invite_id: UUID, **ids: UUID) -> Response:
        tenant = self.tenant()
        invite = members.get_invite(self.actor, tenant, invite_id)
        changes = self.body_object()
        invite = invites.update_invite(self.actor, tenant, invite=invite, changes=changes, seen=self.seen)
        return self.answer(tenant, invite)

    def delete(self, request: Request, invite_id: UUID, **ids: UUID) -> Response:
        tenant = self.tenant()
        invite = members.get_invite(self.actor, tenant, invite_id)
        invites.cancel_invite(self.actor, tenant, invite=invite, seen=self.seen)
        return Response({})


class MspInvite(Invite):
    """updateMspAdminInvite, uninviteMspAdmin."""


class VerifyInvite(ApiView):
    """verifyAdminInvite: by the person who is invited, with a session or a token of their own."""

    def post(self, request: Request, token: str) -> Response:
        invites.accept_invite(self.actor, token=token)
        return Response({})
