"""Searching reads the view, which holds what the policy of the table holds."""

from __future__ import annotations

import pytest
from django.db import connection

from inventory.matching import DeviceFilter, matching
from inventory.models import Device
from mistadmin.core import tenancy
from tests.tenancy.unfiltered import no_filters
from tests.world import make_devices

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL: row level security"),
]
FOUND = DeviceFilter(words=("ap45",))


def test_only_rows_of_the_tenant_are_found_whatever_was_asked(world):
    (mine,), (theirs,) = make_devices(world.north), make_devices(world.overseas)
    with tenancy.within([world.acme.id]):
        found = matching(Device.every.all(), FOUND)
        assert 'FROM "inventory_device_search"' in str(found.query)
        assert set(found.values_list("mac", flat=True)) == {mine.mac}
        assert found.count() == 1
        assert set(Device.every.filter(id__in=found.values("id"))) == {mine}
    with tenancy.across():
        assert set(matching(Device.every.all(), FOUND)) == {mine, theirs}


def test_what_is_not_searched_by_text_reads_the_table(world):
    with tenancy.within([world.acme.id]):
        assert "inventory_device_search" not in str(matching(Device.every.all(), DeviceFilter()).query)


def test_a_search_without_a_tenant_finds_nothing(world):
    make_devices(world.north)
    with tenancy.scoped(tenancy.NONE):
        assert not matching(Device.every.all(), FOUND).exists()


@pytest.mark.parametrize("path", ["inventory/search?text=ap45", "inventory?limit=1000"])
def test_the_api_finds_its_own_devices_without_its_filters(world, api, path):
    (mine,), (theirs,) = make_devices(world.north), make_devices(world.overseas)
    with no_filters():
        found = str(api("ada").get(f"/orgs/{world.acme.id}/{path}").ok())
    assert mine.mac in found
    assert theirs.mac not in found
