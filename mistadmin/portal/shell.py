"""What surrounds every page, put together from the apps for core.portal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest

from accounts import auth, gate
from accounts.actions import open_org
from accounts.looks import KIND
from accounts.queries import list_memory, list_views
from mistadmin.core.access import VIEW_SITES, Actor
from mistadmin.core.tables import Memory, Table
from mistadmin.portal.nav import menu
from mistadmin.portal.site_choice import remembered
from mistadmin.portal.updates import unread
from orgs.msp_queries import get_msp, msps_of
from orgs.queries import get_org, orgs_of

# Where people go first who have something to do before anything else.
_ERRANDS = {
    gate.PASSWORD: "/account/password",
    gate.RECOVERY: "/account/password",
    gate.TWO_FACTOR: "/account/two_factor",
}
# Organizations of the header and of the first page, where the others are searched for.
SWITCHED = 100
_OPENED = "opened_org"
HELP = [
    {"label": "API Documentation", "url": "/api/docs"},
    {"label": "Feature Updates", "url": "/updates"},
]


class Shell:
    """The portal's surroundings; core.portal finds it through settings.PORTAL_SHELL."""

    def actor_of(self, request: HttpRequest) -> Actor:
        """Who looks at the page."""
        actor = auth.actor_of(request)
        over = auth.ended(request)
        if over and not getattr(request, "_ended_told", False):
            request._ended_told = True  # type: ignore[attr-defined]
            messages.info(request, over)
        return actor

    def detour(self, request: HttpRequest) -> str | None:
        """Where the viewer must go first: to replace a password, or to set up the second factor."""
        page = _ERRANDS.get(gate.errand_of(request))
        return page if page != request.path else None

    def enter_org(self, request: HttpRequest, actor: Actor, org_id: UUID) -> Any:
        """The organization of the page; opening another than before is an audit entry of its own."""
        org = get_org(actor, org_id)
        if not actor.reads_only and request.session.get(_OPENED) != str(org.id):
            open_org(actor, org)
            request.session[_OPENED] = str(org.id)
        return org

    def enter_msp(self, actor: Actor, msp_id: UUID) -> Any:
        """The MSP of the page."""
        return get_msp(actor, msp_id)

    def list_memory(self, actor: Actor, table: Table) -> Memory:
        """The columns and the number of rows that the viewer has chosen for a list."""
        return list_memory(actor, table)

    def list_views(self, actor: Actor, org: Any, table: Table) -> list[dict[str, Any]]:
        """The saved views of a list that the viewer may open."""
        return list_views(actor, org, table)

    def context(self, request: HttpRequest, actor: Actor, tenant: Any) -> dict[str, Any]:
        """Organizations and MSPs for the switcher, the menu, and how the viewer wants times and addresses."""
        org = None if tenant is None or tenant.is_msp else tenant
        # Pages of refusals come here too, perhaps with an organization that was only found half way.
        site = remembered(request, actor, org) if org and actor.is_signed_in else None
        return {
            "chosen_site": site,
            # Choosing a site is a form, and a support look sends none.
            "picks_site": org is not None and actor.kind != KIND and actor.can_somewhere(VIEW_SITES, org.id),
            "unread_updates": unread(request) if actor.is_signed_in else 0,
            "orgs": orgs_of(actor, most=SWITCHED) if actor.is_signed_in else [],
            "most_orgs": SWITCHED,
            "msps": msps_of(actor),
            "previewed": actor.name if actor.kind == "preview" else "",
            "supported": actor.kind == KIND,
            "nav": menu(actor, tenant, request.path, site),
            "viewer": request.user if actor.is_signed_in else None,
            "help_links": HELP,
        }


SHELL = Shell()
