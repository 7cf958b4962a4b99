"""Portal: the installer's pages for phones, and what keeps them working without a connection."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.queries import installing as queries
from mistadmin.core.access import CLAIM, INSTALL, MANAGE_DEVICES, Place
from mistadmin.core.http import ApiView
from mistadmin.core.paging import Page
from mistadmin.core.portal import PortalView
from orgs.queries import place_of_org
from sites.map_queries import floors_of

# What the page needs without a connection; the worker keeps it.
STYLES: Final = ("tokens", "base", "shell", "controls", "feedback", "floorplan", "installer")
SCRIPTS: Final = ("installer", "installer-queue", "installer-steps", "floorplan", "scan")
_TYPES: Final = ("ap", "switch", "gateway")
_SHOWN: Final = 200


class Installer(PortalView):
    """The page: scan, claim, name, place, photo."""

    template = "inventory/installer.html"

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.actor.require_somewhere(INSTALL, self.org.id)
        return self.render(self.template)


class InstallerOffline(Installer):
    """The same without a word about who looks at it: what the phone shows while it has no connection."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.actor.require_somewhere(INSTALL, self.org.id)
        return HttpResponse(_offline_page(self.org))


@method_decorator(never_cache, "dispatch")
class InstallerWorker(PortalView):
    """The service worker of the page; a new one for every other page, style or script."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.actor.require_somewhere(INSTALL, self.org.id)
        page = f"/orgs/{self.org.id}/installer"
        files = [f"css/{name}.css" for name in STYLES] + [f"js/{name}.js" for name in SCRIPTS]
        assets = [static(file) for file in files]
        version = hashlib.sha256(_offline_page(self.org).encode()).hexdigest()[:16]
        known = {"page": page, "offline": f"{page}/offline", "assets": assets, "version": version}
        script = render_to_string("inventory/installer_worker.js", {"known": json.dumps(known)})
        # Its address lies below the page, and the page itself has to be within its reach.
        headers = {"Service-Worker-Allowed": page}
        return HttpResponse(script, content_type="text/javascript; charset=utf-8", headers=headers)


@method_decorator(never_cache, "dispatch")
class InstallerState(ApiView):
    """Who is signed in, with the token for changes, and all that the page offers to choose from."""

    # A file of the portal, and no operation of Mist's API.
    schema = None

    def get(self, request: Request, org_id: UUID) -> Response:
        actor, org = self.actor, place_of_org(self.actor, org_id)
        limits = queries.installer_limits(actor, org)
        devices = queries.page_of_recent(
            actor, org, filters=queries.RecentFilter(), page=Page(limit=_SHOWN)
        ).rows
        bound = not limits.all_devices and not actor.can_wherever(
            MANAGE_DEVICES, seen_by=INSTALL, org_id=org.org_id
        )
        return Response(
            {
                "who": {"id": str(actor.id), "name": actor.name},
                "csrf": get_token(request._request),
                "days": limits.days,
                "bound": bound,
                "claims_at_site": not actor.can(CLAIM, Place(org.org_id)),
                "makes_sites": actor.can(INSTALL, Place(org.org_id)),
                "devices": devices,
                **self._choices(org),
            }
        )

    def _choices(self, org: Any) -> dict[str, Any]:
        def names(path: str, **filters: str) -> list[str]:
            return _names(queries.list_names(self.actor, org, path, **filters))

        sites = queries.list_installable_sites(self.actor, org)
        maps = floors_of(self.actor, org, [UUID(site["id"]) for site in sites], need=INSTALL)
        return {
            "sites": [
                {"id": site["id"], "name": site["name"], "maps": maps.get(UUID(site["id"]), [])}
                for site in sites
            ],
            "profiles": {kind: names("deviceprofiles", type=kind) for kind in _TYPES},
            "rftemplates": names("rftemplates"),
            "sitegroups": _names(queries.list_group_names(self.actor, org)),
        }


def _names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


def _offline_page(org: Any) -> str:
    return render_to_string("inventory/installer_offline.html", {"org": org, "styles": STYLES})
