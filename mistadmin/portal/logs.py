"""Audit Logs: who did what and when, with the names of the sites concerned."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from audit.forms import DEFAULT, PRESETS, default_values, period, shown_filters
from audit.queries import EntryFilter, count_entries, get_entry, list_entries
from mistadmin.core.errors import Invalid
from mistadmin.core.paging import Page, Slice
from mistadmin.core.portal import PortalView, posted_id
from sites.queries import list_sites


class LogPage(PortalView):
    """What the list and the details of one entry share."""

    def site_names(self) -> dict[UUID, str]:
        """Names of the sites the viewer sees; an MSP has none."""
        return {site["id"]: site["name"] for site in list_sites(self.actor, self.org)} if self.org else {}


class Logs(LogPage):
    """The entries of a period, newest first."""

    def get(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        now, zone = timezone.now(), request.user.timezone  # type: ignore[union-attr]
        shown, page = shown_filters(request.GET), Page.of(request.GET)
        names, found, admins = self.site_names(), Slice([], 0, page), []
        filled = default_values(shown, now, zone)
        try:
            start, end = period(filled, now, zone)
            filters = EntryFilter(start, end, shown["admin"], posted_id(shown, "site"), shown["q"])
            found = list_entries(self.actor, self.tenant, filters=filters, page=page)
            admins = self._admins(EntryFilter(start, end))
        except Invalid as error:
            messages.error(request, "; ".join(error.fields.values()).capitalize() or str(error))
        rows = [{**row, "site_name": names.get(row["site_id"])} for row in found.rows]
        return self.render(
            "audit/list.html",
            filters=filled,
            presets=PRESETS,
            admins=admins,
            sites=[{"id": key, "name": name} for key, name in names.items()],
            slice=Slice(rows, found.total, page),
            filtered=shown["preset"] != DEFAULT or any(shown[name] for name in ("admin", "site", "q")),
        )

    def _admins(self, filters: EntryFilter) -> list[Any]:
        counted = count_entries(self.actor, self.tenant, distinct="admin_name", filters=filters)
        return sorted(row["admin_name"] for row in counted)


class Entry(LogPage):
    """One entry with what it changed."""

    def get(self, request: HttpRequest, entry_id: UUID, **ids: UUID) -> HttpResponse:
        entry = get_entry(self.actor, self.tenant, entry_id)
        site_name = self.site_names().get(entry["site_id"])
        return self.render("audit/_detail.html", entry={**entry, "site_name": site_name})
