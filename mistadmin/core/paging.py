"""Pages of a list, as the API counts them: from 1, 100 rows unless told, 1,000 at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mistadmin.core.errors import Invalid

MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows are asked for: `number` from 1, `limit` rows each."""

    number: int = 1
    limit: int = 100

    @property
    def start(self) -> int:
        return (self.number - 1) * self.limit

    @classmethod
    def of(cls, query: Mapping[str, str], *, limit: int = 100) -> Page:
        """Read `page` and `limit` from a query; raises Invalid for anything but whole numbers in range."""
        return cls(_whole(query, "page", 1, 1, 10_000_000), _whole(query, "limit", limit, 0, MOST))


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of rows and how many there are in all."""

    rows: list[dict[str, Any]]
    total: int
    page: Page

    @property
    def first(self) -> int:
        return self.page.start + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.page.start + len(self.rows)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.page.limit)) if self.page.limit else 1

    @property
    def next(self) -> int | None:
        return self.page.number + 1 if self.last < self.total and self.rows else None

    @property
    def previous(self) -> int | None:
        return self.page.number - 1 if self.page.number > 1 else None


@dataclass(frozen=True, slots=True)
class Groups:
    """Values as texts with how many rows have each, and how many values there are in all."""

    rows: list[tuple[str, int]]
    total: int


@dataclass(frozen=True, slots=True)
class Part:
    """One page of rows whose total nobody counted: `more` says whether there is another."""

    rows: list[Any]
    more: bool
    page: Page

    @classmethod
    def of(cls, found: Any, page: Page) -> Part:
        """Cut a page out of anything that can be sliced; a row more than the page is read."""
        rows = list(found[page.start : page.start + page.limit + 1])
        return cls(rows[: page.limit], len(rows) > page.limit, page)

    @property
    def first(self) -> int:
        return self.page.start + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.page.start + len(self.rows)

    @property
    def next(self) -> int | None:
        return self.page.number + 1 if self.more else None

    @property
    def previous(self) -> int | None:
        return self.page.number - 1 if self.page.number > 1 else None


def _whole(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    # Digits only: int() would also take full-width digits, "1_0" and " 1".
    if not (text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text)):
        raise Invalid({name: f"must be a whole number from {least} to {most}"})
    # Clients ask for limit=10000 and expect the largest page there is.
    return min(int(text), most)
