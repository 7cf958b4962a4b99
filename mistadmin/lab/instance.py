"""The instance behind the lab: one that runs already, or one of its own for the time of the command."""

import contextlib
import json
import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from mistadmin.lab.errors import LabError
from mistadmin.lab.relay import Origin
from mistadmin.settings import env

LOOPBACK = "127.0.0.1"
# What /healthz of this product says, and of nothing else that may listen on the same port.
HEALTH_PARTS = {"status", "web", "database", "worker", "beat"}
READY_SECONDS = 90.0
STOP_SECONDS = 30.0
LOG_LINES = 15
STANDARD_ERROR = 2

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Instance:
    """An instance that answers; `started` tells that the lab started it and will stop it."""

    url: str
    started: bool = False

    def origin(self) -> Origin:
        """Return where to connect and under which Host."""
        url = urlsplit(self.url)
        tls = ssl.create_default_context() if url.scheme == "https" else None
        return Origin(str(url.hostname), url.port or (443 if tls else 80), url.netloc, tls)

    def accepts(self, key: str) -> bool:
        """Tell whether an API token key is known here; raises LabError when the answer says neither."""
        request = urllib.request.Request(  # noqa: S310  # http or https only: checked_url
            f"{self.url}/api/v1/self", headers={"Authorization": f"Token {key}"}
        )
        try:
            with _direct.open(request, timeout=30):
                return True
        except urllib.error.HTTPError as refusal:
            if refusal.code == 401:
                return False
            raise LabError(f"{self.url}/api/v1/self answers {refusal.code} to a new token") from refusal
        except OSError as error:
            raise LabError(f"{self.url} does not answer: {error}") from error


@contextlib.contextmanager
def running_instance(settings: env.Env, url: str | None) -> Iterator[Instance]:
    """Yield the instance at the address, else the one at MISTADMIN_BASE_URL, else a new one on a free port.

    Raises LabError when there is none at an address that was asked for, or the new one does not start.
    """
    address = checked_url(url) if url else settings.base_url
    if health(address).keys() >= HEALTH_PARTS:
        yield Instance(address)
    elif url:
        raise LabError(f"no mistadmin answers at {address}/healthz")
    else:
        with _own_instance(settings.home) as own:
            yield own


def checked_url(raw: str) -> str:
    """Return scheme, host and port of an address; raises LabError when it is something else."""
    try:
        url = urlsplit(raw)
        complete = url.scheme in ("http", "https") and url.hostname and url.port != 0
    except ValueError:
        complete = False
    if not complete or url.path.strip("/") or url.query or url.fragment or url.username:
        raise LabError(f"--url {raw}: write the scheme, host and port only, as in http://127.0.0.1:8000")
    return f"{url.scheme}://{url.netloc}"


def health(url: str) -> Mapping[str, str]:
    """Return what /healthz says about each part, well or not; empty when nothing like it answers."""
    try:
        with _direct.open(f"{url}/healthz", timeout=5) as reply:
            state = json.load(reply)
    except urllib.error.HTTPError as unwell:
        with contextlib.suppress(ValueError, OSError), unwell:
            state = json.load(unwell)
            return state if isinstance(state, dict) else {}
        return {}
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


@contextlib.contextmanager
def _own_instance(home: Path) -> Iterator[Instance]:
    url = f"http://{LOOPBACK}:{_free_port()}"
    log = home / "lab.log"
    with open(os.open(log, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
        server = _start(url, home, output)
    try:
        _await_health(server, url, log)
        yield Instance(url, started=True)
    finally:
        _stop(server)


def _start(url: str, home: Path, log: IO[str]) -> subprocess.Popen[bytes]:
    environ = {name: value for name, value in os.environ.items() if name != "MISTADMIN_BASE_URL"}
    return subprocess.Popen(
        [sys.executable, "-m", "mistadmin.cli", "serve", "--no-fleet", "--port", str(urlsplit(url).port)],
        env={**environ, "MISTADMIN_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        # The one-time password of a first start is among the few lines that `serve` prints.
        stdout=STANDARD_ERROR,
        stderr=log,
        # Ctrl-C is for the command; the instance is stopped when its token has been revoked.
        start_new_session=True,
    )


def _await_health(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while (state := health(url)).get("status") != "ok":
        if server.poll() is not None:
            raise LabError(f"no instance runs and a new one ended at once.\n{_last_lines(log)}")
        if time.monotonic() > deadline:
            ill = ", ".join(f"{part}: {said}" for part, said in state.items() if said != "ok")
            raise LabError(f"the new instance is not well ({ill or 'no answer'}).\n{_last_lines(log)}")
        time.sleep(0.2)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _last_lines(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
    return "\n".join([f"The end of {log}:", *lines]) if lines else ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
