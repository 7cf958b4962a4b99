"""What every page must be in light and in dark: accessible, and no wider than the screen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page

# The rules of axe to run in each: all, then those that a change of colours can break.
SCHEMES: Final[dict[Literal["light", "dark"], dict[str, Any]]] = {
    "light": {},
    "dark": {"runOnly": ["color-contrast", "link-in-text-block"]},
}


def looks_right(page: Page, name: str) -> None:
    """Fails with axe's report; with E2E_SCREENSHOTS=FOLDER saved there as NAME-SCHEME-WIDTH.png."""
    width = page.evaluate("innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE_SCRIPT)
    for scheme, rules in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        if folder := os.environ.get("E2E_SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{scheme}-{width}.png")
        # Neither the list of all elements that are as they should be nor the selectors of those that are not.
        if _found(page, {**rules, "resultTypes": ["violations"], "selectors": False}).violations_count:
            pytest.fail(_found(page, rules).generate_report(), pytrace=False)


def _found(page: Page, options: dict[str, Any]) -> AxeResults:
    return AxeResults(page.evaluate("options => axe.run(options)", options))
