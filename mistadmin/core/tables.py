"""Lists as tables: an app declares the columns once; which of them show, and in what order, is the viewer's.

A declaration serves the page, its refresh, the picker of columns, the saved views and the CSV alike. The same
query string always shows the same table: what a link carries goes before what somebody prefers.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final
from uuid import UUID

from mistadmin.core.access import Actor
from mistadmin.core.errors import NotVisible
from mistadmin.core.export import Step
from mistadmin.core.paging import Page

MODULES: Final = ("inventory.tables", "inventory.installed_tables", "sites.tables")
LIMITS: Final = (25, 50, 100, 200, 500)
# What a link to a list may carry beside the filters.
_CARRIED: Final = ("sort", "columns", "limit", "view")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list.

    `value` is the key of a row that it shows (`key` unless told), `kind` how (core/templatetags/tables.py);
    `reads` are the columns of the query it needs, `order` those it sorts by, none when it does not sort.
    `usual` columns show until somebody chooses; `fixed` ones always do, in front; `need` hides it from those
    who may not do that to every row. `write` makes its CSV cell of what it reads; unlisted columns are only
    in files. `tag` is the key of a row that, where it is true, stands as a word beside the
    text of a link. `css` are its classes, `blank` the words for an empty cell.
    """

    key: str
    label: str
    kind: str = "text"
    value: str = ""
    reads: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    css: str = ""
    blank: str = ""
    usual: bool = False
    fixed: bool = False
    listed: bool = True
    need: str = ""
    title: str = ""
    write: Callable[..., str] | None = None
    tag: str = ""

    @property
    def shows(self) -> str:
        return self.value or self.key

    @property
    def sources(self) -> tuple[str, ...]:
        return self.reads or (self.key,)


@dataclass(frozen=True, slots=True)
class Table:
    """A list: `key` names it in URLs and in what is remembered, `path` is its page below /orgs/<id>/.

    `need` is what seeing it takes, `filters` the parameters of its query, `sort` its order unless told,
    `reads` what every row needs, `href` where the fixed column leads below /orgs/<id>/, `mark` the key of a
    row that is unique on the page.
    """

    key: str
    path: str
    label: str
    everything: str
    need: str
    columns: tuple[Column, ...]
    filters: tuple[str, ...]
    sort: str
    href: str
    reads: tuple[str, ...] = ("id",)
    mark: str = "id"

    def allowed(self, actor: Actor, org_id: UUID) -> tuple[Column, ...]:
        """The columns that the actor may have on the page, in the declared order."""
        return tuple(one for one in self.columns if one.listed and self.may_read(one, actor, org_id))

    def may_read(self, column: Column, actor: Actor, org_id: UUID) -> bool:
        """Whether the actor may see the column of every row that the list shows to the actor."""
        return not column.need or actor.can_wherever(column.need, seen_by=self.need, org_id=org_id)

    def arranged(self, keys: Iterable[str], columns: Iterable[Column]) -> tuple[Column, ...]:
        """Those of `columns` that `keys` name, in that order, fixed ones first; the usual ones for none."""
        known = {one.key: one for one in columns}
        wanted = [known[key] for key in dict.fromkeys(keys) if key in known]
        wanted = [one for one in wanted if not one.fixed] or [one for one in known.values() if one.usual]
        return (
            *(one for one in known.values() if one.fixed),
            *(one for one in wanted if not one.fixed),
        )

    def carried(self, query: Mapping[str, str]) -> dict[str, str]:
        """The parameters of a query that mean something to this list, but not the page."""
        return {name: query[name] for name in (*self.filters, *_CARRIED) if query.get(name)}

    def steps(self, columns: Iterable[Column]) -> tuple[tuple[str, ...], list[Step]]:
        """What a query has to read for the CSV of these columns, and how its rows become cells."""
        columns = list(columns)
        reads = tuple(dict.fromkeys(name for one in columns for name in one.sources))
        return reads, [
            Step(one.title or one.label, one.write, tuple(reads.index(name) for name in one.sources))
            for one in columns
        ]


@dataclass(frozen=True, slots=True)
class Memory:
    """What a person has chosen for a list: nothing until then."""

    columns: tuple[str, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A table as one viewer sees it now: columns, order and number of rows, and the filters in force."""

    table: Table
    columns: tuple[Column, ...]
    sort: str
    page: Page
    filters: Mapping[str, str]
    chosen: bool
    carried: Mapping[str, str]

    @classmethod
    def of(
        cls,
        table: Table,
        query: Mapping[str, str],
        filters: Mapping[str, str],
        *,
        columns: tuple[Column, ...],
        memory: Memory = Memory(),
    ) -> Layout:
        """The layout that a query asks for of the columns the viewer may have, else the remembered one."""
        asked = query.get("columns", "")
        shown = table.arranged(asked.split(",") if asked else memory.columns, columns)
        sort = query.get("sort", "")
        if sort.removeprefix("-") not in {one.key for one in columns if one.order}:
            sort = table.sort
        page = Page.of(query, limit=memory.limit or Page().limit)
        page = page if page.limit else Page(page.number)
        usual = table.arranged((), columns)
        return cls(table, shown, sort, page, filters, shown != usual, table.carried(query))

    @property
    def reads(self) -> tuple[str, ...]:
        """What a query of the rows has to read."""
        return tuple(
            dict.fromkeys((*self.table.reads, *(name for one in self.columns for name in one.sources)))
        )

    @property
    def keys(self) -> str:
        """The columns as a query spells them."""
        return ",".join(one.key for one in self.columns)

    @property
    def state(self) -> dict[str, str]:
        """What a saved view keeps: the filters in force, the order and the columns."""
        filters = {name: value for name, value in self.filters.items() if value and name != "sort"}
        return {**filters, "sort": self.sort, "columns": self.keys}

    @property
    def kept(self) -> dict[str, str]:
        """The parameters that a form of filters has to carry on."""
        names = ("columns", "limit", "view")
        return {name: self.carried[name] for name in names if name in self.carried}


@cache
def tables() -> Mapping[str, Table]:
    """Every declared table by its key."""
    found = [table for module in MODULES for table in importlib.import_module(module).TABLES]
    return {table.key: table for table in found}


def find_table(key: str) -> Table:
    """The table of this key; raises NotVisible."""
    table = tables().get(key)
    if table is None:
        raise NotVisible
    return table
