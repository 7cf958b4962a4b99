"""Adopt switches and WAN edges (guide: Inventory, Adopt): they join by the organization's adopt secret.

A unit proves that it is itself by its own secret and that somebody wanted it here by a secret of the scope
in the commands that were typed into it. Whoever has only one of the two is a stranger.
"""

from __future__ import annotations

import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.log import record
from inventory import actions, telemetry
from inventory.models import AdoptSecret, Device, Unit
from inventory.scopes import Scope, scope_secret
from inventory.shapes import Report
from inventory.telemetry import Assignment, Caller
from mistadmin.core.access import CLAIM, MANAGE_ORG, VIEW_INVENTORY, Actor, Place, Placed
from mistadmin.core.actions import action
from mistadmin.core.secrets import seal, unseal
from orgs.models import Org
from sites.models import Site

_NOWHERE: Final = "inventory_adoptsecret:secret:"


@dataclass(frozen=True, slots=True)
class Credential:
    """What the commands carry: the scope they open, as text, and its secret."""

    scope: str
    secret: str


class Stranger(Exception):
    """This unit cannot join there; the text says why, for the log."""


def adopt_secret_place(org_id: UUID) -> str:
    """Where an organization's adopt secret is stored, as the seal knows it."""
    return f"{_NOWHERE}{org_id}"


@action(needs=CLAIM)
def make_credential(
    actor: Actor, place: Placed, *, until: int | None = None, serials: Sequence[str] = ()
) -> Credential:
    """What lets switches and WAN edges join an organization, or one site of it when one is passed.

    The organization's secret is made when it is first needed; the credential is the same until it is rotated.
    """
    scope = str(Scope(place.org_id, getattr(place, "site_id", None), until, tuple(serials)))
    fresh = {"secret": partial(_fresh, place.org_id)}
    row, is_new = AdoptSecret.objects.get_or_create(org_id=place.org_id, defaults=fresh)
    if is_new:
        record(actor, "inventory.adoption.opened", row)
    return Credential(scope, scope_secret(_opened(row), scope))


@action(needs=MANAGE_ORG)
def rotate_secret(actor: Actor, org: Org) -> None:
    """Replace the adopt secret: every command shown before stops working, and adopted devices stay."""
    fresh = {"secret": _fresh(org.org_id)}
    row, _ = AdoptSecret.objects.update_or_create(org_id=org.org_id, defaults=fresh)
    record(actor, "inventory.adoption.rotated", row)


def count_adopted(actor: Actor, org: Placed, *, type: str, since: datetime) -> int:
    """How many devices of a type joined since then, of those the actor sees."""
    seen = Device.objects.in_org(actor, org.org_id, VIEW_INVENTORY)
    return int(seen.filter(adopted=True, type=type, created_time__gte=since).count())


def find_secret(scope: Scope) -> str:
    """The secret of a scope, for the device API; one nobody knows, after as much work, when there is none."""
    row = AdoptSecret.objects.filter(org_id=scope.org_id).first()
    if row is None:
        return scope_secret(unseal(seal(random.token_hex(32), _NOWHERE), _NOWHERE), str(scope))
    return scope_secret(_opened(row), str(scope))


def find_serial(mac: str) -> str:
    """The serial of a unit, for the device API; "" when there is no such unit."""
    return Unit.objects.filter(mac=mac).values_list("serial", flat=True).first() or ""


@transaction.atomic
def adopt(
    caller: Caller, scope: Scope, report: Report, *, called_at: Decimal, src_ip: str | None
) -> Assignment | None:
    """Let a unit that proved both secrets join, and take its first report; its own devices just report.

    Raises Stranger when it cannot join there, and Replayed.
    """
    unit = Unit.objects.defer("secret").get(mac=caller.mac)
    if unit.type not in actions.ADOPTABLE:
        raise Stranger("neither switch nor WAN edge")
    if not scope.admits(unit.serial, timezone.now().timestamp()):
        raise Stranger("the registration code has expired or is for other serials")
    if unit.org_id is None:
        _join(unit, scope, src_ip)
    if unit.org_id != scope.org_id:
        raise Stranger("belongs to another organization")
    return telemetry.check_in(replace(caller, org_id=scope.org_id), report, called_at=called_at)


def _join(unit: Unit, scope: Scope, src_ip: str | None) -> None:
    if scope.site_id and not Site.objects.filter(id=scope.site_id, org_id=scope.org_id).exists():
        raise Stranger("the site does not exist any more")
    place = Place(scope.org_id, scope.site_id)
    actions.adopt_unit(Actor.device(f"{unit.model} {unit.mac}", place, src_ip), place, mac=unit.mac)
    # Whoever won: another organization may have asked at the same moment.
    unit.refresh_from_db(fields=["org"])


def _fresh(org_id: UUID) -> bytes:
    return seal(random.token_hex(32), adopt_secret_place(org_id))


def _opened(row: AdoptSecret) -> str:
    return unseal(bytes(row.secret), adopt_secret_place(row.org_id))
