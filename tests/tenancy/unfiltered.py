"""Queries that have lost their filter by tenant, all at once: what is left is what the database refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from unittest.mock import patch

from django.core.exceptions import FullResultSet
from django.db.models.expressions import Col
from django.db.models.fields.related_lookups import RelatedExact, RelatedIn
from django.db.models.lookups import Exact, In

from mistadmin.core import row_security, tenancy
from mistadmin.core.models import TenantQuerySet

_LOOKUPS: Final = (Exact, In, RelatedExact, RelatedIn)


@contextmanager
def no_filters() -> Iterator[None]:
    """Forget every condition on a column that names a tenant, and whom a list is for."""
    columns = {
        (model._meta.db_table, model._meta.get_field(name).column)
        for model, rule in row_security.rules().items()
        for name in rule.columns
        # Of organizations and MSPs themselves: which one it is, is no filter by tenant.
        if name != "id"
    }

    def is_filter(side: Any) -> bool:
        return isinstance(side, Col) and (side.target.model._meta.db_table, side.target.column) in columns

    def mutated(lookup: type[Any]) -> Any:
        whole = lookup.as_sql

        def as_sql(self: Any, compiler: Any, connection: Any) -> Any:
            if is_filter(self.lhs):
                raise FullResultSet
            return whole(self, compiler, connection)

        return patch.object(lookup, "as_sql", as_sql)

    def everything(self: Any, *_args: Any, **_named: Any) -> Any:
        return self.all()

    with ExitStack() as stack:
        for lookup in _LOOKUPS:
            stack.enter_context(mutated(lookup))
        for name in ("visible_to", "in_org"):
            stack.enter_context(patch.object(TenantQuerySet, name, everything))
        yield


@contextmanager
def no_wall() -> Iterator[None]:
    """Let every statement touch every tenant, whatever the request was held to."""
    with patch.object(tenancy, "current", lambda: tenancy.ALL):
        yield
