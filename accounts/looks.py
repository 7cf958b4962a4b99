"""Support Access: staff of the instance look into organizations that let them (ADR 0028; guide).

A look is kept in the session of whoever looks and judged with each request: it is over as soon as the
organization switches Support Access off, or the person is no staff any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self
from uuid import UUID, uuid4

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from audit.log import record
from audit.models import Entry
from mistadmin.core import tenancy
from mistadmin.core.access import SIGNED_IN, STAFF, SUPPORT, VIEW_AUDIT, Actor, Grant, Placed
from mistadmin.core.actions import action
from mistadmin.core.errors import NotVisible
from mistadmin.core.paging import Page, Slice
from mistadmin.core.text import lowered
from orgs.models import Org

KIND: Final = "support"
VIEWED: Final = "accounts.support.viewed"
_KEY: Final = "support_look"
# A page that stays open is told of again after so long.
_SAME_VIEW: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Look:
    """One look into an organization, from its start to its end; its entries in the log are about its id."""

    id: UUID
    org_id: UUID

    @classmethod
    def of(cls, request: HttpRequest) -> Self | None:
        """The look of a session as it is kept there, whether it may go on or not."""
        kept = request.session.get(_KEY)
        return cls(UUID(kept["id"]), UUID(kept["org_id"])) if kept else None


@dataclass(frozen=True, slots=True)
class View:
    """What was asked for in a look: its name in the log, its address, and what it was answered with."""

    name: str
    address: str
    method: str
    status: int
    site_id: UUID | None = None

    @property
    def was_given(self) -> bool:
        return self.status < 400


def begin(request: HttpRequest, own: Actor, org_id: UUID) -> None:
    """Let a session look into an organization from the next request on; raises NotVisible."""
    look = start_look(own, org_id=org_id)
    request.session[_KEY] = {"id": str(look.id), "org_id": str(look.org_id)}


def end(request: HttpRequest, own: Actor, *, reason: str = "") -> None:
    """End the look of a session, if there is one, and tell the log why."""
    look = Look.of(request)
    if look:
        record_end(own, look, reason=reason)
        del request.session[_KEY]


def actor_in(request: HttpRequest, own: Actor) -> Actor | None:
    """Who looks in this session; None when nobody does, and after ending a look that may not go on."""
    look = Look.of(request) if own.is_signed_in else None
    if look is None:
        return None
    over = "" if _is_open(look.org_id) else "The organization does not allow it"
    over = over if own.is_staff else "No longer of the staff of the instance"
    if over:
        end(request, own, reason=over)
        return None
    # Without an id: a look is into an organization, and opens nobody's account.
    grants = (Grant(SUPPORT, look.org_id),)
    return Actor(KIND, name=own.name, src_ip=own.src_ip, grants=grants, reads_only=True)


def list_open_orgs(actor: Actor, text: str, page: Page) -> Slice:
    """Id and name of the organizations that allow it, by name; `text` is in the name, or is the id."""
    actor.require(STAFF)
    found = _open_orgs().filter(_named(text)) if text else _open_orgs()
    rows = found.order_by("name", "id").values("id", "name")[page.start : page.start + page.limit]
    # Staff of the instance has no role in them: that they let support in is what shows their names.
    with tenancy.across():
        return Slice(list(rows), found.count(), page)


def last_look(actor: Actor, org: Placed) -> datetime | None:
    """When support last saw something of an organization; None if never, and for who may not see the log."""
    if not actor.can(VIEW_AUDIT, org):
        return None
    seen = Entry.objects.filter(org_id=org.org_id, event=VIEWED).order_by("-timestamp")
    return seen.values_list("timestamp", flat=True).first()


def was_seen(look: Look, address: str) -> bool:
    """Whether the log tells of this very address already, so that asking it anew by itself is no view."""
    since = timezone.now() - _SAME_VIEW
    seen = Entry.objects.filter(object_id=look.id, timestamp__gte=since, event=VIEWED)
    with tenancy.within([look.org_id]):
        return seen.filter(after__address=address).exists()


@action(needs=STAFF)
def start_look(actor: Actor, *, org_id: UUID) -> Look:
    """Write into the log that a look begins; raises NotVisible alike for an unknown id and a closed one."""
    if not _is_open(org_id):
        raise NotVisible
    look = Look(uuid4(), org_id)
    with tenancy.within([org_id]):
        record(_support(actor), "accounts.support.started", _Told.of(look))
    return look


@action(needs=STAFF)
def record_view(actor: Actor, look: Look, *, view: View) -> None:
    """Write into the log what was asked for and whether it was given."""
    told, after = _Told.of(look, view), {key: getattr(view, key) for key in ("address", "method", "status")}
    # Also of what was asked for at no page at all.
    with tenancy.within([look.org_id]):
        if view.was_given:
            record(_support(actor), "accounts.support.viewed", told, after=after)
        else:
            record(_support(actor), "accounts.support.refused", told, after=after)


@action(needs=SIGNED_IN)
def record_end(actor: Actor, look: Look, *, reason: str) -> None:
    """Write into the log that a look has ended, also when whoever looked may not look any more."""
    with tenancy.within([look.org_id]):
        record(_support(actor), "accounts.support.ended", _Told.of(look), after={"reason": reason or "Left"})


@dataclass(frozen=True, slots=True)
class _Told:
    """What the organization's log tells of: a look, and the page in it."""

    pk: UUID
    org_id: UUID
    name: str = ""
    site_id: UUID | None = None

    @classmethod
    def of(cls, look: Look, view: View | None = None) -> Self:
        return cls(look.id, look.org_id, view.name, view.site_id) if view else cls(look.id, look.org_id)


def _support(actor: Actor) -> Actor:
    """The staff member as the log calls whoever looks."""
    return replace(actor, kind=KIND)


def _open_orgs() -> QuerySet[Any]:
    return Org.objects.filter(allow_mist=True)


def _is_open(org_id: UUID) -> bool:
    with tenancy.within([org_id]):
        return bool(_open_orgs().filter(id=org_id).exists())


def _named(text: str) -> Q:
    named = Q(name__lower__contains=lowered(text))
    try:
        return named | Q(id=UUID(text))
    except ValueError:
        return named
