"""Builders of device calls: a report as an access point sends it, and the signed request around it."""

from __future__ import annotations

import json
import time
from typing import Any, Final

from django.http import HttpResponse
from django.test import Client

from deviceapi import signing
from inventory.adoption import Credential
from inventory.manufacturing import MadeUnit
from inventory.scopes import unit_key

PATH: Final = "/device/v1/checkin"
ADOPT_PATH: Final = "/device/v1/adopt"
LLDP: Final = {
    "system_name": "East_Floor 7_Nursing",
    "port_id": "ge-0/0/7",
    "port_desc": "Ward 7-12",
    "mgmt_addr": "10.7.255.2",
}


def report(unit: MadeUnit, **changes: Any) -> dict[str, Any]:
    """What the unit says when it checks in."""
    said = {
        "model": unit.model,
        "serial": unit.serial,
        "version": "0.14.29411",
        "ip": "10.7.0.12",
        "uptime": 3600,
        "lldp": LLDP,
        "dns_suffix": "east.example.org",
    }
    return said | changes


def headers(
    unit: MadeUnit, body: bytes, *, at: float | str | None = None, secret: str = "", path: str = PATH
) -> dict[str, str]:
    """The signed headers; `at` is the time of the call, now when left out."""
    called_at = at if isinstance(at, str) else f"{time.time() if at is None else at:.6f}"
    message = signing.canonical("POST", path, called_at, body)
    return {
        signing.MAC_HEADER: unit.mac,
        signing.TIME_HEADER: called_at,
        signing.SIGNATURE_HEADER: signing.sign(secret or unit.secret, message),
    }


def post(body: bytes, signed: dict[str, str], path: str = PATH, **extra: Any) -> HttpResponse:
    """Send a body with headers through the whole server."""
    answer: HttpResponse = Client().post(path, body, "application/json", headers=signed, **extra)
    return answer


def call(
    unit: MadeUnit, body: Any = None, *, at: float | str | None = None, secret: str = ""
) -> HttpResponse:
    """Check in: sign a body, an ordinary report when left out, and send it."""
    raw = json.dumps(report(unit) if body is None else body).encode()
    return post(raw, headers(unit, raw, at=at, secret=secret))


def adopting(
    unit: MadeUnit, credential: Credential, body: bytes, *, at: float | None = None, secret: str = ""
) -> dict[str, str]:
    """The headers of a unit that joins: signed by its own secret, and by that of the scope."""
    signed = headers(unit, body, at=at, secret=secret, path=f"{ADOPT_PATH}/{credential.scope}")
    called_at = signed[signing.TIME_HEADER]
    message = signing.canonical("POST", f"{ADOPT_PATH}/{credential.scope}", called_at, body)
    key = unit_key(credential.secret, unit.mac, unit.serial)
    return {**signed, signing.ADOPT_HEADER: signing.sign(key, message)}


def adopt(
    unit: MadeUnit, credential: Credential, *, at: float | None = None, secret: str = ""
) -> HttpResponse:
    """Join with an ordinary report."""
    raw = json.dumps(report(unit)).encode()
    signed = adopting(unit, credential, raw, at=at, secret=secret)
    return post(raw, signed, f"{ADOPT_PATH}/{credential.scope}")
