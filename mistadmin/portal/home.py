"""The way in: which organization, and its first page for this role."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from mistadmin.core.errors import NotAllowed
from mistadmin.core.portal import PortalView
from mistadmin.portal.nav import first_page
from mistadmin.portal.shell import SWITCHED
from orgs.queries import orgs_of


class Home(PortalView):
    """The only organization, or the choice among several and MSPs; without one, the way to create one.

    Whoever has more of them than are shown finds the others by name (`q`).
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "").strip()[:200]
        if text:
            found = orgs_of(self.actor, most=SWITCHED, text=text)
            return self.render("accounts/chooser.html", q=text, orgs=found)
        orgs = orgs_of(self.actor, most=2)
        if len(orgs) == 1 and not self.actor.msp_ids:
            return redirect(f"/orgs/{orgs[0]['id']}")
        return self.render("accounts/chooser.html")


class OrgHome(PortalView):
    """The first page of an organization that the viewer's role opens; the inventory wherever it may."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        path = first_page(self.actor, self.org)
        if path is None:
            raise NotAllowed("Your role opens no page of this organization yet.")
        return redirect(path)
