"""What the database was told is what the code says now, whatever was undone in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test.utils import CaptureQueriesContext

from mistadmin.core import tenancy
from mistadmin.core.middleware import TenantScope
from sites.models import Site
from tests.world import make_devices

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL: row level security"),
]


def seen():
    return {site.org.name for site in Site.objects.select_related("org")}


def test_scopes_nest_and_end(world):
    assert seen() == {"Acme", "Globex"}
    with tenancy.within([world.acme.id]):
        assert seen() == {"Acme"}
        with tenancy.within([world.globex.id]):
            assert seen() == {"Globex"}
        with tenancy.across():
            assert seen() == {"Acme", "Globex"}
        assert seen() == {"Acme"}
    with tenancy.scoped(tenancy.NONE):
        assert seen() == set()
    assert seen() == {"Acme", "Globex"}


def test_a_tenant_that_is_made_is_admitted(world):
    with tenancy.within([world.acme.id]):
        tenancy.admit(world.globex.id)
        assert seen() == {"Acme", "Globex"}


def test_going_back_to_a_savepoint_does_not_bring_an_old_scope_back(world):
    with tenancy.within([world.acme.id]):
        assert seen() == {"Acme"}
        with tenancy.within([world.globex.id]):
            with transaction.atomic():
                assert seen() == {"Globex"}
                transaction.set_rollback(True)
            assert seen() == {"Globex"}
        assert seen() == {"Acme"}


def test_a_savepoint_undoes_what_was_told_in_it_alone(world):
    with tenancy.within([world.acme.id]):
        assert seen() == {"Acme"}
        with transaction.atomic():
            with tenancy.across():
                assert seen() == {"Acme", "Globex"}
            transaction.set_rollback(True)
        assert seen() == {"Acme"}


def test_a_statement_that_fails_takes_nothing_along(world):
    with tenancy.within([world.globex.id]):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column FROM sites_site")
        assert seen() == {"Globex"}


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_undone_takes_nothing_along(world):
    for scope, expected in ((tenancy.Scope(frozenset({world.acme.id})), {"Acme"}), (tenancy.NONE, set())):
        with tenancy.scoped(scope):
            with transaction.atomic():
                assert seen() == expected
                transaction.set_rollback(True)
            assert seen() == expected
            with pytest.raises(DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT no_such_column FROM sites_site")
            assert seen() == expected


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_is_told_anew(world):
    with tenancy.within([world.acme.id]):
        assert seen() == {"Acme"}
        connection.close()
        assert seen() == {"Acme"}


@pytest.mark.django_db(transaction=True)
def test_another_thread_begins_with_nothing(world):
    def elsewhere():
        try:
            return seen()
        finally:
            connection.close()

    with tenancy.across(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(elsewhere).result() == set()


def test_cursors_of_the_server_are_held_to_the_scope(world):
    with tenancy.within([world.acme.id]), transaction.atomic():
        assert {site.org_id for site in Site.objects.iterator(chunk_size=1)} == {world.acme.id}


def test_copies_are_held_to_the_scope(world):
    with tenancy.within([world.acme.id]), connection.cursor() as cursor:
        out = StringIO()
        cursor.copy_expert("COPY (SELECT org_id FROM sites_site) TO STDOUT", out)
        assert set(out.getvalue().split()) == {str(world.acme.id)}


def test_many_at_once_are_held_to_the_scope(world):
    with tenancy.within([world.acme.id]), connection.cursor() as cursor:
        cursor.executemany("UPDATE sites_site SET name = name WHERE org_id = %s", [[world.globex.id]])
        assert cursor.rowcount == 0


def test_nobody_sees_what_is_told(world):
    with CaptureQueriesContext(connection) as queries, tenancy.within([world.acme.id]):
        assert seen() == {"Acme"}
    (query,) = queries.captured_queries
    assert query["sql"].startswith("SELECT")


def test_a_request_begins_and_ends_with_nothing(world):
    def view(request):
        assert tenancy.current() == tenancy.NONE
        tenancy.enter(tenancy.Scope(frozenset({world.acme.id})))
        return HttpResponse(",".join(seen()))

    assert TenantScope(view)(None).content == b"Acme"
    assert tenancy.current() == tenancy.ALL


def test_a_stream_is_read_in_the_scope_of_its_view(world):
    def view(request):
        tenancy.enter(tenancy.Scope(frozenset({world.acme.id})))
        return StreamingHttpResponse(f"{site.org.name}\n" for site in Site.objects.select_related("org"))

    answer = TenantScope(view)(None)
    with tenancy.scoped(tenancy.NONE):
        assert set(b"".join(answer.streaming_content).split()) == {b"Acme"}
        assert tenancy.current() == tenancy.NONE


def test_an_export_that_lost_its_filter_has_the_devices_of_its_organization(world, api):
    from tests.tenancy.unfiltered import no_filters, no_wall

    make_devices(world.north, count=3)
    (foreign,) = make_devices(world.overseas)
    client = api("ada").http

    def exported():
        answer = client.get(f"/orgs/{world.acme.id}/inventory.csv")
        assert answer.status_code == 200
        return b"".join(answer.streaming_content).decode()

    with no_filters():
        assert foreign.serial not in exported()
        assert len(exported().splitlines()) == 4
        with no_wall():
            assert foreign.serial in exported()
