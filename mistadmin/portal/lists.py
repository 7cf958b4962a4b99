"""The windows of every list: its columns, and the views that people save of it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.actions.lists import arrange_list, choose_default_view, delete_view, save_view, update_view
from accounts.queries import get_view, list_memory, may_edit_view, opens_with
from mistadmin.core.access import SHARE_VIEWS
from mistadmin.core.errors import Invalid
from mistadmin.core.lists import list_url
from mistadmin.core.paging import Page
from mistadmin.core.portal import PortalView, form_problem
from mistadmin.core.tables import LIMITS, Column, Table, find_table

_STEPS: Final = {"up": -1, "down": 1}


class ListWindow(PortalView):
    """A window over a list. Its address carries the query of the list, and so does its form."""

    table: Table

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.key = kwargs.pop("key")
        return super().dispatch(request, *args, **kwargs)

    def open_list(self) -> dict[str, str]:
        """The parameters of the list behind the window; raises NotVisible or NotAllowed."""
        self.table = find_table(self.key)
        self.actor.require_somewhere(self.table.need, self.org.id)
        posted = dict(parse_qsl(self.request.POST.get("query", "")))
        if any("\0" in value for value in posted.values()):
            raise Invalid("NUL characters are not accepted.")
        return self.table.carried(posted if self.request.method == "POST" else self.request.GET)

    def url(self, query: dict[str, str]) -> str:
        """The list with these parameters."""
        return list_url(self.org.id, self.table, query)

    def window(self, template: str, query: dict[str, str], **context: Any) -> HttpResponse:
        """Render with what every window of a list is given."""
        return self.render(
            template,
            query=urlencode(query),
            back=self.url(query),
            list_url=f"/orgs/{self.org.id}/lists/{self.table.key}",
            may_share=self.actor.can(SHARE_VIEWS, self.org),
            **context,
        )


class Columns(ListWindow):
    """Which columns a list shows, in which order, and how many rows on a page."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        query = self.open_list()
        memory = list_memory(self.actor, self.table)
        keys = query["columns"].split(",") if "columns" in query else memory.columns
        shown = [one.key for one in self.table.arranged(keys, self._allowed())]
        return self._ask(query, shown, self._limit(query.get("limit", ""), memory.limit))

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        query, wanted = self.open_list(), request.POST.getlist("columns")
        limit = self._limit(request.POST.get("limit", ""))
        step, _, key = request.POST.get("move", "").partition(":")
        if step in _STEPS:
            return self._ask(query, wanted, limit, order=_moved(request.POST.getlist("order"), key, step))
        order = request.POST.getlist("order")
        wanted = sorted(wanted, key=lambda one: order.index(one) if one in order else len(order))
        reset = bool(request.POST.get("reset"))
        try:
            arrange_list(
                self.actor, table=self.table, values={"columns": [] if reset else wanted, "limit": limit}
            )
        except Invalid as error:
            return self._ask(query, wanted, limit, status=422, **form_problem(error))
        kept = {name: value for name, value in query.items() if name not in ("columns", "limit")}
        return self.done("Usual columns restored." if reset else "Columns saved.", to=self.url(kept))

    def _ask(
        self, query: dict[str, str], shown: list[str], limit: int, order: list[str] | None = None, **more: Any
    ) -> HttpResponse:
        known = {one.key: one for one in self._allowed()}
        keys = dict.fromkeys((*(order or shown), *known))
        columns = sorted((known[key] for key in keys if key in known), key=lambda one: not one.fixed)
        rows = [{"column": one, "shown": one.key in shown} for one in columns]
        return self.window("lists/columns.html", query, rows=rows, limit=limit, limits=LIMITS, **more)

    def _allowed(self) -> tuple[Column, ...]:
        return self.table.allowed(self.actor, self.org.id)

    def _limit(self, text: str, default: int | None = None) -> int:
        return next((one for one in LIMITS if str(one) == text), default or Page().limit)


class SaveView(ListWindow):
    """Save the list as it is shown under a name."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        return self._ask(self.open_list(), {})

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        query, values = self.open_list(), _values(request.POST)
        try:
            view = save_view(self.actor, self.org, table=self.table, values={**values, "query": query})
            if values["default"]:
                choose_default_view(self.actor, self.org, table=self.table, view=view)
        except Invalid as error:
            return self._ask(query, values, status=422, **form_problem(error))
        return self.done(f"View {view.name} saved.", to=self.url({**view.query, "view": str(view.id)}))

    def _ask(self, query: dict[str, str], values: dict[str, Any], **more: Any) -> HttpResponse:
        return self.window("lists/view.html", query, values=values, may_edit=True, **more)


class View(ListWindow):
    """One saved view: its name, who sees it, what it stands for, and whether the list opens with it."""

    def get(self, request: HttpRequest, org_id: UUID, view_id: UUID) -> HttpResponse:
        query = self.open_list()
        view = get_view(self.actor, self.org, self.table, view_id)
        default = opens_with(self.actor, view)
        return self._ask(query, view, {"name": view.name, "shared": view.shared, "default": default})

    def post(self, request: HttpRequest, org_id: UUID, view_id: UUID) -> HttpResponse:
        query, values = self.open_list(), _values(request.POST)
        view = get_view(self.actor, self.org, self.table, view_id)
        if request.POST.get("replace"):
            view = update_view(self.actor, view, table=self.table, values={"query": query})
            return self.done(f"View {view.name} updated.", to=self._url_of(view))
        try:
            if may_edit_view(self.actor, view):
                changes = {name: values[name] for name in ("name", "shared")}
                view = update_view(self.actor, view, table=self.table, values=changes)
            self._open_with(view, values["default"])
        except Invalid as error:
            return self._ask(query, view, values, status=422, **form_problem(error))
        return self.done(f"View {view.name} saved.", to=self._url_of(view))

    def _open_with(self, view: Any, wanted: bool) -> None:
        if wanted or opens_with(self.actor, view):
            choose_default_view(self.actor, self.org, table=self.table, view=view if wanted else None)

    def _url_of(self, view: Any) -> str:
        return self.url({**view.query, "view": str(view.id)})

    def _ask(self, query: dict[str, str], view: Any, values: dict[str, Any], **more: Any) -> HttpResponse:
        may_edit = may_edit_view(self.actor, view)
        return self.window("lists/view.html", query, view=view, values=values, may_edit=may_edit, **more)


class DeleteView(ListWindow):
    """Deletes a saved view; the list stays as it is shown."""

    def post(self, request: HttpRequest, org_id: UUID, view_id: UUID) -> HttpResponse:
        query = self.open_list()
        view = get_view(self.actor, self.org, self.table, view_id)
        delete_view(self.actor, view)
        query.pop("view", None)
        return self.done(f"View {view.name} deleted.", to=self.url(query))


def _values(form: Any) -> dict[str, Any]:
    return {
        "name": form.get("name", ""),
        "shared": bool(form.get("shared")),
        "default": bool(form.get("default")),
    }


def _moved(order: list[str], key: str, step: str) -> list[str]:
    """The keys with one of them a place further up or down."""
    if key not in order:
        return order
    at = order.index(key)
    to = min(max(at + _STEPS[step], 0), len(order) - 1)
    order.insert(to, order.pop(at))
    return order
