"""The `mistadmin` command: one word for each thing an operator does."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from mistadmin import __version__
from mistadmin.core import tenancy


@dataclass(frozen=True)
class Word:
    """Where the code of a word is; it is imported only when the word is used."""

    module: str
    function: str
    help: str
    # False for words that set Django up themselves, or only in processes that they start.
    django: bool = False


WORDS = {
    "serve": Word("mistadmin.serve", "main", "run everything here: web, worker and beat"),
    "web": Word("mistadmin.processes", "web", "run the web server alone"),
    "worker": Word("mistadmin.processes", "worker", "run a worker alone; options go to `celery worker`"),
    "beat": Word("mistadmin.processes", "beat", "run the clock alone; one is enough"),
    "migrate": Word("mistadmin.prepare", "migrate", "bring the database up to date", django=True),
    "prepare": Word(
        "mistadmin.prepare", "main", "make database, static files and demo data ready", django=True
    ),
    "manage": Word("mistadmin.prepare", "manage", "run one of Django's own commands"),
    "units": Word("inventory.cli", "units", "manufacture units: MAC, serial, model, claim code", django=True),
    "simulate": Word(
        "deviceapi.simulator.cli", "main", "start the claimed fleet of an organization", django=True
    ),
    "juniper-service": Word(
        "mistadmin.processes", "juniper_service", "run a stand-in for the Juniper account service"
    ),
    "lab": Word("mistadmin.lab", "main", "run a command whose api.mist.com is this instance"),
    "demo": Word("mistadmin.demo.player", "main", "play the hospital scenario on a fresh instance"),
    "bench": Word("bench.harness", "main", "measure, each figure beside its floor"),
    "seed": Word("mistadmin.prepare", "seed", "make the demo administrator and organization", django=True),
    "logs": Word("audit.cli", "logs", "print the audit trail, also of deleted organizations", django=True),
    "reset-two-factor": Word(
        "accounts.cli", "two_factor", "take away the second factor of an account", django=True
    ),
    "staff": Word("accounts.cli", "staff", "let an account see the pages of the operators", django=True),
    "rotate-keys": Word("mistadmin.keys", "main", "take a new master key into use and reseal", django=True),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one word with its options; returns the exit status."""
    try:
        arguments = _take_home(list(sys.argv[1:] if argv is None else argv))
    except ValueError as error:
        return _refuse(str(error))
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_usage())
        return 0
    if arguments[0] in ("-V", "--version"):
        print(f"mistadmin {__version__}")
        return 0
    name, *rest = arguments
    if name not in WORDS:
        return _refuse(f"unknown word {name!r}; `mistadmin --help` lists them all")
    return _run(WORDS[name], rest)


def _run(word: Word, arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mistadmin.settings.prod")
    with ExitStack() as stack:
        if word.django:
            import django

            django.setup()
            # Commands are the operator's, who has the whole instance.
            stack.enter_context(tenancy.across())
        status = getattr(import_module(word.module), word.function)(arguments)
    return int(status or 0)


def _take_home(arguments: list[str]) -> list[str]:
    """The arguments without `--home DIR`, which is put into the environment that every process inherits."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept: list[str] = []
    own = iter(arguments[:end])
    for argument in own:
        name, equals, value = argument.partition("=")
        if name != "--home":
            kept.append(argument)
            continue
        folder = value if equals else next(own, "")
        if not folder:
            raise ValueError("--home needs the folder that holds all state, as in --home /var/lib/mistadmin")
        os.environ["MISTADMIN_HOME"] = str(Path(folder).expanduser().absolute())
    return kept + arguments[end:]


def _usage() -> str:
    lines = [f"  {name:<15} {word.help}" for name, word in WORDS.items()]
    return "\n".join(
        [
            "usage: mistadmin [--home DIR] WORD [options]",
            "",
            *lines,
            "",
            "`mistadmin WORD --help` tells the options of a word. All state is in --home DIR (default var/).",
        ]
    )


def _refuse(problem: str) -> int:
    print(f"mistadmin: {problem}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
