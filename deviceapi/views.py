"""The check-in and the adoption. Plain views: devices call them by thousands, without session or form."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, Final

import orjson
import structlog
from django.db import IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from accounts.auth import client_address
from deviceapi import signing
from inventory import adoption, telemetry
from inventory.identifiers import mac_of
from inventory.scopes import read_scope, unit_key
from inventory.shapes import CHECKIN_SECONDS, Report
from inventory.telemetry import Assignment, Caller
from mistadmin.core import tenancy, throttle
from mistadmin.core.errors import Invalid, Refusal, Throttled, Unauthenticated
from mistadmin.core.http import JsonParser
from mistadmin.core.shapes import parse

log = structlog.get_logger(__name__)

# What is done with an authenticated call: the device and the time it called at, to what it is told.
Take = Callable[[HttpRequest, Caller, Decimal], dict[str, Any]]

# How far a device's clock may be off, in seconds.
CLOCK_SKEW: Final = 300
# Refused calls within the window before a pause. A device is counted together with the address it calls from,
# so that nobody can silence it from elsewhere; many devices of a building share one address.
DEVICE_TRIES, ADDRESS_TRIES, WINDOW_SECONDS = 10, 300, 300
BUSY_SECONDS: Final = 5

_TIME: Final = re.compile(r"[0-9]{1,11}(\.[0-9]{1,6})?", re.ASCII)
_SIGNATURE: Final = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_PARSER: Final = JsonParser()
# Verified against when no unit has the MAC, so that the answer takes as long as for a wrong secret.
_NOBODY: Final = Caller("", "0" * 64, None)


class Refused(Unauthenticated):
    """A call that is not accepted; devices get one text for every reason, the log gets the reason."""

    text = "The call was not accepted."

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


@csrf_exempt
def checkin(request: HttpRequest) -> HttpResponse:
    """Take a device's signed report once and tell the device where it belongs."""
    return _answered(request, _checked_in)


@csrf_exempt
def adopt(request: HttpRequest, scope: str) -> HttpResponse:
    """Let a switch or WAN edge that nobody owns join the organization whose commands were typed into it."""
    return _answered(request, partial(_adopted, spelled=scope))


def _answered(request: HttpRequest, take: Take) -> HttpResponse:
    if request.method != "POST":
        return _json({"detail": "Only POST is accepted."}, 405, Allow="POST")
    try:
        # A device knows a secret and no tenant: the unit and the organization are found by what it signs.
        with tenancy.across():
            return _json(_received(request, take))
    except Throttled as refusal:
        return _json({"detail": str(refusal)}, refusal.status, **{"Retry-After": str(refusal.retry_after)})
    except Unauthenticated as refusal:
        return _json({"detail": str(refusal)}, refusal.status, **{"WWW-Authenticate": "Device"})
    except Refusal as refusal:
        return _json({"detail": str(refusal)}, refusal.status)
    except OperationalError as error:
        # The device's row or the whole database is held by somebody; the device calls again by itself.
        log.warning("device.busy", error=str(error))
        return _json({"detail": "Busy, call again."}, 503, **{"Retry-After": str(BUSY_SECONDS)})


def _received(request: HttpRequest, take: Take) -> dict[str, Any]:
    mac = mac_of(request.headers.get(signing.MAC_HEADER, "")) or ""
    address = client_address(request)
    limits = {f"device:{address}": ADDRESS_TRIES, f"device:{address}:{mac}": DEVICE_TRIES}
    try:
        return take(request, *_authenticated(request, mac))
    except Refused as refused:
        # Only calls that fail are paused: noise from its own network must not silence a genuine device.
        throttle.require_rooms(limits, seconds=WINDOW_SECONDS)
        log.warning("device.refused", reason=refused.reason, mac=mac, address=address)
        for name, tries in limits.items():
            if throttle.count(name, seconds=WINDOW_SECONDS) == tries:
                log.warning("device.paused", name=name, seconds=WINDOW_SECONDS)
        raise


def _authenticated(request: HttpRequest, mac: str) -> tuple[Caller, Decimal]:
    called_at = request.headers.get(signing.TIME_HEADER, "")
    signature = request.headers.get(signing.SIGNATURE_HEADER, "")
    if not (mac and _TIME.fullmatch(called_at) and _SIGNATURE.fullmatch(signature)):
        raise Refused("malformed headers")
    caller = telemetry.find_caller(mac)
    genuine = signing.verify((caller or _NOBODY).secret, _signed(request), signature.lower())
    if caller is None:
        raise Refused("unknown MAC")
    if not genuine:
        raise Refused("wrong secret")
    if abs(float(called_at) - time.time()) > CLOCK_SKEW:
        raise Refused("stale time")
    return caller, Decimal(called_at)


def _signed(request: HttpRequest) -> bytes:
    return signing.canonical("POST", request.path, request.headers[signing.TIME_HEADER], request.body)


def _checked_in(request: HttpRequest, caller: Caller, called_at: Decimal) -> dict[str, Any]:
    report = parse(Report, _read(request.body))
    return _answer(_accepted(partial(telemetry.check_in, caller, report, called_at=called_at)))


def _adopted(request: HttpRequest, caller: Caller, called_at: Decimal, *, spelled: str) -> dict[str, Any]:
    scope, signature = read_scope(spelled), request.headers.get(signing.ADOPT_HEADER, "")
    if scope is None or not _SIGNATURE.fullmatch(signature):
        raise Refused("malformed adoption")
    key = unit_key(adoption.find_secret(scope), caller.mac, adoption.find_serial(caller.mac))
    if not signing.verify(key, _signed(request), signature.lower()):
        raise Refused("wrong adopt secret")
    report = parse(Report, _read(request.body))
    join = partial(adoption.adopt, caller, scope, report, called_at=called_at, src_ip=client_address(request))
    try:
        return _answer(_accepted(join))
    except adoption.Stranger as stranger:
        raise Refused(str(stranger)) from None
    except IntegrityError:
        raise Refused("the organization was deleted at the same moment") from None


def _read(body: bytes) -> Any:
    if not body.strip():
        raise Invalid("The body must be a JSON object.")
    return _PARSER.parse(io.BytesIO(body))


def _accepted(store: Callable[[], Assignment | None]) -> Assignment | None:
    try:
        return store()
    except telemetry.Replayed:
        raise Refused("replayed or older than the last accepted call") from None


def _answer(assignment: Assignment | None) -> dict[str, Any]:
    if assignment is None:
        places = dict.fromkeys(("org_id", "site_id", "name", "config", "config_hash"))
        return {"claimed": False, **places, "interval": CHECKIN_SECONDS}
    return {
        "claimed": True,
        "org_id": str(assignment.org_id),
        "site_id": assignment.site_id and str(assignment.site_id),
        "name": assignment.name or None,
        "config": assignment.handed.config,
        "config_hash": assignment.handed.version,
        "interval": CHECKIN_SECONDS,
    }


def _json(answer: dict[str, Any], status: int = 200, **headers: str) -> HttpResponse:
    return HttpResponse(orjson.dumps(answer), "application/json", status, headers=headers)
