"""How a call travels: signed HTTP over a connection that is kept open between calls."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from deviceapi import signing
from deviceapi.simulator.device import Device
from inventory.scopes import unit_key

PATH: Final = "/device/v1/checkin"
ADOPT_PATH: Final = "/device/v1/adopt"
_TIMEOUT: Final = 15.0
_LONGEST_ANSWER: Final = 1024 * 1024


class Unanswered(Exception):
    """Nobody answered, or not with an answer of the device API."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; `retry_after` in seconds when it asked for a pause."""

    status: int
    body: dict[str, Any]
    retry_after: float | None = None


class Target:
    """The server of the fleet; raises ValueError for anything but an http or https address."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is not an address such as https://console.example.org")
        self.url = url.rstrip("/")
        self._below = parts.path.rstrip("/")
        self._host, self._port = parts.hostname, parts.port
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None

    def path_of(self, device: Device) -> str:
        """Where the device calls: to check in, or to join first."""
        return self._below + (f"{ADOPT_PATH}/{device.joining.scope}" if device.joining else PATH)

    def connect(self) -> http.client.HTTPConnection:
        """A connection, opened with the first call."""
        if self._tls:
            return http.client.HTTPSConnection(self._host, self._port, timeout=_TIMEOUT, context=self._tls)
        return http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT)


class Connection:
    """One kept-open connection, for one thread."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._http = target.connect()

    def check_in(self, device: Device) -> Answer:
        """Send the device's report; raises Unanswered."""
        was_open = self._http.sock is not None
        try:
            return self._call(device)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if was_open and isinstance(error, ConnectionError):
                # The server closes idle connections; only a fresh one tells whether it is there.
                return self.check_in(device)
            raise Unanswered(str(error) or type(error).__name__) from error

    def close(self) -> None:
        """Close the connection; the next call opens it again."""
        self._http.close()

    def _call(self, device: Device) -> Answer:
        body = json.dumps(device.report(), ensure_ascii=False, separators=(",", ":")).encode()
        called_at, path = device.next_time(), self._target.path_of(device)
        message = signing.canonical("POST", path, called_at, body)
        headers = {
            "Content-Type": "application/json",
            signing.MAC_HEADER: device.mac,
            signing.TIME_HEADER: called_at,
            signing.SIGNATURE_HEADER: signing.sign(device.unit.secret, message),
        }
        if device.joining:
            key = unit_key(device.joining.secret, device.mac, device.unit.serial)
            headers[signing.ADOPT_HEADER] = signing.sign(key, message)
        self._http.request("POST", path, body, headers)
        response = self._http.getresponse()
        content = response.read(_LONGEST_ANSWER)
        if not response.isclosed():
            self.close()
            raise Unanswered("the answer is too long")
        return Answer(response.status, _object(content), _seconds(response.headers.get("Retry-After")))


def _object(content: bytes) -> dict[str, Any]:
    try:
        data = json.loads(content)
    except ValueError:
        raise Unanswered("the answer is not JSON; does the device API live at this address?") from None
    if not isinstance(data, dict):
        raise Unanswered("the answer is not a JSON object")
    return data


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isdecimal() else None
