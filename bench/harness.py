"""`mistadmin bench [NAME …]`: run benchmarks, print each figure beside its floor and its goal.

A goal that is missed is a figure like any other: the exit status is 0 unless a benchmark fails to run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from bench.database import NoServer
from bench.rows import Row
from bench.stage import Stage


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Where a benchmark is: a function that takes the Stage and gives rows; most need an instance."""

    module: str
    function: str
    help: str
    needs_instance: bool = True


BENCHMARKS: Final[dict[str, Benchmark]] = {
    "decisions": Benchmark("bench.decisions", "measure", "auto-provisioning decisions per second", False),
    "list": Benchmark("bench.lists", "measure", "lists, deep pages, search, one device over REST"),
    "pages": Benchmark("bench.pages", "measure", "the pages of the inventory"),
    "phone": Benchmark("bench.phone", "measure", "the inventory on a phone with a slow network"),
    "search": Benchmark("bench.search", "measure", "search while one types: palette, suggestions, page"),
    "change": Benchmark("bench.changes", "change", "one device changed, with its audit entry"),
    "csv": Benchmark("bench.export", "measure", "the inventory as CSV through the portal"),
    "claim": Benchmark("bench.changes", "claim", "10,000 claim codes in one call"),
    "jobs": Benchmark("bench.jobs", "measure", "10,000 devices assigned to a site as a job"),
    "start": Benchmark("bench.footprint", "start", "from nothing to the first answer"),
    "telling": Benchmark("bench.telling", "measure", "what replies and their time tell about accounts"),
    "memory": Benchmark("bench.footprint", "memory", "memory of a web worker after lists"),
    "fleet": Benchmark("bench.fleet", "measure", "1,000 devices that check in every 10 s"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmarks named, all of them by default; 1 when one of them failed to run."""
    options = _options(argv)
    if options.list:
        print("\n".join(f"  {name:<12} {found.help}" for name, found in BENCHMARKS.items()))
        return 0
    # The order of the table, whatever the order asked: later benchmarks leave rows behind.
    names = [name for name in BENCHMARKS if name in options.names or not options.names]
    chosen = {name: BENCHMARKS[name] for name in names}
    with Stage(devices=options.devices, sites=options.sites, keep=options.keep, say=_say) as stage:
        try:
            if any(benchmark.needs_instance for benchmark in chosen.values()):
                stage.prepare()
        except NoServer as error:
            print(f"mistadmin bench: {error}", file=sys.stderr)
            return 1
        rows, failed = run(chosen, stage)
    print(table(rows))
    print(summary(rows, failed))
    if options.json:
        _write_json(Path(options.json), rows, failed)
    return 1 if failed else 0


def run(benchmarks: Mapping[str, Benchmark], stage: Stage) -> tuple[list[Row], list[str]]:
    """The rows of all benchmarks, and the names of those that could not be run."""
    rows: list[Row] = []
    failed = []
    for name, benchmark in benchmarks.items():
        _say(f"{name}: {benchmark.help}")
        try:
            rows += getattr(import_module(benchmark.module), benchmark.function)(stage)
        except Exception:  # one that cannot run must not take the others' figures along
            traceback.print_exc()
            failed.append(name)
    return rows, failed


def table(rows: Iterable[Row]) -> str:
    """Name, figure, floor, ratio, goal and whether it was reached, in columns."""
    lines = [("", "figure", "p95", "floor", "ratio", "goal", "")]
    lines += [_cells(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(_line(line, widths) for line in lines)


def summary(rows: Sequence[Row], failed: Sequence[str]) -> str:
    """How many of the goals were reached."""
    goals = [row for row in rows if row.ok is not None]
    text = f"bench: {sum(bool(row.ok) for row in goals)} of {len(goals)} within the goal"
    return f"{text}; failed: {', '.join(failed)}" if failed else text


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        f"{row.figure:,g} {row.unit}" if row.figure < 1e5 else f"{row.figure:,.0f} {row.unit}",
        f"{row.p95:,g}" if row.p95 is not None else "",
        f"{row.floor:,.10g} {row.floor_unit}" if row.floor is not None else "",
        f"{row.ratio:g} x" if row.ratio is not None else "",
        row.goal,
        "" if row.ok is None else "ok" if row.ok else "short",
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *numbers, goal, verdict = [
        cell.ljust(width) if column in (0, 5, 6) else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join([name, *numbers, goal, verdict]).rstrip()


def _write_json(path: Path, rows: Iterable[Row], failed: Sequence[str]) -> None:
    report: dict[str, Any] = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cpus": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "rows": [row.as_dict() for row in rows],
        "failed": list(failed),
    }
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mistadmin bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which benchmarks (default: all)")
    parser.add_argument("--list", action="store_true", help="say which benchmarks there are")
    parser.add_argument("--json", metavar="FILE", help="write the figures to a file, too")
    parser.add_argument("--devices", type=int, default=100_000, help="how many (default 100,000)")
    parser.add_argument("--sites", type=int, default=1_000, help="how many (default 1,000)")
    parser.add_argument("--keep", action="store_true", help="leave the database behind")
    options = parser.parse_args(argv)
    if unknown := sorted(set(options.names) - set(BENCHMARKS)):
        parser.error(f"no benchmark is called {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    return options


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
