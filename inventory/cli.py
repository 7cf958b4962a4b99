"""`mistadmin units make`: manufacture units for a simulated fleet."""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import astuple, fields
from typing import TextIO

from inventory.manufacturing import MadeUnit, make_units
from mistadmin.core.access import Actor
from mistadmin.core.errors import Refusal


def units(argv: Sequence[str]) -> int:
    """Run the command; returns the exit code: 2 for a bad option."""
    parser = argparse.ArgumentParser(prog="mistadmin units", description="Manufacture units.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    make = verbs.add_parser("make", help="make units and print their claim codes and secrets")
    make.add_argument("--model", required=True, help="such as AP45")
    make.add_argument("--count", type=int, default=1)
    make.add_argument("--csv", default="-", metavar="FILE", help="where to write them; - is standard output")
    options = parser.parse_args(argv)
    try:
        made = make_units(Actor.system("units make"), model=options.model, count=options.count)
        with _target(options.csv) as target:
            written = _write(target, made)
    except (Refusal, OSError) as error:
        print(f"mistadmin units: {error}", file=sys.stderr)
        return 2
    if options.csv != "-":
        print(f"{written} units of {options.model} written to {options.csv}", file=sys.stderr)
    return 0


def _target(name: str) -> nullcontext[TextIO] | TextIO:
    if name == "-":
        return nullcontext(sys.stdout)
    # The file holds device secrets: nobody else may read it.
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return open(descriptor, "w", newline="", encoding="utf-8")


def _write(target: TextIO, made: Iterable[MadeUnit]) -> int:
    writer = csv.writer(target)
    writer.writerow([field.name for field in fields(MadeUnit)])
    written = 0
    for unit in made:
        writer.writerow(astuple(unit))
        written += 1
    return written
