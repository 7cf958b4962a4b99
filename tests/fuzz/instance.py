"""A running instance of its own: a temporary home, a free port, a database that is thrown away."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import redis

from bench.database import throw_away_database
from tests.oauth.provider import CLIENT, SECRET, Provider, serving

PATIENCE: Final = 90.0
_STARTING: Final = re.compile(r"starting at http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True)
class Instance:
    """Where `mistadmin serve` listens and writes."""

    port: int
    home: Path
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_alive(self) -> bool:
        """Whether none of its processes has ended since the start."""
        return self.process.poll() is None and " ended (" not in self.log.read_text(errors="replace")

    def errors_logged(self) -> int:
        """How many faults of ours the log tells of: exceptions that nobody expected, in whichever process."""
        lines = self.log.read_text(errors="replace").splitlines()
        # What Django calls suspicious is refused with 400: the caller's fault.
        return sum('"level": "error"' in line and '"logger": "django.security.' not in line for line in lines)


@contextmanager
def running(*, keep_log: Path) -> Iterator[Instance]:
    """Web, worker and beat, ready to answer; on DATABASE_URL and REDIS_URL, else on the embedded default.

    The environment of this process goes along: Django here reads the same database with the same keys.
    """
    with ExitStack() as left:
        home = Path(left.enter_context(tempfile.TemporaryDirectory(prefix="mistadmin-fuzz-")))
        _take_environment(left, home)
        _stand_ins(left)
        command = [sys.executable, "-m", "mistadmin.cli", "serve", "--port", "0", "--no-demo"]
        with keep_log.open("wb") as output:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        left.callback(process.wait)
        left.callback(process.terminate)
        yield Instance(_port_when_ready(process, keep_log), home, keep_log, process)


def _take_environment(left: ExitStack, home: Path) -> None:
    server, broker = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    for name in [name for name in os.environ if name.startswith("MISTADMIN_") or name == "EMAIL_URL"]:
        del os.environ[name]
    if server:
        os.environ["DATABASE_URL"] = left.enter_context(throw_away_database(server))
    if broker:
        _claim_redis(left, broker)
    os.environ["MISTADMIN_HOME"] = str(home)
    os.environ["MISTADMIN_LOG_LEVEL"] = "warning"
    # Throttles count callers: the one of each request is said by a header, as by a proxy in front.
    os.environ["MISTADMIN_TRUSTED_PROXIES"] = "1"
    os.environ["DJANGO_SETTINGS_MODULE"] = "mistadmin.settings.prod"


def _claim_redis(left: ExitStack, url: str) -> None:
    client = redis.Redis.from_url(url)
    left.callback(client.close)
    if client.dbsize():
        raise RuntimeError("REDIS_URL must name an empty database, such as redis://127.0.0.1:6379/9")
    left.callback(client.flushdb)


def _stand_ins(left: ExitStack) -> None:
    """Give the instance an account service of Juniper and an identity provider, so that both can be asked."""
    provider = left.enter_context(serving(Provider()))
    os.environ["MISTADMIN_GOOGLE_ISSUER"] = provider.issuer
    os.environ["MISTADMIN_GOOGLE_CLIENT_ID"], os.environ["MISTADMIN_GOOGLE_CLIENT_SECRET"] = CLIENT, SECRET
    port = str(free_port())
    command = [sys.executable, "-m", "mistadmin.cli", "juniper-service", "--port", port, "--quiet"]
    service = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    left.callback(service.wait)
    left.callback(service.terminate)
    os.environ["MISTADMIN_JUNIPER_URL"] = f"http://127.0.0.1:{port}"


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _port_when_ready(process: subprocess.Popen[bytes], log: Path) -> int:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        text = log.read_text(errors="replace")
        started = _STARTING.search(text)
        if started and "ready after" in text:
            return int(started[1])
        time.sleep(0.2)
    raise RuntimeError(f"the instance did not start:\n{log.read_text(errors='replace')[-2000:]}")
