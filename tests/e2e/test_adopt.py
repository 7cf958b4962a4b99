"""Adopting in a real browser: the commands are shown, devices join by them, the line counts, a new secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import PHONE, WIDE, Tabs
from tests.e2e.looks import looks_right
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def enter(tabs: Tabs, name: str, *, script: bool = True, size: tuple[int, int] = WIDE) -> tuple[Page, str]:
    """A tab of Ada's in an organization of its own, and that organization's id."""
    page = tabs.open("ada", "/orgs/create", script=script, size=size)
    page.get_by_label("Organization Name").fill(name)
    page.get_by_role("button", name="Create Organization").click()
    page.wait_for_url(re.compile("/orgs/[0-9a-f-]{36}"))
    found = re.search("/orgs/([0-9a-f-]{36})", page.url)
    assert found
    return page, found[1]


def join(stage: Stage, org_id: str, commands: str, folder: Path, models: list[str]) -> None:
    """Make units, type the commands into them, and let them call."""
    csv, text = folder / "units.csv", folder / "commands.txt"
    text.write_text(commands, "utf-8")
    for model in models:
        stage.instance.run("units", "make", "--model", model, "--csv", str(csv))
        where = ("--org", org_id, "--url", stage.base, "--secrets", str(csv))
        stage.instance.run("simulate", *where, "--adopt", str(text), "--once")


def test_switches_join_while_the_window_is_open(tabs: Tabs, stage: Stage, tmp_path: Path) -> None:
    page, org_id = enter(tabs, "Adopting")
    page.goto(f"/orgs/{org_id}/inventory")
    expect(page.get_by_role("link", name="Adopt")).to_have_count(0)
    page.get_by_role("link", name="Switches").click()
    page.get_by_role("link", name="Adopt Switches").click()
    window = page.get_by_role("dialog", name="Adopt Switches")
    expect(window.get_by_text("Waiting for switches…")).to_be_visible()
    commands = window.get_by_label("Juniper EX and QFX", exact=True)
    join(stage, org_id, commands.input_value(), tmp_path, ["EX4100-48P", "EX2300-C-12P"])
    expect(window.get_by_text("2 switches adopted since you opened this")).to_be_visible()
    expect(window.get_by_label("Assign to Site")).to_be_focused()

    window.get_by_label("Assign to Site").select_option("Primary Site")
    expect(commands).to_have_value(re.compile(r"device-id [0-9a-f-]{36}\.site-[0-9a-f-]{36}\n"))
    expect(window.get_by_text("2 switches adopted since you opened this")).to_be_visible()
    join(stage, org_id, commands.input_value(), tmp_path, ["QFX5120-48Y"])
    expect(window.get_by_text("3 switches adopted since you opened this")).to_be_visible()

    before = commands.input_value()
    window.get_by_role("link", name="Rotate secret").click()
    confirm = page.get_by_role("dialog", name="Rotate the adopt secret?")
    confirm.get_by_role("link", name="Cancel").click()
    expect(commands).to_have_value(before)
    window.get_by_role("link", name="Rotate secret").click()
    confirm.get_by_role("button", name="Rotate secret").click()
    expect(window.get_by_text("These are the new commands.")).to_be_visible()
    expect(commands).not_to_have_value(before)

    window.get_by_role("link", name="Show the inventory").click()
    expect(page.locator("#rows .tag")).to_have_text(["Adopted"] * 3)
    expect(page.locator("#rows").get_by_text("Primary Site")).to_have_count(1)
    page.locator("#rows td.name a").first.click()
    expect(page.locator(".head .tag")).to_have_text(["Adopted", "Not managed"])


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("kind", ["Switches", "WAN Edges"])
def test_window_is_accessible_and_fits(tabs: Tabs, stage: Stage, kind: str, size: tuple[int, int]) -> None:
    type_ = {"Switches": "switch", "WAN Edges": "gateway"}[kind]
    page = tabs.open("ada", stage.path("hospital", f"/inventory?type={type_}"), size=size)
    page.get_by_role("link", name=f"Adopt {kind}").click()
    for heading, leave in ((f"Adopt {kind}", "Rotate secret"), ("Rotate the adopt secret?", "Cancel")):
        expect(page.get_by_role("dialog", name=heading)).to_be_visible()
        looks_right(page, f"{heading.rstrip('?')} {type_}".replace(" ", "-").lower())
        page.get_by_role("link", name=leave).click()


def test_list_with_adopted_devices_is_accessible_and_fits(tabs: Tabs, stage: Stage, tmp_path: Path) -> None:
    page, org_id = enter(tabs, "Adopted", size=PHONE)
    commands = stage.api(f"/orgs/{org_id}/ocdevices/outbound_ssh_cmd")["cmd"]
    join(stage, org_id, commands, tmp_path, ["SRX345"])
    for size in (PHONE, WIDE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(f"/orgs/{org_id}/inventory?type=gateway")
        expect(page.locator("#rows .tag")).to_be_visible()
        looks_right(page, "inventory-adopted")


def test_without_scripts_it_is_a_page(tabs: Tabs, stage: Stage, tmp_path: Path) -> None:
    page, org_id = enter(tabs, "Plain adopting", script=False)
    page.goto(f"/orgs/{org_id}/inventory?type=gateway")
    page.get_by_role("link", name="Adopt WAN Edges").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Adopt WAN Edges")
    page.get_by_label("Assign to Site").select_option("Primary Site")
    page.get_by_role("button", name="Show commands").click()
    code = page.get_by_label("Session Smart Router", exact=True).input_value()
    join(stage, org_id, code.rpartition(" ")[2], tmp_path, ["SSR120"])
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("1 WAN Edge adopted since you opened this")).to_be_visible()
    page.get_by_role("link", name="Rotate secret").click()
    page.get_by_role("button", name="Rotate secret").click()
    expect(page.get_by_text("These are the new commands.")).to_be_visible()
    assert page.get_by_label("Session Smart Router", exact=True).input_value() != code
