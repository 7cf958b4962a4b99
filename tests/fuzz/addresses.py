"""Every sort of address for the malformed requests: API, portal, devices, files, and what is nowhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from tests.accounts.routes import pages
from tests.arch.routes import Operation, operations
from tests.fuzz.callers import Caller, Callers
from tests.fuzz.scene import PARAMETERS, Scene, Target
from tests.fuzz.wire import Address, Headers

# What would end the token or the session that all of them share, each with the reason.
LEFT_OUT: Final = {
    "DELETE self": "deletes the account",
    "POST logout": "ends the session",
    "POST /logout": "ends the session",
    "POST /account/delete": "deletes the account",
}
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_FILES: Final = 6
_NOWHERE: Final = (
    "/",
    "/nothing",
    "/api/",
    "/api/v1/nothing",
    "/api/v2/self",
    "/device/v2/x",
    "/static/",
    "/favicon.ico",
)
_OPEN: Final = ("/healthz", "/api/openapi.json", "/api/docs", "/robots.txt", "/.well-known/x", "/admin/")
# How pages end whose form deletes.
_DELETING: Final = ("/delete", "/revoke", "/cancel")
_UNKNOWN: Final = str(UUID(int=7))


def addresses(scene: Scene, callers: Callers, host: str) -> list[Address]:
    """All of them, each asked for as somebody who may."""
    token, session = callers.by_token(), callers.in_session()
    found = [
        _of(scene, one, f"/api/v1/{one.path}", token, host)
        for one in operations()
        if str(one) not in LEFT_OUT
    ]
    found += [_of(scene, one, one.path, session, host) for one in pages() if str(one) not in LEFT_OUT]
    static = sorted(path for path in Path(settings.STATIC_ROOT).rglob("*") if path.is_file())
    files = [
        f"/static/{path.relative_to(settings.STATIC_ROOT)}"
        for path in static[:: max(1, len(static) // _FILES)]
    ]
    # As often as the operations, or hardly any request would be for them.
    plain = [*_NOWHERE, *_OPEN, *files] * 3
    found += [Address(b"GET", path.encode(), _headers(session, host)) for path in plain]
    return found


def _of(scene: Scene, operation: Operation, path: str, caller: Caller, host: str) -> Address:
    names = _PARAMETER.findall(path)

    def value(match: re.Match[str]) -> str:
        # What is deleted is made for it, here and on pages: the others are about what is left.
        doomed = match[1] == names[-1] and (operation.method == "delete" or path.endswith(_DELETING))
        target = Target(scene.acme, path, caller.admin, doomed)
        return scene.value(match[1], target) if match[1] in PARAMETERS else _UNKNOWN

    body = b"" if operation.method in ("get", "delete") else b'{"name": "raw"}'
    if not path.startswith("/api/") and body:
        body = b"name=raw"
    method, filled = operation.method.upper().encode(), _PARAMETER.sub(value, path)
    kind = b"application/json" if path.startswith("/api/") else b"application/x-www-form-urlencoded"
    return Address(method, filled.encode(), [*_headers(caller, host), (b"Content-Type", kind)], body)


def _headers(caller: Caller, host: str) -> Headers:
    cookies = "; ".join(f"{name}={value}" for name, value in caller.cookies.items())
    told = {"Host": host, "Connection": "close", **caller.headers, **({"Cookie": cookies} if cookies else {})}
    return [(name.encode(), value.encode()) for name, value in told.items()]
