"""Ids as texts: out of queries, forms and links."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from mistadmin.core.errors import Invalid


def posted_id(sent: Mapping[str, str], name: str) -> UUID | None:
    """An id out of a query or form; None when the field is empty. Raises Invalid naming the field."""
    text = sent.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid({name: "must be a UUID"}) from None
