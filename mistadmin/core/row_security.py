"""Row level security, built from the declaration of whose rows each table holds (settings.TENANT_TABLES).

Whoever works for tenants acts in PostgreSQL as one of two roles: `mistadmin_app` sees the rows of the tenants
that its session is told, `mistadmin_system` those of all. The owner of the tables migrates, and no more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db import ProgrammingError, transaction
from django.db.models import Model
from django.utils.module_loading import import_string
from psycopg2.errors import InsufficientPrivilege

from mistadmin.core import search_view
from mistadmin.core.wall import APP_ROLE, SETTING, SYSTEM_ROLE

ROLES: Final = (APP_ROLE, SYSTEM_ROLE)
# In a query of its own it is worked out once for a statement, not once for a row.
_TENANTS: Final = f"ANY ((SELECT NULLIF(current_setting('{SETTING}', true), '')::uuid[])::uuid[])"
_OWNER_POLICY: Final = "mistadmin_owner"
_READ_POLICY: Final = "mistadmin_app_reads"


class CannotBuild(Exception):
    """The user of the database may not make the roles; the message is for the operator, with what to run."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Whose a row is: of the tenants in `columns`, or of whom the row is that `parent` points at.

    `or_nobodys`: rows that name no tenant are everybody's. `seen_from`: a foreign key to the row, whose owner
    may see it, too. `searched`: there is a view to search it by (core.search_view).
    """

    columns: tuple[str, ...] = ()
    parent: str = ""
    or_nobodys: bool = False
    seen_from: str = ""
    searched: bool = False


def of(*columns: str, **more: Any) -> Rule:
    """Rows of the tenant whose id stands in one of these fields."""
    return Rule(columns, **more)


def under(parent: str) -> Rule:
    """Rows that are seen with the row that a foreign key points at."""
    return Rule(parent=parent)


def rules() -> dict[type[Model], Rule]:
    """The tables that hold rows of tenants."""
    found = ((apps.get_model(label), rule) for label, rule in _declared().items() if isinstance(rule, Rule))
    return dict(found)


def nobodys() -> dict[type[Model], str]:
    """The tables that hold no tenant's rows, and why."""
    return {apps.get_model(label): rule for label, rule in _declared().items() if isinstance(rule, str)}


def condition(model: type[Model], rule: Rule) -> str:
    """What a row of a table has to meet, as SQL."""
    table = _quoted(model._meta.db_table)
    if rule.parent:
        field: Any = model._meta.get_field(rule.parent)
        parent = _quoted(field.related_model._meta.db_table)
        key = _quoted(field.target_field.column)
        # The parent's own policy decides: whoever asks sees no more of it here than anywhere.
        met = f"{parent}.{key} = {table}.{_column(model, rule.parent)}"
        return f"EXISTS (SELECT FROM {parent} WHERE {met})"
    columns = [_column(model, name) for name in rule.columns]
    met = " OR ".join(f"{column} = {_TENANTS}" for column in columns)
    if not rule.or_nobodys:
        return met
    return f"{met} OR ({' AND '.join(f'{column} IS NULL' for column in columns)})"


def build(connection: Any) -> None:
    """Make roles, grants, policies and views as they are declared; what is as it should be is left alone.

    Raises CannotBuild when the user of the database may not make the roles; then nothing is changed.
    """
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            # Of several that migrate at once, one builds and the others find it built.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('mistadmin.core.row_security'))")
            for statement in _role_statements(connection):
                cursor.execute(statement)
            _refuse_mighty(cursor)
            for statement in _grants(connection):
                cursor.execute(statement)
            standing = _standing(cursor)
            for model, rule in rules().items():
                for statement in _protection(model, rule, standing):
                    cursor.execute(statement)
    except ProgrammingError as error:
        if not isinstance(error.__cause__, InsufficientPrivilege):
            raise
        raise CannotBuild(by_hand(connection)) from error
    connection.connection.has_wall = None


