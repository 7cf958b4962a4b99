"""Where something is: in a tenant, and there at one site or in the whole of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


class Placed(Protocol):
    """Anything with a place in a tenant: an organization, a site, a device, a document, an MSP."""

    @property
    def org_id(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class Place:
    """An organization, or one of its sites, by id alone: all that a list needs to know of it."""

    org_id: UUID
    site_id: UUID | None = None

    @property
    def org_wide(self) -> bool:
        return self.site_id is None
