"""What has to be done before the processes start: database, static files, demo data."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

from mistadmin.core import tenancy


def main(argv: Sequence[str]) -> int:
    """Make ready what the options name; prints what there is of the demo as one JSON object.

    {"email", "password"} of the administrator; {"org", "fleet"}: whose devices call, by which file;
    {"sold"}: the file of what was sold to the demo Juniper account.
    """
    parser = argparse.ArgumentParser(prog="mistadmin prepare")
    parser.add_argument("--start", action="store_true", help="all processes are about to start: migrate")
    parser.add_argument("--demo", action="store_true", help="make the demo administrator, once")
    options = parser.parse_args(argv)
    from mistadmin.assets import collect
    from mistadmin.core.heartbeats import forget

    if options.start:
        migrate([], verbosity=0)
        forget()
    collect()
    print(json.dumps(_demo() if options.demo else {}))
    return 0


def migrate(argv: Sequence[str], verbosity: int = 1) -> int:
    """Bring the database up to date, without the time limits that requests have."""
    argparse.ArgumentParser(prog="mistadmin migrate").parse_args(argv)
    os.umask(0o077)
    from django.core.management import call_command
    from django.db import connection

    if connection.vendor == "postgresql":
        connection.settings_dict["OPTIONS"]["options"] = "-c lock_timeout=60000"
    call_command("migrate", interactive=False, verbosity=verbosity)
    return 0


def seed(argv: Sequence[str]) -> int:
    """Make the demo administrator and organization, and say how to sign in."""
    argparse.ArgumentParser(prog="mistadmin seed").parse_args(argv)
    demo = _demo()
    if demo["email"] is None:
        print("This instance has administrators already; there is no demo administrator.")
        return 0
    print(f"Demo administrator: {demo['email']}")
    if demo["password"]:
        print(f"One-time password:  {demo['password']}")
    if "fleet" in demo:
        print(f"Its devices call:   mistadmin simulate --org {demo['org']} --scenario {demo['fleet']}")
    return 0


def manage(argv: Sequence[str]) -> int:
    """Run one of Django's own commands."""
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mistadmin.settings.prod")
    with tenancy.across():
        execute_from_command_line([f"{sys.argv[0]} manage", *argv])
    return 0


def _demo() -> dict[str, str | None]:
    from django.conf import settings

    from accounts.bootstrap import ensure_demo
    from mistadmin.demo.fleet import calling, furnish, sold

    demo = ensure_demo()
    if demo.org and demo.password:
        furnish(demo.org, settings.HOME_DIR)
    fleet = calling(demo.org, settings.HOME_DIR) if demo.org else None
    called = {"org": str(demo.org.id), "fleet": str(fleet)} if fleet else {}
    bought = {"sold": str(sold(demo.org, settings.HOME_DIR))} if demo.org else {}
    return {"email": demo.email, "password": demo.password, **called, **bought}
