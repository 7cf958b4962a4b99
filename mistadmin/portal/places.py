"""What the search finds besides stored things: pages, sections of the settings, and actions, by role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from mistadmin.core.access import (
    CLAIM,
    CREATE_SITES,
    MANAGE_ADMINS,
    MANAGE_MXEDGES,
    SIGNED_IN,
    VIEW_INVENTORY,
    VIEW_MXEDGES,
    VIEW_SETTINGS,
    Actor,
)
from mistadmin.core.resources import catalog
from mistadmin.portal.nav import menu


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go: `path` is below the organization unless it begins with a slash.

    `also` are words people know it by; `window` says that the page opens in the window.
    """

    label: str
    path: str
    icon: str
    need: str = SIGNED_IN
    also: str = ""
    window: bool = False
    # Whether it takes the need in the whole organization, not at one site of it.
    whole: bool = False

    def matches(self, words: Iterable[str]) -> bool:
        """Whether every word is somewhere in the label or the other names."""
        text = f"{self.label} {self.also}".casefold()
        return all(word.casefold() in text for word in words)

    def opens_to(self, actor: Actor, org: Any) -> bool:
        """Whether the actor may go there."""
        if self.need == SIGNED_IN:
            return True
        return actor.can(self.need, org) if self.whole else actor.can_somewhere(self.need, org.id)


_RULES: Final = "settings/autoprovisioning"
SECTIONS: Final = (
    Place("Name and ID", "settings#name", "settings", VIEW_SETTINGS, "organization settings"),
    Place(
        "Auto-Provisioning", "settings#auto-provisioning", "settings", VIEW_SETTINGS, "organization settings"
    ),
    Place("Site Assignment", _RULES, "sliders-horizontal", VIEW_SETTINGS, "auto-provisioning rules", True),
    Place("AP Name Generation", _RULES, "sliders-horizontal", VIEW_SETTINGS, "auto-provisioning rules", True),
    Place("Profile Assignment", _RULES, "sliders-horizontal", VIEW_SETTINGS, "auto-provisioning rules", True),
    Place(
        "Juniper Account Integration",
        "settings#juniper",
        "settings",
        VIEW_SETTINGS,
        "organization settings link",
    ),
    Place("Support Access", "settings#support-access", "settings", VIEW_SETTINGS, "organization settings"),
    Place("Account Information", "/account#information", "user", also="my account name e-mail phone"),
    Place("Authentication", "/account#password", "user", also="my account password"),
    Place("API Token", "/account#tokens", "user", also="my account key"),
)
PAGES: Final = (
    Place("Mist Edges", "inventory/mxedges", "router", VIEW_MXEDGES, "inventory"),
    Place("My Account", "/account", "user", also="preferences time format"),
    Place(
        "Installed Base",
        "inventory/installed-base",
        "router",
        VIEW_INVENTORY,
        "juniper contracts warranty",
        whole=True,
    ),
    Place("API Documentation", "/api/docs", "book-open", also="rest openapi"),
)
ACTIONS: Final = (
    Place("Claim devices", "inventory/claim", "plus", CLAIM, "add activation code", True),
    Place("Claim Mist Edges", "inventory/mxedges/claim", "plus", MANAGE_MXEDGES, "add activation code", True),
    Place("Adopt Switches", "inventory/adopt?type=switch", "cable", CLAIM, "add onboard outbound ssh", True),
    Place("Adopt WAN Edges", "inventory/adopt?type=gateway", "cable", CLAIM, "add onboard gateways", True),
    Place("Invite Administrator", "admins/invite", "user-plus", MANAGE_ADMINS, "add new user account"),
    Place("Create Site", "sites?create=1", "plus", CREATE_SITES, "add new"),
    Place("Configure Auto-Provisioning", _RULES, "sliders-horizontal", VIEW_SETTINGS, "rules", True),
    Place("Dry run", f"{_RULES}/dry-run", "play", VIEW_SETTINGS, "auto-provisioning rules"),
    Place("Download CSV", "inventory.csv", "download", VIEW_INVENTORY, "export inventory"),
    Place("Create Organization", "/orgs/create", "plus", also="add new"),
)


def pages(actor: Actor, org: Any, words: Iterable[str]) -> list[dict[str, Any]]:
    """The pages of the menu and those of the account that match."""
    found = [
        {"label": item["label"], "href": item["url"], "icon": item["icon"], "hint": group["label"]}
        for group in menu(actor, org, "")
        for item in group["items"]
        if Place(item["label"], "", "", also=group["label"]).matches(words)
    ]
    return [*found, *_of(actor, org, PAGES, words)]


def sections(actor: Actor, org: Any, words: Iterable[str]) -> list[dict[str, Any]]:
    """The sections of the settings that match and that the viewer may open."""
    return _of(actor, org, SECTIONS, words)


def actions(actor: Actor, org: Any, words: Iterable[str]) -> list[dict[str, Any]]:
    """What the viewer may do that matches; each leads to where it is done."""
    return _of(actor, org, (*ACTIONS, *_creations(actor, org)), words)


def _creations(actor: Actor, org: Any) -> Iterator[Place]:
    for name, resource in catalog().items():
        if actor.can(resource.manage, org):
            yield Place(f"Create {resource.label}", f"{name}/create", "plus", also="add new")


def _of(actor: Actor, org: Any, places: Iterable[Place], words: Iterable[str]) -> list[dict[str, Any]]:
    words = list(words)
    return [
        {
            "label": place.label,
            "href": place.path if place.path.startswith("/") else f"/orgs/{org.id}/{place.path}",
            "icon": place.icon,
            "window": place.window,
        }
        for place in places
        if place.opens_to(actor, org) and place.matches(words)
    ]
