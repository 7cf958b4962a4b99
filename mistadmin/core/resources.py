"""Configuration-document kinds: one declaration each, found through the catalog.

The generic list, create, read, update and delete live in orgs/docs.py and orgs/api.py; a kind is a file in
orgs/resources/ that says its path, its shape and, at most, one extra rule.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from mistadmin.core.access import MANAGE_TEMPLATES, VIEW_TEMPLATES
from mistadmin.core.models import ConfigDoc
from mistadmin.core.shapes import Doc

PACKAGES = ("orgs.resources",)


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of configuration document.

    `path` is its name in URLs and in the audit log, `label` the singular for people, `model` the table
    (the shared one unless the kind was promoted) and `kind` its rows in a shared table, `columns` the keys
    that have a column of their own, `filters` the columns that a list filters by, with their defaults.
    """

    path: str
    label: str
    shape: type[Doc]
    model: type[ConfigDoc]
    kind: str | None = None
    view: str = VIEW_TEMPLATES
    manage: str = MANAGE_TEMPLATES
    columns: tuple[str, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)


@cache
def catalog() -> Mapping[str, Resource]:
    """Every declared kind by its path, read once from the resource packages."""
    found: dict[str, Resource] = {}
    for package in PACKAGES:
        root = importlib.import_module(package)
        for module in pkgutil.iter_modules(root.__path__):
            resource: Resource = importlib.import_module(f"{package}.{module.name}").RESOURCE
            if resource.path in found:
                raise ValueError(f"two resources are called {resource.path!r}")
            found[resource.path] = resource
    return found
