"""A floorplan from its picture to the devices on it, with the mouse and without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import Tabs
from tests.e2e.stage import Stage
from tests.plans import building

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_a_floorplan_is_added_and_a_device_placed_by_a_click(tabs: Tabs, stage: Stage) -> None:
    page = tabs.open("ada", stage.path("plans", "/sites"))
    page.get_by_role("link", name="Pier 2", exact=True).click()
    page.get_by_role("link", name="Add floorplan").click()
    window = page.get_by_role("dialog", name="Add floorplan")
    window.get_by_label("Name").fill("Upper floor")
    sent = {"name": "scan.png", "mimeType": "image/png", "buffer": building()}
    window.get_by_label("Picture or Ekahau project").set_input_files(sent)
    window.get_by_role("button", name="Add floorplan").click()
    expect(page.get_by_text("Floorplan Upper floor added.")).to_be_visible()
    page.locator("#floorplans").get_by_role("link", name="Upper floor").click()

    page.get_by_label("Width in metres").fill("60")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text(re.compile("60 . 38 metres"))).to_be_visible()

    page.get_by_label("Device", exact=True).select_option("Gate")
    plan = page.locator("svg.floorplan")
    box = plan.bounding_box()
    assert box
    plan.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(page.get_by_label("From left")).to_have_value(re.compile(r"^(29\.9|30\.0)\d$"))
    expect(page.get_by_role("button", name="Place device")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Gate placed.")).to_be_visible()
    expect(plan.get_by_text("Gate")).to_be_visible()
    listed = page.get_by_role("region", name="Devices")
    expect(listed).to_contain_text("30.0, 19.0 metres")

    # The same by the fields alone.
    plain = tabs.open("ada", page.url, script=False)
    plain.get_by_label("Device", exact=True).select_option("Gate")
    plain.get_by_label("From left").fill("1.5")
    plain.get_by_label("From top").fill("2")
    plain.get_by_role("button", name="Place device").click()
    expect(plain.get_by_role("region", name="Devices")).to_contain_text("1.5, 2.0 metres")
    plain.get_by_role("button", name="Take off Gate").click()
    expect(plain.get_by_text("No device is on this floorplan.")).to_be_visible()
    plain.get_by_role("link", name="Delete floorplan").click()
    plain.get_by_role("button", name="Delete floorplan").click()
    expect(plain.get_by_text("Floorplan Upper floor deleted.")).to_be_visible()
