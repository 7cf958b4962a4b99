"""REST: Managed Service Providers, their organizations and organization groups."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts import msps as actions
from accounts.orggroups import create_orggroup, delete_orggroup, update_orggroup
from inventory import actions as inventory
from inventory.queries import msps as queries
from mistadmin.core.http import ApiView
from mistadmin.core.openapi import PAGE, PAGED_LIST, TIME
from mistadmin.core.paging import Page
from mistadmin.core.shapes import parse
from mistadmin.core.times import time_range
from mistadmin.core.versions import version_of
from orgs import actions as orgs
from orgs import msp_queries as reads
from orgs.msps import delete_msp, update_msp
from orgs.shapes import (
    MspShape,
    OrgChange,
    OrgGroupShape,
    OrgShape,
    msp_document,
    msp_row,
    org_row,
    org_version,
)


class MspView(ApiView):
    """What answers with an MSP."""

    def answer(self, msp: Any) -> Response:
        """The MSP with its tag."""
        return self.tagged(msp_row(msp), version_of(msp, msp_document(msp)))


class Msps(MspView):
    """createMsp: the caller administers it and sees it at once in GET /self."""

    bodies = {"post": MspShape}

    def post(self, request: Request) -> Response:
        return self.answer(actions.create_msp(self.actor, values=self.body_object()))


class Msp(MspView):
    """getMspDetails, updateMsp, deleteMsp."""

    bodies = {"put": MspShape}
    has_tag = True

    def get(self, request: Request, msp_id: UUID) -> Response:
        return self.answer(reads.get_msp(self.actor, msp_id))

    def put(self, request: Request, msp_id: UUID) -> Response:
        msp = reads.get_msp(self.actor, msp_id)
        return self.answer(update_msp(self.actor, msp, changes=self.body_object(), seen=self.seen))

    def delete(self, request: Request, msp_id: UUID) -> Response:
        delete_msp(self.actor, reads.get_msp(self.actor, msp_id), seen=self.seen)
        return Response({})


class OrgAnswer(ApiView):
    """What answers with one organization of an MSP."""

    def answer(self, org: Any) -> Response:
        """The organization with its tag."""
        return self.tagged(org_row(org), org_version(org))


class MspOrgs(OrgAnswer):
    """listMspOrgs, createMspOrg, manageMspOrgs."""

    query = {"get": (*PAGE,)}
    answers = {"get": PAGED_LIST}
    bodies = {"post": OrgShape, "put": OrgChange}

    def get(self, request: Request, msp_id: UUID) -> Response:
        msp = reads.get_msp(self.actor, msp_id)
        found = queries.page_of_orgs(self.actor, msp, page=Page.of(request.query_params))
        return self.paged(found, found.rows)

    def post(self, request: Request, msp_id: UUID) -> Response:
        msp = reads.get_msp(self.actor, msp_id)
        return self.answer(actions.create_msp_org(self.actor, msp, values=self.body_object()))

    def put(self, request: Request, msp_id: UUID) -> Response:
        msp = reads.get_msp(self.actor, msp_id)
        wish = parse(OrgChange, self.body_object())
        change = actions.assign_orgs if wish.op == "assign" else actions.unassign_orgs
        change(self.actor, msp, org_ids=wish.org_ids)
        return Response({})


class MspOrg(OrgAnswer):
    """getMspOrg, updateMspOrg, deleteMspOrg: as the organization itself."""

    bodies = {"put": OrgShape}
    has_tag = True

    def get(self, request: Request, msp_id: UUID, org_id: UUID) -> Response:
        return self.answer(self._org(msp_id, org_id))

    def put(self, request: Request, msp_id: UUID, org_id: UUID) -> Response:
        org, changes = self._org(msp_id, org_id), self.body_object()
        return self.answer(orgs.update_org(self.actor, org, changes=changes, seen=self.seen))

    def delete(self, request: Request, msp_id: UUID, org_id: UUID) -> Response:
        inventory.delete_org(self.actor, self._org(msp_id, org_id), seen=self.seen)
        return Response({})

    def _org(self, msp_id: UUID, org_id: UUID) -> Any:
        return reads.get_msp_org(self.actor, reads.get_msp(self.actor, msp_id), org_id)


class MspOrgSearch(ApiView):
    """searchMspOrgs: by a part of the name, or by id."""

    query = {
        "get": ("name", "org_id", "sort", "sub_insufficient", "trial_enabled", "usage_types", *TIME, *PAGE)
    }

    def get(self, request: Request, msp_id: UUID) -> Response:
        msp, query = reads.get_msp(self.actor, msp_id), request.query_params
        during = time_range(query)
        found = queries.search_orgs(self.actor, msp, query=query, page=Page.of(query))
        return self.searched(found, during)


class MspOrgStats(ApiView):
    """listMspOrgStats."""

    query = {"get": (*PAGE,)}
    answers = {"get": PAGED_LIST}

    def get(self, request: Request, msp_id: UUID) -> Response:
        msp = reads.get_msp(self.actor, msp_id)
        found = queries.page_of_org_stats(self.actor, msp, page=Page.of(request.query_params))
        return self.paged(found, found.rows)


class MspDevice(ApiView):
    """getMspInventoryByMac."""

    def get(self, request: Request, msp_id: UUID, device_mac: str) -> Response:
        return Response(queries.find_device(self.actor, reads.get_msp(self.actor, msp_id), device_mac))


class OrgGroupView(ApiView):
    """What answers with one organization group."""

    def answer(self, group: Any) -> Response:
        """The group with its tag."""
        row = reads.orggroup_as_row(group)
        return self.tagged(row, reads.orggroup_version(group, row))


class OrgGroups(OrgGroupView):
    """listMspOrgGroups, createMspOrgGroup."""

    query = {"get": (*PAGE,)}
    answers = {"get": PAGED_LIST}
    bodies = {"post": OrgGroupShape}

    def get(self, request: Request, msp_id: UUID) -> Response:
        msp = reads.get_msp(self.actor, msp_id)
        found = reads.list_orggroups(self.actor, msp, page=Page.of(request.query_params))
        return self.paged(found, found.rows)

    def post(self, request: Request, msp_id: UUID) -> Response:
        msp = reads.get_msp(self.actor, msp_id)
        return self.answer(create_orggroup(self.actor, msp, values=self.body_object()))


class OrgGroup(OrgGroupView):
    """getMspOrgGroup, updateMspOrgGroup, deleteMspOrgGroup."""

    bodies = {"put": OrgGroupShape}
    has_tag = True

    def get(self, request: Request, msp_id: UUID, orggroup_id: UUID) -> Response:
        return self.answer(self._group(msp_id, orggroup_id))

    def put(self, request: Request, msp_id: UUID, orggroup_id: UUID) -> Response:
        group, changes = self._group(msp_id, orggroup_id), self.body_object()
        return self.answer(update_orggroup(self.actor, group, changes=changes, seen=self.seen))

    def delete(self, request: Request, msp_id: UUID, orggroup_id: UUID) -> Response:
        delete_orggroup(self.actor, self._group(msp_id, orggroup_id), seen=self.seen)
        return Response({})

    def _group(self, msp_id: UUID, orggroup_id: UUID) -> Any:
        return reads.get_orggroup(self.actor, reads.get_msp(self.actor, msp_id), orggroup_id)
