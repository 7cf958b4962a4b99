"""The product's own processes, and the floor under the same web server with the same options."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.client import BadReply, Client
from mistadmin.processes import SUPERVISED

PATIENCE = 60.0
FLOOR = {"DJANGO_SETTINGS_MODULE": "bench.floor_settings"}


class NotStarted(Exception):
    """A process ended or stayed silent; the message holds the end of its log."""


class Process:
    """`mistadmin web`, `worker` or `beat` with a log of its own, ended with the benchmark at the latest."""

    def __init__(self, log: Path, word: str, options: Sequence[str], environ: Mapping[str, str]) -> None:
        self.log = log
        self.began = time.perf_counter()
        command = [sys.executable, "-m", "mistadmin.cli", word, *options]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **environ},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.pid = self._process.pid

    def check(self) -> None:
        """Raise NotStarted when the process has ended."""
        if self._process.poll() is not None:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            raise NotStarted(f"{self.log.stem} ended with status {self._process.returncode}:\n{tail}")

    def end(self) -> None:
        """End the process and what it started."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()


class Server(Process):
    """A web server on a free port; `floor` serves bench.floor instead of the product."""

    def __init__(
        self,
        home: Path,
        name: str,
        *,
        floor: bool = False,
        supervised: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.port = _free_port()
        environ = {**(FLOOR if floor else {}), **(settings or {})}
        if supervised:  # the caller has prepared the instance, as `mistadmin serve` does
            environ[SUPERVISED] = str(os.getpid())
        super().__init__(home / f"{name}.log", "web", ["--port", str(self.port)], environ)

    def first_answer(self, path: str, headers: Mapping[str, str]) -> float:
        """Seconds from the start of the process to the first good answer."""
        while time.perf_counter() - self.began < PATIENCE:
            self.check()
            try:
                with Client(self.port, headers) as client:
                    client.get(path)
                return time.perf_counter() - self.began
            except (OSError, BadReply) as error:
                last = error
                time.sleep(0.02)
        raise NotStarted(f"{self.log.stem} does not answer: {last}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
