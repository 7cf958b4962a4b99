"""The lab's two listeners on loopback: an HTTP CONNECT proxy, and the TLS end of the tunnels it grants."""

import asyncio
import logging
import ssl
import threading
from collections.abc import Callable, Collection, Coroutine
from concurrent.futures import Future
from types import TracebackType
from typing import Self

import h11

from mistadmin.lab.relay import CHUNK, Origin, Peer, Relay, StreamWire

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
HEAD_SECONDS = 30


class LabProxy:
    """A CONNECT proxy (RFC 9110 section 9.3.6) in a thread of its own, up inside a `with` block.

    Grants tunnels to port 443 of the given hosts, all of which end at the instance; anything else gets 403
    and never leaves the machine. `port` is set once the block is entered.
    """

    def __init__(self, hosts: Collection[str], context: ssl.SSLContext, origin: Origin) -> None:
        self.port = 0
        self._targets = {f"{host}:443" for host in hosts}
        self._context = context
        self._relay = Relay(origin)
        self._tls_port = 0
        self._ready: Future[None] = Future()
        self._connections: set[asyncio.Future[None]] = set()
        self._thread = threading.Thread(target=self._run, name="lab-proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        tls = await asyncio.start_server(self._handler(self._relay.serve), LOOPBACK, 0, ssl=self._context)
        proxy = await asyncio.start_server(self._handler(self._grant), LOOPBACK, 0)
        self._tls_port = tls.sockets[0].getsockname()[1]
        self.port = proxy.sockets[0].getsockname()[1]
        self._ready.set_result(None)
        await self._stop.wait()
        # Not wait_closed(), which waits for clients that keep their connection.
        proxy.close()
        tls.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _handler(self, serve: Handler) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        """Make each connection our own task: asyncio before 3.12 logs its own ones when cancelled."""

        def start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = asyncio.ensure_future(serve(reader, writer))
            self._connections.add(connection)
            connection.add_done_callback(self._connections.discard)

        return start

    async def _grant(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Peer(h11.SERVER, StreamWire(reader, writer))
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                request = await client.receive()
            if isinstance(request, h11.Request) and (refusal := self._refusal(request)):
                await _refuse(client, refusal)
            elif isinstance(request, h11.Request):
                await self._tunnel(client, reader, writer)
        except* (OSError, h11.ProtocolError) as broken:
            log.debug("tunnel broken off: %s", broken.exceptions)
        finally:
            writer.close()

    def _refusal(self, request: h11.Request) -> str:
        target = request.target.decode("ascii")
        if request.method != b"CONNECT":
            return f"mistadmin lab carries only https, not {request.method.decode('ascii')} {target}"
        if target.lower() not in self._targets:
            return f"mistadmin lab lets nothing out, and {target} is no Mist API host"
        return ""

    async def _tunnel(self, client: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(LOOPBACK, self._tls_port)
        try:
            await client.send(h11.Response(status_code=200, reason="Connection established", headers=[]))
            early, _ = client.http.trailing_data
            inner_writer.write(early)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_pipe(reader, inner_writer))
                tasks.create_task(_pipe(inner_reader, writer))
        finally:
            inner_writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def _refuse(client: Peer, text: str) -> None:
    # Clients show the reason phrase of a refused tunnel and drop the body, hence the text in both.
    body = text.encode() + b"\n"
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), ("Connection", "close")]
    await client.send(h11.Response(status_code=403, reason=text, headers=headers))
    await client.send(h11.Data(data=body))
    await client.send(h11.EndOfMessage())
