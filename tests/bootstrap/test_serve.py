"""`mistadmin serve` starts everything, keeps it running and leaves nothing behind, in real processes."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from mistadmin.settings import env

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.slow,
    pytest.mark.embedded,
    pytest.mark.skipif(sys.platform != "linux", reason="reads the process table of Linux"),
]
PATIENCE = 60


class Server:
    """One `mistadmin serve` with a home of its own, on a free port."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        self.log = home.parent / f"{home.name}.log"
        self.process = start(home, "--port", "0", *options, output=self.log.open("wb"))

    def wait_until_ready(self) -> "Server":
        until(lambda: "ready after" in self.text(), self.text)
        return self

    def text(self) -> str:
        assert self.process.poll() is None, self.log.read_text()
        return self.log.read_text()

    @property
    def url(self) -> str:
        return re.search(r"starting at (http://127\.0\.0\.1:\d+)", self.log.read_text()).group(1)

    def health(self) -> tuple[int, dict[str, str]]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.url}/healthz", timeout=5) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)

    def processes(self, word: str = "") -> list[int]:
        """The ids of all processes of this home, or of those that run one word."""
        return [pid for pid, words in process_table(self.home) if not word or word in words]

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def start(home: Path, *options: str, output: object = subprocess.PIPE) -> subprocess.Popen[bytes]:
    taken = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DJANGO_SETTINGS_MODULE"}
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in taken and not name.startswith("MISTADMIN_")
    }
    command = [sys.executable, "-m", "mistadmin.cli", "--home", str(home), "serve", *options]
    return subprocess.Popen(
        command, env=environ, cwd=env.PROJECT_DIR, stdout=output, stderr=subprocess.STDOUT
    )


def process_table(home: Path) -> list[tuple[int, list[str]]]:
    """Id and words of every process whose environment names this home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environ = (folder / "environ").read_bytes().split(b"\0")
            words = (folder / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue  # ended meanwhile
        if f"MISTADMIN_HOME={home}".encode() in environ:
            found.append((int(folder.name), words))
    return found


def until(fact: object, explain: object = lambda: "") -> None:
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.1)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("serve") / "home").wait_until_ready()
    yield server
    if server.process.poll() is None:
        server.end()


def test_first_start_tells_address_administrator_and_one_time_password(server):
    assert re.search(r"demo administrator: \S+@\S+", server.text())
    assert re.search(r"one-time password:  \S{12,}", server.text())


def test_demo_organization_is_furnished_and_its_fleet_calls_in(server):
    """A newcomer finds the hospital placed by its rules, without a step of their own."""

    def placed() -> list[tuple[int, int]]:
        with closing(sqlite3.connect(f"file:{server.home / 'db.sqlite3'}?mode=ro", uri=True)) as database:
            sql = "SELECT count(*), count(site_id) FROM inventory_device WHERE connected"
            return database.execute(sql).fetchall()

    until(lambda: placed() == [(200, 177)], lambda: str(placed()))
    assert len(server.processes("simulate")) == 1


def test_juniper_account_of_the_demo_can_be_logged_in_to(server):
    assert re.search(r"demo Juniper account: \S+@\S+, password \S+", server.text())
    assert len(server.processes("juniper-service")) == 1


def test_healthz_is_200_when_web_database_worker_and_beat_work(server):
    status, parts = server.health()
    assert status == 200
    assert parts == {"status": "ok", "web": "ok", "database": "ok", "worker": "ok", "beat": "ok"}


def test_commands_with_the_same_home_find_the_server(server):
    assert env.read({"MISTADMIN_HOME": str(server.home)}).base_url == server.url


def test_state_is_for_the_user_of_the_server_alone(server):
    open_to_others = [
        path.name for path in server.home.iterdir() if path.is_file() and path.stat().st_mode & 0o077
    ]
    assert open_to_others == []


def test_foreign_host_header_is_refused(server):
    """A page elsewhere whose name was pointed at this machine must not read the local mailbox."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(b"GET /mailbox HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        assert line.recv(1000).startswith(b"HTTP/1.1 400")


def test_second_serve_on_the_same_home_is_refused(server):
    second = start(server.home, "--port", "0")
    output = second.communicate(timeout=PATIENCE)[0].decode()
    assert second.returncode == 2
    assert f"another `serve` uses the folder {server.home}" in output


@pytest.mark.parametrize("word", ["worker", "beat", "web"])
def test_killed_process_comes_back(server, word):
    before = server.processes(word)
    os.kill(before[0], signal.SIGKILL)
    until(lambda: replaced(before, by=server.processes(word)), server.text)
    assert f"{word} ended (signal 9); starting it again" in server.text()
    until(lambda: healthy(server), server.text)


def replaced(before: list[int], *, by: list[int]) -> bool:
    return bool(by) and not set(by) & set(before)


def healthy(server: Server) -> bool:
    try:
        return server.health()[0] == 200
    except OSError:
        return False  # the web process is the one that was killed


def test_stop_signal_ends_everything_and_is_no_failure(server):
    """Ends the server of this module."""
    assert server.end(signal.SIGTERM) == 0
    assert server.log.read_text().endswith("stopped\n")
    assert server.processes() == []


def test_killed_supervisor_leaves_no_orphans_and_the_next_start_works(server):
    """In the folder of the server that has ended."""
    first = Server(server.home, "--no-demo").wait_until_ready()
    first.end(signal.SIGKILL)
    until(lambda: first.processes() == [], lambda: str(process_table(first.home)))
    second = Server(server.home, "--no-demo").wait_until_ready()
    assert "one-time password" not in second.text()
    assert second.end(signal.SIGINT) == 0


def test_taken_port_is_told_before_anything_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = start(tmp_path / "home", "--port", str(port))
        output = refused.communicate(timeout=PATIENCE)[0].decode()
    assert refused.returncode == 2
    assert f"port {port} of 127.0.0.1 is taken by another program. Use --port NUMBER" in output
    assert "Traceback" not in output
    assert not (tmp_path / "home" / "db.sqlite3").exists()
