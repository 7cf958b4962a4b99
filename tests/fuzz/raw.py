"""Requests that no client library would send, made from a seed and sent over a plain socket.

Whatever comes, the server answers with anything but a 5xx, or hangs up; and it does so soon.
"""

from __future__ import annotations

import contextlib
import random
import re
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from tests.fuzz.bad_bodies import bad_content_type, bad_json, large
from tests.fuzz.bad_claims import bad_condition, bad_cookie, bad_credential, device
from tests.fuzz.bad_frames import bad_header, bad_length, chunked
from tests.fuzz.bad_lines import bad_path, bad_query, bad_request_line, cut, flipped, no_http
from tests.fuzz.wire import Address, spoken

# Longer than any answer may take; a connection that says nothing for so long hangs.
PATIENCE: Final = 20.0
# How long a whole request is waited for before our side of the connection is closed.
_HEADSTART: Final = 2.0
_STATUS: Final = re.compile(rb"^HTTP/1\.[01] (\d{3})", re.M)
_AT_ONCE: Final = 8


@dataclass(frozen=True)
class Raw:
    """One request as bytes, and what is wrong with it."""

    number: int
    kind: str
    data: bytes


@dataclass
class Outcome:
    """What became of all of them."""

    sent: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    closed: int = 0
    faults: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def requests(addresses: Sequence[Address], seed: int, count: int) -> Iterator[Raw]:
    """So many malformed requests, always the same for a seed and addresses; every kind in its turn."""
    chance = random.Random(seed)
    kinds = list(_KINDS.items())
    for number in range(count):
        kind, make = kinds[number % len(kinds)]
        address = chance.choice(addresses)
        yield Raw(number, kind, make(chance, address))


def send_all(port: int, raws: Iterable[Raw]) -> Outcome:
    """Send them, several at once, and note what is answered."""
    outcome = Outcome()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for raw, (statuses, seconds, hung) in pool.map(lambda raw: (raw, send(port, raw.data)), raws):
            outcome.sent += 1
            outcome.kinds[raw.kind] += 1
            outcome.statuses.update(statuses)
            outcome.closed += not statuses
            outcome.seconds.append(seconds)
            if hung or any(status >= 500 for status in statuses):
                told = "hangs" if hung else f"answers {statuses}"
                shown = f"{raw.data[:600]!r}{'…' if len(raw.data) > 600 else ''}"
                outcome.faults.append(f"no. {raw.number} ({raw.kind}) {told}: {shown}")
    return outcome


def send(port: int, data: bytes) -> tuple[list[int], float, bool]:
    """The statuses of what was answered, seconds to the first byte of it, and whether nothing ever came.

    The server may wait for what is missing of a request; seconds are counted from when it knows all of it.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        # Refused before all of it was read, as what is too large: what was said counts.
        with contextlib.suppress(OSError):
            connection.sendall(data)
        answer, seconds = _first(connection)
        if answer is None:
            return [], PATIENCE, True
        return [int(status) for status in _STATUS.findall(answer + _rest(connection))], seconds, False


def _first(connection: socket.socket) -> tuple[bytes | None, float]:
    """The first bytes of the answer, empty when the server hung up, None for silence; and seconds."""
    for patience in (_HEADSTART, PATIENCE):
        began = time.perf_counter()
        connection.settimeout(patience)
        try:
            return connection.recv(65536), time.perf_counter() - began
        except TimeoutError:
            # Perhaps the server waits for the rest: there is none.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            return b"", time.perf_counter() - began
    return None, PATIENCE


def _rest(connection: socket.socket) -> bytes:
    connection.settimeout(0.3)
    rest = b""
    # It keeps the connection open, or has cut it.
    with contextlib.suppress(OSError):
        while part := connection.recv(65536):
            rest += part
    return rest


def pipelined(chance: random.Random, at: Address) -> bytes:
    """A malformed request between two good ones on one connection."""
    kinds = [make for make in _KINDS.values() if make is not pipelined]
    open_headers = [pair for pair in at.headers if pair[0] != b"Connection"]
    good = spoken(at.method, at.path, open_headers, at.body)
    return good + chance.choice(kinds)(chance, at) + good


_KINDS: Final[dict[str, Callable[[random.Random, Address], bytes]]] = {
    "request line": bad_request_line,
    "path": bad_path,
    "query": bad_query,
    "header": bad_header,
    "length": bad_length,
    "chunked": chunked,
    "json": bad_json,
    "json again": bad_json,
    "content type": bad_content_type,
    "content type again": bad_content_type,
    "condition": bad_condition,
    "cookie": bad_cookie,
    "credential": bad_credential,
    "device call": device,
    "no http": no_http,
    "pipelined": pipelined,
    "large": large,
    "cut off": cut,
    "flipped bytes": flipped,
}
KINDS: Final = tuple(_KINDS)
