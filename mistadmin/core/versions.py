"""Versions of stored documents: what an edit is based on, and the refusal when that is not there any more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

import orjson
from django.utils.crypto import salted_hmac

from mistadmin.core.errors import Stale
from mistadmin.core.shapes import READ_ONLY

# The versions that an edit may be based on; None is whatever the document says by now.
Seen = frozenset[str] | None


class Row(Protocol):
    """A row that holds a document."""

    @property
    def pk(self) -> UUID: ...


def version_of(row: Row, document: Mapping[str, Any]) -> str:
    """The version of a document as it is stored: the same for every reader, another after each change.

    Keys of the server such as times do not count. It is a keyed digest, so nobody can try secrets against it.
    """
    stated = {key: value for key, value in document.items() if key not in READ_ONLY}
    # PostgreSQL gives 1e16 back as a whole number: what was just written has the version that is read later.
    plain = json.loads(json.dumps(stated), parse_float=_number)
    return _digest(json.dumps([str(row.pk), plain], sort_keys=True).encode())


def answer_of(body: Any) -> str:
    """A short name for one answer to the byte, with what is masked in it for its reader."""
    return _digest(orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS))


def require_seen(seen: Seen, row: Row, document: Mapping[str, Any]) -> None:
    """Refuse an edit that is based on an older version. The caller has locked the row; raises Stale."""
    if seen is not None and version_of(row, document) not in seen:
        raise Stale


def _digest(data: bytes) -> str:
    return salted_hmac("mistadmin.core.versions", data, algorithm="sha256").hexdigest()[:32]


def _number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number
