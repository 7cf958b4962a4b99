"""Signals of a wrapper: forwarded to its command, and never in the way of cleaning up."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any, Self

# A terminal sends these to the command as well, because it shares the process group.
FROM_TERMINAL = ("SIGINT", "SIGQUIT", "SIGBREAK")
CAUGHT = (*FROM_TERMINAL, "SIGTERM", "SIGHUP")


class Stopped(Exception):
    """A signal came while no command was there to take it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Signals:
    """Inside the `with` block, signals go to `child`; without one they raise Stopped.

    `closing` drops all that follow, for the time in which things are put back.
    """

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None
        self.closing = False
        self._holding = False
        self._held: list[int] = []
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for name in CAUGHT:
            if number := getattr(signal, name, None):
                self._previous[number] = signal.signal(number, self._received)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep signals back until the block ends, for a step that must not be cut in half."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        for number in self._held[:1]:
            self._deliver(number)

    def _received(self, number: int, _frame: FrameType | None) -> None:
        if self._holding:
            self._held.append(number)
        elif not self.closing:
            self._deliver(number)

    def _deliver(self, number: int) -> None:
        if self.child is None:
            self.closing = True
            raise Stopped(number)
        if not _sent_by_terminal(number):
            self.child.send_signal(number)


def _sent_by_terminal(number: int) -> bool:
    if signal.Signals(number).name not in FROM_TERMINAL:
        return False
    if not hasattr(os, "tcgetpgrp"):
        return True
    try:
        with open(os.ctermid()) as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        # No controlling terminal, so a process must have sent it.
        return False
