"""A request as bytes, written properly or not: nothing is checked here."""

from __future__ import annotations

from dataclasses import dataclass

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Address:
    """Something the server serves, and how it is asked for properly."""

    method: bytes
    path: bytes
    headers: Headers
    body: bytes = b""


def spoken(method: bytes, path: bytes, headers: Headers, body: bytes = b"") -> bytes:
    """A request as bytes; nothing is checked."""
    told = [method + b" " + path + b" HTTP/1.1", *(name + b": " + value for name, value in headers)]
    if body:
        told.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(told) + b"\r\n\r\n" + body


def proper(address: Address, *more: tuple[bytes, bytes]) -> bytes:
    """The request that asks for an address, with more headers."""
    return spoken(address.method, address.path, [*address.headers, *more], address.body)


def lines(headers: Headers) -> bytes:
    """Headers as bytes."""
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers)


def without(at: Address, name: bytes) -> Headers:
    """The headers of an address but one."""
    return [pair for pair in at.headers if pair[0] != name]
