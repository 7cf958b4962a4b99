"""Configuration documents, generically: one list, read, create, update and delete for every kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.log import record, unmasked
from mistadmin.core.access import VIEW_ORG, Actor, Placed
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.models import ConfigDoc, TenantQuerySet, default_values
from mistadmin.core.paging import MOST, Page, Part, Slice
from mistadmin.core.resources import Resource
from mistadmin.core.shapes import epoch, merge
from mistadmin.core.versions import Seen, require_seen, version_of
from orgs.models import Org
from orgs.queries import Secrets


def list_docs(
    actor: Actor, org: Org, resource: Resource, *, page: Page, filters: Mapping[str, str] | None = None
) -> Slice:
    """A page of an organization's documents of one kind, by name."""
    rows = _rows(resource).in_org(actor, org.id, resource.view)
    for column, default in resource.filters.items():
        wanted = (filters or {}).get(column) or default
        if wanted != "all":
            rows = rows.filter(**{column: wanted})
    found = rows.order_by("name", "id")[page.start : page.start + page.limit]
    secrets = Secrets(actor, org.id)
    return Slice([_row(resource, doc, secrets) for doc in found], rows.count(), page)


def find_docs(actor: Actor, org: Org, resource: Resource, words: Iterable[str], page: Page) -> Part:
    """A page of the documents of a kind whose names hold every word, by name: id and name of each."""
    rows = _rows(resource).in_org(actor, org.id, resource.view)
    for word in words:
        rows = rows.filter(name__icontains=word)
    return Part.of(rows.order_by("name", "id").values("id", "name"), page)


def name_docs(
    actor: Actor, org: Placed, resource: Resource, *, need: str, filters: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Id and name of the documents of a kind, by name, for those who can do `need` somewhere there."""
    rows = _rows(resource).in_org(actor, org.org_id, need).filter(**filters).order_by("name", "id")
    return [{"id": str(one["id"]), "name": one["name"]} for one in rows.values("id", "name")[:MOST]]


def get_doc(actor: Actor, org: Org, resource: Resource, doc_id: UUID) -> ConfigDoc:
    """One document; raises NotVisible for an unknown id and for one of another organization or kind."""
    doc: ConfigDoc | None = _rows(resource).in_org(actor, org.id, resource.view).filter(id=doc_id).first()
    if doc is None:
        raise NotVisible
    return doc


def holds_doc(org_id: UUID, resource: Resource, doc_id: UUID) -> bool:
    """Whether an organization has this document; it is locked, so that it outlives the caller's change."""
    found = _rows(resource).filter(org_id=org_id, id=doc_id).select_for_update().values_list("id", flat=True)
    return bool(list(found))


def docs_by_id(
    actor: Actor, org_id: UUID, wanted: Iterable[tuple[Resource, UUID]]
) -> dict[str, dict[str, Any]]:
    """These documents of an organization as the API spells them, by the path of their kind; one of each."""
    found = {}
    for resource, doc_id in wanted:
        for doc in _rows(resource).filter(org_id=org_id, id=doc_id):
            found[resource.path] = doc_row(actor, resource, doc)
    return found


@action(needs=VIEW_ORG)
def create_doc(actor: Actor, org: Org, *, resource: Resource, values: Mapping[str, Any]) -> ConfigDoc:
    """Create a document of a kind; raises Invalid naming each bad field."""
    actor.require(resource.manage, org)
    document = merge(resource.shape, {}, unmasked(values, {}))
    doc = resource.model(org=org, **_columns(resource, document), body=_body(resource, document))
    if resource.kind:
        doc.kind = resource.kind  # type: ignore[attr-defined]
    _save(resource, doc)
    record(actor, "orgs.doc.created", _Named(resource, doc), after=document)
    return doc


@action(needs=VIEW_ORG)
def update_doc(
    actor: Actor, doc: ConfigDoc, *, resource: Resource, changes: Mapping[str, Any], seen: Seen = None
) -> ConfigDoc:
    """Change top-level keys of a document; absent keys stay. Raises Stale for another than was seen."""
    actor.require(resource.manage, doc)
    doc = resource.model._default_manager.select_for_update().get(pk=doc.pk)
    before = _document(resource, doc)
    require_seen(seen, doc, before)
    after = merge(resource.shape, before, unmasked(changes, before))
    if after == before:
        return doc
    for key, value in _columns(resource, after).items():
        setattr(doc, key, value)
    doc.body = _body(resource, after)
    doc.modified_time = timezone.now()
    _save(resource, doc)
    record(actor, "orgs.doc.updated", _Named(resource, doc), before=before, after=after)
    return doc


@action(needs=VIEW_ORG)
def delete_doc(actor: Actor, doc: ConfigDoc, *, resource: Resource, seen: Seen = None) -> None:
    """Delete a document; what referred to it refers to nothing afterwards. Raises Stale like update_doc."""
    actor.require(resource.manage, doc)
    doc = resource.model._default_manager.select_for_update().get(pk=doc.pk)
    before = _document(resource, doc)
    require_seen(seen, doc, before)
    record(actor, "orgs.doc.deleted", _Named(resource, doc), before=before)
    doc.delete()


def doc_version(resource: Resource, doc: ConfigDoc) -> str:
    """The version of a document."""
    return version_of(doc, _document(resource, doc))


def doc_row(actor: Actor, resource: Resource, doc: ConfigDoc) -> dict[str, Any]:
    """A document as the API spells it; secrets are masked for those who cannot change it or by no_reveal."""
    return _row(resource, doc, Secrets(actor, doc.org_id))


def _row(resource: Resource, doc: ConfigDoc, secrets: Secrets) -> dict[str, Any]:
    return {
        **secrets.shown(_document(resource, doc), resource.manage, doc),
        "id": str(doc.pk),
        "org_id": str(doc.org_id),
        "created_time": epoch(doc.created_time),
        "modified_time": epoch(doc.modified_time),
    }


class _Named:
    """A document as an audit target: its place and how its kind is called."""

    def __init__(self, resource: Resource, doc: ConfigDoc) -> None:
        self.pk, self.org_id, self.site_id = doc.pk, doc.org_id, None
        self.audit_names = {"label": resource.label, "name": doc.name}


def _rows(resource: Resource) -> TenantQuerySet:
    rows: TenantQuerySet = resource.model._default_manager.all()
    return rows.filter(kind=resource.kind) if resource.kind else rows


def _save(resource: Resource, doc: ConfigDoc) -> None:
    try:
        with transaction.atomic():
            doc.save()
    except IntegrityError:
        raise Invalid({"name": f"a {resource.label} called {doc.name!r} already exists"}) from None


def _document(resource: Resource, doc: ConfigDoc) -> dict[str, Any]:
    columns = {key: getattr(doc, key) for key in ("name", *resource.columns)}
    return {**columns, **doc.body}


def _columns(resource: Resource, document: Mapping[str, Any]) -> dict[str, Any]:
    defaults = default_values(resource.model, ("name", *resource.columns))
    return {key: document.get(key, default) for key, default in defaults.items()}


def _body(resource: Resource, document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in ("name", *resource.columns)}
