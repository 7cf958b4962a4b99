"""Portal: claiming devices by their codes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from inventory import actions
from inventory.forms import chosen_site, claim_codes
from inventory.identifiers import shown_code
from inventory.verbs import ClaimResult
from mistadmin.core.errors import Invalid
from mistadmin.core.portal import PortalView, form_problem
from sites.queries import list_sites


class Claim(PortalView):
    """Claim devices: a pasted text of codes, each with its own result.

    `path` is the list that they come to below /orgs/<id>/, `what` they are called there.
    """

    path: ClassVar[str] = "inventory"
    what: ClassVar[str] = "devices"
    claims: ClassVar[Callable[..., ClaimResult]] = staticmethod(actions.claim_devices)

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(self.claims)
        return self._page({"site_id": request.GET.get("site_id", "")}, type=request.GET.get("type", ""))

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        values = {name: request.POST.get(name, "") for name in ("codes", "site_id")}
        try:
            codes, site = claim_codes(values["codes"]), chosen_site(self.actor, self.org, values)
            result = self.claims(self.actor, site or self.org, codes=codes)
        except Invalid as error:
            return self._page(values, status=422, **form_problem(error))
        return self.render("inventory/claim_result.html", result=_readable(result), site=site, **self._shared)

    @property
    def _shared(self) -> dict[str, Any]:
        return {"base": f"/orgs/{self.org.id}/{self.path}", "what": self.what}

    def _page(self, values: dict[str, str], **more: Any) -> HttpResponse:
        sites = list_sites(self.actor, self.org)
        return self.render("inventory/claim.html", values=values, sites=sites, **self._shared, **more)


def _readable(result: ClaimResult) -> ClaimResult:
    """The result with claim codes as they are printed."""
    added, duplicated = (
        [{**row, "claim_code": shown_code(row["magic"])} for row in rows]
        for rows in (result.added, result.duplicated)
    )
    return replace(result, added=added, duplicated=duplicated)
