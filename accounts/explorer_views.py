"""Portal: the access explorer, and the preview of the portal as somebody else."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import auth
from accounts.explorer import (
    end_preview,
    explain,
    find_holder,
    grants_of,
    list_holders,
    start_preview,
)
from mistadmin.core.errors import NotVisible
from mistadmin.core.portal import PortalView, posted_id
from sites.queries import get_site, list_sites


class Explorer(PortalView):
    """What somebody may do at a place, and by which role."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        holders, chosen = list_holders(self.actor, self.org), request.GET.get("who", "")
        holder = find_holder(self.actor, self.org, chosen) if chosen else None
        site = self._site()
        held = grants_of(self.actor, self.org, holder) if holder else []
        answers = explain(self.org, held, site)
        groups = [(name, list(rows)) for name, rows in groupby(answers, key=lambda row: row.sentence.group)]
        shown: dict[str, Any] = {"holder": holder, "held": held, "site": site, "groups": groups}
        return self.render(
            "accounts/explorer.html", holders=holders, sites=list_sites(self.actor, self.org), **shown
        )

    def _site(self) -> Any:
        site_id = posted_id(self.request.GET, "site")
        if site_id is None:
            return None
        site = get_site(self.actor, site_id)
        if site.org_id != self.org.id:
            raise NotVisible
        return site


class StartPreview(PortalView):
    """From here on this session sees the organization as somebody else does, and changes nothing."""

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(start_preview, self.org)
        admin_id = posted_id(request.POST, "admin_id")
        if admin_id is None:
            raise NotVisible
        holder = start_preview(self.actor, self.org, admin_id=admin_id)
        auth.begin_preview(request, self.org.id, holder.id)
        return redirect(f"/orgs/{org_id}")


class EndPreview(PortalView):
    """The session sees what its owner sees again."""

    in_previews = True

    def post(self, request: HttpRequest) -> HttpResponse:
        ended = close_preview(request)
        return redirect(f"/orgs/{ended[0]}/access?who=person:{ended[1]}" if ended else "/")


def close_preview(request: HttpRequest) -> tuple[UUID, UUID] | None:
    """End the preview of a session, if there is one, and tell the log."""
    ended = auth.forget_preview(request)
    if ended:
        end_preview(auth.own_actor_of(request), org_id=ended[0], admin_id=ended[1])
    return ended
