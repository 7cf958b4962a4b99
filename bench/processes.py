"""What a process and everything it started cost, read from /proc."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def tree(pid: int) -> list[int]:
    """The process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        fields = _stat(int(entry.name)) if entry.name.isdigit() else None
        if fields:
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor time, user and system, that these processes have used so far."""
    used = 0
    for pid in pids:
        fields = _stat(pid)
        used += int(fields[11]) + int(fields[12]) if fields else 0
    return used / _TICKS


def memory_mb(pid: int) -> float:
    """Resident memory of one process."""
    return _status(pid, "VmRSS:")


def peak_mb(pid: int) -> float:
    """The most memory that was resident since `forget_peak`."""
    return _status(pid, "VmHWM:")


def forget_peak(pid: int) -> None:
    """Start the peak anew at what is resident now."""
    (_PROC / str(pid) / "clear_refs").write_text("5")


def largest(pid: int) -> int:
    """The process of a tree with the most resident memory: of a web server, a worker."""
    return max(tree(pid), key=memory_mb)


def await_idle(pid: int, seconds: float = 0.3) -> None:
    """Wait until the tree uses no processor to speak of."""
    while True:
        before = cpu_seconds(tree(pid))
        time.sleep(seconds)
        if cpu_seconds(tree(pid)) - before <= 0.05 * seconds:
            return


def _stat(pid: int) -> list[str] | None:
    """State, parent and the rest; the name before them may hold spaces."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _status(pid: int, field: str) -> float:
    for line in (_PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return 0.0
