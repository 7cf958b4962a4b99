"""Every table says whose its rows are, and PostgreSQL keeps them apart by itself (figure S3)."""

from __future__ import annotations

import uuid

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction

from mistadmin.core import row_security, tenancy, wall
from tests.tenancy.rows import counted, make_rows, named, tenants_of

walled = [
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL: row level security"),
]
CATALOG = """
    SELECT relname, relrowsecurity AND relforcerowsecurity, pg_get_userbyid(relowner)
    FROM pg_class WHERE relname = ANY(%s) AND relnamespace = current_schema()::regnamespace
"""
POLICIES = """
    SELECT tablename, policyname, roles::text[], permissive, cmd, qual, with_check FROM pg_policies
    WHERE schemaname = current_schema()
"""


def test_every_table_says_whose_its_rows_are():
    models = {model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy}
    declared = {**row_security.rules(), **row_security.nobodys()}
    assert {model._meta.label for model in models} == {model._meta.label for model in declared}
    assert len(row_security.rules()) >= 30


def test_no_table_with_a_tenant_in_it_is_said_to_be_nobodys():
    naming = ("orgs.Org", "orgs.Msp")
    for model in row_security.nobodys():
        fields = model._meta.local_fields
        assert not {field.name for field in fields} & {"org_id", "msp_id"}, model
        assert not [f for f in fields if f.related_model and f.related_model._meta.label in naming], model


