"""Rows of every table that holds rows of tenants, in two organizations and their MSPs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.models import SavedView, Sso, SsoRole
from accounts.sso.models import SsoFailure, SsoGrant, SsoIdentity, SsoUse
from autoprovision.models import Decision
from inventory.models import Device, DeviceEvent
from mistadmin.core import row_security
from mistadmin.core.models import Outbox
from orgs.models import Org
from tests.accounts.cast import Targets, msp_of
from tests.world import World, make_admin


def make_rows(world: World) -> Targets:
    """At least one row of acme's and one of globex's in every table of tenants."""
    targets = Targets(world)
    for org, at in ((world.acme, targets.north), (world.globex, targets.overseas)):
        _complete(org, at)
    return targets


def tenants_of(org: Org) -> frozenset[UUID]:
    """An organization and its MSP."""
    return frozenset({org.id, msp_of(org).id})


def counted() -> dict[str, int]:
    """How many rows each table shows, without those that name no tenant."""
    found = {}
    with connection.cursor() as cursor:
        for model, rule in row_security.rules().items():
            cursor.execute(f'SELECT count(*) FROM "{model._meta.db_table}" WHERE {named(model, rule)}')
            found[model._meta.db_table] = cursor.fetchone()[0]
    return found


def named(model: type[Any], rule: row_security.Rule) -> str:
    """The condition that a row names a tenant at all."""
    columns = [model._meta.get_field(name).column for name in rule.columns]
    return " OR ".join(f'"{column}" IS NOT NULL' for column in columns) or "true"


def _complete(org: Org, at: dict[str, str]) -> None:
    """What the cast of the matrix has no need of."""
    sso, role, name = Sso.objects.get(id=at["sso_id"]), SsoRole.objects.get(id=at["role_id"]), org.name
    guest = make_admin(f"guest-{name.lower()}", via_sso=True)
    identity = SsoIdentity.objects.create(sso=sso, name_id=f"guest@{name.lower()}.example", admin=guest)
    identity.roles.add(role)
    SsoUse.objects.create(sso=sso, value=f"used at {name}", until=timezone.now() + timedelta(days=1))
    SsoFailure.objects.create(sso=sso, detail=f"failed at {name}")
    assert SsoGrant.objects.filter(sso_role=role).exists()
    device = Device.objects.get(id=at["device_id"])
    Decision.objects.get_or_create(device=device, defaults={"org": org})
    DeviceEvent.objects.create(org_id=org.id, site_id=device.site_id, device=device, type="AP_CONNECTED")
    Outbox.objects.create(org_id=org.id, event="core.job.due", task="nothing", payload={"of": name})
    view = SavedView.objects.get(id=at["view_id"])
    view.default_for.add(view.admin)
