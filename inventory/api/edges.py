"""REST: Mist Edges of an organization and of a site, their pictures, models and events."""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from inventory import edges, images, queries
from inventory.api.asked import filters_of_edge_search, filters_of_edges, flag
from inventory.api.images import DeviceImage
from inventory.edge_shapes import (
    EdgeCode,
    EdgeIds,
    EdgeShape,
    EdgesToSite,
    NewEdge,
    edge_model_row,
    found_edge_row,
)
from inventory.event_types import edge_definitions
from inventory.models_catalog import EDGE_MODELS, MXEDGE
from inventory.queries import DeviceFilter
from inventory.shapes import configuration_of
from inventory.verbs import BulkResult
from mistadmin.core.access import Place
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.http import ApiView
from mistadmin.core.openapi import LIST, PAGE, PAGED_LIST, TIME
from mistadmin.core.paging import Page
from mistadmin.core.shapes import parse
from mistadmin.core.times import time_range
from mistadmin.core.versions import version_of
from orgs.queries import get_org, place_of_org
from sites.queries import get_site, place_of_site

_BY_MAC: Final = DeviceFilter(type=MXEDGE, sort="mac")
# What searches and counts read of the query.
_SEARCHED: Final = (
    *("distro", "model", "mxcluster_id", "mxedge_id", "site_id", "tunterm_version", "sort", "desc_sort"),
    *(*TIME, *PAGE),
)


class OrgEdges(ApiView):
    """listOrgMxEdges, createOrgMxEdge."""

    query = {"get": ("for_site", *PAGE)}
    answers = {"get": PAGED_LIST}
    bodies = {"post": NewEdge}

    def get(self, request: Request, org_id: UUID) -> Response:
        org, query = place_of_org(self.actor, org_id), request.query_params
        found = queries.page_of_edges(self.actor, org, filters=filters_of_edges(query), page=Page.of(query))
        return self.paged(found, found.rows)

    def post(self, request: Request, org_id: UUID) -> Response:
        edge = edges.create_edge(self.actor, get_org(self.actor, org_id), values=self.body_object())
        (row,) = queries.shown_edges(self.actor, edge.org_id, [edge])
        return Response(row)


class SiteEdges(ApiView):
    """listSiteMxEdges."""

    query = {"get": (*PAGE,)}
    answers = {"get": PAGED_LIST}

    def get(self, request: Request, site_id: UUID) -> Response:
        site, page = place_of_site(self.actor, site_id), Page.of(request.query_params)
        found = queries.page_of_edges(self.actor, site, filters=_BY_MAC, page=page)
        return self.paged(found, found.rows)


class EdgeView(ApiView):
    """One Mist Edge, wherever it is looked for."""

    bodies = {"put": EdgeShape}
    has_tag = True

    def read(self, place: Place, edge_id: UUID) -> Response:
        """The Mist Edge as it is."""
        return self._answer(queries.get_edge(self.actor, place, edge_id))

    def write(self, place: Place, edge_id: UUID) -> Response:
        """Change it."""
        edge = queries.get_edge(self.actor, place, edge_id)
        return self._answer(edges.update_edge(self.actor, edge, changes=self.body_object(), seen=self.seen))

    def release(self, place: Place, edge_id: UUID) -> Response:
        """Give it up."""
        edges.delete_edge(self.actor, queries.get_edge(self.actor, place, edge_id), seen=self.seen)
        return Response({})

    def _answer(self, edge: Any) -> Response:
        (row,) = queries.shown_edges(self.actor, edge.org_id, [edge])
        return self.tagged(row, version_of(edge, configuration_of(edge)))


class OrgEdge(EdgeView):
    """getOrgMxEdge, updateOrgMxEdge, deleteOrgMxEdge."""

    def get(self, request: Request, org_id: UUID, mxedge_id: UUID) -> Response:
        return self.read(place_of_org(self.actor, org_id), mxedge_id)

    def put(self, request: Request, org_id: UUID, mxedge_id: UUID) -> Response:
        return self.write(place_of_org(self.actor, org_id), mxedge_id)

    def delete(self, request: Request, org_id: UUID, mxedge_id: UUID) -> Response:
        return self.release(place_of_org(self.actor, org_id), mxedge_id)


