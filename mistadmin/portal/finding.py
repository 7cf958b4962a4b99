"""What a search finds, in groups; each group is one bounded query of the app that owns it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from accounts.queries import find_admins
from inventory.models_catalog import MXEDGE
from inventory.queries import UNASSIGNED, DeviceFilter, find_devices, suggest
from inventory.search import OPERATORS, check
from mistadmin.core.access import MANAGE_ADMINS, VIEW_INVENTORY, VIEW_MXEDGES, VIEW_SITES, Actor
from mistadmin.core.paging import Page, Part
from mistadmin.core.resources import Resource, catalog
from mistadmin.core.search_text import SearchText, read_search, spell_search
from mistadmin.portal import places
from orgs.docs import find_docs
from sites.queries import find_sitegroups, find_sites

# The operators that say something about sites, too.
_OF_SITES: Final = frozenset({"site", "group"})
Find = Callable[[Page], Part]


@dataclass(frozen=True, slots=True)
class Group:
    """One heading of the results; `part` holds what is shown: label, href, icon, hint?, mac?, window?."""

    key: str
    title: str
    part: Part


class Finder:
    """One search by one actor; raises Invalid on `q` for an operator that does not exist."""

    def __init__(self, actor: Actor, org: Any, typed: str) -> None:
        self.actor, self.org = actor, org
        self.text: SearchText = read_search(typed, OPERATORS)
        check(self.text)

    def groups(self, page: Page, *, only: str = "") -> list[Group]:
        """The groups that found something: the beginning of each, or a page of the one that `only` names."""
        asked = [one for one in self._sources(whole=bool(only)) if not only or one[0] == only]
        found = (Group(key, title, find(page)) for key, title, find in asked)
        return [group for group in found if group.part.rows]

    def _sources(self, *, whole: bool) -> Iterator[tuple[str, str, Find]]:
        if self.text and self.actor.can_somewhere(VIEW_INVENTORY, self.org.id):
            yield "devices", "Devices", self._devices if whole else self._first_devices
        if self.text and self.actor.can_somewhere(VIEW_MXEDGES, self.org.id):
            yield "mxedges", "Mist Edges", self._edges
        if self.text and self.actor.can_somewhere(VIEW_SITES, self.org.id):
            yield from self._places()
        if self.text.words and not self.text.terms:
            yield from self._documents()
            if self.actor.can(MANAGE_ADMINS, self.org):
                yield "admins", "Administrators", self._admins
        if not self.text.terms:
            yield from self._static()

    def _places(self) -> Iterator[tuple[str, str, Find]]:
        keys = {key for key, _ in self.text.terms}
        if keys <= _OF_SITES and UNASSIGNED not in self.text.values("site"):
            yield "sites", "Sites", self._sites
        if not keys:
            yield "sitegroups", "Site Groups", self._sitegroups

    def _documents(self) -> Iterator[tuple[str, str, Find]]:
        for name, resource in catalog().items():
            if self.actor.can_somewhere(resource.view, self.org.id):
                yield name, f"{resource.label}s", partial(self._docs, resource)

    def _static(self) -> Iterator[tuple[str, str, Find]]:
        for key, title, of in (
            ("settings", "Settings", places.sections),
            ("pages", "Pages", places.pages),
            ("actions", "Actions", places.actions),
        ):
            # With nothing typed the sections would only push pages and actions down.
            if self.text or key != "settings":
                yield key, title, partial(self._declared, of)

    def _devices(self, page: Page) -> Part:
        return self._shown(find_devices(self.actor, self.org, self._filters(), page), self._device)

    def _first_devices(self, page: Page) -> Part:
        rows = suggest(self.actor, self.org, self._filters(), limit=page.limit + 1)
        return self._shown(Part.of(rows, page), self._device)

    def _edges(self, page: Page) -> Part:
        found = find_devices(self.actor, self.org, replace(self._filters(), type=MXEDGE), page)
        return self._shown(found, partial(self._device, path="inventory/mxedges"))

    def _filters(self) -> DeviceFilter:
        return DeviceFilter(words=self.text.words, terms=self.text.terms)

    def _sites(self, page: Page) -> Part:
        words, group = [*self.text.words, *self.text.values("site")], " ".join(self.text.values("group"))
        return self._shown(find_sites(self.actor, self.org, words, page, group=group), self._site)

    def _sitegroups(self, page: Page) -> Part:
        return self._shown(find_sitegroups(self.actor, self.org, self.text.words, page), self._sitegroup)

    def _docs(self, resource: Resource, page: Page) -> Part:
        found = find_docs(self.actor, self.org, resource, self.text.words, page)
        return self._shown(found, partial(self._doc, resource))

    def _admins(self, page: Page) -> Part:
        return self._shown(find_admins(self.actor, self.org, self.text.words, page), self._admin)

    def _declared(self, of: Callable[..., list[dict[str, Any]]], page: Page) -> Part:
        return Part.of(of(self.actor, self.org, self.text.words), page)

    def _shown(self, part: Part, spell: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Part:
        return replace(part, rows=[spell(row) for row in part.rows])

    def _url(self, path: str, **query: str) -> str:
        return f"/orgs/{self.org.id}/{path}{'?' if query else ''}{urlencode(query)}"

    def _device(self, row: Mapping[str, Any], *, path: str = "devices") -> dict[str, Any]:
        return {
            "label": row["name"] or "Unnamed",
            "href": self._url(f"{path}/{row['id']}"),
            "icon": "router",
            "hint": f"{row['model']} · {row['site_name'] or 'Not assigned'}",
            "mac": row["mac"],
        }

    def _site(self, row: Mapping[str, Any]) -> dict[str, Any]:
        hint = row["timezone"]
        return {
            "label": row["name"],
            "href": self._url(f"sites/{row['id']}"),
            "icon": "map-pin",
            "hint": hint,
        }

    def _sitegroup(self, row: Mapping[str, Any]) -> dict[str, Any]:
        # A site group is its sites and their devices.
        members = self._url("search", q=spell_search((), [("group", row["name"])]))
        return {"label": row["name"], "href": members, "icon": "layers", "hint": "its sites and devices"}

    def _doc(self, resource: Resource, row: Mapping[str, Any]) -> dict[str, Any]:
        href = self._url(f"{resource.path}/{row['id']}")
        return {"label": row["name"], "href": href, "icon": "sliders-horizontal", "hint": resource.label}

    def _admin(self, row: Mapping[str, Any]) -> dict[str, Any]:
        href = self._url(f"admins/{row['id']}")
        return {"label": row["name"], "href": href, "icon": "user", "hint": row["email"]}
