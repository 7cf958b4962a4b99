"""Builders of device calls: a report as an access point sends it, and the signed request around it."""

from __future__ import annotations

import json
import time
from typing import Any, Final

from django.http import HttpResponse
from django.test import Client

from deviceapi import signing
from inventory.manufacturing import MadeUnit

PATH: Final = "/device/v1/checkin"
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
    unit: MadeUnit, body: bytes, *, at: float | str | None = None, secret: str = ""
) -> dict[str, str]:
    """The signed headers; `at` is the time of the call, now when left out."""
    called_at = at if isinstance(at, str) else f"{time.time() if at is None else at:.6f}"
    message = signing.canonical("POST", PATH, called_at, body)
    return {
        signing.MAC_HEADER: unit.mac,
        signing.TIME_HEADER: called_at,
        signing.SIGNATURE_HEADER: signing.sign(secret or unit.secret, message),
    }


def post(body: bytes, signed: dict[str, str], **extra: Any) -> HttpResponse:
    """Send a body with headers through the whole server."""
    answer: HttpResponse = Client().post(PATH, body, "application/json", headers=signed, **extra)
    return answer


def call(
    unit: MadeUnit, body: Any = None, *, at: float | str | None = None, secret: str = ""
) -> HttpResponse:
    """Check in: sign a body, an ordinary report when left out, and send it."""
    raw = json.dumps(report(unit) if body is None else body).encode()
    return post(raw, headers(unit, raw, at=at, secret=secret))
