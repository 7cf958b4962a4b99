"""Two people edit one thing in two browsers: the second sees what the first made of it, and decides."""

from __future__ import annotations

from typing import Final

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


# Who changes groups, where, what they are called, and a member to choose.
GROUPS: Final = {
    "sitegroup": ("ada", "bulk", "Site", "North"),
    "orggroup": ("mia", "umbrella", "Organization", "Branch East"),
}


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("kind", GROUPS)
def test_a_window_shows_both_sides_too(tabs: Tabs, stage: Stage, kind: str, size: tuple[int, int]) -> None:
    who, tenant, noun, member = GROUPS[kind]
    mine, theirs = (tabs.open(who, stage.path(tenant, f"/{kind}s"), size=size) for _ in range(2))
    name = f"Coast {size[0]}"
    mine.get_by_role("link", name=f"Create {noun} Group").click()
    mine.locator("#window").get_by_label("Name").fill(name)
    mine.locator("#window").get_by_role("button", name="Create").click()
    expect(mine.get_by_text(f"{noun} group {name} created.")).to_be_visible()
    theirs.reload()
    for page in (mine, theirs):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.locator("#window").get_by_label("Name")).to_be_visible()
    _save(theirs, Name=f"Their {name}")
    expect(theirs.get_by_text(f"{noun} group Their {name} saved.")).to_be_visible()
    window = mine.locator("#window")
    window.get_by_label(member).check()
    _save(mine, Name=f"My {name}")
    expect(window.get_by_role("alert")).to_contain_text("Nothing was saved.")
    expect(window.get_by_role("row", name="Name")).to_contain_text(f"Their {name}")
    looks_right(mine, f"{kind}-conflict")
    _save(mine, "Save mine over it")
    expect(mine.get_by_text(f"{noun} group My {name} saved.")).to_be_visible()
