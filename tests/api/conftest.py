"""What several files of the API tests stand on."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from audit.models import Entry
from orgs.models import Msp, Org, OrgGroup
from tests.client import ApiClient
from tests.world import World, grant_at, make_admin, make_msp, make_org, make_orggroup


@dataclass
class Umbrella:
    """An MSP of Mia's with acme in the group East and Branch in none; globex is elsewhere."""

    msp: Msp
    east: OrgGroup
    branch: Org
    url: str
    mia: ApiClient

    def person(self, name: str, role: str, group: OrgGroup | None = None) -> ApiClient:
        admin = make_admin(name)
        grant_at(self.msp, admin, role, group)
        return ApiClient(admin)


@pytest.fixture
def umbrella(world: World) -> Umbrella:
    mia = make_admin("mia")
    branch = make_org("Branch", by=make_admin("bo"))
    msp = make_msp("Umbrella", world.acme, branch, by=mia)
    return Umbrella(msp, make_orggroup(msp, "East", world.acme), branch, f"/msps/{msp.id}", ApiClient(mia))


def messages(place: Msp | Org) -> list[str]:
    """What the log of an MSP or an organization says, oldest first."""
    rows = Entry.objects.filter(org_id=place.id).exclude(event="accounts.admin.logged_in")
    return list(rows.order_by("timestamp", "id").values_list("message", flat=True))
