"""Portal: the installer parameters of an organization (guide: Organization Settings, Installer)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from audit.queries import last_change
from inventory.grace import DEFAULT_DAYS
from mistadmin.core.edits import Clash, Edit
from mistadmin.core.errors import Invalid
from mistadmin.core.portal import PortalView, form_clash, form_problem
from mistadmin.core.versions import Seen, version_of
from orgs.actions import update_setting
from orgs.queries import get_org, get_setting
from sites.queries import list_sites

_LABELS: Final = {
    "grace_period": "Grace period in days",
    "allow_all_sites": "All sites",
    "allow_all_devices": "All devices",
    "extra_site_ids": "Further sites",
}


class InstallerSetting(PortalView):
    """For how many days installers may change what they claimed, and where."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(update_setting, self.org)
        return self._page(self._stored())

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.offer(update_setting, self.org)
        values, edit = self._sent(), Edit.posted(request.POST)
        try:
            edit.save(values, write=self._write, now=self._opening)
        except Clash as clash:
            by = last_change(self.actor, self.org, "orgs.setting.updated")
            return self._page(clash.merged, **form_clash(clash, by=by, labels=_LABELS))
        except Invalid as error:
            fields = {name.removeprefix("installer."): text for name, text in error.fields.items()}
            problem = form_problem(Invalid(fields) if fields else error)
            return self._page(values, status=422, edit=edit, **problem)
        return self.done("Installer settings saved.", to=f"/orgs/{org_id}/settings#installer")

    def _sent(self) -> dict[str, Any]:
        form, days = self.request.POST, self.request.POST.get("grace_period", "").strip()
        return {
            # What is no number is refused by the shape, which says why.
            "grace_period": int(days) if days.isascii() and days.isdigit() and len(days) < 9 else days,
            "allow_all_sites": "allow_all_sites" in form,
            "allow_all_devices": "allow_all_devices" in form,
            "extra_site_ids": sorted(form.getlist("extra_site_ids")),
        }

    def _write(self, changes: Mapping[str, Any], seen: Seen) -> None:
        org = get_org(self.actor, self.org.id)
        whole = {**(org.setting.get("installer") or {}), **changes}
        update_setting(self.actor, org, changes={"installer": whole}, seen=seen)

    def _stored(self) -> dict[str, Any]:
        org = get_org(self.actor, self.org.id)
        stored = get_setting(self.actor, org).get("installer") or {}
        return {
            "grace_period": stored.get("grace_period") or DEFAULT_DAYS,
            "allow_all_sites": bool(stored.get("allow_all_sites")),
            "allow_all_devices": bool(stored.get("allow_all_devices")),
            "extra_site_ids": sorted(stored.get("extra_site_ids") or []),
        }

    def _opening(self) -> Edit:
        org = get_org(self.actor, self.org.id)
        return Edit.opening(version_of(org, org.setting), self._stored())

    def _page(self, values: Mapping[str, Any], **more: Any) -> HttpResponse:
        more.setdefault("edit", self._opening())
        sites = [(site["id"], site["name"]) for site in list_sites(self.actor, self.org)]
        return self.render("inventory/installer_setting.html", values=values, sites=sites, **more)
