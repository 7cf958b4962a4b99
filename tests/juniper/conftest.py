"""The stand-in of the account service, running for real on this machine, and one that misbehaves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from deviceapi.simulator.juniper.catalog import ACCOUNTS, Sold
from deviceapi.simulator.juniper.server import AccountService

HOSPITAL, CLINICS = ACCOUNTS
MANAGED: Final = ("ap", "switch", "gateway")


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[Any]:
    """Serve in a thread until the end of the block."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def service(settings: Any) -> Iterator[Callable[..., AccountService]]:
    """`service(sold)`: start the stand-in, which the instance then uses; again: another in its place."""
    running: list[Any] = []

    def start(sold: Iterable[Sold] = (), *, certificate: tuple[Path, Path] | None = None) -> AccountService:
        stop()
        manager = serving(AccountService("127.0.0.1", 0, claimed=sold, certificate=certificate))
        running.append(manager)
        server: AccountService = manager.__enter__()
        settings.JUNIPER_URL = server.address
        return server

    def stop() -> None:
        while running:
            running.pop().__exit__(None, None, None)

    yield start
    stop()


@pytest.fixture
def odd(settings: Any) -> Iterator[Callable[..., None]]:
    """`odd(status, body)`: an account service that answers everything so, to everybody."""
    running: list[Any] = []

    def start(status: int, body: bytes, **headers: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                """Silent."""

        manager = serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        running.append(manager)
        settings.JUNIPER_URL = f"http://127.0.0.1:{manager.__enter__().server_address[1]}"

    yield start
    for manager in running:
        manager.__exit__(None, None, None)
