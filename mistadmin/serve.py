"""`mistadmin serve`: web, worker and beat in one command, kept running, ended together."""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deviceapi.simulator.juniper.catalog import ACCOUNTS
from mistadmin.processes import SUPERVISED, THREADS, checked_env
from mistadmin.settings.env import address_file

GRACE = 15.0
STEADY = 60.0
LONGEST_PAUSE = 30.0
PATIENCE = 60.0
STOP_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class StartError(Exception):
    """Why nothing was started; the message is for the operator."""


@dataclass
class Child:
    """One process that is started again, after a growing pause, whenever it ends; unless `again` says no."""

    name: str
    arguments: Sequence[str]
    again: bool = True
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0
    due: float = field(default=0.0)

    def start(self, environ: Mapping[str, str]) -> None:
        """Start the process in a group of its own, so that Ctrl-C reaches only the supervisor."""
        command = [sys.executable, "-m", "mistadmin.cli", self.name, *self.arguments]
        self.process = subprocess.Popen(
            command, env=dict(environ), stdin=subprocess.DEVNULL, start_new_session=True
        )
        self.started = time.monotonic()

    def ended(self) -> int | None:
        """The exit status of a process that ran and ended, else None; sweeps up what it left behind."""
        if self.process is None or self.process.poll() is None:
            return None
        status: int = self.process.returncode
        self.signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        self.process = None
        lived = time.monotonic() - self.started
        self.pause = 0.5 if lived >= STEADY else min(LONGEST_PAUSE, self.pause * 2 or 0.5)
        self.due = time.monotonic() + self.pause
        return status

    def signal(self, number: int) -> None:
        """Send a signal to the process and to everything that it started."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, number)
            else:
                self.process.terminate()


class Supervisor:
    """Starts the children, starts them again, and takes them along when it ends."""

    def __init__(self, children: Sequence[Child], environ: Mapping[str, str]) -> None:
        self.children = list(children)
        self.environ = {**environ, SUPERVISED: str(os.getpid())}
        self.stopping = False

    def start(self) -> None:
        """Listen to stop signals and start every child."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._stop)
        for child in self.children:
            child.start(self.environ)

    def add(self, children: Sequence[Child]) -> None:
        """Start further children beside those that run."""
        for child in children:
            child.start(self.environ)
            self.children.append(child)

    def step(self) -> None:
        """Notice ended children and start again those whose pause is over."""
        for child in list(self.children):
            status = child.ended()
            if status is not None and not child.again:
                _say(f"{child.name} ended ({_describe(status)})")
                self.children.remove(child)
            elif status is not None:
                _say(f"{child.name} ended ({_describe(status)}); starting it again in {child.pause:g} s")
            if child.again and child.process is None and time.monotonic() >= child.due:
                child.start(self.environ)

    def end(self) -> None:
        """End all children: politely, then, after a grace period, by force."""
        for child in self.children:
            if child.process is not None:
                # Only the leader: it ends what it started itself, after the work in hand.
                child.process.terminate()
        deadline = time.monotonic() + GRACE
        for child in self.children:
            if child.process is None:
                continue
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
            child.signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            child.process.wait()

    def _stop(self, _number: int, _frame: object) -> None:
        self.stopping = True


def main(argv: Sequence[str]) -> int:
    """Serve until told to stop; 2 when nothing could be started."""
    options = _options(argv)
    settings = checked_env()
    try:
        with _only_one(settings.home):
            port = _free_port(options.host, options.port)
            with _announced(settings.home, local_address(options.host, port)):
                return _serve(options, port)
    except StartError as error:
        print(f"mistadmin cannot start: {error}", file=sys.stderr)
        return 2


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mistadmin serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument(
        "--port", type=int, default=8000, help="port to listen on; 0 takes a free one (default 8000)"
    )
    parser.add_argument("--threads", type=int, default=THREADS, help=f"requests at once (default {THREADS})")
    parser.add_argument("--no-demo", action="store_true", help="make no demo administrator and organization")
    parser.add_argument(
        "--no-fleet", action="store_true", help="let the demo organization's devices be silent"
    )
    parser.add_argument("--home", metavar="DIR", help="folder that holds all state (default var/)")
    return parser.parse_args(argv)


def _serve(options: argparse.Namespace, port: int) -> int:
    local = local_address(options.host, port)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mistadmin.settings.prod")
    os.environ["MISTADMIN_BASE_URL"] = os.environ.get("MISTADMIN_BASE_URL") or local
    demo = _prepare(with_demo=not options.no_demo)
    juniper = _juniper(demo)
    web = ["--host", options.host, "--port", str(port), "--threads", str(options.threads)]
    supervisor = Supervisor([Child("web", web), Child("worker", []), Child("beat", []), *juniper], os.environ)
    fleet = [] if options.no_fleet else _fleet(demo, local)
    began = time.monotonic()
    supervisor.start()
    try:
        _welcome(os.environ["MISTADMIN_BASE_URL"], demo)
        _run(supervisor, f"{local}/healthz", began, fleet)
    finally:
        supervisor.end()
    _say("stopped")
    return 0


