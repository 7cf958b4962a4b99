"""Writes of how people like their lists: columns and rows, saved views, the view that a list opens with.

The account's own log tells what concerns one person alone; the organization's, of views that others see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Admin, ListPreference, SavedView
from accounts.queries import get_self, may_edit_view
from accounts.shapes import ArrangementShape, ViewShape
from audit.log import record
from mistadmin.core.access import SHARE_VIEWS, SIGNED_IN, VIEW_ORG, Actor
from mistadmin.core.actions import action
from mistadmin.core.errors import Invalid, NotAllowed, NotVisible
from mistadmin.core.shapes import parse
from mistadmin.core.tables import Table
from orgs.models import Org

_MOST_VIEWS: Final = 100  # of one list, by one person


@dataclass(frozen=True, slots=True)
class _OfAccount:
    """What the account's own log tells of: nothing that belongs to an organization."""

    pk: UUID
    name: str
    org_id: None = None
    site_id: None = None


@action(needs=SIGNED_IN)
def arrange_list(actor: Actor, *, table: Table, values: Mapping[str, Any]) -> None:
    """Remember the columns and the number of rows that the actor wants to see of a list."""
    admin, wish = get_self(actor), parse(ArrangementShape, values)
    unknown = set(wish.columns) - {one.key for one in table.columns if one.listed}
    if unknown:
        raise Invalid({"columns": f"{min(unknown)} is not a column of this list"})
    known, _ = ListPreference.objects.select_for_update().get_or_create(admin=admin, table=table.key)
    before = {"columns": known.columns, "limit": known.limit}
    after = {"columns": wish.columns, "limit": wish.limit}
    ListPreference.objects.filter(pk=known.pk).update(**after)
    record(actor, "accounts.list.arranged", _OfAccount(admin.id, table.label), before=before, after=after)


@action(needs=VIEW_ORG)
def save_view(actor: Actor, org: Org, *, table: Table, values: Mapping[str, Any]) -> SavedView:
    """Save filters, order and columns of a list under a name; raises Invalid for a name in use."""
    admin, wish = _owner(actor, table, org), parse(ViewShape, values)
    if SavedView.objects.filter(org=org, admin=admin, table=table.key).count() >= _MOST_VIEWS:
        raise Invalid({"name": f"is one too many; you have {_MOST_VIEWS} views of this list"})
    view = SavedView(org=org, admin=admin, table=table.key, name=wish.name, query=_of_list(table, wish.query))
    _share(actor, view, wish.shared)
    _save_view(view)
    record(actor, "accounts.view.created", _told(view, view.shared), after=_view_document(view))
    return view


@action(needs=VIEW_ORG)
def update_view(actor: Actor, view: SavedView, *, table: Table, values: Mapping[str, Any]) -> SavedView:
    """Rename a view, share it or keep it to oneself, or let it stand for another query; absent keys stay."""
    view = _locked(view)
    if not may_edit_view(actor, view):
        raise NotAllowed
    before = _view_document(view)
    wish = parse(ViewShape, {**before, **values})
    view.name, view.query, view.modified_time = wish.name, _of_list(table, wish.query), timezone.now()
    _share(actor, view, wish.shared)
    if _view_document(view) == before:
        return view
    _save_view(view)
    told = _told(view, view.shared or before["shared"])
    record(actor, "accounts.view.updated", told, before=before, after=_view_document(view))
    return view


@action(needs=VIEW_ORG)
def delete_view(actor: Actor, view: SavedView) -> None:
    """Delete a view; whoever had it opened by default gets the whole list again."""
    if not may_edit_view(actor, view):
        raise NotAllowed
    record(actor, "accounts.view.deleted", _told(view, view.shared), before=_view_document(view))
    view.delete()


@action(needs=VIEW_ORG)
def choose_default_view(actor: Actor, org: Org, *, table: Table, view: SavedView | None) -> None:
    """Let a list open with a view for the actor alone; None for the whole list."""
    admin = Admin.objects.select_for_update().get(pk=_owner(actor, table, org).pk)
    links = SavedView.default_for.through.objects.filter(admin_id=admin.pk, savedview__org=org)
    links = links.filter(savedview__table=table.key)
    before = next(iter(links.values_list("savedview__name", flat=True)), None)
    after = view.name if view else None
    if before == after and (view is None or links.filter(savedview=view).exists()):
        return
    SavedView.default_for.through.objects.filter(pk__in=list(links.values_list("pk", flat=True))).delete()
    if view:
        view.default_for.add(admin)
    told = _OfAccount(admin.id, table.label)
    record(actor, "accounts.view.defaulted", told, before={"view": before}, after={"view": after})


def _owner(actor: Actor, table: Table, org: Org) -> Admin:
    actor.require_somewhere(table.need, org.id)
    return get_self(actor)


def _locked(view: SavedView) -> SavedView:
    locked: SavedView | None = SavedView.objects.select_for_update().filter(pk=view.pk).first()
    if locked is None:
        raise NotVisible
    return locked


def _of_list(table: Table, query: Mapping[str, str]) -> dict[str, str]:
    """The parameters that a view keeps: those of the list, without the page and the view itself."""
    return {key: value for key, value in table.carried(query).items() if key not in ("view", "limit")}


def _share(actor: Actor, view: SavedView, shared: bool) -> None:
    if shared and not view.shared:
        actor.require(SHARE_VIEWS, view)
    view.shared = shared


def _save_view(view: SavedView) -> None:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise Invalid({"name": f"{view.name!r} is the name of another view of yours"}) from None


def _view_document(view: SavedView) -> dict[str, Any]:
    return {"list": view.table, "name": view.name, "shared": view.shared, "query": view.query}


def _told(view: SavedView, shared: bool) -> Any:
    """Where the log tells of a view: in the organization when others see it, else in the account's own."""
    return view if shared else _OfAccount(view.pk, view.name)
