"""What a role of a person reaches, alike in what is held (Privilege) and in what is offered (Offer)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import models

_IN_ORG = models.Q(org__isnull=False, msp=None, orggroup=None)
_AT_MSP = models.Q(org=None, msp__isnull=False, site=None, sitegroup=None)


def one_reach() -> models.Q:
    """A place in an organization, or one at an MSP, and no two at once."""
    return (_IN_ORG & (models.Q(site=None) | models.Q(sitegroup=None))) | _AT_MSP


class Reach(models.Model):
    """A row that names one tenant, `org` or `msp`, and at most one part of it."""

    org_id: UUID | None
    msp_id: UUID | None
    site_id: UUID | None
    sitegroup_id: UUID | None
    orggroup_id: UUID | None

    class Meta:
        abstract = True

    @property
    def tenant(self) -> Any:
        """The organization or the MSP."""
        row: Any = self
        return row.msp or row.org

    @property
    def place(self) -> Any:
        """What is reached: the part of the tenant, or all of it."""
        row: Any = self
        return row.site or row.sitegroup or row.orggroup or self.tenant

    @property
    def scope(self) -> str:
        """How the API spells the reach."""
        if self.msp_id:
            return "orggroup" if self.orggroup_id else "msp"
        return "site" if self.site_id else "sitegroup" if self.sitegroup_id else "org"
