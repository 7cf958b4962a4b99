"""Support Access: the organizations that staff of the instance may look into, and the look (guide)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import auth
from accounts.looks import list_open_orgs
from mistadmin.core.access import STAFF
from mistadmin.core.errors import NotVisible
from mistadmin.core.paging import Page
from mistadmin.core.portal import PortalView, posted_id


class Support(PortalView):
    """The organizations that allow Support Access; the others are not there."""

    def get(self, request: HttpRequest) -> HttpResponse:
        typed = request.GET.get("q", "").strip()[:255]
        found = list_open_orgs(self.actor, typed, Page.of(request.GET, limit=50))
        return self.render("support/list.html", q=typed, slice=found, own=self.actor.org_ids)


class Look(PortalView):
    """From here on this session looks into an organization, and changes nothing."""

    def post(self, request: HttpRequest) -> HttpResponse:
        self.actor.require(STAFF)
        org_id = posted_id(request.POST, "org_id")
        if org_id is None:
            raise NotVisible
        # Whoever belongs to it goes there as what they are.
        if org_id not in self.actor.org_ids:
            auth.begin_look(request, org_id)
        return redirect(f"/orgs/{org_id}/inventory")


class End(PortalView):
    """The session sees what its owner sees again."""

    in_previews = True

    def post(self, request: HttpRequest) -> HttpResponse:
        auth.end_look(request)
        return redirect("/support" if auth.own_actor_of(request).is_staff else "/")