def _juniper(demo: Mapping[str, str]) -> list[Child]:
    """The stand-in of the Juniper account service, where there is a demo and the operator names no other."""
    if not demo.get("sold") or os.environ.get("MISTADMIN_JUNIPER_URL"):
        return []
    port = str(_free_port("127.0.0.1", 0))
    os.environ["MISTADMIN_JUNIPER_URL"] = f"http://127.0.0.1:{port}"
    return [Child("juniper-service", ["--port", port, "--assets", demo["sold"], "--quiet"])]


def _fleet(demo: Mapping[str, str], address: str) -> list[Child]:
    """The simulator of the demo organization's devices, where there are any."""
    if not demo.get("fleet"):
        return []
    whose = ["--org", demo["org"], "--scenario", demo["fleet"], "--url", address]
    return [Child("simulate", [*whose, "--quiet"], again=False)]


def _run(supervisor: Supervisor, health_url: str, began: float, fleet: Sequence[Child]) -> None:
    """Keep everything running until told to stop; the fleet starts when there is somebody to call."""
    state: dict[str, Any] = {}
    waiting = True
    patience = began + PATIENCE
    while not supervisor.stopping:
        supervisor.step()
        if waiting:
            state = _health(health_url)
            if state.get("status") == "ok":
                waiting = False
                _say(f"ready after {time.monotonic() - began:.1f} s: web, database, worker and beat answer")
                supervisor.add(fleet)
            elif time.monotonic() > patience:
                patience = float("inf")
                _say(f"not ready yet: {_complaints(state)}")
        time.sleep(0.2)


def _prepare(*, with_demo: bool) -> dict[str, str]:
    """Migrate, collect, make the demo, in a process whose memory is given back."""
    command = [sys.executable, "-m", "mistadmin.cli", "prepare", "--start"]
    done = subprocess.run([*command, *(["--demo"] if with_demo else [])], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise StartError("the preparation failed; the messages above say why")
    result: dict[str, str] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def _welcome(address: str, demo: Mapping[str, str]) -> None:
    _say(f"mistadmin is starting at {address}")
    if demo.get("email"):
        _say(f"  demo administrator: {demo['email']}")
    if demo.get("password"):
        _say(f"  one-time password:  {demo['password']}   (shown only now)")
    if demo.get("fleet"):
        _say("  demo organization:  a hospital whose devices are simulated (--no-fleet: silent)")
    if demo.get("sold"):
        _say(f"  demo Juniper account: {ACCOUNTS[0].username}, password {ACCOUNTS[0].password}")
    _say("  stop with Ctrl-C")


def _health(url: str) -> dict[str, Any]:
    try:
        with _direct.open(url, timeout=2) as reply:
            state: dict[str, Any] = json.load(reply)
    except urllib.error.HTTPError as refusal:
        try:
            state = json.load(refusal)
        except ValueError:
            return {"web": f"answers {refusal.code}"}
    except (OSError, ValueError) as error:
        return {"web": f"does not answer ({error})"}
    return state


def _complaints(state: Mapping[str, Any]) -> str:
    return "; ".join(f"{name} {value}" for name, value in state.items() if name != "status" and value != "ok")


def local_address(host: str, port: int) -> str:
    """The address under which this machine reaches a server that listens on `host` and `port`."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _free_port(host: str, port: int) -> int:
    """The port, or a free one for 0; StartError when nobody can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise StartError(_port_problem(host, port, error)) from error
        free: int = probe.getsockname()[1]
        return free


def _port_problem(host: str, port: int, error: OSError | OverflowError) -> str:
    if getattr(error, "errno", None) == errno.EADDRINUSE:
        return f"port {port} of {host} is taken by another program. Use --port NUMBER (0: any free one)"
    if getattr(error, "errno", None) == errno.EACCES:
        return f"this user may not listen on port {port}. Use a port above 1023, as in --port 8000"
    return f"cannot listen on port {port} of {host}: {error}"


@contextlib.contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """Hold the home folder: two beats on one database would send everything twice."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with (home / "serve.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StartError(
                f"another `serve` uses the folder {home}. Use --home DIR for a second instance"
            ) from error
        yield


@contextlib.contextmanager
def _announced(home: Path, address: str) -> Iterator[None]:
    """Let commands with the same home, such as `simulate`, find this server while it runs."""
    file = address_file(home)
    file.write_text(address, encoding="ascii")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _describe(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"


def _say(line: str) -> None:
    print(line, flush=True)
