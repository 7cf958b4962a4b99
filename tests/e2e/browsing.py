"""A headless Chromium, its tabs, and the watch over what goes wrong in them."""

from __future__ import annotations

import re
import shutil
from typing import Any, Final

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Response

from tests.e2e.stage import Stage

WIDE: Final = (1360, 900)
PHONE: Final = (390, 844)
TIMEOUT: Final = 20_000  # milliseconds
_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
# A violation names what was refused; the console message of Chromium alone is easily overlooked.
_REPORT_VIOLATIONS: Final = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""
# Chromium notes refused pages, which tests ask for (files are watched apart); htmx notes each request that a
# newer one of the same field replaced.
_HARMLESS: Final = re.compile(
    r"^(Failed to load resource: the server responded with a status of 4\d\d|htmx:(afterRequest|sendAbort), )"
)


def find_chromium() -> str | None:
    """The path of an installed Chromium."""
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


def launch(playwright: Playwright, program: str) -> Browser:
    """Start it."""
    return playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)


class Tabs:
    """Opens tabs of one test and gathers the problems of all of them."""

    def __init__(self, browser: Browser, stage: Stage) -> None:
        self.problems: list[str] = []
        # Other servers that a test sends the browser to.
        self.also: tuple[str, ...] = ()
        self._browser = browser
        self._stage = stage
        self._pages: list[Page] = []
        self._listeners = (
            ("console", self._listen),
            ("pageerror", lambda error: self.problems.append(f"script error: {error}")),
            ("response", self._look_at),
        )

    def open(
        self, who: str = "ada", path: str = "", *, size: tuple[int, int] = WIDE, script: bool = True
    ) -> Page:
        """A tab of a browser of its own in which `who` is signed in, at `path`; "" is nobody."""
        page = self._page(who, size, script)
        for event, listener in self._listeners:
            page.on(event, listener)  # type: ignore[call-overload]
        self._pages.append(page)
        if path:
            page.goto(path)
        return page

    def close(self) -> None:
        """Close every tab; fails when something went wrong in one."""
        for page in self._pages:
            self._close(page)
        if self.problems:
            pytest.fail("\n".join(self.problems), pytrace=False)

    def _page(self, who: str, size: tuple[int, int], script: bool) -> Page:
        return self._context(who, size, script).new_page()

    def _close(self, page: Page) -> None:
        page.context.close()

    def _context(self, who: str, size: tuple[int, int], script: bool) -> BrowserContext:
        options: dict[str, Any] = {"java_script_enabled": script, "reduced_motion": "reduce"}
        context = self._browser.new_context(
            base_url=self._stage.base,
            viewport={"width": size[0], "height": size[1]},
            locale="en-GB",
            timezone_id="UTC",
            **options,
        )
        context.set_default_timeout(TIMEOUT)
        context.add_init_script(_REPORT_VIOLATIONS)
        if who:
            cookie = {"name": "sessionid", "value": self._stage.people[who], "url": self._stage.base}
            context.add_cookies([cookie])  # type: ignore[list-item]
        return context

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _HARMLESS.match(message.text):
            self.problems.append(f"console {message.type}: {message.text}")

    def _look_at(self, response: Response) -> None:
        if not response.url.startswith((f"{self._stage.base}/", "data:", "blob:", *self.also)):
            self.problems.append(f"request to elsewhere: {response.url}")
        is_file = response.request.resource_type not in ("document", "xhr", "fetch")
        if response.status >= (400 if is_file else 500):
            self.problems.append(f"{response.status} {response.url}")


class SharedTabs(Tabs):
    """Tabs of tests that only look: each person keeps one, with axe in it and a cache as warm as people's."""

    def __init__(self, browser: Browser, stage: Stage, kept: dict[Any, Page]) -> None:
        super().__init__(browser, stage)
        self._kept = kept

    def _page(self, who: str, size: tuple[int, int], script: bool) -> Page:
        key = (who, size, script)
        if key not in self._kept:
            self._kept[key] = super()._page(*key)
            self._kept[key].add_init_script(AXE_SCRIPT)
        page = self._kept[key]
        page.emulate_media(color_scheme="light")
        return page

    def _close(self, page: Page) -> None:
        for event, listener in self._listeners:
            page.remove_listener(event, listener)
