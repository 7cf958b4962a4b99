"""REST: identity providers, their metadata and failures, and roles."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.sso import actions, queries
from accounts.sso.saml import sp_metadata
from accounts.sso.shapes import (
    SsoRoleShape,
    SsoShape,
    metadata_row,
    role_document,
    role_row,
    sso_document,
    sso_row,
)
from mistadmin.core.http import ApiView
from mistadmin.core.openapi import PAGE, PAGED_LIST, TIME
from mistadmin.core.paging import Page
from mistadmin.core.times import time_range
from mistadmin.core.versions import version_of
from orgs.queries import get_org


class _SsoView(ApiView):
    """What answers with one provider."""

    def answer(self, sso: Any) -> Response:
        """The provider with its tag."""
        return self.tagged(sso_row(sso), version_of(sso, sso_document(sso)))


class Ssos(_SsoView):
    """listOrgSsos, createOrgSso."""

    query = {"get": (*PAGE,)}
    answers = {"get": PAGED_LIST}
    bodies = {"post": SsoShape}

    def get(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        found = queries.list_ssos(self.actor, org, page=Page.of(request.query_params))
        return self.paged(found, found.rows)

    def post(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        return self.answer(actions.create_sso(self.actor, org, values=self.body_object()))


class Sso(_SsoView):
    """getOrgSso, updateOrgSso, deleteOrgSso."""

    bodies = {"put": SsoShape}
    has_tag = True

    def get(self, request: Request, org_id: UUID, sso_id: UUID) -> Response:
        return self.answer(self._sso(org_id, sso_id))

    def put(self, request: Request, org_id: UUID, sso_id: UUID) -> Response:
        sso = self._sso(org_id, sso_id)
        return self.answer(actions.update_sso(self.actor, sso, changes=self.body_object(), seen=self.seen))

    def delete(self, request: Request, org_id: UUID, sso_id: UUID) -> Response:
        actions.delete_sso(self.actor, self._sso(org_id, sso_id), seen=self.seen)
        return Response({})

    def _sso(self, org_id: UUID, sso_id: UUID) -> Any:
        return queries.get_sso(self.actor, get_org(self.actor, org_id), sso_id)


class SsoMetadata(ApiView):
    """getOrgSamlMetadata."""

    def get(self, request: Request, org_id: UUID, sso_id: UUID) -> Response:
        sso = queries.get_sso(self.actor, get_org(self.actor, org_id), sso_id)
        return Response(metadata_row(sso))


class SsoMetadataFile(ApiView):
    """downloadOrgSamlMetadata: the same as a file."""

    answers = {"get": {"application/samlmetadata+xml": {"type": "string"}}}

    def get(self, request: Request, org_id: UUID, sso_id: UUID) -> HttpResponse:
        sso = queries.get_sso(self.actor, get_org(self.actor, org_id), sso_id)
        name = f'attachment; filename="mistadmin-{sso.domain}.xml"'
        headers = {"Content-Disposition": name}
        return HttpResponse(sp_metadata(sso), content_type="application/samlmetadata+xml", headers=headers)


class SsoFailures(ApiView):
    """listOrgSsoLatestFailures."""

    query = {"get": (*TIME, *PAGE)}

    def get(self, request: Request, org_id: UUID, sso_id: UUID) -> Response:
        sso = queries.get_sso(self.actor, get_org(self.actor, org_id), sso_id)
        during, page = time_range(request.query_params), Page.of(request.query_params)
        return Response({"results": queries.list_failures(self.actor, sso, during=during, page=page)})


class _RoleView(ApiView):
    """What answers with one role."""

    def answer(self, role: Any) -> Response:
        """The role with its tag."""
        return self.tagged(role_row(role), version_of(role, role_document(role)))


class SsoRoles(_RoleView):
    """listOrgSsoRoles, createOrgSsoRole."""

    query = {"get": (*PAGE,)}
    answers = {"get": PAGED_LIST}
    bodies = {"post": SsoRoleShape}

    def get(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        found = queries.list_roles(self.actor, org, page=Page.of(request.query_params))
        return self.paged(found, found.rows)

    def post(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        return self.answer(actions.create_role(self.actor, org, values=self.body_object()))


class SsoRole(_RoleView):
    """getOrgSsoRole, updateOrgSsoRole, deleteOrgSsoRole."""

    bodies = {"put": SsoRoleShape}
    has_tag = True

    def get(self, request: Request, org_id: UUID, ssorole_id: UUID) -> Response:
        return self.answer(self._role(org_id, ssorole_id))

    def put(self, request: Request, org_id: UUID, ssorole_id: UUID) -> Response:
        role = self._role(org_id, ssorole_id)
        return self.answer(actions.update_role(self.actor, role, changes=self.body_object(), seen=self.seen))

    def delete(self, request: Request, org_id: UUID, ssorole_id: UUID) -> Response:
        actions.delete_role(self.actor, self._role(org_id, ssorole_id), seen=self.seen)
        return Response({})

    def _role(self, org_id: UUID, role_id: UUID) -> Any:
        return queries.get_role(self.actor, get_org(self.actor, org_id), role_id)
