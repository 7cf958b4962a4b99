"""The pages of the portal as Django knows them: every address, every method, and the ids in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.urls import URLPattern, URLResolver

from mistadmin import urls
from tests.arch.routes import Operation

# Programs call these: the operations of the API have a table of their own, devices a trust of their own.
_ELSEWHERE: Final = ("/api/", "/device/v1/", "/healthz")
_PARAMETER: Final = re.compile(r"<(?:\w+:)?(\w+)>")


def pages() -> list[Operation]:
    """Every page with each of its methods; `path` begins with a slash and has its parameters in braces."""
    return list(_under(urls.urlpatterns, "/"))


def _under(patterns: Iterable[Any], prefix: str) -> Iterator[Operation]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if path.startswith(_ELSEWHERE):
            continue
        if isinstance(pattern, URLResolver):
            yield from _under(pattern.url_patterns, path)
        else:
            yield from _of(pattern, _PARAMETER.sub(r"{\1}", path))


def _of(pattern: URLPattern, path: str) -> Iterator[Operation]:
    callback: Any = pattern.callback
    view = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    for method in ("get", "post"):
        if hasattr(view, method):
            yield Operation(method, path, view)
