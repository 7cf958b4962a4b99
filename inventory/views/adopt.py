"""Portal: the commands that let switches and WAN edges join, who has joined since, and a new secret."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from inventory.adopt_commands import junos_commands, router_commands
from inventory.adoption import count_adopted, make_credential, rotate_secret
from inventory.forms import chosen_site
from mistadmin.core.access import CLAIM
from mistadmin.core.portal import PortalView
from sites.queries import list_sites

_NOUNS: Final = {"switch": ("switch", "switches"), "gateway": ("WAN Edge", "WAN Edges")}
_CODE_HOLDS: Final = timedelta(days=365)


class AdoptPage(PortalView):
    """What the pages of adopting know: the type of device, and since when the person waits."""

    def known(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Type, nouns and waiting time of a query; what is none of ours falls back."""
        kind = query.get("type", "")
        kind = kind if kind in _NOUNS else "switch"
        since = _moment(query.get("since", ""))
        count = count_adopted(self.actor, self.org, type=kind, since=since)
        one, many = _NOUNS[kind]
        return {
            "type": kind,
            "many": many,
            "noun": one if count == 1 else many,
            "since": f"{since.timestamp():.6f}",
            "count": count,
        }


@method_decorator(never_cache, "dispatch")
class Adopt(AdoptPage):
    """The commands for an organization or one of its sites."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(make_credential)
        reach = self.actor.sites_for(CLAIM, self.org.id)
        sites = [one for one in list_sites(self.actor, self.org) if reach is None or one["id"] in reach]
        # Whoever claims at some sites only has no commands for the whole organization.
        fallback = {"site_id": str(sites[0]["id"])} if sites and reach is not None else {}
        site = chosen_site(self.actor, self.org, {**fallback, **_given(request.GET)})
        return self.render(
            "inventory/adopt.html",
            site=site,
            sites=sites,
            everywhere=reach is None,
            rotated="rotated" in request.GET,
            **self._commands(site or self.org),
            **self.known(request.GET),
        )

    def _commands(self, place: Any) -> dict[str, Any]:
        until = int((timezone.now() + _CODE_HOLDS).timestamp())
        router = router_commands(make_credential(self.actor, place, until=until))
        return {"junos": junos_commands(make_credential(self.actor, place), settings.BASE_URL), **router}


class Adopted(AdoptPage):
    """How many have joined; nothing while that is what the page shows already."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(make_credential)
        known = self.known(request.GET)
        if request.GET.get("seen") == str(known["count"]):
            return HttpResponse(status=204)
        return self.render("inventory/_adopted.html", **known)


class RotateSecret(PortalView):
    """Ask, and replace the adopt secret."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(rotate_secret, self.org)
        values = _given(request.GET)
        back = f"/orgs/{org_id}/inventory?{urlencode({'type': values.get('type', '')})}"
        return self.render("inventory/adopt_rotate.html", values=values, back=back)

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        rotate_secret(self.actor, self.org)
        query = urlencode({**_given(request.POST), "rotated": 1})
        return redirect(f"/orgs/{self.org.id}/inventory/adopt?{query}")


def _given(sent: Mapping[str, str]) -> dict[str, str]:
    return {name: sent[name] for name in ("type", "site_id") if sent.get(name)}


def _moment(text: str) -> datetime:
    """The moment that the page was opened at; now for anything that is none."""
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        return timezone.now()
