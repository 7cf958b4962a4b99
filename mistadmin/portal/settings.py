"""Organization Settings: the organization's own keys and a summary of what each app keeps there."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from autoprovision.forms import sentences, summary
from autoprovision.queries import warnings
from inventory.actions import delete_org
from inventory.queries import count_by_type
from mistadmin.core.errors import Invalid
from mistadmin.core.portal import PortalView, form_problem
from orgs.actions import update_org
from orgs.queries import get_setting

_WARNINGS_SHOWN: Final = 10


class Settings(PortalView):
    """Name and ID, and what auto-provisioning is set to."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        return self.page({"name": self.org.name})

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        values = {"name": request.POST.get("name", "")}
        try:
            update_org(self.actor, self.org, changes=values)
        except Invalid as error:
            return self.page(values, status=422, **form_problem(error))
        return self.done("Organization settings saved.", to=f"/orgs/{org_id}/settings")

    def page(self, values: dict[str, str], **more: Any) -> HttpResponse:
        """The page with these values in its form."""
        setting = get_setting(self.actor, self.org)
        found = sentences(setting, warnings(self.actor, self.org))
        if len(found) > _WARNINGS_SHOWN:
            found[_WARNINGS_SHOWN:] = [f"{len(found) - _WARNINGS_SHOWN} more warnings about the rules."]
        return self.render(
            "orgs/settings.html",
            values=values,
            autoprovision=summary(setting),
            warnings=found,
            device_count=sum(count_by_type(self.actor, self.org).values()),
            **more,
        )


class Delete(Settings):
    """Deletes the organization whose name was typed."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        return redirect(f"/orgs/{org_id}/settings?delete=1")

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(delete_org)
        try:
            if request.POST.get("name", "") != self.org.name:
                raise Invalid({"name": "is not the name of the organization"})
            delete_org(self.actor, self.org)
        except Invalid as error:
            return self.page({"name": self.org.name}, status=422, form="delete", **form_problem(error))
        return self.done(f"Organization {self.org.name} deleted.", to="/")
