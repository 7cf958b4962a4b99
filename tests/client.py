"""The client of the API tests: speaks JSON as clients do, and holds every reply against the contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpResponse
from django.test import Client

from accounts.models import Admin
from tests.contract import contract

BASE = "/api/v1"
_CSRF = "x" * 32


@dataclass(frozen=True)
class Reply:
    """What the server answered."""

    request: str
    status: int
    body: Any
    headers: Any

    def ok(self) -> Any:
        """The body of a success."""
        return self.expect(200)

    def expect(self, status: int) -> Any:
        """The body, once the status is the one expected."""
        assert self.status == status, f"{self.request} answered {self.status}, not {status}: {self.body}"
        return self.body


class ApiClient:
    """Somebody who calls the API: with a session and its CSRF header, with a token, or as nobody."""

    def __init__(self, admin: Admin | None = None, *, token: str = "", address: str = "127.0.0.1") -> None:
        self.http = Client(enforce_csrf_checks=True, REMOTE_ADDR=address)
        self.headers = {"Accept": "application/json, application/vnd.api+json"}
        if token:
            self.headers["Authorization"] = f"Token {token}"
        if admin:
            self.http.force_login(admin)
            self.http.cookies["csrftoken"] = _CSRF
            self.headers["X-CSRFToken"] = _CSRF

    def get(self, path: str, **query: Any) -> Reply:
        """GET; values of the query are spelled as Python clients spell them: True, not true."""
        return self.send("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: Any = None) -> Reply:
        return self.send("POST", path, _bytes(body))

    def put(self, path: str, body: Any = None, **headers: str) -> Reply:
        return self.send("PUT", path, _bytes(body), headers=headers)

    def delete(self, path: str, **headers: str) -> Reply:
        return self.send("DELETE", path, headers=headers)

    def send(
        self,
        method: str,
        path: str,
        data: bytes = b"",
        *,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Send bytes as they are; every other method ends here."""
        response = self.http.generic(
            method,
            f"{BASE}{path}",
            data,
            content_type=content_type,
            headers={**self.headers, **(headers or {})},
        )
        return _checked(method, path, response)


def _bytes(body: Any) -> bytes:
    return b"" if body is None else orjson.dumps(body)


def _checked(method: str, path: str, response: HttpResponse) -> Reply:
    named = f"{method} {path}"
    content = response.getvalue()
    if response.get("Content-Type", "").startswith("text/csv") and path.endswith("/export"):
        return Reply(named, response.status_code, content.decode("utf-8-sig"), response.headers)
    if response.get("Content-Type", "").startswith("application/samlmetadata+xml"):
        assert path.endswith("/metadata.xml"), named
        return Reply(named, response.status_code, content.decode(), response.headers)
    assert not content or response["Content-Type"].startswith("application/json"), (
        f"{named}: {response['Content-Type']}"
    )
    reply = Reply(named, response.status_code, orjson.loads(content) if content else None, response.headers)
    if reply.status >= 400:
        _check_error(method, path, reply)
    else:
        assert reply.status in (200, 304), f"{named} answered {reply.status}; every success is 200"
        _check_success(method, path, reply)
    return reply


def _check_error(method: str, path: str, reply: Reply) -> None:
    claim_results = method == "POST" and path.endswith(("/inventory", "/devices"))
    if claim_results and "reason" in (reply.body or {}):
        return  # the same body as a success: a result for each code
    assert isinstance(reply.body, dict), f"{reply.request}: an error must be an object, not {reply.body!r}"
    assert isinstance(reply.body.get("detail"), str), f"{reply.request}: no detail in {reply.body}"
    assert reply.body["detail"], f"{reply.request}: the detail is empty"


def _check_success(method: str, path: str, reply: Reply) -> None:
    document = contract()
    operation = document.find(method, f"{BASE}{path.partition('?')[0]}") if document else None
    if document is None or operation is None or reply.body in (None, {}):
        return
    problems = document.problems(operation, reply.body)
    assert not problems, f"{reply.request} ({operation.id}) breaks the contract:\n" + "\n".join(problems)
