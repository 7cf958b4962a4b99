"""When each device of a fleet calls, and what follows from the answer.

A few threads with one open connection each carry the calls of all devices: a server reserves a place for
every open connection, and a thousand idle ones would leave none for people.
"""

from __future__ import annotations

import heapq
import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final
from uuid import UUID

from deviceapi.simulator.connection import Answer, Connection, Target, Unanswered
from deviceapi.simulator.device import Device

CONNECTIONS: Final = 8
ATTEMPTS: Final = 6  # of a device that calls once
_FIRST_INTERVAL: Final = 10.0  # seconds, until the server says its own
_TICK: Final = 0.02  # seconds between looks at the schedule
_SHORTEST_PAUSE, _LONGEST_PAUSE, _REFUSED_PAUSE = 0.5, 60.0, 60.0
_PERMANENT: Final = frozenset({400, 401, 403, 404, 405, 413})

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a fleet calls: `org_id` owns it; `interval` in seconds, None for what the server says."""

    org_id: UUID
    interval: float | None = None
    once: bool = False


@dataclass(slots=True)
class Tally:
    """What happened since the last summary."""

    accepted: int = 0
    refused: int = 0
    unanswered: int = 0
    seconds: list[float] = field(default_factory=list)


class Fleet:
    """Devices that check in until stopped, or once each."""

    def __init__(self, devices: Sequence[Device], target: Target, plan: Plan, say: Say) -> None:
        self.devices = devices
        self.accepted: set[str] = set()  # MACs that checked in at least once
        self.interval = plan.interval or _FIRST_INTERVAL
        self.once = plan.once
        self._target, self._plan, self._say = target, plan, say
        self._due: list[tuple[float, int]] = []  # a heap of times and positions in `devices`
        self._ready: queue.SimpleQueue[tuple[float, int] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._left = len(devices)
        self._tally = Tally()

    @property
    def members(self) -> list[Device]:
        """The devices that the server did not call somebody else's."""
        return [device for device in self.devices if device.owned is not False]

    def stop(self) -> None:
        """Let the calls under way end and start no more; may be called from a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Call until stopped, or until every device is done with its one call."""
        self._spread()
        carriers = [threading.Thread(target=self._carry, name=f"carrier {n}") for n in range(CONNECTIONS)]
        for carrier in carriers:
            carrier.start()
        try:
            self._dispatch()
        finally:
            for _ in carriers:
                self._ready.put(None)
            for carrier in carriers:
                carrier.join()

    def _spread(self) -> None:
        now = time.monotonic()
        pace = 0.0 if self._plan.once else self.interval / max(1, len(self.devices))
        self._due = [(now + position * pace, position) for position in range(len(self.devices))]

    def _dispatch(self) -> None:
        summary = time.monotonic() + self.interval
        while not self._stop.wait(_TICK) and self._left > 0:
            now = time.monotonic()
            with self._lock:
                while self._due and self._due[0][0] <= now:
                    self._ready.put(heapq.heappop(self._due))
            if now >= summary:
                summary = now + self.interval
                self._summarize()

    def _carry(self) -> None:
        connection = Connection(self._target)
        try:
            while (item := self._ready.get()) is not None:
                if not self._stop.is_set():
                    self._call(connection, *item)
        except BaseException:
            self.stop()  # a device that is never put back would keep the fleet waiting
            raise
        finally:
            connection.close()

    def _call(self, connection: Connection, due: float, position: int) -> None:
        device = self.devices[position]
        began = time.monotonic()
        try:
            answer = connection.check_in(device)
        except Unanswered as error:
            pause = self._unanswered(device, str(error))
        else:
            seconds = time.monotonic() - began
            pause = self._answered(device, answer, seconds, due)
        with self._lock:
            if pause is None:
                self._left -= 1
            else:
                heapq.heappush(self._due, (time.monotonic() + pause, position))

    def _answered(self, device: Device, answer: Answer, seconds: float, due: float) -> float | None:
        """Seconds until the device calls again; None when it is done."""
        if answer.status != 200:
            return self._refused(device, answer)
        device.failures, device.complained = 0, False
        if not self._is_ours(device, answer):
            return None
        device.joining = None
        device.config_hash = answer.body.get("config_hash") or ""
        with self._lock:
            self.accepted.add(device.mac)
            self._tally.accepted += 1
            self._tally.seconds.append(seconds)
            self._follow(answer)
        if self._plan.once:
            return None
        # From when it was due, so that the spread stays; from now on when the fleet lags behind.
        return max(0.0, due + self.interval - time.monotonic()) or self.interval

    def _is_ours(self, device: Device, answer: Answer) -> bool:
        device.owned = answer.body.get("org_id") == str(self._plan.org_id)
        if not device.owned:
            self._say(f"{device.mac}: is not claimed by this organization; it calls no more")
        return device.owned

    def _follow(self, answer: Answer) -> None:
        asked = answer.body.get("interval")
        if self._plan.interval is None and isinstance(asked, int | float) and asked > 0:
            self.interval = float(asked)

    def _refused(self, device: Device, answer: Answer) -> float | None:
        with self._lock:
            self._tally.refused += 1
        device.failures += 1
        permanent = answer.status in _PERMANENT
        if permanent and not device.complained:
            device.complained = True
            self._say(f"{device.mac}: refused with {answer.status}: {answer.body.get('detail', '')}")
        if self._plan.once and (permanent or device.failures >= ATTEMPTS):
            return None
        return max(answer.retry_after or 0.0, _REFUSED_PAUSE if permanent else _back_off(device))

    def _unanswered(self, device: Device, reason: str) -> float | None:
        with self._lock:
            self._tally.unanswered += 1
            first = self._tally.unanswered == 1
        device.failures += 1
        if first:
            self._say(f"{self._target.url} does not answer: {reason}")
        return None if self._plan.once and device.failures >= ATTEMPTS else _back_off(device)

    def _summarize(self) -> None:
        with self._lock:
            tally, self._tally = self._tally, Tally()
        middle = f", median {median(tally.seconds) * 1000:.1f} ms" if tally.seconds else ""
        self._say(
            f"{time.strftime('%H:%M:%S')} {len(self.members)} devices: {tally.accepted} check-ins, "
            f"{tally.refused} refused, {tally.unanswered} unanswered{middle}"
        )


def _back_off(device: Device) -> float:
    """A growing pause with some chance in it, so that a fleet does not come back all at once."""
    pause = min(_LONGEST_PAUSE, _SHORTEST_PAUSE * 2 ** (device.failures - 1))
    return pause * random.uniform(0.5, 1.0)  # noqa: S311
