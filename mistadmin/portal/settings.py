"""Organization Settings: the organization's own keys and a summary of what each app keeps there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from audit.queries import last_change
from autoprovision.forms import sentences, summary
from autoprovision.queries import warnings
from inventory.actions import delete_org
from inventory.queries import count_per_tab
from mistadmin.core.access import VIEW_SETTINGS
from mistadmin.core.edits import Clash, Edit
from mistadmin.core.errors import Invalid
from mistadmin.core.portal import PortalView, form_clash, form_problem
from mistadmin.core.versions import Seen, version_of
from orgs.actions import update_org
from orgs.juniper.accounts import list_accounts
from orgs.queries import get_org, get_setting
from orgs.shapes import org_row

_WARNINGS_SHOWN: Final = 10
_LABELS: Final = {"name": "Organization Name"}


class Settings(PortalView):
    """Name and ID, and what auto-provisioning is set to."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        return self.page({"name": self.org.name})

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        values, edit = {"name": request.POST.get("name", "")}, Edit.posted(request.POST)
        try:
            edit.save(values, write=self._write, now=lambda: _opening(get_org(self.actor, org_id)))
        except Clash as clash:
            by = last_change(self.actor, self.org, "orgs.org.updated")
            return self.page(clash.merged, **form_clash(clash, by=by, labels=_LABELS))
        except Invalid as error:
            return self.page(values, status=422, edit=edit, **form_problem(error))
        return self.done("Organization settings saved.", to=f"/orgs/{org_id}/settings")

    def page(self, values: dict[str, Any], **more: Any) -> HttpResponse:
        """The page with these values in its form."""
        more.setdefault("edit", _opening(self.org))
        setting = get_setting(self.actor, self.org)
        found = sentences(setting, warnings(self.actor, self.org))
        if len(found) > _WARNINGS_SHOWN:
            found[_WARNINGS_SHOWN:] = [f"{len(found) - _WARNINGS_SHOWN} more warnings about the rules."]
        return self.render(
            "orgs/settings.html",
            values=values,
            autoprovision=summary(setting),
            warnings=found,
            juniper=list_accounts(self.actor, self.org, VIEW_SETTINGS),
            juniper_ready=bool(django_settings.JUNIPER_URL),
            device_count=sum(count for count, _ in count_per_tab(self.actor, self.org).values()),
            **more,
        )

    def _write(self, changes: Mapping[str, Any], seen: Seen) -> None:
        update_org(self.actor, self.org, changes=changes, seen=seen)


class Delete(Settings):
    """Deletes the organization whose name was typed."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        return redirect(f"/orgs/{org_id}/settings?delete=1")

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(delete_org, self.org)
        try:
            if request.POST.get("name", "") != self.org.name:
                raise Invalid({"name": "is not the name of the organization"})
            delete_org(self.actor, self.org)
        except Invalid as error:
            return self.page({"name": self.org.name}, status=422, form="delete", **form_problem(error))
        return self.done(f"Organization {self.org.name} deleted.", to="/")


def _opening(org: Any) -> Edit:
    return Edit.opening(version_of(org, org_row(org)), {"name": org.name})
