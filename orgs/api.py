"""REST: organizations, their setting, and configuration documents of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.response import Response

from mistadmin.core.http import ApiView
from mistadmin.core.paging import Page
from mistadmin.core.resources import Resource
from orgs import actions, docs, queries
from orgs.shapes import OrgSetting, OrgShape, org_row


class OrgView(ApiView):
    """getOrg, updateOrg."""

    bodies = {"put": OrgShape}

    def get(self, request: Request, org_id: UUID) -> Response:
        return Response(org_row(queries.get_org(self.actor, org_id)))

    def put(self, request: Request, org_id: UUID) -> Response:
        org = queries.get_org(self.actor, org_id)
        return Response(org_row(actions.update_org(self.actor, org, changes=self.body_object())))


class OrgSettingView(ApiView):
    """getOrgSettings, updateOrgSettings."""

    bodies = {"put": OrgSetting}

    def get(self, request: Request, org_id: UUID) -> Response:
        return Response(queries.get_setting(self.actor, queries.get_org(self.actor, org_id)))

    def put(self, request: Request, org_id: UUID) -> Response:
        org = queries.get_org(self.actor, org_id)
        org = actions.update_setting(self.actor, org, changes=self.body_object())
        return Response(queries.get_setting(self.actor, org))


class Docs(ApiView):
    """List and create documents of one kind."""

    resource: Resource = None  # type: ignore[assignment]  # given to as_view by the URL

    def body_models(self) -> Mapping[str, type[BaseModel]]:
        return dict.fromkeys(("post", "put"), self.resource.shape)

    def get(self, request: Request, org_id: UUID) -> Response:
        org = queries.get_org(self.actor, org_id)
        query = request.query_params
        found = docs.list_docs(self.actor, org, self.resource, page=Page.of(query), filters=query)
        return self.paged(found, found.rows)

    def post(self, request: Request, org_id: UUID) -> Response:
        org = queries.get_org(self.actor, org_id)
        doc = docs.create_doc(self.actor, org, resource=self.resource, values=self.body_object())
        return Response(docs.doc_row(self.actor, self.resource, doc))


class Doc(ApiView):
    """Read, change and delete one document."""

    resource: Resource = None  # type: ignore[assignment]  # given to as_view by the URL

    def body_models(self) -> Mapping[str, type[BaseModel]]:
        return dict.fromkeys(("post", "put"), self.resource.shape)

    def get(self, request: Request, org_id: UUID, doc_id: UUID) -> Response:
        org = queries.get_org(self.actor, org_id)
        return Response(
            docs.doc_row(self.actor, self.resource, docs.get_doc(self.actor, org, self.resource, doc_id))
        )

    def put(self, request: Request, org_id: UUID, doc_id: UUID) -> Response:
        org = queries.get_org(self.actor, org_id)
        doc = docs.get_doc(self.actor, org, self.resource, doc_id)
        doc = docs.update_doc(self.actor, doc, resource=self.resource, changes=self.body_object())
        return Response(docs.doc_row(self.actor, self.resource, doc))

    def delete(self, request: Request, org_id: UUID, doc_id: UUID) -> Response:
        org = queries.get_org(self.actor, org_id)
        doc = docs.get_doc(self.actor, org, self.resource, doc_id)
        docs.delete_doc(self.actor, doc, resource=self.resource)
        return Response({})
