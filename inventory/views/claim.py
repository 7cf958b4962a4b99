"""Portal: claiming devices by their codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from inventory import actions
from inventory.forms import chosen_site, claim_codes
from inventory.identifiers import shown_code
from inventory.naming import VARIABLES, naming
from inventory.queries import devices_by_id
from inventory.verbs import BulkResult, ClaimResult
from mistadmin.core.errors import Invalid
from mistadmin.core.portal import PortalView, form_problem
from sites.queries import list_sites


class Claim(PortalView):
    """Claim devices: codes pasted, out of a file, or scanned, each with its own result.

    `path` is the list that they come to below /orgs/<id>/, `what` they are called there; `find` and `names`
    read and name what was claimed.
    """

    path: ClassVar[str] = "inventory"
    what: ClassVar[str] = "devices"
    claims: ClassVar[Callable[..., ClaimResult]] = staticmethod(actions.claim_devices)
    find: ClassVar[Callable[..., Sequence[Any]]] = staticmethod(devices_by_id)
    names: ClassVar[Callable[..., BulkResult]] = staticmethod(actions.name_devices)

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(self.claims)
        return self._page({"site_id": request.GET.get("site_id", "")}, type=request.GET.get("type", ""))

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(self.claims)
        values = {name: request.POST.get(name, "") for name in ("codes", "site_id", "pattern")}
        try:
            codes = claim_codes(values["codes"], request.FILES.get("file"))
            site = chosen_site(self.actor, self.org, values)
            name = naming(values["pattern"]) if values["pattern"].strip() else None
            result = self.claims(self.actor, site or self.org, codes=codes)
        except Invalid as error:
            return self._page(values, status=422, **form_problem(error))
        if name:
            result = self._named(site or self.org, result, name)
        return self.render("inventory/claim_result.html", result=_readable(result), site=site, **self._shared)

    @property
    def _shared(self) -> dict[str, Any]:
        return {"base": f"/orgs/{self.org.id}/{self.path}", "what": self.what}

    def _named(self, place: Any, result: ClaimResult, name: Callable[[Any, int], str]) -> ClaimResult:
        """Name what was claimed, in the order of its codes; what cannot be named so is told with the rest."""
        devices = self.find(self.actor, place, [UUID(row["id"]) for row in result.added])
        names = {device.id: name(device, number) for number, device in enumerate(devices, start=1)}
        told = self.names(self.actor, place, names=names)
        unnamed = [(mac, f"is claimed and has no name: {reason}") for mac, reason in told.errors]
        return replace(result, errors=[*result.errors, *unnamed])

    def _page(self, values: dict[str, str], **more: Any) -> HttpResponse:
        sites = list_sites(self.actor, self.org)
        variables = ", ".join(f"{{{name}}}" for name in VARIABLES)
        more["pattern_help"] = f"Empty leaves names to auto-provisioning and to you. Variables: {variables}."
        return self.render("inventory/claim.html", values=values, sites=sites, **self._shared, **more)


def _readable(result: ClaimResult) -> ClaimResult:
    """The result with claim codes as they are printed."""
    added, duplicated = (
        [{**row, "claim_code": shown_code(row["magic"])} for row in rows]
        for rows in (result.added, result.duplicated)
    )
    return replace(result, added=added, duplicated=duplicated)
