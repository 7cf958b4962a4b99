"""The left menu, as the guide names it. An entry shows to those who may use it, once its page exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from mistadmin.core.access import (
    INSTALL,
    MANAGE_ADMINS,
    MANAGE_DEVICES,
    MANAGE_MSP,
    VIEW_AUDIT,
    VIEW_INVENTORY,
    VIEW_MSP,
    VIEW_MXEDGES,
    VIEW_SETTINGS,
    VIEW_SITES,
    VIEW_TEMPLATES,
    Actor,
)


@dataclass(frozen=True, slots=True)
class Item:
    """One menu entry: `path` below the tenant's, `icon` a lucide name; not for who may do `unless`."""

    label: str
    path: str
    icon: str
    need: str
    unless: str = ""
    # Whether the page shows the site that was chosen in the header.
    of_site: bool = False
    # Whether it takes the need in the whole organization, not at one site of it.
    whole: bool = False


MENU: Final[tuple[tuple[str, tuple[Item, ...]], ...]] = (
    (
        "Organization",
        (
            Item("Access Explorer", "access", "user-search", MANAGE_ADMINS, whole=True),
            Item("Administrators", "admins", "users", MANAGE_ADMINS, whole=True),
            Item("Audit Logs", "logs", "scroll-text", VIEW_AUDIT),
            Item("Installer", "installer", "hard-hat", INSTALL),
            Item("Inventory", "inventory", "router", VIEW_INVENTORY, of_site=True),
            Item("Inventory", "inventory/mxedges", "router", VIEW_MXEDGES, unless=VIEW_INVENTORY),
            Item("Settings", "settings", "settings", VIEW_SETTINGS, whole=True),
            Item("Site Configuration", "sites", "map-pin", VIEW_SITES),
        ),
    ),
    (
        "Templates",
        (
            Item("Device Profiles", "deviceprofiles", "sliders-horizontal", VIEW_TEMPLATES),
            Item("RF Templates", "rftemplates", "radio-tower", VIEW_TEMPLATES),
            Item("WLAN Templates", "templates", "wifi", VIEW_TEMPLATES),
        ),
    ),
)


AT_MSP: Final[tuple[tuple[str, tuple[Item, ...]], ...]] = (
    (
        "Managed Service Provider",
        (
            Item("Administrators", "admins", "users", MANAGE_ADMINS, whole=True),
            Item("Audit Logs", "logs", "scroll-text", VIEW_AUDIT, whole=True),
            Item("Organization Groups", "orggroups", "folders", VIEW_MSP),
            Item("Organizations", "orgs", "building-2", VIEW_MSP),
            Item("Settings", "settings", "settings", MANAGE_MSP, whole=True),
        ),
    ),
)


def menu(actor: Actor, tenant: Any, path: str, site: Any = None) -> list[dict[str, Any]]:
    """The groups and entries for this actor in this organization or MSP; the one for `path` is current.

    With a chosen site the pages that know sites open with it.
    """
    if tenant is None:
        return []
    groups = []
    # An installer has one page, made for the phone at hand.
    installs = actor.can_somewhere(INSTALL, tenant.id)
    installs_only = installs and not actor.can_somewhere(MANAGE_DEVICES, tenant.id)
    for label, items in AT_MSP if tenant.is_msp else MENU:
        shown = [
            {
                "label": item.label,
                "url": f"{url}?site={site.id}" if site and item.of_site else url,
                "icon": item.icon,
                "current": _is_below(path, url),
            }
            for item in items
            if _may_open(actor, tenant, item) and not _is_spared(actor, tenant, item)
            if item.need == INSTALL or not installs_only
            for url in [f"{tenant.home}/{item.path}"]
        ]
        if shown:
            groups.append({"label": label, "items": shown})
    return groups


def first_page(actor: Actor, org: Any) -> str | None:
    """The page an organization opens with: the inventory, else the menu's first entry; None without any."""
    urls = [item["url"] for group in menu(actor, org, "") for item in group["items"]]
    inventory = f"/orgs/{org.id}/inventory"
    return inventory if inventory in urls else next(iter(urls), None)


def _may_open(actor: Actor, tenant: Any, item: Item) -> bool:
    return actor.can(item.need, tenant) if item.whole else actor.can_somewhere(item.need, tenant.id)


def _is_spared(actor: Actor, tenant: Any, item: Item) -> bool:
    return bool(item.unless) and actor.can_somewhere(item.unless, tenant.id)


def _is_below(path: str, url: str) -> bool:
    return path == url or path.startswith(f"{url}/")