class SiteEdge(EdgeView):
    """getSiteMxEdge, updateSiteMxEdge, deleteSiteMxEdge."""

    def get(self, request: Request, site_id: UUID, mxedge_id: UUID) -> Response:
        return self.read(place_of_site(self.actor, site_id), mxedge_id)

    def put(self, request: Request, site_id: UUID, mxedge_id: UUID) -> Response:
        return self.write(place_of_site(self.actor, site_id), mxedge_id)

    def delete(self, request: Request, site_id: UUID, mxedge_id: UUID) -> Response:
        return self.release(place_of_site(self.actor, site_id), mxedge_id)


class ClaimEdge(ApiView):
    """claimOrgMxEdge: the same answer again for a Mist Edge that the organization has already."""

    bodies = {"post": EdgeCode}

    def post(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        code = parse(EdgeCode, self.body_object()).code
        result = edges.claim_edges(self.actor, org, codes=[code])
        for _, reason in result.errors:
            raise Invalid({"code": reason})
        (unit,) = result.added or result.duplicated
        return Response({"id": unit["id"], "magic": unit["magic"]})


class AssignEdges(ApiView):
    """assignOrgMxEdgeToSite."""

    bodies = {"post": EdgesToSite}

    def post(self, request: Request, org_id: UUID) -> Response:
        org = place_of_org(self.actor, org_id)
        wish = parse(EdgesToSite, self.body_object())
        site = get_site(self.actor, wish.site_id)
        if site.org_id != org.org_id:
            raise NotVisible
        found = queries.edges_by_id(self.actor, org, wish.mxedge_ids)
        return _told(wish.mxedge_ids, found, edges.assign_edges(self.actor, site, devices=found))


class UnassignEdges(ApiView):
    """unassignOrgMxEdgeFromSite."""

    bodies = {"post": EdgeIds}

    def post(self, request: Request, org_id: UUID) -> Response:
        org = get_org(self.actor, org_id)
        wish = parse(EdgeIds, self.body_object())
        found = queries.edges_by_id(self.actor, org, wish.mxedge_ids)
        return _told(wish.mxedge_ids, found, edges.unassign_edges(self.actor, org, devices=found))


class EdgeSearch(ApiView):
    """searchOrgMxEdges."""

    query = {"get": ("stats", *_SEARCHED)}

    def get(self, request: Request, org_id: UUID) -> Response:
        org, query = place_of_org(self.actor, org_id), request.query_params
        during = time_range(query)
        spelled = partial(found_edge_row, stats=bool(flag(query, "stats")))
        filters = filters_of_edge_search(query, during)
        found = queries.page_of_edges(self.actor, org, filters=filters, page=Page.of(query), spelled=spelled)
        return self.searched(found, during)


class EdgeCount(ApiView):
    """countOrgMxEdges."""

    query = {"get": ("distinct", *_SEARCHED)}

    def get(self, request: Request, org_id: UUID) -> Response:
        org, query = place_of_org(self.actor, org_id), request.query_params
        during, limit, distinct = time_range(query), Page.of(query).limit, query.get("distinct") or "model"
        filters = filters_of_edge_search(query, during)
        groups = queries.count_edges(self.actor, org, distinct, filters, limit=limit)
        return self.counted(distinct, groups, during, limit)


class EdgeImage(DeviceImage):
    """addOrgMxEdgeImage, deleteOrgMxEdgeImage."""

    add = staticmethod(images.add_edge_image)
    remove = staticmethod(images.remove_edge_image)

    def _device(self, org_id: UUID, mxedge_id: UUID, image_number: int) -> tuple[Any, str]:
        return queries.get_edge(self.actor, place_of_org(self.actor, org_id), mxedge_id), str(image_number)


class EdgeModels(ApiView):
    """listMxEdgeModels."""

    answers = {"get": LIST}

    def get(self, request: Request) -> Response:
        return Response([edge_model_row(model) for model in EDGE_MODELS.values()])


class EdgeEventDefinitions(ApiView):
    """listMxEdgeEventsDefinitions."""

    answers = {"get": LIST}

    def get(self, request: Request) -> Response:
        return Response(edge_definitions())


def _told(asked: list[UUID], found: list[Any], result: BulkResult) -> Response:
    ids = {edge.mac: str(edge.id) for edge in found}
    missing = [str(one) for one in dict.fromkeys(asked) if str(one) not in ids.values()]
    return Response(
        {
            "success": [ids[mac] for mac in result.success],
            "error": [ids[mac] for mac, _ in result.errors] + missing,
            "reason": [reason for _, reason in result.errors] + ["not found"] * len(missing),
        }
    )
