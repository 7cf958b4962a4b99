"""Organization Settings: the organization's own keys and a summary of what each app keeps there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.looks import last_look
from accounts.sso.queries import overview
from audit.forms import on_day_of
from audit.queries import last_change
from autoprovision.forms import sentences, summary
from autoprovision.queries import warnings
from inventory.actions import delete_org
from inventory.queries import count_per_tab
from mistadmin.core.access import MANAGE_ADMINS, MANAGE_ORG, VIEW_SETTINGS
from mistadmin.core.edits import Clash, Edit
from mistadmin.core.errors import Invalid
from mistadmin.core.portal import PortalView, form_clash, form_problem
from mistadmin.core.versions import Seen, version_of
from orgs.general import OF_ORG, general_of, update_general
from orgs.juniper.accounts import list_accounts
from orgs.queries import get_org, get_setting

_WARNINGS_SHOWN: Final = 10
_LABELS: Final = {
    "name": "Organization Name",
    "enabled": "Password Policy",
    "min_length": "Minimum Length",
    "requires_special_char": "Require special characters",
    "requires_two_factor_auth": "Two factor authentication",
    "expiry_in_days": "Days until a password expires",
    "session_expiry": "Session Timeout",
    "ui_idle_timeout": "Inactivity Timeout",
    "allow_mist": "Support Access",
}
_NUMBERS: Final = ("min_length", "expiry_in_days", "session_expiry", "ui_idle_timeout")
_TICKS: Final = ("enabled", "requires_special_char", "requires_two_factor_auth", "allow_mist")


class Settings(PortalView):
    """Name, ID, policies and Support Access with one Save, and what auto-provisioning is set to."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        return self.page(general_of(self.org))

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        values, edit = _sent(request.POST), Edit.posted(request.POST)
        try:
            edit.save(values, write=self._write, now=lambda: _opening(get_org(self.actor, org_id)))
        except Clash as clash:
            of_org = any(key in OF_ORG for key in clash.keys)
            event = "orgs.org.updated" if of_org else "orgs.setting.updated"
            by = last_change(self.actor, self.org, event)
            return self.page(clash.merged, **form_clash(clash, by=by, labels=_LABELS))
        except Invalid as error:
            typed = {**general_of(self.org), **values}
            return self.page(typed, status=422, edit=edit, **form_problem(error))
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
            support=self._support(),
            sso=overview(self.actor, self.org) if self.actor.can(MANAGE_ADMINS, self.org) else None,
            msp_leaves=self.actor.can_itself(MANAGE_ORG, self.org),
            device_count=sum(count for count, _ in count_per_tab(self.actor, self.org).values()),
            **more,
        )

    def _support(self) -> dict[str, Any]:
        """When support looked last, and the query for that day's entries in the audit log."""
        seen, now = last_look(self.actor, self.org), timezone.now()
        zone = self.request.user.timezone  # type: ignore[union-attr]
        return {"seen": seen, "day": on_day_of(seen, now, zone) if seen else ""}

    def _write(self, changes: Mapping[str, Any], seen: Seen) -> None:
        update_general(self.actor, self.org, changes=changes, seen=seen)


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
            return self.page(general_of(self.org), status=422, form="delete", **form_problem(error))
        return self.done(f"Organization {self.org.name} deleted.", to="/")


def _opening(org: Any) -> Edit:
    document = general_of(org)
    return Edit.opening(version_of(org, document), document)


def _sent(form: Mapping[str, str]) -> dict[str, Any]:
    """What the form says; one without the policies, whose ticks are absent, says nothing of them."""
    values: dict[str, Any] = {"name": form.get("name", "")}
    if "session_expiry" not in form:
        return values
    # What is no number is refused by the shape, which says why; an empty field takes the default.
    values |= {key: _number(form.get(key, "").strip()) for key in _NUMBERS}
    return {**values, **{key: key in form for key in _TICKS}}


def _number(text: str) -> int | str | None:
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text
