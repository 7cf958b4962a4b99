"""The site selector of the header: the pages that know sites show the chosen one until another is chosen."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from inventory.forms import chosen_site
from mistadmin.core.access import VIEW_INVENTORY
from mistadmin.core.errors import Refusal
from mistadmin.core.paging import Page
from mistadmin.core.portal import PortalView
from sites.queries import find_sites

CHOSEN: Final = "chosen_site"
_SHOWN: Final = Page(limit=12)


class SiteChoice(PortalView):
    """The sites whose names hold what is typed, and choosing one."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        typed = request.GET.get("q", "")[:255]
        found = find_sites(self.actor, self.org, typed.split(), _SHOWN)
        return self.render("shell/sites.html", q=typed, found=found)

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        site = chosen_site(self.actor, self.org, request.POST)
        remember(request, self.org.id, site)
        where = f"/orgs/{org_id}"
        if not self.actor.can_somewhere(VIEW_INVENTORY, org_id):
            return redirect(f"{where}/sites/{site.id}" if site else f"{where}/sites")
        return redirect(f"{where}/inventory?site={site.id}" if site else f"{where}/inventory")


def remember(request: HttpRequest, org_id: UUID, site: Any) -> None:
    """Keep the chosen site of an organization for this session; None for all of them."""
    kept = {key: value for key, value in request.session.get(CHOSEN, {}).items() if key != str(org_id)}
    request.session[CHOSEN] = {**kept, str(org_id): str(site.id)} if site else kept


def remembered(request: HttpRequest, actor: Any, org: Any) -> Any:
    """The site that was chosen for this organization and is still there; None for all of them."""
    site_id = request.session.get(CHOSEN, {}).get(str(org.id))
    try:
        return chosen_site(actor, org, {"site_id": site_id}) if site_id else None
    except Refusal:
        return None
