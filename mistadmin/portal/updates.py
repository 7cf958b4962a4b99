"""Feature Updates behind the bulb: the changelog, with what is new since the person last looked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mistadmin.core.portal import PortalView

COOKIE: Final = "updates_seen"
_YEAR: Final = 365 * 24 * 3600
_CODE: Final = re.compile(r"`([^`]*)`")


@dataclass(frozen=True, slots=True)
class Release:
    """A part of the changelog: its title, and its lines from the newest to the oldest."""

    title: str
    lines: tuple[str, ...]


@cache
def releases() -> tuple[Release, ...]:
    """The changelog, the newest release first; nothing where it is not installed."""
    path = Path(settings.BASE_DIR) / "CHANGELOG.md"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    parts = (part.partition("\n") for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:])
    found = (
        Release(title.strip(), tuple(line[2:] for line in reversed(body.splitlines()) if line[:2] == "- "))
        for title, _, body in parts
    )
    return tuple(release for release in found if release.lines)


def unread(request: HttpRequest) -> int:
    """How many lines came since this browser last opened the page; lines are only ever added."""
    seen = request.COOKIES.get(COOKIE, "")
    total = sum(len(release.lines) for release in releases())
    return max(0, total - int(seen)) if seen.isascii() and seen.isdecimal() and len(seen) < 9 else total


class Updates(PortalView):
    """The page; opening it marks everything as read."""

    def get(self, request: HttpRequest) -> HttpResponse:
        # For who looks for the first time everything is new, and nothing is worth a mark.
        new = unread(request) if COOKIE in request.COOKIES else 0
        shown = list(_shown(new))
        page = self.render("shell/updates.html", releases=shown, unread=new, unread_updates=0)
        total = sum(len(release.lines) for release in releases())
        page.set_cookie(COOKIE, str(total), max_age=_YEAR, samesite="Lax", httponly=True)
        return page


def _shown(new: int) -> Iterator[dict[str, Any]]:
    for release in releases():
        items = [{"html": _marked_up(line), "new": at < new} for at, line in enumerate(release.lines)]
        new = max(0, new - len(items))
        yield {"title": release.title, "items": items}


def _marked_up(line: str) -> SafeString:
    parts = _CODE.split(line)
    return format_html_join(
        "",
        "{}",
        ((format_html("<code>{}</code>", part) if at % 2 else part,) for at, part in enumerate(parts)),
    )
