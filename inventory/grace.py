"""How long and where installers may change things (guide: Organization Settings, Installer).

Whoever may manage devices at a place is not bound there; everybody else who installs is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from inventory.models import Device
from mistadmin.core.access import INSTALL, MANAGE_DEVICES, Actor
from mistadmin.core.errors import Invalid
from orgs.models import Org
from orgs.shapes import InstallerSetting
from sites.models import Site

OUTSIDE: Final = "outside of grace period"
DEFAULT_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Limits:
    """The installer parameters of an organization at one moment; older than `since` is out of bounds."""

    days: int
    since: datetime
    all_devices: bool
    all_sites: bool
    extra_sites: frozenset[UUID]

    @classmethod
    def of(cls, org_id: UUID) -> Limits:
        """Read them; only this part of the setting leaves the database."""
        stored = Org.objects.filter(id=org_id).values_list("setting__installer", flat=True).first()
        setting = InstallerSetting.model_validate(stored or {})
        days = setting.grace_period or DEFAULT_DAYS
        return cls(
            days=days,
            since=timezone.now() - timedelta(days=days),
            all_devices=bool(setting.allow_all_devices),
            all_sites=bool(setting.allow_all_sites),
            extra_sites=frozenset(setting.extra_site_ids or ()),
        )


class Bounds:
    """What an actor who installs may still change in one organization; reads the limits only when needed."""

    def __init__(self, actor: Actor, org_id: UUID) -> None:
        self._actor, self._org_id = actor, org_id

    @cached_property
    def limits(self) -> Limits:
        return Limits.of(self._org_id)

    @cached_property
    def _named_sites(self) -> frozenset[UUID] | None:
        return self._actor.sites_for(INSTALL, self._org_id)

    @cached_property
    def managed_sites(self) -> frozenset[UUID] | None:
        """The sites where nothing binds the actor; None means all of the organization."""
        return self._actor.sites_for(MANAGE_DEVICES, self._org_id)

    def covers(self, device: Device) -> bool:
        """Whether the device was claimed within the grace period, or does not have to be."""
        if self._actor.can(MANAGE_DEVICES, device):
            return True
        return self.limits.all_devices or device.created_time >= self.limits.since

    def covers_site(self, site: Site) -> bool:
        """Whether the site is new, or opened to installers by the setting, or by the role itself."""
        if self._actor.can(MANAGE_DEVICES, site):
            return True
        # A role that names its sites opens them however old they are.
        if self._named_sites is not None:
            return site.id in self._named_sites
        limits = self.limits
        return limits.all_sites or site.id in limits.extra_sites or site.created_time >= limits.since

    def require(self, place: Device | Site) -> None:
        """Refuse a device or a site that is out of bounds; raises Invalid."""
        inside = self.covers_site(place) if isinstance(place, Site) else self.covers(place)
        if not inside:
            raise Invalid(OUTSIDE)


def check_setting(actor: Actor, org: Org, changes: Mapping[str, Any]) -> None:
    """Refuse extra sites that the organization does not have (settings.ORG_SETTING_CHECKS)."""
    wanted = {UUID(one) for one in (changes.get("installer") or {}).get("extra_site_ids") or ()}
    if wanted and Site.objects.filter(org=org, id__in=wanted).count() != len(wanted):
        raise Invalid({"installer.extra_site_ids": "names a site that does not exist"})
