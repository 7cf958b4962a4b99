"""The pages of an MSP: its organizations and its settings; creating one, and joining and leaving it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from accounts.msps import (
    assign_orgs,
    create_msp,
    create_msp_org,
    leave_msp,
    require_leaving,
    unassign_orgs,
)
from inventory.queries.msps import table_of_orgs
from mistadmin.core.access import MANAGE_MSP, MANAGE_ORG
from mistadmin.core.errors import Conflict, Invalid, NotVisible, Stale
from mistadmin.core.ids import id_of
from mistadmin.core.paging import Page
from mistadmin.core.portal import PortalView, form_problem
from mistadmin.core.versions import version_of
from orgs.msp_queries import get_msp, get_msp_org, msps_to_assign, orgs_to_assign
from orgs.msps import delete_msp, update_msp
from orgs.shapes import msp_document

_ROWS: Final = 50
# What the windows say that assign an organization and an MSP to one another, from either side.
_ASSIGNING: Final[dict[str, Any]] = {
    "title": "Assign Organizations",
    "field": "orgs",
    "label": "Organizations",
    "form": "picker",
    "help": "Everybody with a role at the MSP has that role in the chosen organizations at once.",
    "nothing": "There is no organization to assign: it takes one of which you are Super User and that "
    "belongs to no MSP yet.",
}
_JOINING: Final[dict[str, Any]] = {
    "title": "Assign to an MSP",
    "field": "msp",
    "label": "Managed Service Provider",
    "form": "select",
    "help": "Everybody with a role there has that role in this organization at once. "
    "You can leave at any time.",
    "nothing": "You administer no MSP. Ask an administrator of the MSP to become a Super User here and to "
    "assign the organization, or create one on the page of your organizations.",
}
_CHANGED: Final = "Somebody else changed this since you opened it. Nothing was saved."


class CreateMsp(PortalView):
    """Create MSP: its creator administers it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render("msps/create.html", values={})

    def post(self, request: HttpRequest) -> HttpResponse:
        values = _named(request.POST)
        try:
            msp = create_msp(self.actor, values=values)
        except Invalid as error:
            return self.render("msps/create.html", status=422, values=values, **form_problem(error))
        return self.done(f"MSP {msp.name} created.", to=f"{msp.home}/orgs")


class MspHome(PortalView):
    """The way in: the organizations."""

    def get(self, request: HttpRequest, msp_id: UUID) -> HttpResponse:
        return redirect(f"{self.msp.home}/orgs")


class MspPage(PortalView):
    """What the pages about organizations of an MSP share."""

    @property
    def base(self) -> str:
        """The address of the list."""
        return f"{self.msp.home}/orgs"


class Orgs(MspPage):
    """The organizations that the viewer reaches here, by name."""

    def get(self, request: HttpRequest, msp_id: UUID) -> HttpResponse:
        text, number = request.GET.get("q", "").strip()[:200], Page.of(request.GET).number
        found = table_of_orgs(self.actor, self.msp, text=text, page=Page(number, _ROWS))
        may = self.actor.can(MANAGE_MSP, self.msp)
        return self.render("msps/orgs.html", slice=found, q=text, base=self.base, may_change=may)


class CreateOrg(MspPage):
    """A new organization in the MSP."""

    def get(self, request: HttpRequest, msp_id: UUID) -> HttpResponse:
        self.offer(create_msp_org, self.msp)
        return self._ask({})

    def post(self, request: HttpRequest, msp_id: UUID) -> HttpResponse:
        self.offer(create_msp_org, self.msp)
        values = _named(request.POST)
        try:
            org = create_msp_org(self.actor, self.msp, values=values)
        except Invalid as error:
            return self._ask(values, status=422, **form_problem(error))
        return self.done(f"Organization {org.name} created.", to=self.base)

    def _ask(self, values: dict[str, Any], **more: Any) -> HttpResponse:
        post = f"{self.base}/create"
        return self.render("accounts/org_create.html", values=values, post=post, back=self.base, **more)


class Assign(MspPage):
    """Assign organizations of which the viewer is Super User."""

    def get(self, request: HttpRequest, msp_id: UUID) -> HttpResponse:
        self.offer(assign_orgs, self.msp)
        return self._ask([])

    def post(self, request: HttpRequest, msp_id: UUID) -> HttpResponse:
        self.offer(assign_orgs, self.msp)
        sent = request.POST.getlist("orgs")
        ids = [one for one in map(id_of, sent) if one]
        if not ids:
            return self._ask(sent, status=422, errors={"orgs": "choose at least one organization"})
        try:
            assign_orgs(self.actor, self.msp, org_ids=ids)
        except Invalid as error:
            reason = next(iter(error.fields.values()), str(error))
            return self._ask(sent, status=422, errors={"orgs": f"one of them {reason}"})
        noun = "organization" if len(ids) == 1 else "organizations"
        return self.done(f"{len(ids)} {noun} assigned.", to=self.base)

    def _ask(self, chosen: list[str], **more: Any) -> HttpResponse:
        choices = [(one["id"], one["name"]) for one in orgs_to_assign(self.actor)]
        shown = {**_ASSIGNING, "values": {"orgs": chosen}, "choices": choices, "back": self.base}
        return self.render("msps/choose.html", **shown, **more)


