"""Portal: the bulk verbs. Each shows its plan first, in a window, and becomes a job with `confirm`."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from inventory import jobs
from inventory.forms import NOUNS, TYPES, Selection, chosen_site
from inventory.jobs import Change, Planned, as_it_is, away, to_managed, to_name, to_site
from inventory.naming import VARIABLES
from mistadmin.core.access import INSTALL, MANAGE_DEVICES
from mistadmin.core.errors import Invalid
from mistadmin.core.jobs import JobKind, Row, counted, run_to_the_end, survey
from mistadmin.core.paging import Page
from mistadmin.core.portal import PortalView, form_problem
from orgs.jobs import COUNT, get_job, start_job
from sites.queries import list_sites

_SHOWN: Final = 20
# A job of at most so many devices is done before the answer; a larger one has a page of its own.
_AT_ONCE: Final = 100


class BulkPage(PortalView, ABC):
    """One verb on the chosen devices: the kind of its job, the ability it needs, its window's template.

    `path` is the list below /orgs/<id>/, `device_kind` the type that has that list for itself.
    """

    kind: ClassVar[JobKind]
    need: ClassVar[str] = INSTALL
    template: ClassVar[str]
    # Whether all members of a cluster are taken together.
    together: ClassVar[bool] = True
    # Whether the page of a device is still there afterwards.
    stays: ClassVar[bool] = True
    path: ClassVar[str] = "inventory"
    device_kind: ClassVar[str | None] = None
    selection: Selection

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        return redirect(self.list_url)

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.selection = Selection.of(request.POST, self.device_kind)
        self.actor.require_somewhere(self.need, self.org.id)
        if not request.POST.get("confirm"):
            return self.ask()
        try:
            return self._do()
        except Invalid as error:
            return self.ask(status=422, **form_problem(error))

    @abstractmethod
    def rows(self) -> Iterable[Row] | None:
        """What the verb would do to each device; None before the person has said all that it needs."""

    @abstractmethod
    def title(self) -> str:
        """What the job is called; COUNT stands for how many devices."""

    @abstractmethod
    def said(self, devices: str) -> str:
        """What is said when all went well, as in "3 devices released."."""

    def context(self) -> dict[str, Any]:
        """What the window shows beside the plan."""
        return {}

    def ask(self, **more: Any) -> HttpResponse:
        """The window with the plan."""
        page, rows = Page.of(self.request.POST, limit=_SHOWN), None
        try:
            rows = self.rows()
        except Invalid as error:
            more = {**form_problem(error), **more}
        found = survey(self._plan(as_it_is) if rows is None else rows, page)
        if not found.total:
            return self._nothing_chosen()
        shared: dict[str, Any] = {
            "selection": self.selection,
            "count": found.total,
            "plan": found,
            "asked": rows is not None,
            "base": self.list_url,
        }
        return self.render(self.template, **shared, **self.context(), **more)

    @property
    def list_url(self) -> str:
        return f"/orgs/{self.org.id}/{self.path}"

    def _do(self) -> HttpResponse:
        rows = self.rows()
        if rows is None:
            raise Invalid("Say first what shall change.")
        job = start_job(self.actor, self.org, kind=self.kind.key, title=self.title(), rows=rows)
        url = f"/orgs/{self.org.id}/jobs/{job.id}"
        if job.total > _AT_ONCE:
            return self.done(f"{job.title}: started.", to=url)
        run_to_the_end(job.id)
        job = get_job(self.actor, self.org, job.id)
        if job.failed:
            return self.done(
                f"{counted(job.failed)} of {job.total:,} could not be changed.", to=url, level="warning"
            )
        return self.done(self.said(counted(job.done)), to=self._back(), undo=f"{url}/undo")

    def _back(self) -> str:
        """Where the person was: the list with its filters, or the page of a device."""
        here = self.request.htmx.current_url_abs_path or ""  # type: ignore[attr-defined]
        page = here.partition("?")[0].partition("#")[0]
        pages_of_one = (f"/orgs/{self.org.id}/devices/", f"{self.list_url}/")
        if page == self.list_url or (self.stays and page.startswith(pages_of_one)):
            return here
        kind = self.request.POST.get("type")
        return f"{self.list_url}?type={kind}" if kind in TYPES else self.list_url

    def _nothing_chosen(self) -> HttpResponse:
        text = "Select devices first."
        if self.request.htmx:  # type: ignore[attr-defined]
            toast = {"toast": {"level": "warning", "text": text}}
            return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(toast)})
        messages.warning(self.request, text)
        return redirect(self.list_url)

    def _plan(self, change: Change) -> Iterable[Row]:
        return Planned(self.actor, self.org, self.selection, self.need, change, self.together)


class Assign(BulkPage):
    """Assign to Site."""

    kind = jobs.SITE
    template = "inventory/assign.html"
    site: Any = None

    def rows(self) -> Iterable[Row] | None:
        self.site = chosen_site(self.actor, self.org, self.request.POST)
        if self.site is None and self.request.POST.get("confirm"):
            raise Invalid({"site_id": "select a site"})
        return self._plan(to_site(self.site)) if self.site else None

    def title(self) -> str:
        return f"Assign {COUNT} to {self.site.name}"

    def said(self, devices: str) -> str:
        return f"{devices} assigned to {self.site.name}."

    def context(self) -> dict[str, Any]:
        values = {"site_id": self.request.POST.get("site_id", "")}
        return {"sites": list_sites(self.actor, self.org), "values": values}


class Unassign(BulkPage):
    """Unassign from the sites."""

    kind = jobs.SITE
    need = MANAGE_DEVICES
    template = "inventory/confirm_unassign.html"

    def rows(self) -> Iterable[Row]:
        return self._plan(to_site(None))

    def title(self) -> str:
        return f"Unassign {COUNT}"

    def said(self, devices: str) -> str:
        return f"{devices} unassigned."


class Manage(BulkPage):
    """Configure switches and WAN edges from here, or not any more."""

    kind = jobs.MANAGED
    need = MANAGE_DEVICES
    template = "inventory/manage.html"

    def rows(self) -> Iterable[Row] | None:
        return self._plan(to_managed(self._managed)) if "managed" in self.request.POST else None

    def title(self) -> str:
        return f"Manage {COUNT}" if self._managed else f"Stop managing {COUNT}"

    def said(self, devices: str) -> str:
        return f"{devices} managed." if self._managed else f"{devices} not managed any more."

    def context(self) -> dict[str, Any]:
        return {"managed": self.request.POST.get("managed")}

    @property
    def _managed(self) -> bool:
        return bool(self.request.POST.get("managed"))


class Release(BulkPage):
    """Release from the organization."""

    kind = jobs.CLAIMED
    need = MANAGE_DEVICES
    stays = False
    template = "inventory/confirm_release.html"

    def rows(self) -> Iterable[Row]:
        return self._plan(away)

    def title(self) -> str:
        return f"Release {COUNT}"

    def said(self, devices: str) -> str:
        return f"{devices} released."


class Rename(BulkPage):
    """Rename by a pattern; the names that result are shown before they are given."""

    kind = jobs.NAME
    together = False
    template = "inventory/rename.html"

    def rows(self) -> Iterable[Row] | None:
        asked = {"confirm", "preview"} & self.request.POST.keys()
        if not self._pattern and not asked:
            return None
        return self._plan(to_name(self.actor, self.org, self.selection, self._pattern))

    def title(self) -> str:
        return f"Rename {COUNT} to {self._pattern}"

    def said(self, devices: str) -> str:
        return f"{devices} renamed."

    def context(self) -> dict[str, Any]:
        noun = NOUNS.get((self.selection.filters or self.request.POST).get("type", ""), "devices")
        return {"values": {"pattern": self._pattern}, "variables": VARIABLES.items(), "noun": noun}

    @property
    def _pattern(self) -> str:
        return self.request.POST.get("pattern", "").strip()
