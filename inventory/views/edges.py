"""Portal: Mist Edges — their list, claiming and creating them, the bulk verbs, and the page of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from audit.queries import entries_of
from inventory import edges, images, jobs, queries
from inventory.forms import device_filter, edge_filters, verbs
from inventory.models_catalog import EDGE_MODELS, MXEDGE
from inventory.queries.installed_base import count_installed
from inventory.shapes import DISCONNECTED_AFTER_SECONDS
from inventory.tables import EDGES, device_tabs, shown_row
from inventory.views.actions import Assign, BulkPage, Release, Rename, Unassign
from inventory.views.claim import Claim
from inventory.views.images import DeviceImages
from inventory.views.list import DevicePage, Rows, Suggest
from mistadmin.core.access import MANAGE_MXEDGES, VIEW_AUDIT
from mistadmin.core.errors import Invalid
from mistadmin.core.portal import PortalView, form_problem


class EdgePage(DevicePage):
    """What the list of Mist Edges and its refresh are given."""

    table = EDGES
    kind = MXEDGE

    def filters(self, query: Mapping[str, str]) -> dict[str, str]:
        return edge_filters(query)


class Edges(EdgePage):
    """The Mist Edges of an organization."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        return self.opening() or self.render("inventory/edges.html", **self._page())

    def _page(self) -> dict[str, Any]:
        found = self.found()
        counts = {**found["counts"], "installed": count_installed(self.actor, self.org)}
        return self.listed(
            tabs=device_tabs(self.actor, self.org, counts, MXEDGE),
            clear_url=f"{self.base}?view=",
            claim_url=f"{self.base}/claim",
            csv=f"{self.base}.csv",
            complete="All Mist Edges",
            **found,
        )


class EdgeRows(EdgePage, Rows):
    """The rows of the list again, for the refresh."""


class EdgeSuggest(Suggest):
    """Mist Edges that match what is typed so far."""

    kind = MXEDGE
    path = EDGES.path


class EdgeCsv(EdgePage):
    """The Mist Edges as CSV, streamed: all of them, or those and the columns of the page that asks."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponseBase:
        layout = self.layout
        filters = replace(device_filter(edge_filters(request.GET)), sort=layout.sort)
        columns = layout.columns if request.GET.get("columns") else EDGES.allowed(self.actor, org_id)
        found = queries.stream_csv(self.actor, self.org, filters, columns, table=EDGES)
        return self.download(found, "mist-edges")


class ClaimEdges(Claim):
    """Claim Mist Edges by their codes."""

    path = EDGES.path
    what = EDGES.label
    claims = staticmethod(edges.claim_edges)
    find = staticmethod(queries.edges_by_id)
    names = staticmethod(edges.name_edges)


class CreateEdge(PortalView):
    """Register a Mist Edge without a claim code, such as a virtual machine."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(edges.create_edge, self.org)
        return self._page({})

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        values = {name: request.POST.get(name, "") for name in ("name", "model")}
        try:
            edge = edges.create_edge(self.actor, self.org, values=values)
        except Invalid as error:
            return self._page(values, status=422, **form_problem(error))
        return self.done(f"{edge.name} created.", to=f"/orgs/{org_id}/{EDGES.path}/{edge.id}")

    def _page(self, values: dict[str, str], **more: Any) -> HttpResponse:
        models = [(name, f"{name}: {model.description}") for name, model in EDGE_MODELS.items()]
        base = f"/orgs/{self.org.id}/{EDGES.path}"
        return self.render("inventory/edge_create.html", values=values, models=models, base=base, **more)


class EdgeVerb(BulkPage):
    """A bulk verb on Mist Edges."""

    need = MANAGE_MXEDGES
    path = EDGES.path
    device_kind = MXEDGE


class AssignEdges(EdgeVerb, Assign):
    """Assign to Site."""

    kind = jobs.EDGE_SITE


class UnassignEdges(EdgeVerb, Unassign):
    """Unassign from the sites."""

    kind = jobs.EDGE_SITE


class RenameEdges(EdgeVerb, Rename):
    """Rename by a pattern."""

    kind = jobs.EDGE_NAME


class ReleaseEdges(EdgeVerb, Release):
    """Release from the organization."""

    kind = jobs.EDGE_CLAIMED


class Edge(PortalView):
    """One Mist Edge: what it is, where it is, what it reported and what was done to it."""

    def get(self, request: HttpRequest, org_id: UUID, edge_id: UUID) -> HttpResponse:
        edge = queries.get_edge(self.actor, self.org, edge_id)
        manages = self.actor.can(MANAGE_MXEDGES, edge)
        return self.render(
            "inventory/edge.html",
            edge=_readable(edge, manages=manages),
            facts=_facts(edge),
            verbs=verbs(self.actor, self.org, MXEDGE) if manages else [],
            **images.shown_images(edge),
            images_url=f"/orgs/{self.org.id}/{EDGES.path}/{edge.id}/images",
            manages=manages,
            events=queries.told_events(self.actor, edge),
            entries=entries_of(self.actor, edge) if self.actor.can(VIEW_AUDIT, edge) else None,
            silence=DISCONNECTED_AFTER_SECONDS,
            base=f"/orgs/{self.org.id}/{EDGES.path}",
        )


class EdgeImages(DeviceImages):
    """The photos of a Mist Edge, added and deleted from its page."""

    path = EDGES.path
    find = staticmethod(queries.get_edge)
    add = staticmethod(images.add_edge_image)
    remove = staticmethod(images.remove_edge_image)


def _readable(edge: Any, *, manages: bool) -> dict[str, Any]:
    names = ("id", "mac", "model", "name", "site_id", "connected", "last_seen", "uptime", "created_time")
    row = {name: getattr(edge, name) for name in names}
    code = {"claim_code": edge.claim_code} if manages else {}
    zone = edge.site.timezone if edge.site else ""
    return {**shown_row({**row, **code, "site__name": edge.site_name}), "site_timezone": zone}


def _facts(edge: Any) -> list[tuple[str, str]]:
    """What it is and what it last reported."""
    return [
        ("Tunnel termination", edge.version),
        ("Mist agent", edge.agent_version),
        ("Distribution", edge.distro),
        ("Serial", edge.serial),
        ("IP address", edge.ip),
        ("External IP address", edge.ext_ip),
        ("Host name", edge.hostname),
    ]
