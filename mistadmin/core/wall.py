"""The connection to PostgreSQL, which tells the database with each statement whom it is for (ADR 0031).

What is new is put in front of the statement and goes with it: several statements are one round trip. Django
sees nothing of it, neither in its query log nor in what it counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import structlog
from psycopg2 import extensions

from mistadmin.core import tenancy

log = structlog.get_logger(__name__)

# Who works for some tenants, and who for all of them. Neither owns a table nor gets around a policy.
APP_ROLE: Final = "mistadmin_app"
SYSTEM_ROLE: Final = "mistadmin_system"
SETTING: Final = "mistadmin.tenants"
# What says in a database that it has the wall: the policy of this table of the kernel.
LANDMARK: Final = "core_outbox"

# A member of a role may be kept from acting as it since PostgreSQL 16.
_STANDS: Final = """
    SELECT count(*) = 2 FROM pg_roles
    WHERE rolname IN (%s, %s) AND pg_has_role(session_user, oid, %s)
      AND EXISTS (SELECT FROM pg_policy WHERE polrelid = to_regclass(%s) AND polname = %s)
"""


class Connection(extensions.connection):
    """A connection that knows what it last told the database: a scope, or None when that is not certain."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The user who logs in owns the tables.
        self.told: tenancy.Scope | None = tenancy.OWNER
        self.has_wall: bool | None = None

    def commit(self) -> None:
        try:
            super().commit()
        except BaseException:
            self.told = None
            raise

    def rollback(self) -> None:
        self.told = None
        super().rollback()

    def news(self, scope: tenancy.Scope) -> str:
        """What the database has to be told before a statement for a scope, as SQL; empty when it knows."""
        if scope == self.told:
            return ""
        if scope.owns:
            # By itself: some statements of owners must stand alone.
            self._say("RESET ROLE", scope)
            return ""
        return spelled(scope) if self.has_wall or self._looks_for_wall() else ""

    def confines(self) -> bool:
        """Whether statements of this moment are held to some tenants."""
        return tenancy.current().tenants is not None and bool(self.has_wall or self._looks_for_wall())

    def tell(self) -> None:
        """Tell the database now, in a statement of its own."""
        scope = tenancy.current()
        if news := self.news(scope):
            self._say(news, scope)

    def _looks_for_wall(self) -> bool:
        if self.has_wall is None:
            self.has_wall = stands(self)
            if not self.has_wall:
                log.warning("wall.missing", remedy="mistadmin migrate says what to do")
        return self.has_wall

    def _say(self, news: str, scope: tenancy.Scope) -> None:
        # Not certain before it is done: an error undoes SET, and a signal may come in between.
        self.told = None
        with self.cursor(cursor_factory=extensions.cursor) as cursor:
            cursor.execute(news)
        self.told = scope


class Cursor(extensions.cursor):
    """A cursor that sends the news of its connection along with the statement."""

    connection: Connection
    _news = 0

    def execute(self, query: Any, vars: Any = None) -> None:
        connection, scope = self.connection, tenancy.current()
        if isinstance(query, str) and query.startswith("ROLLBACK"):
            # To a savepoint: a transaction that has failed takes nothing else.
            connection.told, self._news = None, 0
            super().execute(query, vars)
            return
        if self.name or not isinstance(query, str):
            self._alone(super().execute, query, vars)
            return
        news = connection.news(scope)
        self._news = len(news)
        connection.told = None
        super().execute(news + query if news else query, vars)
        connection.told = scope

    def executemany(self, query: Any, vars_list: Iterable[Any]) -> None:
        self._alone(super().executemany, query, vars_list)

    def callproc(self, *args: Any) -> Any:
        return self._alone(super().callproc, *args)

    def copy_expert(self, *args: Any, **kwargs: Any) -> None:
        self._alone(super().copy_expert, *args, **kwargs)

    def copy_from(self, *args: Any, **kwargs: Any) -> None:
        self._alone(super().copy_from, *args, **kwargs)

    def copy_to(self, *args: Any, **kwargs: Any) -> None:
        self._alone(super().copy_to, *args, **kwargs)

    @property
    def query(self) -> Any:
        """The last statement, without what went before it."""
        sent = extensions.cursor.query.__get__(self)
        return sent[self._news :] if sent and self._news else sent

    def _alone(self, method: Any, *args: Any, **kwargs: Any) -> Any:
        connection = self.connection
        connection.tell()
        scope, connection.told, self._news = tenancy.current(), None, 0
        result = method(*args, **kwargs)
        connection.told = scope
        return result


def stands(connection: Any) -> bool:
    """Whether a database has the wall, and the user of this connection may act as both of its roles."""
    how = "SET" if connection.server_version >= 160000 else "MEMBER"
    with connection.cursor(cursor_factory=extensions.cursor) as cursor:
        cursor.execute(_STANDS, [APP_ROLE, SYSTEM_ROLE, how, LANDMARK, APP_ROLE])
        return bool(cursor.fetchone()[0])


def spelled(scope: tenancy.Scope) -> str:
    """The statements that hold a session to a scope."""
    if scope.tenants is None:
        return f"SET ROLE {SYSTEM_ROLE}; "
    # Of a UUID; of a text there is none, and nothing else gets into the statement.
    ids = ",".join(one.hex for one in scope.tenants)
    return f"SET ROLE {APP_ROLE}; SET {SETTING} = '{{{ids}}}'; "
