"""The first administrator of an instance."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.actions import create_org
from accounts.auth import actor_for
from accounts.models import Admin
from mistadmin.core.access import Actor
from mistadmin.core.errors import Refusal
from orgs.queries import find_org

DEMO_EMAIL: Final = "admin@mistadmin.example"
DEMO_ORG: Final = "Demo Organization"


@dataclass(frozen=True, slots=True)
class DemoAdmin:
    """The demo administrator: no `email` where there is none, a `password` only when made just now.

    `org` is the demo organization while it has that name.
    """

    email: str | None
    password: str | None
    org: Any = None


def ensure_demo() -> DemoAdmin:
    """Create the demo administrator with an organization on an instance that has no account yet.

    The password is for one log-in: the portal asks for another before anything else.
    """
    if Admin.objects.exists():
        known = Admin.objects.of_email(DEMO_EMAIL).exists()
        return DemoAdmin(DEMO_EMAIL if known else None, None, _demo_org() if known else None)
    password = secrets.token_urlsafe(12)
    admin = Admin.objects.create(
        email=DEMO_EMAIL,
        first_name="Demo",
        last_name="Administrator",
        password=make_password(password),
        email_verified_at=timezone.now(),
        password_change_due=True,
    )
    org = create_org(actor_for(admin), values={"name": DEMO_ORG})
    return DemoAdmin(DEMO_EMAIL, password, org)


def _demo_org() -> Any:
    try:
        return find_org(Actor.system("demo"), DEMO_ORG)
    except Refusal:  # renamed, deleted, or one of several of that name
        return None
