"""A phone in a cable room: a page of the portal over a slow network, in a real browser."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from bench.rows import Row, at_most, told
from bench.stage import Stage

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROUNDS: Final = 5
SECONDS: Final = 3
SCREEN: Final = {"width": 390, "height": 844}
# "Fast 3G" as Chromium's own tools define it: bytes per second, and milliseconds that each request waits.
FAST_3G: Final = {
    "offline": False,
    "downloadThroughput": 1.6 * 1024 * 1024 / 8 * 0.9,
    "uploadThroughput": 750 * 1024 / 8 * 0.9,
    "latency": 150 * 3.75,
}
# Scripts of modules run before DOMContentLoaded: from then on every button does something.
_INTERACTIVE: Final = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")


def measure(stage: Stage) -> list[Row]:
    """Seconds from asking for the inventory to a page that answers, with nothing in the cache; the median."""
    base = f"http://127.0.0.1:{stage.product.port}"
    url = f"{base}/orgs/{stage.world.main.org_id}/inventory"
    name, _, value = stage.world.cookie.partition("=")
    cookie = {"name": name, "value": value, "url": base}
    with _chromium() as browser:
        slow = [_visit(browser, url, cookie, slow=True) for _ in range(ROUNDS)]
        fast = [_visit(browser, url, cookie, slow=False) for _ in range(ROUNDS)]
    here = statistics.median(fast)
    return [
        at_most("inventory on a phone, Fast 3G", statistics.median(slow), "s", SECONDS, floor=here),
        told("inventory on a phone, no limit", here, "s"),
    ]


def _visit(browser: Browser, url: str, cookie: dict[str, str], *, slow: bool) -> float:
    context = browser.new_context(viewport=SCREEN, is_mobile=True, has_touch=True)  # type: ignore[arg-type]
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    network: Any = context.new_cdp_session(page)
    network.send("Network.enable")
    if slow:
        network.send("Network.emulateNetworkConditions", FAST_3G)
    page.goto(url, wait_until="load")
    taken: float = page.evaluate(_INTERACTIVE)
    context.close()
    return taken / 1e3


@contextmanager
def _chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