def by_hand(connection: Any) -> str:
    """What an administrator of the database runs once, when the product's own user may not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user, array(SELECT rolname FROM pg_roles)::text[]")
        user, there = cursor.fetchone()
    made = [f"CREATE ROLE {role} NOLOGIN NOBYPASSRLS;" for role in ROLES if role not in there]
    return "\n".join([*made, *(f"GRANT {role} TO {_quoted(user)};" for role in ROLES)])


def drop_views(connection: Any) -> None:
    """Take the views away before a migration changes what they are made of."""
    with connection.cursor() as cursor:
        for model, rule in rules().items():
            if rule.searched:
                cursor.execute(f"DROP VIEW IF EXISTS {_quoted(search_view.name_of(model._meta.db_table))}")


def has_views(connection: Any) -> bool:
    """Whether there are any of our views."""
    named = [search_view.name_of(model._meta.db_table) for model, rule in rules().items() if rule.searched]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(to_regclass(name)) FROM unnest(%s) AS name", [named])
        return bool(cursor.fetchone()[0])


def _declared() -> Mapping[str, Rule | str]:
    declared: Mapping[str, Rule | str] = import_string(settings.TENANT_TABLES)
    return declared


def _role_statements(connection: Any) -> Iterator[str]:
    how = "SET" if connection.pg_version >= 160000 else "MEMBER"
    for role in ROLES:
        # Databases of one server share their roles, and may be made at the same moment.
        yield f"""
            DO $$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                    CREATE ROLE {role} NOLOGIN NOBYPASSRLS;
                END IF;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END $$
        """
        yield f"""
            DO $$ BEGIN
                IF NOT pg_has_role('{role}', '{how}') THEN
                    GRANT {role} TO CURRENT_USER;
                END IF;
            EXCEPTION WHEN unique_violation THEN NULL;
            END $$
        """


def _refuse_mighty(cursor: Any) -> None:
    cursor.execute("SELECT rolname FROM pg_roles WHERE rolname IN %s AND (rolsuper OR rolbypassrls)", [ROLES])
    mighty = [role for (role,) in cursor.fetchall()]
    if mighty:
        changed = "\n".join(f"ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS;" for role in mighty)
        raise CannotBuild(changed)


def _grants(connection: Any) -> Iterator[str]:
    both = ", ".join(ROLES)
    tables = ", ".join(_quoted(name) for name in connection.introspection.django_table_names())
    yield f"GRANT USAGE ON SCHEMA {_quoted(_schema(connection))} TO {both}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {both}"
    yield f"GRANT SELECT ON django_migrations TO {both}"


def _protection(model: type[Model], rule: Rule, standing: Mapping[str, str]) -> Iterator[str]:
    name, met = model._meta.db_table, condition(model, rule)
    table, print_ = _quoted(name), _fingerprint(met + rule.seen_from)
    if standing.get(name) != print_:
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
        for policy, role, allowed in (
            (APP_ROLE, APP_ROLE, met),
            (SYSTEM_ROLE, SYSTEM_ROLE, "true"),
            (_OWNER_POLICY, "CURRENT_USER", "true"),
        ):
            yield f"DROP POLICY IF EXISTS {policy} ON {table}"
            yield f"CREATE POLICY {policy} ON {table} TO {role} USING ({allowed}) WITH CHECK ({allowed})"
        if rule.seen_from:
            seen = _pointed_at(model, rule.seen_from)
            yield f"DROP POLICY IF EXISTS {_READ_POLICY} ON {table}"
            yield f"CREATE POLICY {_READ_POLICY} ON {table} FOR SELECT TO {APP_ROLE} USING ({seen})"
        yield f"COMMENT ON POLICY {APP_ROLE} ON {table} IS '{print_}'"
    if rule.searched:
        yield from _view(model, met, standing)


def _pointed_at(model: type[Model], seen_from: str) -> str:
    """The condition that a row is pointed at by one that is seen; `seen_from` is label.field."""
    label, _, name = seen_from.rpartition(".")
    pointing = apps.get_model(label)
    there, table = _quoted(pointing._meta.db_table), _quoted(model._meta.db_table)
    return f"EXISTS (SELECT FROM {there} WHERE {there}.{_column(pointing, name)} = {table}.id)"


def _view(model: type[Model], met: str, standing: Mapping[str, str]) -> Iterator[str]:
    name = search_view.name_of(model._meta.db_table)
    columns = ", ".join(_column(model, field.name) for field in model._meta.local_concrete_fields)
    query = f"SELECT {columns} FROM {_quoted(model._meta.db_table)} WHERE {met}"  # noqa: S608
    view, print_ = _quoted(name), _fingerprint(query)
    if standing.get(name) != print_:
        yield f"DROP VIEW IF EXISTS {view}"
        yield f"CREATE VIEW {view} AS {query}"
        yield f"COMMENT ON VIEW {view} IS '{print_}'"
        yield f"GRANT SELECT ON {view} TO {APP_ROLE}"


def _standing(cursor: Any) -> dict[str, str]:
    """The fingerprints of what is there, by table and view; a table that is open has none."""
    cursor.execute(
        """
        SELECT relname, obj_description(pg_policy.oid, 'pg_policy')
        FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid
        WHERE polname = %s AND relrowsecurity AND relforcerowsecurity
          AND relnamespace = current_schema()::regnamespace
        UNION ALL
        SELECT relname, obj_description(oid, 'pg_class') FROM pg_class
        WHERE relkind = 'v' AND relnamespace = current_schema()::regnamespace
        """,
        [APP_ROLE],
    )
    return {name: comment for name, comment in cursor.fetchall() if comment}


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _schema(connection: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


def _column(model: type[Model], name: str) -> str:
    field: Any = model._meta.get_field(name)
    return _quoted(field.column)


def _quoted(name: str) -> str:
    return f'"{name}"'
