"""Ids as texts: out of queries, forms and links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from mistadmin.core.errors import Invalid

# What replies say where there is no site, or nobody (mist-api: semantics.md, Conventions).
NO_ID: Final = str(UUID(int=0))


def posted_id(sent: Mapping[str, str], name: str) -> UUID | None:
    """An id out of a query or form; None when the field is empty. Raises Invalid naming the field."""
    text = sent.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid({name: "must be a UUID"}) from None


def id_of(sent: Any) -> UUID | None:
    """An id as a client spells it; None for anything else."""
    if isinstance(sent, UUID):
        return sent
    try:
        return UUID(sent) if isinstance(sent, str) else None
    except ValueError:
        return None
