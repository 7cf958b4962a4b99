"""JSON columns whose secrets are sealed at rest: who reads a document finds them open, a dump does not.

What stands under a key that names a secret (core.secrets.is_secret) is kept as `{"$sealed": base64}`. Nothing
else of a document changes, so that other keys can be searched. The seal is bound to table and column: rows
are read without their keys too, as values of lists.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
from django.db import models

from mistadmin.core.secrets import is_secret, seal, unseal

_SEALED: Final = "$sealed"
# What a stored text has in it when something is sealed; most documents hold no secret.
MARK: Final = f'"{_SEALED}"'


class DocumentField(models.JSONField):
    """A JSON column that seals its secrets on the way in and opens them on the way out."""

    def deconstruct(self) -> Any:
        # Migrations see the plain column: what they carry from row to row of it stays sealed.
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    @property
    def place(self) -> str:
        """What the seal is bound to."""
        return place_of(self.model._meta.db_table, self.attname)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        document = super().from_db_value(value, expression, connection)
        return opened(document, self.place) if isinstance(value, str) and MARK in value else document

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        stored = closed(value, self.place) if isinstance(value, (dict, list)) else value
        return super().get_db_prep_value(stored, connection, prepared)


def place_of(table: str, column: str) -> str:
    """The place that the secrets of a column are sealed for."""
    return f"{table}:{column}"


def closed(value: Any, place: str) -> Any:
    """A document with every secret in it sealed, whatever it looks like: nobody smuggles in a sealed one."""
    if isinstance(value, Mapping):
        return {
            key: _closed(item, place) if is_secret(key, item) else closed(item, place)
            for key, item in value.items()
        }
    return [closed(item, place) for item in value] if isinstance(value, (list, tuple)) else value


def opened(value: Any, place: str) -> Any:
    """A stored document with its secrets open; raises Unsealable. What was stored in clear stays as it is."""
    if isinstance(value, dict):
        return {
            key: orjson.loads(unseal(_bytes(item), place))
            if is_secret(key, item) and _is_sealed(item)
            else opened(item, place)
            for key, item in value.items()
        }
    return [opened(item, place) for item in value] if isinstance(value, list) else value


def sealed_in(value: Any) -> Iterator[bytes]:
    """Every sealed value in a stored document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if is_secret(key, item) and _is_sealed(item):
            yield _bytes(item)
        else:
            yield from sealed_in(item)


def _closed(secret: Any, place: str) -> dict[str, str]:
    return {_SEALED: b64encode(seal(orjson.dumps(secret).decode(), place)).decode()}


def _is_sealed(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {_SEALED} and isinstance(value[_SEALED], str)


def _bytes(value: Mapping[str, str]) -> bytes:
    return b64decode(value[_SEALED])
