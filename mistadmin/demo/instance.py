"""A fresh embedded server in a folder of its own, and the product's commands run beside it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
READY: Final = 120  # seconds from start to the first healthy answer
COMMAND: Final = 300  # seconds a command may take
_ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:\d+")
_OURS: Final = ("MISTADMIN_", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DJANGO_SETTINGS_MODULE")


class Broken(Exception):
    """The server or a command did not do its work; the message ends with its last lines."""


class Instance:
    """`mistadmin serve` on a free port; a context manager that stops it. `base` is its address.

    `settings` are variables of its environment beside those of the machine.
    """

    def __init__(self, home: Path, settings: Mapping[str, str] | None = None) -> None:
        self.home = home
        self._settings = settings or {}
        self.base = ""
        self._log = home / "demo-serve.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Instance:
        self.home.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def start(self) -> None:
        """Start the server and wait until all its parts are healthy; raises Broken."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command("serve", "--port", "0", "--no-demo"),
                stdout=log,
                stderr=log,
                env=self._environment(),
                cwd=ROOT,
            )
        deadline = time.monotonic() + READY
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise Broken(f"the server ended with {self._process.returncode}\n{self.last_lines()}")
            if self._healthy():
                return
            time.sleep(0.2)
        raise Broken(f"the server is not healthy after {READY} s\n{self.last_lines()}")

    def run(self, *words: str) -> str:
        """Run a command of the product on this instance's home; its output, or Broken when it fails."""
        done = subprocess.run(
            self._command(*words),
            env=self._environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=COMMAND,
        )
        if done.returncode:
            printed = _tail(done.stderr or done.stdout)
            raise Broken(f"mistadmin {' '.join(words)} ended with {done.returncode}\n{printed}")
        return done.stdout

    def last_lines(self) -> str:
        """The end of what the server printed."""
        return _tail(self._log.read_text("utf-8", errors="replace")) if self._log.exists() else ""

    def _healthy(self) -> bool:
        found = _ADDRESS.search(self._log.read_text("utf-8", errors="replace"))
        if found is None:
            return False
        self.base = found.group()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.base}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "mistadmin.cli", *words, "--home", str(self.home)]

    def _environment(self) -> dict[str, str]:
        # The demonstration is about the embedded default: nothing of the caller's own instance may leak in.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        return {**kept, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", **self._settings}


def _tail(text: str, lines: int = 30) -> str:
    return "\n".join(text.splitlines()[-lines:])
