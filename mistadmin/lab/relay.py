"""HTTP/1.1 between a Mist client and the instance; bodies stream both ways, h11 frames them (RFC 9112)."""

import asyncio
import json
import logging
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import h11

from mistadmin.lab.hosts import COOKIE_SUFFIXES

log = logging.getLogger(__name__)

CHUNK = 64 * 1024
HEAD_LIMIT = 64 * 1024
CONNECT_SECONDS = 10

Headers = list[tuple[bytes, bytes]]

# Hop-by-hop (RFC 9110 section 7.6.1); Transfer-Encoding is not listed because h11 frames with it.
HOP_BY_HOP = {
    b"connection",
    b"expect",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"upgrade",
}


@dataclass(frozen=True)
class Origin:
    """Where the instance listens; tls is None for plain HTTP."""

    host: str
    port: int
    authority: str
    tls: ssl.SSLContext | None = None


class Wire(Protocol):
    """Bytes both ways; `read` returns b"" at the end, errors are OSError."""

    async def read(self) -> bytes: ...
    async def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class StreamWire:
    """A wire on asyncio streams, with or without TLS."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def read(self) -> bytes:
        return await self.reader.read(CHUNK)

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def close(self) -> None:
        self.writer.close()


@dataclass(frozen=True)
class SocketWire:
    """A wire on a bare socket, whose read still delivers after a write has failed.

    Streams drop what they have not read by then, such as the answer that explains why a body was refused.
    """

    socket: socket.socket

    async def read(self) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self.socket, CHUNK)

    async def write(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    def close(self) -> None:
        self.socket.close()


class Peer:
    """One end of an HTTP/1.1 connection."""

    def __init__(self, role: type[h11.SERVER] | type[h11.CLIENT], wire: Wire) -> None:
        self.http = h11.Connection(role, max_incomplete_event_size=HEAD_LIMIT)
        self.wire = wire

    async def receive(self) -> h11.Event:
        """Return the next event; raise h11.ProtocolError for broken HTTP or an end in the middle."""
        while not isinstance(event := self.http.next_event(), h11.Event):
            if event is h11.PAUSED:
                raise h11.RemoteProtocolError("a switch of protocols, which was not offered")
            self.http.receive_data(await self.wire.read())
        return event

    async def send(self, event: h11.Event) -> None:
        if data := self.http.send(event):
            await self.wire.write(data)

    async def watch(self) -> None:
        """Raise ConnectionResetError when the other end leaves while it should wait."""
        data = await self.wire.read()
        if not data:
            raise ConnectionResetError("the client left before the answer")
        self.http.receive_data(data)


class Relay:
    """Forwards each request of a client connection to the instance, under the instance's own name."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client connection until either end closes it."""
        client = Peer(h11.SERVER, StreamWire(reader, writer))
        try:
            while isinstance(request := await client.receive(), h11.Request):
                await self._exchange(client, request)
                if client.http.our_state is not h11.DONE or client.http.their_state is not h11.DONE:
                    break
                client.http.start_next_cycle()
        except* (OSError, h11.ProtocolError) as broken:
            # Closing without the end of the message tells the other end.
            log.debug("connection broken off: %s", broken.exceptions)
        finally:
            client.wire.close()

    async def _exchange(self, client: Peer, request: h11.Request) -> None:
        try:
            server = await self._connect()
        except OSError as error:
            return await self._unreachable(client, error)
        try:
            await self._forward(client, server, request)
        finally:
            server.wire.close()

    async def _connect(self) -> Peer:
        origin = self.origin
        address = (origin.host, origin.port)
        plain = await asyncio.to_thread(socket.create_connection, address, CONNECT_SECONDS)
        plain.setblocking(False)
        if origin.tls is None:
            return Peer(h11.CLIENT, SocketWire(plain))
        streams = await asyncio.open_connection(sock=plain, ssl=origin.tls, server_hostname=origin.host)
        return Peer(h11.CLIENT, StreamWire(*streams))

    async def _forward(self, client: Peer, server: Peer, request: h11.Request) -> None:
        await server.send(
            h11.Request(
                method=request.method,
                target=request.target,
                headers=request_headers(request, self.origin.authority),
            )
        )
        async with asyncio.TaskGroup() as tasks:
            answer = tasks.create_task(self._answer(client, server, request))
            await _upload(client, server)
            watch = tasks.create_task(client.watch())
            await answer
            watch.cancel()

    async def _answer(self, client: Peer, server: Peer, request: h11.Request) -> None:
        try:
            response = await server.receive()
            while isinstance(response, h11.InformationalResponse):
                await client.send(_informational(response))
                response = await server.receive()
        except (OSError, h11.RemoteProtocolError) as error:
            return await self._bad_gateway(client, error)
        if not isinstance(response, h11.Response):
            return await self._bad_gateway(client, "it closed the connection without an answer")
        await client.send(
            h11.Response(
                status_code=response.status_code,
                reason=response.reason,
                headers=response_headers(response, cookie_suffix(request)),
            )
        )
        while isinstance(data := await server.receive(), h11.Data):
            await client.send(h11.Data(data=data.data))
        await client.send(h11.EndOfMessage())

    async def _unreachable(self, client: Peer, error: Exception) -> None:
        await self._bad_gateway(client, str(error) or "no connection in time")
        while isinstance(await client.receive(), h11.Data):
            continue

    async def _bad_gateway(self, client: Peer, reason: object) -> None:
        text = f"mistadmin lab: no answer from the instance at {self.origin.authority}: {reason}"
        body = json.dumps({"detail": text}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        await client.send(h11.Response(status_code=502, reason="Bad Gateway", headers=headers))
        await client.send(h11.Data(data=body))
        await client.send(h11.EndOfMessage())


async def _upload(client: Peer, server: Peer) -> None:
    """Send the request's body on.

    When the instance answers early and stops listening, the rest is read and dropped: a client that still
    writes would otherwise meet a reset connection instead of the answer.
    """
    listening = True
    if client.http.they_are_waiting_for_100_continue:
        await client.send(h11.InformationalResponse(status_code=100, headers=[], reason="Continue"))
    while isinstance(data := await client.receive(), h11.Data):
        listening = listening and await _offer(server, h11.Data(data=data.data))
    if listening:
        await _offer(server, h11.EndOfMessage())


async def _offer(server: Peer, event: h11.Event) -> bool:
    try:
        await server.send(event)
    except (OSError, h11.LocalProtocolError):
        return False
    return True


def request_headers(request: h11.Request, authority: str) -> Headers:
    """Return the headers for the instance: its own Host, nothing forwarded, one request per connection."""
    kept = [
        (name, value)
        for name, value in _end_to_end(request.headers.raw_items())
        if name.lower() not in {b"host", b"forwarded"} and not name.lower().startswith(b"x-forwarded-")
    ]
    return [(b"Host", authority.encode()), *kept, (b"Connection", b"close")]


def response_headers(response: h11.Response, suffix: str) -> Headers:
    """Return the headers for the client; the CSRF cookie also under the name which its cloud gives it."""
    headers = _end_to_end(response.headers.raw_items())
    if not suffix:
        return headers
    regional = b"csrftoken" + suffix.encode() + b"="
    aliases = [
        (name, regional + value.removeprefix(b"csrftoken="))
        for name, value in headers
        if name.lower() == b"set-cookie" and value.startswith(b"csrftoken=")
    ]
    return headers + aliases


def cookie_suffix(request: h11.Request) -> str:
    """Return what the cloud named in the request's Host appends to its cookie names."""
    hosts = [value.decode("latin-1") for name, value in request.headers if name == b"host"]
    return COOKIE_SUFFIXES.get(hosts[0].partition(":")[0].lower(), "") if hosts else ""


def _informational(response: h11.InformationalResponse) -> h11.InformationalResponse:
    return h11.InformationalResponse(
        status_code=response.status_code,
        reason=response.reason,
        headers=_end_to_end(response.headers.raw_items()),
    )


def _end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    headers = list(headers)
    named = {
        token.strip().lower()
        for name, value in headers
        if name.lower() == b"connection"
        for token in value.split(b",")
    }
    return [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP | named]
