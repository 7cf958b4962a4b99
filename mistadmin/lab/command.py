"""The `mistadmin lab` command line."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from mistadmin.lab.certificates import make_authority
from mistadmin.lab.environment import Route, child_environment, shell_lines
from mistadmin.lab.errors import LabError
from mistadmin.lab.hosts import DEFAULT_HOST, MIST_HOSTS
from mistadmin.lab.instance import Instance, running_instance
from mistadmin.lab.proxy import LabProxy
from mistadmin.lab.signals import Signals, Stopped
from mistadmin.processes import checked_env

# As env, timeout and docker run use them.
OWN_FAILURE = 125
NOT_EXECUTABLE = 126
NOT_FOUND = 127
SIGNALLED = 128

DESCRIPTION = """\
Run a command whose https://api.mist.com is this instance. Clients of the Mist API need no change: the command
gets MIST_HOST, MIST_APITOKEN, https_proxy, REQUESTS_CA_BUNDLE and SSL_CERT_FILE. Its https requests to other
hosts are refused. The token is made for the command and revoked after it."""

EPILOG = """\
examples:
  mistadmin lab -- python script.py
  mistadmin lab --admin ada@example.com --mist-host api.eu.mist.com -- python script.py
  mistadmin lab --env > lab.sh &      then, in any shell:  . ./lab.sh
The status is the command's own; 125 when the lab itself fails, 126 or 127 when the command cannot be run."""


def main(argv: Sequence[str]) -> int:
    """Run the command after `--`; returns its status, 128 + N when signal N ended it, 125 for a LabError."""
    own, command = _split(argv)
    options = _parse(own, command)
    try:
        with Signals() as signals, ExitStack() as stack:
            try:
                return _run(options, command, signals, stack)
            finally:
                # From here on the stack unwinds, and a second Ctrl-C must not keep the token alive.
                signals.closing = True
    except LabError as error:
        print(f"mistadmin lab: {error}", file=sys.stderr)
        return OWN_FAILURE
    except Stopped as stop:
        return SIGNALLED + stop.number


def _split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    arguments = list(argv)
    if "--" not in arguments:
        return arguments, []
    mark = arguments.index("--")
    return arguments[:mark], arguments[mark + 1 :]


def _parse(own: Sequence[str], command: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="mistadmin lab",
        usage="mistadmin lab [options] -- COMMAND [ARGUMENT ...]\n       mistadmin lab [options] --env",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--url", help="the instance (default: MISTADMIN_BASE_URL when one answers, else a new one)"
    )
    parser.add_argument(
        "--mist-host",
        default=DEFAULT_HOST,
        choices=MIST_HOSTS,
        metavar="HOST",
        help=f"default {DEFAULT_HOST}",
    )
    key = parser.add_mutually_exclusive_group()
    key.add_argument("--admin", metavar="EMAIL", help="whose token (default: the demo administrator)")
    key.add_argument("--token", metavar="KEY", help="use this API token as it is; for an instance elsewhere")
    key.add_argument("--no-token", action="store_true", help="no token: the command logs in by itself")
    parser.add_argument(
        "--env", action="store_true", help="print the variables for a shell; stay up until Ctrl-C"
    )
    parser.add_argument("--home", metavar="DIR", help="folder that holds all state (default var/)")
    options = parser.parse_args(own)
    if options.env == bool(command):
        parser.error("write `-- COMMAND` after the options, or --env without a command")
    if options.home:
        os.environ["MISTADMIN_HOME"] = str(Path(options.home).expanduser().absolute())
    return options


def _run(options: argparse.Namespace, command: Sequence[str], signals: Signals, stack: ExitStack) -> int:
    settings = checked_env()
    instance = stack.enter_context(running_instance(settings, options.url))
    key = _key(options, instance, signals, stack)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mistadmin-lab-")))
    authority, context = make_authority(MIST_HOSTS, folder)
    proxy = stack.enter_context(LabProxy(MIST_HOSTS, context, instance.origin()))
    route = Route(options.mist_host, key, proxy.port, authority)
    state = "started for this command" if instance.started else "running"
    print(f"mistadmin lab: https://{route.mist_host} is {instance.url} ({state})", file=sys.stderr)
    return (
        _stay(route) if options.env else _run_command(command, child_environment(os.environ, route), signals)
    )


def _key(options: argparse.Namespace, instance: Instance, signals: Signals, stack: ExitStack) -> str | None:
    if options.token or options.no_token:
        key: str | None = options.token
        return key
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mistadmin.settings.prod")
    # Only minting needs Django, and the apps can be imported only once it is set up.
    import django

    django.setup()
    from mistadmin.lab.tokens import minted_token

    with signals.held():
        minted = stack.enter_context(minted_token(options.admin))
    if not instance.accepts(minted):
        raise LabError(f"{instance.url} works on another database; name its --home, or use --token KEY")
    return minted


def _run_command(command: Sequence[str], environ: dict[str, str], signals: Signals) -> int:
    try:
        with signals.held():
            signals.child = subprocess.Popen(command, env=environ)
    except FileNotFoundError:
        print(f"mistadmin lab: {command[0]}: no such command", file=sys.stderr)
        return NOT_FOUND
    except OSError as error:
        print(f"mistadmin lab: {command[0]}: {error.strerror}", file=sys.stderr)
        return NOT_EXECUTABLE
    status = signals.child.wait()
    return status if status >= 0 else SIGNALLED - status


def _stay(route: Route) -> int:
    print(*shell_lines(os.environ, route), sep="\n", flush=True)
    try:
        while True:
            time.sleep(3600)
    except Stopped:
        return 0
