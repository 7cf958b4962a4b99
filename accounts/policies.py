"""What organizations ask of passwords, second factors and sessions; of several the strictest holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from accounts.models import Admin
from orgs.models import Org
from orgs.shapes import PasswordPolicy

LEAST: Final = 8
# What an organization has that says nothing else (openapi.json: org.session_expiry).
SESSION_MINUTES: Final = 1440


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for a person; no `idle_minutes` and no `password_days` mean for ever."""

    session_minutes: int = SESSION_MINUTES
    idle_minutes: int = 0
    min_length: int = LEAST
    special_char: bool = False
    two_factor: bool = False
    password_days: int = 0


class Version(NamedTuple):
    """An organization as it was saved at one moment; what it says is looked up once in each process."""

    org_id: UUID
    modified_time: datetime
    session_minutes: int


def strictest(orgs: Iterable[Version]) -> Policy:
    """The policy of a person who belongs to these organizations."""
    found = [_policy_of(one) for one in set(orgs)]
    if not found:
        return Policy()
    return Policy(
        session_minutes=min(one.session_minutes for one in found),
        idle_minutes=_least(one.idle_minutes for one in found),
        min_length=max(one.min_length for one in found),
        special_char=any(one.special_char for one in found),
        two_factor=any(one.two_factor for one in found),
        password_days=_least(one.password_days for one in found),
    )


def policy_for(admin: Admin) -> Policy:
    """The policy that holds for an account now."""
    return policy_of_orgs(admin.privileges.values_list("org_id", flat=True))


def policy_of_orgs(org_ids: Iterable[UUID]) -> Policy:
    """The strictest policy of these organizations, such as those that an invitation leads to as well."""
    rows = Org.objects.filter(id__in=org_ids).values_list("id", "modified_time", "session_expiry")
    return strictest(Version(*row) for row in rows)


@lru_cache(maxsize=4096)
def _policy_of(org: Version) -> Policy:
    # The setting holds every rule of the organization: too much to read with each request.
    row = Org.objects.filter(id=org.org_id).values_list(
        "setting__password_policy", "setting__ui_idle_timeout"
    )
    stated, idle = row.first() or (None, None)
    asked = PasswordPolicy.model_validate(stated or {})
    if not asked.enabled:
        asked = PasswordPolicy()
    return Policy(
        session_minutes=org.session_minutes,
        idle_minutes=idle or 0,
        min_length=max(LEAST, asked.min_length or 0),
        special_char=bool(asked.requires_special_char),
        two_factor=bool(asked.requires_two_factor_auth),
        password_days=asked.expiry_in_days or 0,
    )


def _least(numbers: Iterable[int]) -> int:
    """The least of them; 0 stands for no limit."""
    return min((number for number in numbers if number), default=0)
