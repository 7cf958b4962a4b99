"""Portal: configuration documents of every kind, generically."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse

from audit.queries import last_change
from mistadmin.core.edits import Clash, Edit
from mistadmin.core.errors import Invalid
from mistadmin.core.http import read_json
from mistadmin.core.paging import Page
from mistadmin.core.portal import PortalView, form_clash, form_problem
from mistadmin.core.resources import Resource
from mistadmin.core.shapes import READ_ONLY
from mistadmin.core.versions import Seen
from orgs import docs


class DocPage(PortalView):
    """What the pages of one kind of document share; `resource` is given to as_view by the URL."""

    resource: Resource = None  # type: ignore[assignment]

    @property
    def list_url(self) -> str:
        return f"/orgs/{self.org.id}/{self.resource.path}"

    def page(self, template: str, **context: Any) -> HttpResponse:
        """Render with what the kind is called and whether the viewer may change it."""
        can_manage = self.actor.can(self.resource.manage, self.org)
        kind: dict[str, Any] = {
            "resource": self.resource,
            "title": f"{self.resource.label}s",
            "back": self.list_url,
        }
        return self.render(template, can_manage=can_manage, **kind, **context)

    def form(self, doc: Any, values: Mapping[str, str], **more: Any) -> HttpResponse:
        """The form of one document; `doc` None is a new one."""
        return self.page("docs/form.html", doc=doc, values=values, **more)


class Docs(DocPage):
    """The documents of one kind."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        # The API's list has defaults, such as device profiles of access points; people look for all.
        every = dict.fromkeys(self.resource.filters, "all")
        found = docs.list_docs(self.actor, self.org, self.resource, page=Page.of(request.GET), filters=every)
        return self.page("docs/list.html", slice=found)


class CreateDoc(DocPage):
    """A new document."""

    def get(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        self.actor.require(self.resource.manage, self.org)
        return self.form(None, {"name": "", "body": "{}"})

    def post(self, request: HttpRequest, org_id: UUID) -> HttpResponse:
        values = _posted(request.POST)
        try:
            docs.create_doc(self.actor, self.org, resource=self.resource, values=_document(values))
        except Invalid as error:
            return self.form(None, values, status=422, **_problem(error))
        return self.done(f"{self.resource.label} created.", to=self.list_url)


class Doc(DocPage):
    """One document: its name, and its other keys as JSON."""

    def get(self, request: HttpRequest, org_id: UUID, doc_id: UUID) -> HttpResponse:
        doc = docs.get_doc(self.actor, self.org, self.resource, doc_id)
        edit = self._opening(doc)
        return self.form(doc, _shown(edit.opened or {}), edit=edit)

    def post(self, request: HttpRequest, org_id: UUID, doc_id: UUID) -> HttpResponse:
        doc = docs.get_doc(self.actor, self.org, self.resource, doc_id)
        values, edit = _posted(request.POST), Edit.posted(request.POST)

        def write(changes: Mapping[str, Any], seen: Seen) -> None:
            docs.update_doc(self.actor, doc, resource=self.resource, changes=changes, seen=seen)

        def now() -> Edit:
            return self._opening(docs.get_doc(self.actor, self.org, self.resource, doc_id))

        try:
            opened = edit.opened or self._opening(doc).opened or {}
            edit.save(_replacing(opened, _document(values)), write=write, now=now)
        except Clash as clash:
            by = last_change(self.actor, doc, "orgs.doc.updated")
            return self.form(doc, _shown(clash.merged), **form_clash(clash, by=by, labels={"name": "Name"}))
        except Invalid as error:
            return self.form(doc, values, status=422, edit=edit, **_problem(error))
        return self.done(f"{self.resource.label} saved.", to=request.path)

    def _opening(self, doc: Any) -> Edit:
        row = docs.doc_row(self.actor, self.resource, doc)
        shown = {key: value for key, value in row.items() if key not in READ_ONLY}
        return Edit.opening(docs.doc_version(self.resource, doc), shown)


class DeleteDoc(DocPage):
    """Deletes a document."""

    def post(self, request: HttpRequest, org_id: UUID, doc_id: UUID) -> HttpResponse:
        doc = docs.get_doc(self.actor, self.org, self.resource, doc_id)
        docs.delete_doc(self.actor, doc, resource=self.resource)
        return self.done(f"{self.resource.label} {doc.name} deleted.", to=self.list_url)


def _posted(form: Mapping[str, str]) -> dict[str, str]:
    return {"name": form.get("name", ""), "body": form.get("body", "")}


def _document(values: Mapping[str, str]) -> dict[str, Any]:
    """The document that a form describes; raises Invalid on `body` unless it is a JSON object."""
    try:
        body = read_json(values["body"].encode())
    except Invalid as error:
        raise Invalid({"body": f"is not accepted: {error}"}) from None
    if not isinstance(body, dict):
        raise Invalid({"body": "must be a JSON object"})
    return {**body, "name": values["name"]}


def _replacing(stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Changes that make a stored document what the form shows: a key taken out of the text is cleared."""
    gone = {key: None for key in stored if key not in wanted}
    return {**gone, **wanted}


def _shown(document: Mapping[str, Any]) -> dict[str, str]:
    body = {key: value for key, value in document.items() if key != "name"}
    return {"name": str(document["name"]), "body": orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()}


def _problem(error: Invalid) -> dict[str, Any]:
    """Problems of keys inside the JSON text stand at the text."""
    shown = form_problem(error)
    inside = [f"{path} {text}" for path, text in error.fields.items() if path not in ("name", "body")]
    if inside:
        fields = {path: text for path, text in error.fields.items() if path == "name"}
        shown["errors"] = {**fields, "body": "; ".join(inside)}
    return shown
