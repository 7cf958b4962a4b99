"""Asking another server for JSON: certificates verified, no redirect followed, size and time bounded.

What is sent may be a secret, so the address has to be https; plain http is for this machine only.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import structlog
import urllib3

log = structlog.get_logger(__name__)

_CONNECT: Final = 5.0  # seconds
_SILENCE: Final = 10.0


class Unanswered(Exception):
    """No usable answer came; the text is for people."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, whatever its status."""

    status_code: int
    content: bytes

    def json(self) -> Any:
        """The answer as JSON; raises ValueError for anything else."""
        return orjson.loads(self.content)

    def raise_for_status(self) -> None:
        """Raise Unanswered for anything but a success."""
        if self.status_code != 200:
            raise Unanswered(f"The other server answered {self.status_code}.")


class Outgoing:
    """One conversation: `seconds` for all of it, `silence` for each piece, `most` bytes for each answer.

    `named` is what the other side is called in sentences for people.
    """

    def __init__(
        self,
        named: str = "The other server",
        *,
        seconds: float = 15.0,
        silence: float = _SILENCE,
        most: int = 256 * 1024,
    ) -> None:
        timeout = urllib3.Timeout(connect=_CONNECT, read=silence)
        self._pool = urllib3.PoolManager(num_pools=2, timeout=timeout, retries=False)
        self._named, self._until, self._most = named, time.monotonic() + seconds, most

    def close(self) -> None:
        """Let go of the connections that are kept."""
        self._pool.clear()

    def ask(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> Answer:
        """The answer to one request; raises Unanswered."""
        require_safe(url)
        sent = {"Accept": "application/json", "User-Agent": "mistadmin", **(headers or {})}
        try:
            answer = self._pool.request(
                method,
                url,
                headers=sent,
                body=body,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                return Answer(answer.status, self._read(answer))
            finally:
                answer.close()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            log.warning("outgoing.unanswered", server=self._named, error=f"{type(error).__name__}: {error}")
            raise Unanswered(self._reason(error)) from None

    def _read(self, answer: urllib3.BaseHTTPResponse) -> bytes:
        content = bytearray()
        # What arrives, not what was asked for: a server that drips must not hold the worker.
        while piece := answer.read1(64 * 1024):
            content += piece
            if len(content) > self._most:
                raise Unanswered(f"{self._named} sent an answer that is too long.")
            if time.monotonic() > self._until:
                raise Unanswered(f"{self._named} takes too long to answer.")
        return bytes(content)

    def _reason(self, error: Exception) -> str:
        if isinstance(error, urllib3.exceptions.SSLError):
            return f"The certificate of {self._named[:1].lower()}{self._named[1:]} is not trusted."
        # A refused connection is a timeout to urllib3.
        refused = isinstance(error, urllib3.exceptions.NewConnectionError)
        if isinstance(error, (urllib3.exceptions.TimeoutError, TimeoutError)) and not refused:
            return f"{self._named} takes too long to answer."
        return f"{self._named} does not answer."


def require_safe(url: str) -> None:
    """Raise Unanswered for an address that must not be given secrets."""
    parts = urlsplit(url)
    local = parts.scheme == "http" and _is_loopback(parts.hostname or "")
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise Unanswered("The other server has an address without https.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
