"""The stand-in as a server: passwords for tokens, and pages of what was sold to the account of a token."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from deviceapi.simulator.juniper.catalog import ACCOUNTS, Account, Sold, account_of, asset, sold_to

_LONGEST_BODY: Final = 16 * 1024
_MOST_ROWS: Final = 1000


class AccountService(ThreadingHTTPServer):
    """The service; `address` is its URL. Tokens outlive it: they follow from account and password."""

    daemon_threads = True

    def __init__(
        self,
        host: str,
        port: int,
        *,
        claimed: Iterable[Sold] = (),
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        super().__init__((host, port), _Handler)
        claimed = list(claimed)
        self.sold: dict[str, Sequence[Sold]] = {one.id: sold_to(one, claimed) for one in ACCOUNTS}
        self._scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            # The handshake is the thread's that serves the connection, not the one's that accepts all.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
            self._scheme = "https"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that has gone away is no fault of ours."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    @property
    def address(self) -> str:
        host, port = self.server_address[:2]
        return f"{self._scheme}://{host!s}:{port}"


def token_of(account: Account) -> str:
    """The token of an account; a new password makes it worthless."""
    mark = hmac.digest(account.password.encode(), account.id.encode(), hashlib.sha256)
    return f"{account.id}.{mark.hex()}"


class _Handler(BaseHTTPRequestHandler):
    server: AccountService
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self) -> None:
        if urlsplit(self.path).path != "/v1/tokens":
            return self._answer(HTTPStatus.NOT_FOUND)
        sent = self._body()
        if sent is None:
            return self._answer(HTTPStatus.BAD_REQUEST)
        account = account_of(str(sent.get("username", "")))
        password = str(sent.get("password", ""))
        if account is None or not hmac.compare_digest(password.encode(), account.password.encode()):
            return self._answer(HTTPStatus.UNAUTHORIZED)
        granted = {"token": token_of(account), "account": {"id": account.id, "name": account.name}}
        return self._answer(HTTPStatus.OK, granted)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path != "/v1/assets":
            return self._answer(HTTPStatus.NOT_FOUND)
        account = self._caller()
        if account is None:
            return self._answer(HTTPStatus.UNAUTHORIZED)
        asked = parse_qs(url.query)
        limit, after = asked.get("limit", ["100"])[-1], asked.get("after", [""])[-1]
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= _MOST_ROWS):
            return self._answer(HTTPStatus.BAD_REQUEST)
        return self._answer(HTTPStatus.OK, self._page(account, int(limit), after))

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody wants to hear of every call."""

    def _page(self, account: Account, limit: int, after: str) -> dict[str, Any]:
        rest = [one for one in self.server.sold[account.id] if one.serial > after]
        today = datetime.now(UTC).date()
        shown = rest[:limit]
        return {
            "assets": [asset(one, account, today) for one in shown],
            "next": shown[-1].serial if len(rest) > limit else None,
        }

    def _caller(self) -> Account | None:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        known = (one for one in ACCOUNTS if hmac.compare_digest(given, token_of(one).encode()))
        return next(known, None)

    def _body(self) -> dict[str, Any] | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LONGEST_BODY:
            return None
        try:
            sent = json.loads(self.rfile.read(int(length)))
        except ValueError:
            return None
        return sent if isinstance(sent, dict) else None

    def _answer(self, status: HTTPStatus, body: dict[str, Any] | None = None) -> None:
        content = json.dumps(body or {"detail": status.phrase}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status != HTTPStatus.OK:
            # What was not read of the body must not be taken for the next request.
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(content)
