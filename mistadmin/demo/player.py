"""`mistadmin demo`: plays the journey against a fresh server and reports what was expected and what came."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from mistadmin.demo.instance import Instance
from mistadmin.demo.journey import Journey
from mistadmin.demo.scenario import condensed, table


def main(argv: Sequence[str] | None = None) -> int:
    """Play the hospital; 0 when every step works and all devices end up as expected, else 1."""
    options = _options(argv)
    # A plain SIGTERM would leave the server behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = Path(tempfile.mkdtemp(prefix="mistadmin-demo-"))
    try:
        with Instance(folder / "home") as instance:
            journey = Journey(instance, _say)
            failure = _play(journey, instance)
    finally:
        if options.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return _report(journey, failure, verbose=options.verbose)


def _play(journey: Journey, instance: Instance) -> str:
    """The name of the step that failed, or nothing."""
    for number, (name, step) in enumerate(journey.steps(), start=1):
        try:
            with _timed(f"{number:>2}. {name}"):
                step()
        except Exception as error:  # whatever breaks a step, the report has to name it
            print(f"step failed: {name}: {type(error).__name__}: {error}", file=sys.stderr)
            print(f"last lines of the server:\n{instance.last_lines()}", file=sys.stderr)
            return name
    return ""


def _report(journey: Journey, failure: str, *, verbose: bool) -> int:
    lines, total = journey.lines, len(journey.scenario["devices"])
    wrong = [line for line in lines if not line.right]
    if lines:
        print(f"\n{table(lines if verbose else wrong)}" if verbose or wrong else "")
        print(f"{condensed(lines)}\n")
    if failure:
        # Not the closing line of a good run, even when all devices are in place.
        print(f"demo: failed at: {failure}")
        return 1
    print(f"demo: {len(lines) - len(wrong)} of {total} as expected")
    return 1 if wrong or len(lines) != total else 0


@contextlib.contextmanager
def _timed(title: str) -> Iterator[None]:
    print(title, flush=True)
    start = time.monotonic()
    yield
    print(f"      done in {time.monotonic() - start:.1f} s", flush=True)


def _say(text: str) -> None:
    print(f"      {text}", flush=True)


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mistadmin demo", description=__doc__)
    parser.add_argument("--verbose", action="store_true", help="print every device")
    parser.add_argument("--keep", action="store_true", help="keep the folder of the server")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
