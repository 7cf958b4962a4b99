"""Search: the page of its results, the palette, and what the palette finds while one types."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from inventory.search import OPERATORS
from mistadmin.core.errors import Invalid
from mistadmin.core.paging import Page
from mistadmin.core.portal import PortalView
from mistadmin.core.search_text import Completion, completions
from mistadmin.portal.finding import Finder, Group

_TYPING: Final = Page(limit=5)
_OVERVIEW: Final = Page(limit=10)
_ONE_GROUP: Final = 50
_MOST_COMPLETIONS: Final = 8
_MOST_TYPED: Final = 500


class SearchPage(PortalView):
    """What the page and the palette share."""

    def typed(self) -> str:
        """What was typed; nobody types more than this."""
        return self.request.GET.get("q", "")[:_MOST_TYPED]

    def found(self, page: Page, *, only: str = "") -> dict[str, Any]:
        """The groups of results, or the problem of the search as a sentence."""
        groups: list[Group] = []
        problem = ""
        try:
            groups = Finder(self.actor, self.org, self.typed()).groups(page, only=only)
        except Invalid as error:
            problem = error.fields.get("q") or str(error)
        return {"q": self.typed(), "groups": groups, "problem": problem}


class Search(SearchPage):
    """Everything that matches: a few of each group, or one group page by page."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        only = request.GET.get("in", "")
        asked = Page.of(request.GET)
        page = Page(asked.number, _ONE_GROUP) if only else _OVERVIEW
        operators = [{"key": key, "help": one.help} for key, one in OPERATORS.items()]
        return self.render("search/page.html", **self.found(page, only=only), only=only, operators=operators)


class Palette(SearchPage):
    """The content of the palette before anything is typed."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        return self.render("search/_palette.html", **self.found(_TYPING))


class Found(SearchPage):
    """What the palette shows for what is typed so far, and how it may go on."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        goes_on = self._completions()
        shown = self.found(_TYPING)
        if goes_on:  # an operator that is not finished is no mistake yet
            shown["problem"] = ""
        return self.render("search/_found.html", **shown, completions=goes_on)

    def _completions(self) -> list[Completion]:
        return completions(self.typed(), OPERATORS)[:_MOST_COMPLETIONS]
