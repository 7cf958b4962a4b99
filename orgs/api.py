"""REST: organizations, their setting, and configuration documents of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.response import Response

from mistadmin.core.access import MANAGE_ORG
from mistadmin.core.errors import Invalid
from mistadmin.core.http import ApiView
from mistadmin.core.openapi import PAGE, PAGED_LIST, Schema
from mistadmin.core.paging import Page
from mistadmin.core.resources import Resource
from mistadmin.core.shapes import parse
from mistadmin.core.versions import version_of
from orgs import actions, docs, queries
from orgs.juniper import accounts
from orgs.shapes import JuniperAccountName, JuniperCredentials, OrgSetting, OrgShape, org_row, org_version


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
        return self.tagged(org_row(org), org_version(org))


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


class LinkJuniperAccount(ApiView):
    """linkOrgToJuniperJuniperAccount."""

    bodies = {"post": JuniperCredentials}

    def post(self, request: Request, org_id: UUID) -> Response:
        org = queries.get_org(self.actor, org_id)
        self.actor.require(MANAGE_ORG, org)
        wish = parse(JuniperCredentials, self.body_object())
        account = accounts.link_account(self.actor, org, username=wish.username, password=wish.password)
        return Response({"accounts": [{"name": account.name, "linked_by": account.linked_by}]})


class UnlinkJuniperAccount(ApiView):
    """unlinkOrgFromJuniperCustomerId: by name, and by linked_by where two accounts have one name."""

    bodies = {"delete": JuniperAccountName}

    def delete(self, request: Request, org_id: UUID) -> Response:
        org = queries.get_org(self.actor, org_id)
        self.actor.require(MANAGE_ORG, org)
        wish = parse(JuniperAccountName, self._named())
        account = accounts.find_account(self.actor, org, name=wish.name, linked_by=wish.linked_by)
        accounts.unlink_account(self.actor, org, account=account)
        return Response({})

    def _named(self) -> dict[str, Any]:
        """The account itself, or the only one of a list, as the document has it."""
        body = self.body_object()
        listed = body.get("accounts")
        if listed is None:
            return body
        if not isinstance(listed, list) or len(listed) != 1 or not isinstance(listed[0], dict):
            raise Invalid({"accounts": "must be a list of one account"})
        return listed[0]


class DocView(ApiView):
    """What the operations of one kind of document share."""

    resource: Resource = None  # type: ignore[assignment]  # given to as_view by the URL

    def body_models(self) -> Mapping[str, type[BaseModel] | Schema]:
        return {"post": self.resource.shape, "put": self.resource.shape}

    @property
    def kind(self) -> str:
        """What Mist calls a document of this kind in the names of its operations, such as RfTemplate."""
        return self.resource.shape.__name__.removesuffix("Shape")

    def answer(self, doc: Any) -> Response:
        """The document with its tag."""
        row = docs.doc_row(self.actor, self.resource, doc)
        return self.tagged(row, docs.doc_version(self.resource, doc))


class Docs(DocView):
    """List and create documents of one kind."""

    query = {"get": (*PAGE,)}
    answers = {"get": PAGED_LIST}

    def operation_ids(self) -> Mapping[str, str]:
        return {"get": f"listOrg{self.kind}s", "post": f"createOrg{self.kind}"}

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

    def operation_ids(self) -> Mapping[str, str]:
        verbs = {"get": "get", "put": "update", "delete": "delete"}
        return {method: f"{verb}Org{self.kind}" for method, verb in verbs.items()}

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
