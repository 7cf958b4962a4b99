"""`mistadmin juniper-service`: run the stand-in until told to stop."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from deviceapi.simulator.juniper.catalog import ACCOUNTS, Sold, read_sold
from deviceapi.simulator.juniper.server import AccountService


def main(argv: Sequence[str]) -> int:
    """Serve until told to stop; 2 for bad options."""
    options = _options(argv)
    certificate = (options.cert, options.key) if options.cert and options.key else None
    try:
        claimed = _claimed(options)
        service = AccountService(options.host, options.port, claimed=claimed, certificate=certificate)
    except (OSError, ValueError, OverflowError) as error:
        print(f"mistadmin juniper-service: {error}", file=sys.stderr)
        return 2
    if not options.quiet:
        _welcome(service.address)
    for number in (signal.SIGINT, signal.SIGTERM):
        # From a thread: shutdown waits for the loop that the signal interrupted.
        signal.signal(number, lambda *_: threading.Thread(target=service.shutdown).start())
    with service:
        service.serve_forever()
    return 0


def _welcome(address: str) -> None:
    print(f"MISTADMIN_JUNIPER_URL={address}", flush=True)
    for account in ACCOUNTS:
        print(f"  {account.name}: {account.username}, password {account.password}", flush=True)


def _claimed(options: argparse.Namespace) -> list[Sold]:
    """The devices of a file, or those that an organization of this instance has claimed."""
    if options.assets:
        return read_sold(json.loads(options.assets.read_text("utf-8")))
    return claimed_of(options.org) if options.org else []


def claimed_of(name_or_id: str) -> list[Sold]:
    """What an organization of this instance has claimed; raises ValueError for one that is not there."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mistadmin.settings.prod")
    django.setup()
    from inventory.manufacturing import claimed_labels
    from mistadmin.core.access import Actor
    from mistadmin.core.errors import Refusal
    from orgs.queries import find_org

    operator = Actor.system("juniper-service")
    try:
        return [Sold(*label) for label in claimed_labels(operator, find_org(operator, name_or_id))]
    except Refusal as refusal:
        raise ValueError(str(refusal)) from None


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mistadmin juniper-service", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8443, help="port to listen on (default 8443; 0: any)")
    parser.add_argument("--org", metavar="NAME|ID", help="whose claimed devices the first account bought")
    parser.add_argument("--assets", type=Path, metavar="FILE", help="or a JSON list of {serial, model}")
    parser.add_argument("--cert", type=Path, metavar="PEM", help="certificate chain: serve HTTPS, with --key")
    parser.add_argument("--key", type=Path, metavar="PEM", help="its private key")
    parser.add_argument("--quiet", action="store_true", help="do not say who can log in")
    options = parser.parse_args(argv)
    if bool(options.cert) != bool(options.key):
        parser.error("--cert and --key go together")
    return options
