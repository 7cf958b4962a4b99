"""Two people edit one site in two browsers: the second sees what the first made of it, and decides."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import PHONE, WIDE, Tabs
from tests.e2e.looks import looks_right
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def site(stage: Stage) -> str:
    """A site of the hospital that no rule and no other test names."""
    rows = stage.api(f"{stage.path('hospital')}/sites")
    found = next(row["id"] for row in rows if row["name"] == "Primary Site")
    return stage.path("hospital", f"/sites/{found}")


def _save(page: Page, button: str = "Save", **values: str) -> None:
    for label, value in values.items():
        page.get_by_role("textbox", name=label, exact=True).fill(value)
    page.get_by_role("button", name=button, exact=True).click()


@pytest.mark.parametrize("script", [True, False])
def test_both_sides_are_shown_and_mine_is_saved_over_theirs(
    tabs: Tabs, stage: Stage, site: str, script: bool
) -> None:
    mine, theirs = tabs.open("ada", site, script=script), tabs.open("wes", site)
    _save(theirs, Location=f"Their Road {script}", Notes=f"Ring the bell {script}")
    expect(theirs.locator("#toasts")).to_contain_text("Site saved.")
    _save(mine, Location=f"My Road {script}")
    expect(mine.get_by_role("alert")).to_contain_text(
        "Nothing was saved. Wes Person wes@example.com changed this"
    )
    both = mine.get_by_role("row", name="Location")
    expect(both).to_contain_text(f"Their Road {script}")
    expect(both).to_contain_text(f"My Road {script}")
    expect(mine.get_by_role("row", name="Notes")).to_contain_text("Not changed by you")
    expect(mine.get_by_role("textbox", name="Location", exact=True)).to_have_value(f"My Road {script}")
    if script:
        _look(mine)
    _save(mine, "Save mine over it")
    expect(mine.locator("#toasts")).to_contain_text("Site saved.")
    mine.reload()
    expect(mine.get_by_role("textbox", name="Location", exact=True)).to_have_value(f"My Road {script}")
    expect(mine.get_by_role("textbox", name="Notes", exact=True)).to_have_value(f"Ring the bell {script}")


def test_theirs_is_taken_without_a_question(tabs: Tabs, stage: Stage, site: str) -> None:
    mine, theirs = tabs.open("ada", site), tabs.open("wes", site)
    _save(theirs, Location="Third Road")
    expect(theirs.locator("#toasts")).to_contain_text("Site saved.")
    _save(mine, Location="Fourth Road")
    mine.on("dialog", lambda dialog: tabs.problems.append(f"asked: {dialog.message}"))
    mine.get_by_role("link", name="Take theirs").click()
    expect(mine.get_by_role("textbox", name="Location", exact=True)).to_have_value("Third Road")
    expect(mine.get_by_role("alert")).to_have_count(0)


def _look(page: Page) -> None:
    for width, height in (WIDE, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        looks_right(page, "stale-edit")
