"""The routes of the REST API as Django knows them: every path, every method, and the ids in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.urls import URLPattern

from mistadmin import api_urls
from mistadmin.core.http import ApiView, NotFound

METHODS: Final = ("get", "post", "put", "delete")
_PARAMETER: Final = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `path` has its parameters in braces, as in `orgs/{org_id}/sites`."""

    method: str
    path: str
    view: type[ApiView]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)


def operations() -> list[Operation]:
    """Every operation under /api/v1."""
    return [operation for pattern in api_urls.urlpatterns for operation in _of(pattern)]


def _of(pattern: URLPattern) -> Iterator[Operation]:
    callback: Any = pattern.callback
    by_method = getattr(callback, "views", None)
    view = getattr(callback, "cls", None)
    if view is NotFound:
        return
    path = _PARAMETER.sub(r"{\1}", str(pattern.pattern))
    for method in METHODS:
        chosen = by_method.get(method) if by_method else view
        if chosen is not None and hasattr(chosen, method):
            yield Operation(method, path, chosen)
