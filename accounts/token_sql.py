"""The statement behind every call with an API token, written by hand.

Clients send it with each request, and building it with the ORM costs more than most requests' own work. It
runs on PostgreSQL and on SQLite.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

import orjson
from django.db import connection

# A personal token holds no privileges of its own, so one of the two conditions finds none.
_HOLDER: Final = """
    SELECT t.id, t.name, t.src_ips, t.last_used IS NOT NULL AND t.last_used > %s,
           t.modified_time > %s,
           a.id, a.is_active, a.first_name, a.last_name, a.email,
           p.role, p.org_id, p.site_id, p.sitegroup_id, p.msp_id, p.orggroup_id
    FROM accounts_apitoken t
    LEFT JOIN accounts_admin a ON a.id = t.admin_id
    LEFT JOIN accounts_privilege p ON p.token_id = t.id OR p.admin_id = t.admin_id
    WHERE t.digest = %s
"""


class Held(NamedTuple):
    """One privilege: a role, where, and how far it reaches."""

    role: str
    org_id: UUID | None
    site_id: UUID | None = None
    sitegroup_id: UUID | None = None
    msp_id: UUID | None = None
    orggroup_id: UUID | None = None

    @property
    def tenant_id(self) -> UUID:
        """The organization or the MSP: every row has one of them."""
        return cast(UUID, self.org_id or self.msp_id)

    @classmethod
    def of(cls, row: Any) -> Held:
        """A Privilege as it is judged."""
        return cls(*(getattr(row, column) for column in cls._fields))


@dataclass(frozen=True, slots=True)
class Holder:
    """A token with its owner, both None for an organization's token, and what it may do."""

    token_id: UUID
    token_name: str
    src_ips: list[str]
    used_lately: bool
    modified_lately: bool
    admin_id: UUID | None
    admin_is_active: bool
    admin_name: str
    admin_email: str
    privileges: tuple[Held, ...]


def holder_of(digest: str, *, used_since: datetime, modified_since: datetime) -> Holder | None:
    """The holder of the token with this digest; what counts as lately is since these times."""
    times = [connection.ops.adapt_datetimefield_value(moment) for moment in (used_since, modified_since)]
    with connection.cursor() as cursor:
        cursor.execute(_HOLDER, [*times, digest])
        rows = cursor.fetchall()
    if not rows:
        return None
    token_id, name, src_ips, used_lately, modified_lately, *owner = rows[0][:10]
    admin_id, is_active, first, last, email = owner
    return Holder(
        token_id=_uuid(token_id),
        token_name=name,
        src_ips=orjson.loads(src_ips),
        used_lately=bool(used_lately),
        modified_lately=bool(modified_lately),
        admin_id=admin_id and _uuid(admin_id),
        admin_is_active=bool(is_active),
        admin_name=f"{first} {last}".strip() if admin_id else "",
        admin_email=email or "",
        privileges=tuple(_held(row[10:]) for row in rows if row[10] is not None),
    )


def _held(row: tuple[Any, ...]) -> Held:
    role, *ids = row
    return Held(role, *(one and _uuid(one) for one in ids))


def _uuid(value: Any) -> UUID:
    # SQLite has no type for it.
    return value if isinstance(value, UUID) else UUID(value)
