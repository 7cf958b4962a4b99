"""A bare HTTP client on one kept connection; a full client would cost as much as the answers it measures."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


class BadReply(Exception):
    """The server answered something other than what was measured for."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and body of an answer."""

    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One connection to 127.0.0.1 with headers that every request carries."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        self.port = port
        self.headers = dict(headers or {})
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def get(self, path: str) -> Reply:
        """GET a path; raises BadReply for anything but 200."""
        return self.send("GET", path)

    def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a request and read the whole answer; raises BadReply for anything but 200."""
        reply = self.ask(method, path, body, headers)
        if reply.status != 200:
            raise BadReply(f"{method} {path} answered {reply.status}: {reply.body[:300]!r}")
        return reply

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a request and read the whole answer, whatever it is."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in {**self.headers, **(headers or {})}.items()]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        return self._read_reply()

    def _read_reply(self) -> Reply:
        while b"\r\n\r\n" not in self._buffer:
            self._receive()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines)
        if fields.get("transfer-encoding") == "chunked":
            return Reply(int(status[9:12]), self._read_chunks())
        return Reply(int(status[9:12]), self._read_bytes(int(fields.get("content-length", 0))))

    def _read_chunks(self) -> bytes:
        chunks = []
        while True:
            while b"\r\n" not in self._buffer:
                self._receive()
            size, _, self._buffer = self._buffer.partition(b"\r\n")
            chunks.append(self._read_bytes(int(size, 16)))
            self._read_bytes(2)
            if not chunks[-1]:
                return b"".join(chunks)

    def _read_bytes(self, count: int) -> bytes:
        parts, missing = [self._buffer[:count]], count - len(self._buffer)
        self._buffer = self._buffer[count:]
        while missing > 0:
            part = self._socket.recv(1 << 18)
            if not part:
                raise BadReply("the server closed the connection within an answer")
            parts.append(part[:missing])
            self._buffer = part[missing:]
            missing -= len(part)
        return b"".join(parts)

    def _receive(self) -> None:
        part = self._socket.recv(1 << 16)
        if not part:
            raise BadReply("the server closed the connection")
        self._buffer += part