class Unassign(MspPage):
    """Take an organization out of the MSP, and the window that asks first."""

    def get(self, request: HttpRequest, msp_id: UUID, assigned_id: UUID) -> HttpResponse:
        self.offer(unassign_orgs, self.msp)
        return self._ask(get_msp_org(self.actor, self.msp, assigned_id))

    def post(self, request: HttpRequest, msp_id: UUID, assigned_id: UUID) -> HttpResponse:
        self.offer(unassign_orgs, self.msp)
        org = get_msp_org(self.actor, self.msp, assigned_id)
        try:
            unassign_orgs(self.actor, self.msp, org_ids=[org.id])
        except Invalid as error:
            reason = next(iter(error.fields.values()), str(error))
            return self._ask(org, status=422, error=f"{org.name} {reason}.")
        return self.done(f"Organization {org.name} unassigned.", to=self.base)

    def _ask(self, org: Any, **more: Any) -> HttpResponse:
        return self.render("msps/unassign.html", assigned=org, back=self.base, **more)


class Settings(PortalView):
    """Name, ID, and deleting the MSP."""

    def get(self, request: HttpRequest, msp_id: UUID) -> HttpResponse:
        self.actor.require(MANAGE_MSP, self.msp)
        return self.page(msp_document(self.msp))

    def post(self, request: HttpRequest, msp_id: UUID) -> HttpResponse:
        self.offer(update_msp, self.msp)
        values, version = _named(request.POST), request.POST.get("version", "")
        try:
            update_msp(self.actor, self.msp, changes=values, seen=frozenset({version}) if version else None)
        except Stale:
            self.msp = get_msp(self.actor, msp_id)
            return self.page(values, status=409, error=_CHANGED)
        except Invalid as error:
            return self.page(values, status=422, version=version, **form_problem(error))
        return self.done("MSP settings saved.", to=request.path)

    def page(self, values: dict[str, Any], **more: Any) -> HttpResponse:
        """The page with these values in its form."""
        more.setdefault("version", version_of(self.msp, msp_document(self.msp)))
        return self.render("msps/settings.html", values=values, org_count=self.msp.orgs.count(), **more)


class Delete(Settings):
    """Deletes the MSP, and the window that asks first."""

    def get(self, request: HttpRequest, msp_id: UUID) -> HttpResponse:
        self.offer(delete_msp, self.msp)
        return self._ask()

    def post(self, request: HttpRequest, msp_id: UUID) -> HttpResponse:
        self.offer(delete_msp, self.msp)
        try:
            delete_msp(self.actor, self.msp)
        except Invalid as error:
            return self._ask(status=422, error=str(error))
        return self.done(f"MSP {self.msp.name} deleted.", to="/")

    def _ask(self, **more: Any) -> HttpResponse:
        return self.render("msps/delete.html", back=f"{self.msp.home}/settings", **more)


class JoinMsp(PortalView):
    """Assign to an MSP, from the settings of the organization."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        return self._ask({})

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.actor.require(MANAGE_ORG, self.org)
        values = {"msp": request.POST.get("msp", "")}
        try:
            msp_id = id_of(values["msp"])
            if msp_id is None:
                raise Invalid({"msp": "choose an MSP"})
            msp = get_msp(self.actor, msp_id)
            assign_orgs(self.actor, msp, org_ids=[self.org.id])
        except NotVisible:
            return self._ask(values, status=422, errors={"msp": "does not exist any more; choose again"})
        except Invalid as error:
            reason = next(iter(error.fields.values()), str(error))
            return self._ask(values, status=422, errors={"msp": reason})
        to = f"{self.org.home}/settings#msp"
        return self.done(f"{self.org.name} is assigned to {msp.name}.", to=to)

    def _ask(self, values: dict[str, Any], **more: Any) -> HttpResponse:
        self.actor.require(MANAGE_ORG, self.org)
        choices = [(one["id"], one["name"]) for one in msps_to_assign(self.actor)]
        shown = {**_JOINING, "values": values, "choices": choices, "back": f"{self.org.home}/settings"}
        return self.render("msps/choose.html", **shown, **more)


class LeaveMsp(PortalView):
    """Take the organization out of its MSP, and the window that asks first."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        require_leaving(self.actor, self.org)
        return self._ask()

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        require_leaving(self.actor, self.org)
        try:
            msp = leave_msp(self.actor, self.org)
        except Conflict as error:
            return self._ask(status=error.status, error=str(error))
        return self.done(f"{self.org.name} has left {msp.name}.", to=f"{self.org.home}/settings#msp")

    def _ask(self, **more: Any) -> HttpResponse:
        return self.render("msps/leave.html", back=f"{self.org.home}/settings", **more)


def _named(form: QueryDict) -> dict[str, Any]:
    return {"name": form.get("name", "")}
