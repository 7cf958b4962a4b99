"""What organizations ask of passwords, second factors and sessions; of several the strictest holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from accounts.models import Admin
from accounts.reach import Through, orgs_of
from orgs.models import Org
from orgs.shapes import PasswordPolicy

LEAST: Final = 8
# What an organization has that says nothing else (openapi.json: org.session_expiry).
SESSION_MINUTES: Final = 1440


# What organizations said in the versions that this process has met, the largest MSP at once among them.
_MOST_KNOWN: Final = 10_000


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


_KNOWN: Final[dict[Version, Policy]] = {}


def strictest(orgs: Iterable[Version]) -> Policy:
    """The policy of a person who belongs to these organizations."""
    found = _policies(set(orgs))
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


def versions_of(through: Iterable[Through]) -> list[Version]:
    """The organizations that are reached through an MSP, for `strictest`."""
    return [Version(one.org_id, one.modified_time, one.session_minutes) for one in through]


def policy_for(admin: Admin) -> Policy:
    """The policy that holds for an account now, also of organizations that it reaches through an MSP."""
    return policy_of_orgs(orgs_of(admin).values("id"))


def policy_of_orgs(org_ids: Any) -> Policy:
    """The strictest policy of these organizations, ids or a query of them, such as an invitation leads to."""
    rows = Org.objects.filter(id__in=org_ids).values_list("id", "modified_time", "session_expiry")
    return strictest(Version(*row) for row in rows)


def _policies(orgs: Collection[Version]) -> list[Policy]:
    """What each of them says, read together where it is not known yet."""
    known = {one: policy for one in orgs if (policy := _KNOWN.get(one))}
    missing = {one.org_id: one for one in orgs if one not in known}
    if missing:
        # The setting holds every rule of the organization: too much to read with each request.
        columns = ("id", "setting__password_policy", "setting__ui_idle_timeout")
        stated = {key: rest for key, *rest in Org.objects.filter(id__in=missing).values_list(*columns)}
        known |= {one: _policy_of(one, *stated.get(key, (None, None))) for key, one in missing.items()}
        if len(_KNOWN) > _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN.update(known)
    return list(known.values())


def _policy_of(org: Version, stated: Any, idle: int | None) -> Policy:
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
