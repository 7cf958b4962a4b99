"""`mistadmin staff` and `mistadmin reset-two-factor`: what the people who run the instance do to accounts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from accounts.actions import set_staff
from accounts.actions.two_factor import reset_two_factor
from mistadmin.core.access import Actor
from mistadmin.core.errors import NotVisible


def staff(argv: Sequence[str]) -> int:
    """Count an account among the staff of the instance; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="mistadmin staff",
        description="Let an account see /design and /support, the pages for the people who run the instance.",
    )
    parser.add_argument("email", help="address of an account that exists")
    parser.add_argument("--remove", action="store_true", help="no longer")
    options = parser.parse_args(argv)
    try:
        set_staff(Actor.system("staff"), email=options.email, is_staff=not options.remove)
    except NotVisible:
        print(f"mistadmin staff: no account has the address {options.email!r}", file=sys.stderr)
        return 1
    return 0


def two_factor(argv: Sequence[str]) -> int:
    """Take away the second factor of an account; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="mistadmin reset-two-factor",
        description="Let somebody who lost app and recovery codes log in with the password alone.",
    )
    parser.add_argument("email", help="address of an account that exists")
    options = parser.parse_args(argv)
    try:
        reset_two_factor(Actor.system("reset-two-factor"), email=options.email)
    except NotVisible:
        print(f"mistadmin reset-two-factor: no account has the address {options.email!r}", file=sys.stderr)
        return 1
    return 0
