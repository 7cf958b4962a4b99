"""What an adopt command opens, spelled in the command itself, and the secret that belongs to just that.

The organization's own secret never leaves the server: each scope has one derived from it, so that nobody can
widen what he was given.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

_ID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_SPELLED: Final = re.compile(
    rf"({_ID})(?:\.site-({_ID}))?(?:\.until-([0-9]{{1,11}}))?((?:\.only-[A-Za-z0-9]{{1,32}})*)", re.ASCII
)
MOST_SERIALS: Final = 50


@dataclass(frozen=True, slots=True)
class Scope:
    """An organization, or one of its sites; until a time in epoch seconds; for some serials or for all."""

    org_id: UUID
    site_id: UUID | None = None
    until: int | None = None
    serials: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [str(self.org_id)]
        parts += [] if self.site_id is None else [f"site-{self.site_id}"]
        parts += [] if self.until is None else [f"until-{self.until}"]
        return ".".join((*parts, *(f"only-{serial}" for serial in self.serials)))

    def admits(self, serial: str, now: float) -> bool:
        """Whether a unit with this serial may join at this time."""
        return (self.until is None or now < self.until) and (not self.serials or serial in self.serials)


def read_scope(text: str) -> Scope | None:
    """The scope that a text spells; None when it spells none."""
    found = _SPELLED.fullmatch(text)
    if found is None:
        return None
    org_id, site_id, until, only = found.groups()
    serials = tuple(only.split(".only-")[1:])
    if len(serials) > MOST_SERIALS:
        return None
    return Scope(UUID(org_id), UUID(site_id) if site_id else None, int(until) if until else None, serials)


def scope_secret(org_secret: str, scope: str) -> str:
    """The secret of a scope: HMAC-SHA256 of its text under the organization's secret, as lower-case hex."""
    return _derived(org_secret, ("scope", scope))


def unit_key(secret: str, mac: str, serial: str) -> str:
    """The key with which one unit signs that it knows the secret of a scope."""
    return _derived(secret, ("unit", mac, serial))


def _derived(key: str, parts: Iterable[str]) -> str:
    return hmac.digest(key.encode(), "\n".join(parts).encode(), "sha256").hex()
