"""Units as a factory makes them: MAC, serial, claim code and a secret of their own."""

from __future__ import annotations

import secrets as random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from inventory.actions import ADOPTABLE
from inventory.identifiers import CODE_LETTERS, shown_code
from inventory.models import Unit
from inventory.models_catalog import EDGE_MODELS, MODELS, HardwareModel
from inventory.telemetry import unit_secret_place
from mistadmin.core import tenancy
from mistadmin.core.access import MANAGE_DEVICES, Actor
from mistadmin.core.errors import Invalid, NotAllowed
from mistadmin.core.secrets import seal, unseal
from orgs.models import Org

MOST_UNITS = 200_000
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class MadeUnit:
    """A unit as its label and its memory tell it; `secret` in clear."""

    mac: str
    serial: str
    model: str
    type: str
    claim_code: str
    secret: str


def make_units(actor: Actor, *, model: str, count: int) -> Iterator[MadeUnit]:
    """Manufacture units of a model; only the operator's commands may.

    Raises Invalid for an unknown model or a count out of range.
    """
    if not actor.is_system:
        raise NotAllowed(f"Only the operator manufactures units ({MANAGE_DEVICES} is not enough).")
    known = {**MODELS, **EDGE_MODELS}
    hardware = known.get(model)
    if hardware is None:
        raise Invalid({"model": f"{model!r} is not a known model; known are {', '.join(known)}"})
    if not 1 <= count <= MOST_UNITS:
        raise Invalid({"count": f"must be from 1 to {MOST_UNITS:,}"})
    return _made(hardware, count)


def claimed_units(actor: Actor, org: Org) -> Iterator[MadeUnit]:
    """The units an organization has claimed, by MAC, each with its secret in clear; only commands may ask."""
    return _revealed(actor, Unit.objects.filter(org=org))


def claimed_labels(actor: Actor, org: Org) -> list[tuple[str, str]]:
    """Serial and model of every unit an organization has claimed, by serial; only commands may ask."""
    if not actor.is_system:
        raise NotAllowed("Only the operator reads the labels of units.")
    return list(Unit.objects.filter(org=org).order_by("serial").values_list("serial", "model"))


def adoptable_units(actor: Actor) -> Iterator[MadeUnit]:
    """The switches and WAN edges that nobody owns, as `claimed_units` tells them."""
    return _revealed(actor, Unit.objects.filter(org=None, type__in=ADOPTABLE))


def _revealed(actor: Actor, units: QuerySet[Unit]) -> Iterator[MadeUnit]:
    if not actor.is_system:
        raise NotAllowed("Only the operator reads the secrets of units.")
    for unit in units.order_by("mac").iterator():
        secret = unseal(bytes(unit.secret), unit_secret_place(unit.mac))
        code = shown_code(unit.claim_code)
        yield MadeUnit(unit.mac, unit.serial, unit.model, unit.type, code, secret)


def make_edge(hardware: HardwareModel) -> Unit:
    """The unit of a Mist Edge that somebody sets up himself; whether he may, the caller asks."""
    (made,) = _new_batch(hardware, 1)
    return Unit.objects.create(**_columns(made))


def _made(hardware: HardwareModel, count: int) -> Iterator[MadeUnit]:
    while count > 0:
        batch = _new_batch(hardware, min(count, _BATCH))
        Unit.objects.bulk_create(Unit(**_columns(unit)) for unit in batch)
        yield from batch
        count -= len(batch)


def _new_batch(hardware: HardwareModel, count: int) -> list[MadeUnit]:
    macs = {f"{hardware.oui}{random.randbits(24):06x}" for _ in range(count + count // 100 + 10)}
    with tenancy.across():
        macs -= set(Unit.objects.filter(mac__in=macs).values_list("mac", flat=True))
    return [_new_unit(hardware, mac) for mac in sorted(macs)[:count]]


def _new_unit(hardware: HardwareModel, mac: str) -> MadeUnit:
    # The serial repeats the number of the MAC, so it is unique without a look at the table.
    serial = f"{hardware.serial}{int(mac[6:], 16):08d}"
    code = "".join(random.choice(CODE_LETTERS) for _ in range(15))
    return MadeUnit(mac, serial, hardware.name, hardware.type, shown_code(code), random.token_hex(32))


def _columns(unit: MadeUnit) -> dict[str, Any]:
    return {
        "mac": unit.mac,
        "serial": unit.serial,
        "model": unit.model,
        "type": unit.type,
        "claim_code": unit.claim_code.replace("-", ""),
        "secret": seal(unit.secret, unit_secret_place(unit.mac)),
    }
