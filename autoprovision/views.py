"""Portal: the Auto-Provisioning window with its live preview, the dry run, and re-evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from audit.queries import last_change
from autoprovision import actions, forms, queries
from autoprovision.forms import SECTION_LABELS, Card, Tab, Window, is_number
from autoprovision.rulesets import rule_setting
from inventory.models_catalog import MODELS
from mistadmin.core.access import VIEW_SETTINGS
from mistadmin.core.edits import Clash, Edit
from mistadmin.core.errors import Invalid
from mistadmin.core.paging import Page
from mistadmin.core.portal import PortalView, form_clash
from mistadmin.core.versions import Seen, version_of
from orgs.actions import update_setting
from orgs.queries import get_org, get_setting
from sites.queries import list_sites

_AP_MODELS: Final = [model.name for model in MODELS.values() if model.type == "ap"]


class WindowPage(PortalView):
    """What the window and its fragments share."""

    @property
    def settings_url(self) -> str:
        return f"/orgs/{self.org.id}/settings"

    def show(self, template: str, window: Window, **more: Any) -> HttpResponse:
        """Render with the choices of every field."""
        names = {
            "site": [site["name"] for site in list_sites(self.actor, self.org)],
            "profile": sorted(queries.profile_names(self.org.id)),
        }
        for tab in window.tabs.values():
            tab.names = names.get(tab.key, [])
        shown: dict[str, Any] = {"aspects": list(window.tabs.values()), "tab": window.open}
        choices: dict[str, Any] = {"models": _AP_MODELS, "segments": window.segments}
        return self.render(template, **shown, **choices, **more)

    def preview(self, tab: Tab, card: Card) -> dict[str, Any] | None:
        """What a card makes of its sample; None while nothing is typed."""
        if not card.sample.strip():
            return None
        try:
            rules = card.rules()
        except Invalid as error:
            problem = next(iter(error.fields.values()))
            return {"result": None, "matched": False, "sentence": f"{problem[:1].upper()}{problem[1:]}"}
        return queries.preview(self.actor, self.org, aspect=tab.key, rules=rules, sample=card.sample)


class AutoProvisioning(WindowPage):
    """The window: shown from the setting, saved into it; its other buttons work without a script."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        window = Window.of_setting(get_setting(self.actor, self.org), request.GET.get("tab", ""))
        window.show_warnings(queries.warnings(self.actor, self.org))
        return self.show("orgs/autoprovisioning.html", window, edit=self._opening(self.org))

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.actor.require(VIEW_SETTINGS, self.org)  # also to see what unsaved rules would do
        window, edit = Window.of_form(request.POST), Edit.posted(request.POST)
        reshaped = forms.reshape(window, request.POST)
        if reshaped is None and request.POST.get("action") != "preview":
            return self._save(window, edit)
        for tab in window.tabs.values():
            for card in tab.rules:
                card.preview = self.preview(tab, card)
        if reshaped and request.htmx:  # type: ignore[attr-defined]
            return self.show("orgs/_autoprovision_rows.html", window, aspect=reshaped)
        return self.show("orgs/autoprovisioning.html", window, edit=edit)

    def _save(self, window: Window, edit: Edit) -> HttpResponse:
        try:
            opened = get_setting(self.actor, self.org) if edit.opened is None else edit.opened
            edit.save(window.changes(opened), write=self._write, now=lambda: self._opening(self._fresh()))
        except Clash as clash:
            window.take(clash.theirs, besides=clash.touched)
            by = last_change(self.actor, self.org, "orgs.setting.updated")
            return self.show(
                "orgs/autoprovisioning.html", window, **form_clash(clash, by=by, labels=SECTION_LABELS)
            )
        except Invalid as error:
            shown = window.show_errors(error)
            return self.show("orgs/autoprovisioning.html", window, status=422, edit=edit, error=shown)
        doubts = len(queries.warnings(self.actor, self._fresh()))
        said = f" with {doubts} warning{'s' if doubts > 1 else ''}; see below" if doubts else ""
        # No fragment: a browser that is on the page already would only scroll, and keep the window open.
        return self.done(f"Auto-provisioning saved{said}.", to=self.settings_url)

    def _write(self, changes: Mapping[str, Any], seen: Seen) -> None:
        update_setting(self.actor, self.org, changes=changes, seen=seen)

    def _fresh(self) -> Any:
        return get_org(self.actor, self.org.id)

    def _opening(self, org: Any) -> Edit:
        shown = rule_setting(get_setting(self.actor, org))
        return Edit.opening(version_of(org, org.setting), shown)


class Preview(WindowPage):
    """What one card makes of its sample, while it is typed."""

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.actor.require(VIEW_SETTINGS, self.org)
        window, index = Window.of_form(request.POST), request.POST.get("index", "")
        tab = window.tabs.get(request.POST.get("aspect", ""))  # type: ignore[call-overload]
        if tab is None or not index or not is_number(index) or int(index) >= len(tab.rules):
            raise Invalid("This rule is not there any more.")
        return self.render("orgs/_preview.html", preview=self.preview(tab, tab.rules[int(index)]))


class DryRun(PortalView):
    """What the rules would decide for the whole inventory now; rows that change come first."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        setting, only = get_setting(self.actor, self.org), request.GET.get("only", "")
        page = Page.of(request.GET)
        found, counts = queries.dry_run(self.actor, self.org, page=page, only_changes=bool(only))
        disabled = [one["label"] for one in forms.summary(setting) if not one["enable"]]
        return self.render("orgs/dry_run.html", slice=found, counts=counts, only=only, disabled=disabled)


class Reevaluate(PortalView):
    """Ask for every device to be decided again; the worker does it."""

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        actions.reevaluate(self.actor, self.org)
        said = "Re-evaluation has started. Devices change as they are decided."
        return self.done(said, to=f"/orgs/{org_id}/inventory")