@pytest.mark.django_db
class TestPostgres:
    pytestmark = walled

    def test_every_table_of_tenants_is_forced_to_its_policies(self):
        tables = {model._meta.db_table: model for model in row_security.rules()}
        with connection.cursor() as cursor:
            cursor.execute(CATALOG, [list(tables)])
            found = {name: (forced, owner) for name, forced, owner in cursor.fetchall()}
            cursor.execute(POLICIES)
            policies = {(table, name): rest for table, name, *rest in cursor.fetchall()}
        assert found.keys() == tables.keys()
        for name in tables:
            forced, owner = found[name]
            assert forced, f"{name} is not forced to its policies"
            assert owner not in row_security.ROLES, f"{name} belongs to {owner}"
            roles, permissive, command, condition, check = policies.pop((name, wall.APP_ROLE))
            assert (roles, permissive, command) == ([wall.APP_ROLE], "PERMISSIVE", "ALL"), name
            assert condition == check, name
            assert condition, name
            assert condition != "true", name
            everything = ["PERMISSIVE", "ALL", "true", "true"]
            assert policies.pop((name, wall.SYSTEM_ROLE)) == [[wall.SYSTEM_ROLE], *everything], name
            assert policies.pop((name, "mistadmin_owner")) == [[owner], *everything], name
        # What is added to one table is for reading alone.
        (added,) = policies.items()
        assert added[0] == ("orgs_msp", "mistadmin_app_reads")
        assert added[1][:3] == [[wall.APP_ROLE], "PERMISSIVE", "SELECT"]

    def test_the_roles_get_around_nothing(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rolname, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole FROM pg_roles"
                " WHERE rolname = ANY(%s) ORDER BY rolname",
                [list(row_security.ROLES)],
            )
            assert cursor.fetchall() == [(role, False, False, False, False) for role in row_security.ROLES]
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (wall.SYSTEM_ROLE,)
            with tenancy.within([]):
                cursor.execute("SELECT current_user, current_setting('is_superuser')")
                assert cursor.fetchone() == (wall.APP_ROLE, "off")

    def test_without_a_tenant_there_are_no_rows(self, world):
        make_rows(world)
        everything = counted()
        assert all(everything.values()), f"nothing to hide: {everything}"
        with tenancy.scoped(tenancy.NONE):
            assert not any(counted().values()), counted()

    def test_each_tenant_sees_its_own_rows_and_no_others(self, world):
        make_rows(world)
        everything = counted()
        with tenancy.within(tenants_of(world.acme)):
            acme = counted()
        with tenancy.within(tenants_of(world.globex)):
            globex = counted()
        assert all(acme.values()), acme
        assert all(globex.values()), globex
        assert {name: acme[name] + globex[name] for name in acme} == everything

    def test_rows_that_name_no_tenant_are_everybodys(self, world):
        make_rows(world)
        for model, rule in row_security.rules().items():
            if not rule.or_nobodys:
                continue
            for scope in (tenancy.NONE, tenancy.Scope(tenants_of(world.acme))):
                with tenancy.scoped(scope), connection.cursor() as cursor:
                    unnamed = f'FROM "{model._meta.db_table}" WHERE NOT ({named(model, rule)})'
                    cursor.execute(f"SELECT count(*) {unnamed}")
                    seen = cursor.fetchone()
                    with tenancy.across():
                        cursor.execute(f"SELECT count(*) {unnamed}")
                    assert cursor.fetchone() == seen, model

    def test_nothing_is_put_into_another_tenant(self, world):
        make_rows(world)
        refused = pytest.raises(ProgrammingError, match="row-level security")
        for _, theirs, _ in both(world):
            with tenancy.within(tenants_of(world.acme)), refused, transaction.atomic():
                theirs.save_base(raw=True, force_insert=True)

    def test_nothing_of_another_tenant_is_changed_or_deleted(self, world):
        make_rows(world)
        for model, theirs, name in both(world):
            with tenancy.within(tenants_of(world.acme)):
                found = model._base_manager.filter(pk=theirs.pk)
                assert found.update(**{name: theirs.serializable_value(name)}) == 0, model
                assert found._raw_delete(found.db) == 0, model
            assert model._base_manager.filter(pk=theirs.pk).exists()

    def test_nothing_is_moved_into_another_tenant(self, world):
        make_rows(world)
        for model, theirs, name in both(world):
            place = uuid.uuid4() if name == "id" else theirs.serializable_value(name)
            refused = pytest.raises(ProgrammingError, match="row-level security")
            with tenancy.within(tenants_of(world.acme)):
                mine = model._base_manager.filter(**{f"{name}__isnull": False})
                one = model._base_manager.filter(pk=mine.first().pk)
                with refused, transaction.atomic():
                    one.update(**{name: place})

    def test_building_again_changes_nothing(self):
        statements = []

        def note(execute, sql, params, many, context):
            statements.append(sql)
            return execute(sql, params, many, context)

        with tenancy.owning(), connection.execute_wrapper(note):
            row_security.build(connection)
        assert not [sql for sql in statements if "POLICY" in sql or "ALTER" in sql or "VIEW" in sql]

    def test_a_table_that_was_opened_is_closed_again(self):
        with tenancy.owning(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE sites_site NO FORCE ROW LEVEL SECURITY")
            row_security.build(connection)
            cursor.execute("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'sites_site'")
            assert cursor.fetchone() == (True,)

    def test_a_view_that_a_migration_took_away_is_made_again(self):
        with tenancy.owning():
            assert row_security.has_views(connection)
            row_security.drop_views(connection)
            assert not row_security.has_views(connection)
            row_security.build(connection)
            assert row_security.has_views(connection)


def both(world):
    """Each table with a row of globex's and the field that says so."""
    for model, rule in row_security.rules().items():
        with tenancy.within(tenants_of(world.globex)):
            theirs = list(model._base_manager.all())
        places = rule.columns or (rule.parent,)
        yield next((model, row, name) for row in theirs for name in places if row.serializable_value(name))


@pytest.mark.django_db
class TestWhoMayNotMakeRoles:
    pytestmark = walled

    @pytest.fixture(autouse=True)
    def _lesser_user(self, monkeypatch):
        """The roles are not there, and who migrates may not make any."""
        absent = ("mistadmin_absent_app", "mistadmin_absent_system")
        for module in (row_security, wall):
            monkeypatch.setattr(module, "APP_ROLE", absent[0])
            monkeypatch.setattr(module, "SYSTEM_ROLE", absent[1])
        monkeypatch.setattr(row_security, "ROLES", absent)
        with tenancy.owning(), connection.cursor() as cursor:
            cursor.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = session_user")
            if cursor.fetchone() != (True,):
                pytest.skip("the user of the tests may not make a role either")
            cursor.execute("CREATE ROLE mistadmin_lesser_user")
            cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO mistadmin_lesser_user")
            cursor.execute("SET ROLE mistadmin_lesser_user")
            yield

    def test_is_told_what_an_administrator_has_to_run(self, capsys):
        call_command("migrate", verbosity=0, interactive=False)
        told = capsys.readouterr().err
        assert "CREATE ROLE mistadmin_absent_app NOLOGIN NOBYPASSRLS;" in told
        assert 'GRANT mistadmin_absent_system TO "' in told

    def test_works_without_the_wall_and_is_warned(self, caplog):
        connection.connection.has_wall = None
        try:
            with tenancy.within([]):
                assert connection.connection.news(tenancy.current()) == ""
        finally:
            connection.connection.has_wall = None
        assert "wall.missing" in caplog.text
