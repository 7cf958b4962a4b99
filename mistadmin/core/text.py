"""Text compared without regard to case, by one rule in Python, in PostgreSQL and in SQLite; and addresses."""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.db.models import CharField, TextField
from django.db.models.functions import Lower


def lowered(text: str) -> str:
    """A text in lower case, character by character as databases do it: a final sigma is a sigma."""
    return text.lower() if text.isascii() else text.replace("Σ", "σ").lower()  # noqa: RUF001


def split_address(text: str) -> SplitResult | None:
    """The parts of an address; None for what is none, such as http://[."""
    try:
        return urlsplit(text)
    except ValueError:
        return None


def teach_lower(*, connection: Any, **_sender: Any) -> None:
    """Give a new SQLite connection a LOWER that knows all of Unicode: its own knows only ASCII.

    Deterministic, because indexes and generated columns are made with it.
    """
    if connection.vendor == "sqlite":
        connection.connection.create_function("LOWER", 1, _lower, deterministic=True)


def register_lookups() -> None:
    """Let queries say `name__lower__contains`; icontains of SQLite, too, knows only ASCII."""
    for field in (CharField, TextField):
        field.register_lookup(Lower)


def _lower(value: Any) -> Any:
    # As SQLite's own: NULL stays NULL, a number becomes text.
    return value if value is None else lowered(value if isinstance(value, str) else str(value))
