"""The database's own wall between tenants, behind the one that queries and actions build."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from inventory.models import Device
from sites.models import Site
from tests.world import World, make_devices


@pytest.mark.postgres
@pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="needs PostgreSQL: SQLite cannot add the two-column foreign key to a table that exists",
)
def test_device_cannot_be_stored_at_another_tenants_site(world: World) -> None:
    (device,) = make_devices(world.acme)
    with pytest.raises(IntegrityError, match="device_site_of_own_org"):
        _store_at_once(device, world.overseas)
    device.refresh_from_db()
    assert device.site is None


def _store_at_once(device: Device, site: Site) -> None:
    with transaction.atomic():
        Device.objects.filter(pk=device.pk).update(site=site)
        connection.check_constraints()
