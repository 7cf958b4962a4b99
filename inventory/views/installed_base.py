"""Portal: Installed Base (guide: View Your Installed Base), its refresh and its download."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from inventory.installed_base import ask_refresh
from inventory.installed_tables import INSTALLED
from inventory.queries import count_per_tab
from inventory.queries.installed_base import (
    STATUS_CHOICES,
    InstalledFilter,
    count_installed,
    installed_models,
    list_installed,
    stream_installed,
)
from inventory.tables import device_tabs
from mistadmin.core.access import MANAGE_DEVICES, VIEW_INVENTORY
from mistadmin.core.errors import Invalid
from mistadmin.core.lists import ListPage
from mistadmin.core.paging import Page, Slice
from mistadmin.core.portal import PortalView
from orgs.juniper.accounts import list_accounts


class InstalledPage(ListPage):
    """What the page and its download share."""

    table = INSTALLED

    def filters(self, query: Mapping[str, str]) -> dict[str, str]:
        found = super().filters(query)
        return {**found, "status": found["status"] if found["status"] in dict(STATUS_CHOICES) else ""}

    def wanted(self, filters: Mapping[str, str], sort: str) -> InstalledFilter:
        """The filters of the page as a query understands them."""
        words = tuple(filters["q"].split())
        return InstalledFilter(model=filters["model"], status=filters["status"], words=words, sort=sort)


class Installed(InstalledPage):
    """The list."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        accounts = list_accounts(self.actor, self.org, VIEW_INVENTORY)
        return self.opening() or self.render("inventory/installed_base.html", **self._page(accounts))

    def _page(self, accounts: list[Any]) -> dict[str, Any]:
        found, problem = self._found()
        shown = self.layout.filters
        total = count_installed(self.actor, self.org)
        counted = count_per_tab(self.actor, self.org)
        counts = {**{kind: count for kind, (count, _) in counted.items()}, "installed": total}
        base = f"/orgs/{self.org.id}/{INSTALLED.path}"
        return self.listed(
            slice=found,
            problem=problem,
            total=total,
            filtered=any(shown.values()),
            accounts=accounts,
            read=any(one.refreshed_at for one in accounts),
            waiting=any(one.is_waiting for one in accounts),
            configured=bool(settings.JUNIPER_URL),
            may_refresh=self.actor.can(MANAGE_DEVICES, self.org),
            models=installed_models(self.actor, self.org),
            statuses=STATUS_CHOICES,
            tabs=device_tabs(self.actor, self.org, counts, "installed"),
            clear_url=f"{base}?view=",
            csv=f"{base}.csv",
            complete="Complete Installed Base",
            link_url=f"/orgs/{self.org.id}/settings/juniper/link",
        )

    def _found(self) -> tuple[Slice, str]:
        page = self.layout.page
        try:
            found = self._rows(page)
        except Invalid as error:
            return Slice([], 0, page), str(error)
        if found.total and not found.rows:  # the list has become shorter than the page asked for
            found = self._rows(Page(found.pages, page.limit))
        return found, ""

    def _rows(self, page: Page) -> Slice:
        layout = self.layout
        filters = self.wanted(layout.filters, layout.sort)
        return list_installed(self.actor, self.org, filters=filters, page=page, reads=layout.reads)


class InstalledCsv(InstalledPage):
    """Installed Base as CSV, streamed: complete, or the rows and columns of the page that asks for them."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponseBase:
        filters = self.wanted(self.filters(request.GET), self.layout.sort)
        columns = self.layout.columns if request.GET.get("columns") else ()
        return self.download(stream_installed(self.actor, self.org, filters, columns), "installed-base")


class InstalledProgress(PortalView):
    """Whether the accounts are still being read; once they are, the page that asks is loaded again."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        accounts = list_accounts(self.actor, self.org, VIEW_INVENTORY)
        if any(one.is_waiting for one in accounts):
            return HttpResponse(status=204)
        return HttpResponse(headers={"HX-Refresh": "true"})


class RefreshInstalled(PortalView):
    """Wants fresh devices of every linked account."""

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        count = ask_refresh(self.actor, self.org)
        said = "Refreshing Installed Base." if count else "A refresh is under way already."
        return self.done(said, to=f"/orgs/{org_id}/{INSTALLED.path}?view=")
