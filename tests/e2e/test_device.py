"""One device of each kind in a real browser, from its claim to its release."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Tabs
from tests.e2e.stage import Stage
from tests.e2e.test_adopt import enter
from tests.e2e.test_installer import photo

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def claim(page: Page, stage: Stage, folder: Path, link: str, **models: int) -> list[dict[str, str]]:
    """Units that are made and claimed from the file that came with them."""
    file = folder / "units.csv"
    for model, count in models.items():
        name = model.replace("_", "-")
        stage.instance.run("units", "make", "--model", name, "--count", str(count), "--csv", str(file))
    page.get_by_role("link", name=link).first.click()
    page.get_by_label("Or a CSV file").set_input_files(file)
    page.get_by_role("button", name="Claim", exact=True).click()
    expect(page.get_by_role("heading", name=f"{sum(models.values())} claimed")).to_be_visible()
    with file.open(encoding="utf-8-sig", newline="") as rows:
        return list(csv.DictReader(rows))


def said(page: Page, text: str) -> None:
    expect(page.locator("#toasts")).to_contain_text(text)


def test_a_switch_is_named_placed_managed_photographed_replaced_and_unassigned(
    tabs: Tabs, stage: Stage, tmp_path: Path
) -> None:
    page, org_id = enter(tabs, "Cabinets")
    page.goto(f"/orgs/{org_id}/inventory?type=switch")
    first, second = claim(page, stage, tmp_path, "Claim devices", EX4100_48P=2)
    page.goto(f"/orgs/{org_id}/inventory?type=switch&q={first['mac']}")
    page.locator("#rows td.name a").click()
    title = page.get_by_role("heading", level=1)

    page.get_by_role("link", name="Rename").click()
    page.get_by_role("dialog", name="Rename").get_by_label("Name").fill("Cabinet 3")
    page.get_by_role("dialog", name="Rename").get_by_role("button", name="Rename").click()
    expect(title).to_have_text("Cabinet 3")
    page.get_by_role("link", name="Assign to Site").click()
    window = page.get_by_role("dialog", name="Assign to Site")
    window.get_by_label("Site").select_option("Primary Site")
    window.get_by_role("button", name="Assign to Site").click()
    expect(page.get_by_role("link", name="Primary Site").first).to_be_visible()
    page.get_by_role("button", name="Stop managing").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.locator(".head .tag")).to_have_text("Not managed")
    page.get_by_label("Add a photo").set_input_files(photo())  # type: ignore[arg-type]
    page.get_by_role("button", name="Add photo").click()
    picture = page.get_by_role("img", name="Photo 1 of Cabinet 3")
    expect(picture).to_be_visible()
    assert picture.evaluate("img => img.decode().then(() => img.naturalWidth)") > 0

    page.get_by_role("link", name="Replace").click()
    window = page.get_by_role("dialog", name="Replace")
    window.get_by_label("MAC address of the new device").fill(second["mac"])
    window.get_by_role("button", name="Replace this device").click()
    said(page, "Cabinet 3 is at Primary Site now; this device is unassigned.")
    page.goto(f"/orgs/{org_id}/inventory?type=switch&q={second['mac']}")
    page.locator("#rows td.name a").click()
    expect(title).to_have_text("Cabinet 3")
    page.get_by_role("button", name="Unassign").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Unassign")).click()
    said(page, "1 device unassigned.")
    expect(title).to_have_text("Cabinet 3")
    expect(page.get_by_role("link", name="Replace")).to_have_count(0)
    page.get_by_role("button", name="Release").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Release")).click()
    said(page, "1 device released.")
    expect(page.locator("#rows tr")).to_have_count(1)


def test_mist_edges_are_created_claimed_assigned_and_released(
    tabs: Tabs, stage: Stage, tmp_path: Path
) -> None:
    page, org_id = enter(tabs, "Tunnels")
    page.goto(f"/orgs/{org_id}/inventory/mxedges")
    page.get_by_role("link", name="Create Mist Edge").first.click()
    window = page.get_by_role("dialog", name="Create Mist Edge")
    window.get_by_role("button", name="Create").click()
    expect(window.get_by_label("Name")).to_be_focused()
    window.get_by_label("Name").fill("tunnel-1")
    window.get_by_label("Model").select_option(index=1)
    window.get_by_role("button", name="Create").click()
    expect(page.get_by_text("tunnel-1").first).to_be_visible()

    page.goto(f"/orgs/{org_id}/inventory/mxedges")
    claim(page, stage, tmp_path, "Claim Mist Edges", ME_X5=1)
    page.goto(f"/orgs/{org_id}/inventory/mxedges")
    expect(page.locator("#rows tr")).to_have_count(2)
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Assign to Site").click()
    window = page.get_by_role("dialog")
    window.get_by_label("Site").select_option("Primary Site")
    window.get_by_role("button", name="Assign to Site").click()
    said(page, "2 devices assigned to Primary Site.")
    expect(page.locator("#rows").get_by_text("Primary Site")).to_have_count(2)
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Release").click()
    page.get_by_role("button", name="Release 2").click()
    expect(page.locator("#rows tr")).to_have_count(0)
