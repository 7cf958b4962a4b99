"""The columns of the list of sites."""

from __future__ import annotations

from typing import Final

from mistadmin.core.access import VIEW_INVENTORY, VIEW_SITES
from mistadmin.core.export import moment, plain
from mistadmin.core.tables import Column, Table

SITES: Final = Table(
    key="sites",
    path="sites",
    label="Sites",
    everything="All sites",
    need=VIEW_SITES,
    filters=("q",),
    sort="name",
    href="sites/{id}",
    reads=("id", "name"),
    columns=(
        Column("name", "Name", "link", order=("name",), css="name clip", fixed=True),
        Column(
            "country",
            "Country",
            value="country_code",
            reads=("country_code",),
            order=("country_code",),
            css="end",
            usual=True,
        ),
        Column("timezone", "Time Zone", order=("timezone",), usual=True, write=plain),
        # How many there are is known above the sites; `reads` names what every row has.
        Column(
            "devices",
            "Devices",
            "devices",
            reads=("id",),
            order=("devices",),
            css="num end",
            need=VIEW_INVENTORY,
            usual=True,
        ),
        Column("address", "Address", css="clip", usual=True, order=("address",)),
        Column("notes", "Notes", css="clip"),
        Column(
            "created",
            "Created",
            "when",
            value="created_time",
            reads=("created_time",),
            order=("created_time",),
            css="num",
            title="Created (UTC)",
            write=moment,
        ),
        Column(
            "modified",
            "Modified",
            "when",
            value="modified_time",
            reads=("modified_time",),
            order=("modified_time",),
            css="num",
            title="Modified (UTC)",
            write=moment,
        ),
        Column("id", "Site ID", "mono", write=plain),
    ),
)
TABLES: Final = (SITES,)
