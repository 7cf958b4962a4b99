"""From the inventory's query string and forms to filters, claim codes and a selection of devices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from inventory import actions, edges, queries
from inventory.identifiers import mac_of
from inventory.imports import codes_of_file
from inventory.models_catalog import MXEDGE
from inventory.queries import SORTS, STATUSES, UNASSIGNED, DeviceFilter
from inventory.search import searched
from mistadmin.core.access import Actor, Placed
from mistadmin.core.errors import Invalid, NotVisible
from mistadmin.core.portal import posted_id
from sites.queries import get_site

TYPES: Final = ("ap", "switch", "gateway")
NOUNS: Final = {"ap": "APs", "switch": "switches", "gateway": "WAN Edges", MXEDGE: "Mist Edges"}
_VERBS: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("assign", "Assign to Site", "map-pin", actions.assign_devices),
    ("rename", "Rename", "pencil", actions.name_devices),
    ("unassign", "Unassign", "unlink", actions.unassign_devices),
    ("manage", "Manage", "file-cog", actions.manage_devices),
    ("release", "Release", "trash-2", actions.release_devices),
)
_EDGE_VERBS: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("assign", "Assign to Site", "map-pin", edges.assign_edges),
    ("rename", "Rename", "pencil", edges.name_edges),
    ("unassign", "Unassign", "unlink", edges.unassign_edges),
    ("release", "Release", "trash-2", edges.release_edges),
)
_SEPARATORS: Final = re.compile(r"[\s,;]+")


def shown_filters(query: Mapping[str, str], *, kind: str = "ap") -> dict[str, str]:
    """The filters of a query as the page shows them; what is no filter of ours falls back to none."""
    return {
        "type": _one_of(TYPES, query.get("type", ""), kind),
        "site": query.get("site", ""),
        "status": _one_of(STATUSES, query.get("status", ""), ""),
        "q": query.get("q", ""),
        "sort": _one_of(SORTS, query.get("sort", ""), "name"),
    }


def edge_filters(query: Mapping[str, str]) -> dict[str, str]:
    """The filters of a query as the list of Mist Edges shows them."""
    return {**shown_filters(query), "type": MXEDGE}


def device_filter(shown: Mapping[str, str]) -> DeviceFilter:
    """The filters of the page as a query understands them.

    Raises Invalid for a site that is no id, and on `q` for an operator that does not exist.
    """
    unassigned = shown["site"] == UNASSIGNED
    filters = DeviceFilter(
        type=shown["type"] or None,
        site_id=None if unassigned else posted_id(shown, "site"),
        unassigned=unassigned or None,
        status=shown["status"] or None,
        everywhere=True,
        # Whoever looks for a member by its MAC address finds it.
        heads=not shown["q"],
        sort=shown["sort"],
    )
    found = searched(shown["q"], filters)
    # Mist Edges have a list of their own: no word of a search leads out of it.
    return replace(found, type=MXEDGE) if shown["type"] == MXEDGE else found


# What a suggestion shows anyway, and what else a device is found by.
_SHOWN: Final = ("name", "model", "mac", "site_name")
_FOUND: Final = (
    *(("Serial", "serial"), ("Device Profile", "profile_name"), ("IP address", "ip")),
    *(("Firmware", "version"), ("LLDP neighbour", "lldp"), ("LLDP port", "lldp_port_desc")),
    *(("External IP address", "ext_ip"), ("DNS suffix", "dns_suffix"), ("Host name", "hostname")),
)


def found_in(row: Mapping[str, Any], text: str) -> list[tuple[str, str]]:
    """Label and value of the fields that a suggestion has to show for people to see why it is there."""
    seen = " ".join(str(row[name] or "") for name in _SHOWN).casefold()
    missing = [word for word in text.casefold().split() if word not in seen and mac_of(word) != row["mac"]]
    values = [(label, str(row[name] or "")) for label, name in _FOUND]
    return [(label, value) for label, value in values if any(word in value.casefold() for word in missing)]


def verbs(actor: Actor, org: Placed, kind: str) -> list[tuple[str, str, str]]:
    """What the actor may do with devices of a type in the list: address, label and icon."""
    return [
        (verb, label, icon)
        for verb, label, icon, action in (_EDGE_VERBS if kind == MXEDGE else _VERBS)
        if actor.can_somewhere(action.__action_needs__, org.org_id) and (verb != "manage" or kind != "ap")
    ]


def claim_codes(text: str, file: UploadedFile | None) -> list[str]:
    """Claim codes out of a pasted text and a CSV file; raises Invalid on `codes` when there is none."""
    codes = [code for code in _SEPARATORS.split(text) if code]
    if file is not None:
        codes += codes_of_file(file.read())
    if not codes:
        raise Invalid({"codes": "enter at least one claim code"})
    return codes


@dataclass(frozen=True, slots=True)
class Selection:
    """Devices chosen in the list: by their ids, or every one that matches the filters of the list.

    `kind` is the type of a list of its own (Mist Edges).
    """

    ids: tuple[UUID, ...] = ()
    all_matching: bool = False
    filters: Mapping[str, str] | None = None
    kind: str | None = None

    @classmethod
    def of(cls, form: QueryDict, kind: str | None = None) -> Selection:
        """What a form of the list says was chosen; raises Invalid for an id that is none.

        The menu of a row names its device in `only`, whatever else is selected.
        """
        if form.get("only"):
            return cls(ids=tuple(filter(None, [posted_id(form, "only")])), kind=kind)
        if form.get("all_matching"):
            shown = edge_filters(form) if kind == MXEDGE else shown_filters(form)
            return cls(all_matching=True, filters=shown, kind=kind)
        ids = [posted_id({"ids": text}, "ids") for text in form.getlist("ids")]
        return cls(ids=tuple(dict.fromkeys(one for one in ids if one)), kind=kind)

    def devices(self, actor: Actor, org: Placed) -> Iterator[Any]:
        """The chosen devices that are there (queries.devices_to_plan)."""
        filters = None if self.filters is None else device_filter(self.filters)
        return queries.devices_to_plan(actor, org, ids=self.ids, filters=filters, kind=self.kind)


def chosen_site(actor: Actor, org: Placed, form: Mapping[str, str]) -> Any:
    """The site that was chosen, None for none; raises Invalid on `site_id` when it is gone."""
    site_id = posted_id(form, "site_id")
    if site_id is None:
        return None
    try:
        site = get_site(actor, site_id)
    except NotVisible:
        site = None
    if site is None or site.org_id != org.org_id:
        raise Invalid({"site_id": "does not exist any more"})
    return site


def _one_of(choices: Any, text: str, default: str) -> str:
    return text if text.removeprefix("-" if choices is SORTS else "") in choices else default
