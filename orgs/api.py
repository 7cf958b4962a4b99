"""REST: organizations, their setting, and configuration documents of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.response import Response

from mistadmin.core.http import ApiView
from mistadmin.core.paging import Page
from mistadmin.core.resources import Resource
from mistadmin.core.versions import version_of
from orgs import actions, docs, queries
from orgs.shapes import OrgSetting, OrgShape, org_row


class OrgView(ApiView):
    """getOrg, updateOrg."""

    bodies = {"put": OrgShape}
    has_tag = True

    def get(self, request: Request, org_id: UUID) -> Response:
        return self._answer(queries.get_org(self.actor, org_id))

    def put(self, request: Request, org_id: UUID) -> Response:
        org = queries.get_org(self.actor, org_id)
        return self._answer(actions.update_org(self.actor, org, changes=self.body_object(), seen=self.seen))

    def _answer(self, org: Any) -> Response:
        row = org_row(org)
        return self.tagged(row, version_of(org, row))


class OrgSettingView(ApiView):
    """getOrgSettings, updateOrgSettings."""

    bodies = {"put": OrgSetting}
    has_tag = True

    def get(self, request: Request, org_id: UUID) -> Response:
        return self._answer(queries.get_org(self.actor, org_id))

    def put(self, request: Request, org_id: UUID) -> Response:
        org = queries.get_org(self.actor, org_id)
        return self._answer(
            actions.update_setting(self.actor, org, changes=self.body_object(), seen=self.seen)
        )

    def _answer(self, org: Any) -> Response:
        return self.tagged(queries.get_setting(self.actor, org), version_of(org, org.setting))


class DocView(ApiView):
    """What the operations of one kind of document share."""

    resource: Resource = None  # type: ignore[assignment]  # given to as_view by the URL

    def body_models(self) -> Mapping[str, type[BaseModel]]:
        return dict.fromkeys(("post", "put"), self.resource.shape)

    def answer(self, doc: Any) -> Response:
        """The document with its tag."""
        row = docs.doc_row(self.actor, self.resource, doc)
        return self.tagged(row, docs.doc_version(self.resource, doc))


class Docs(DocView):
    """List and create documents of one kind."""

    def get(self, request: Request, org_id: UUID) -> Response:
        org = queries.get_org(self.actor, org_id)
        query = request.query_params
        found = docs.list_docs(self.actor, org, self.resource, page=Page.of(query), filters=query)
        return self.paged(found, found.rows)

    def post(self, request: Request, org_id: UUID) -> Response:
        org = queries.get_org(self.actor, org_id)
        return self.answer(
            docs.create_doc(self.actor, org, resource=self.resource, values=self.body_object())
        )


class Doc(DocView):
    """Read, change and delete one document."""

    has_tag = True

    def get(self, request: Request, org_id: UUID, doc_id: UUID) -> Response:
        org = queries.get_org(self.actor, org_id)
        return self.answer(docs.get_doc(self.actor, org, self.resource, doc_id))

    def put(self, request: Request, org_id: UUID, doc_id: UUID) -> Response:
        org = queries.get_org(self.actor, org_id)
        doc = docs.get_doc(self.actor, org, self.resource, doc_id)
        changes = self.body_object()
        return self.answer(
            docs.update_doc(self.actor, doc, resource=self.resource, changes=changes, seen=self.seen)
        )

    def delete(self, request: Request, org_id: UUID, doc_id: UUID) -> Response:
        org = queries.get_org(self.actor, org_id)
        doc = docs.get_doc(self.actor, org, self.resource, doc_id)
        docs.delete_doc(self.actor, doc, resource=self.resource, seen=self.seen)
        return Response({})
