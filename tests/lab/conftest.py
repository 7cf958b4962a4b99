"""A small HTTP server that shows what arrives, and the lab's proxy in front of it."""

import hashlib
import json
import os
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from mistadmin.lab.certificates import make_authority
from mistadmin.lab.environment import Route, child_environment
from mistadmin.lab.hosts import DEFAULT_HOST, MIST_HOSTS
from mistadmin.lab.proxy import LabProxy
from mistadmin.lab.relay import Origin


class EchoHandler(BaseHTTPRequestHandler):
    """Answers by path; see the methods named after it."""

    protocol_version = "HTTP/1.1"
    server: "EchoServer"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.query = parse_qs(url.query)
        getattr(self, f"answer_{url.path.rpartition('/')[2].replace('-', '_')}")()

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

    def answer_healthz(self) -> None:
        parts = dict.fromkeys(("web", "database", "worker", "beat"), "ok")
        self.send_json({"status": "ok", **parts})

    def answer_self(self) -> None:
        self.send_json({"email": "ada@example.com", "privileges": [], "tags": []})

    def answer_request(self) -> None:
        """The request as it arrived."""
        body = self.read_body()
        self.send_json(
            {
                "method": self.command,
                "path": self.path,
                "headers": [[name, value] for name, value in self.headers.items()],
                "length": len(body),
                "sha256": hashlib.sha256(body).hexdigest(),
            }
        )

    def answer_body(self) -> None:
        """The request's own body."""
        self.send_bytes(self.read_body(), "application/json")

    def answer_chunked(self) -> None:
        """As many chunks of 1,000 bytes as asked for, and a trailer."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(int(self.query["count"][0])):
            self.wfile.write(b"3e8\r\n" + b"c" * 1000 + b"\r\n")
        self.wfile.write(b"0\r\nX-Trailer: dropped\r\n\r\n")

    def answer_hinted(self) -> None:
        """An informational answer before the final one."""
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
        self.send_json({"hinted": True})

    def answer_refused(self) -> None:
        """An answer that does not wait for the request's body, and a closed connection."""
        self.close_connection = True
        self.send_json({"detail": "too large"}, status=413)

    def answer_truncated(self) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"only this")

    def answer_unframed(self) -> None:
        """A body which only the end of the connection ends, as from an HTTP/1.0 server."""
        self.close_connection = True
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"until the end")

    def answer_silent(self) -> None:
        """No answer at all."""
        self.close_connection = True

    def answer_waiting(self) -> None:
        """No answer before the lab hangs up; then says so to the test."""
        self.connection.settimeout(20)
        self.server.asked.set()
        assert self.rfile.read(1) == b""
        self.server.hung_up.set()
        self.close_connection = True

    def answer_login(self) -> None:
        self.send_response(200)
        self.send_header("Set-Cookie", "csrftoken=secret; Path=/; SameSite=Lax")
        self.send_header("Set-Cookie", "sessionid=session; Path=/; HttpOnly")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            return b"".join(iter(self.read_chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def read_chunk(self) -> bytes:
        chunk = self.rfile.read(int(self.rfile.readline(), 16))
        self.rfile.readline()
        return chunk

    def send_json(self, value: object, status: int = 200) -> None:
        self.send_bytes(json.dumps(value).encode(), "application/json", status)

    def send_bytes(self, body: bytes, content_type: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Keep the test output quiet."""


class EchoServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), EchoHandler)
        self.asked = threading.Event()
        self.hung_up = threading.Event()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


@dataclass
class Lab:
    """A lab that is up: the server behind it and how clients reach it."""

    server: EchoServer
    proxy: LabProxy
    authority: Path

    @property
    def proxy_url(self) -> str:
        return f"http://127.0.0.1:{self.proxy.port}"

    def session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.proxies = {"https": self.proxy_url}
        session.verify = str(self.authority)
        return session

    def context(self) -> ssl.SSLContext:
        """The strictest verification there is, the default from Python 3.13 on."""
        context = ssl.create_default_context(cafile=self.authority)
        context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
        return context

    def environment(self, key: str = "k" * 40) -> dict[str, str]:
        return child_environment(os.environ, Route(DEFAULT_HOST, key, self.proxy.port, self.authority))


@pytest.fixture
def echo_server() -> Iterator[EchoServer]:
    with EchoServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def lab(echo_server: EchoServer, tmp_path: Path) -> Iterator[Lab]:
    authority, context = make_authority(MIST_HOSTS, tmp_path)
    origin = Origin("127.0.0.1", echo_server.server_port, echo_server.address)
    with LabProxy(MIST_HOSTS, context, origin) as proxy:
        yield Lab(echo_server, proxy, authority)
