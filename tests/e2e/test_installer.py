"""The installer's page on a phone: claimed, named, placed and photographed, with a connection and without."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.browsing import PHONE, Tabs
from tests.e2e.looks import looks_right
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("e2e-journey")]

# A browser that reads codes through a camera: the picture is drawn here, the code is what the test says.
CAMERA: Final = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect() { return window.shown ? [{ rawValue: window.shown }] : []; }
};
Object.defineProperty(navigator, "mediaDevices", { value: { getUserMedia: async () => {
  const canvas = document.createElement("canvas");
  setInterval(() => canvas.getContext("2d").fillRect(0, 0, 9, 9), 50);
  return canvas.captureStream();
} } });
"""

# A browser that takes its time to say what was at hand when the page was left.
SLOW_TO_REMEMBER: Final = """
const get = IDBObjectStore.prototype.get;
IDBObjectStore.prototype.get = function (key) {
  const request = get.call(this, key);
  if (!key.startsWith("current")) return request;
  const late = {};
  request.onsuccess = () => setTimeout(() => { late.result = request.result; late.onsuccess(); }, 700);
  return late;
};
"""


def units(stage: Stage, folder: Path, count: int = 1) -> list[dict[str, str]]:
    """Units that nobody has claimed."""
    file = folder / "units.csv"
    stage.instance.run("units", "make", "--model", "AP45", "--count", str(count), "--csv", str(file))
    with file.open(encoding="utf-8-sig", newline="") as rows:
        return list(csv.DictReader(rows))[-count:]


def photo() -> dict[str, Any]:
    out = io.BytesIO()
    Image.new("RGB", (3000, 2000), "teal").save(out, "JPEG")
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def enter(tabs: Tabs, stage: Stage, who: str = "ivan") -> Page:
    page = tabs.open(who, stage.path("field", "/installer"), size=PHONE)
    expect(page.get_by_text("You can change a device for 7 days")).to_be_visible()
    return page


def claim(page: Page, code: str) -> None:
    page.get_by_role("link", name=re.compile("Add a device|Next device")).click()
    page.get_by_label("Claim code").fill(code)
    page.get_by_role("button", name="Claim").click()
    expect(page.get_by_role("heading", name="Name and place")).to_be_visible()


def place(page: Page, name: str, site: str = "Primary Site") -> None:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Site", exact=True).select_option(site)
    page.get_by_role("button", name="Place device").click()


def steps(page: Page, status: str) -> Any:
    return page.locator(f"[data-steps] [data-status={status}]")


def logged(stage: Stage, words: str) -> list[str]:
    rows = stage.api(f"{stage.path('field')}/logs?limit=1000")["results"]
    return [row["message"] for row in rows if words in row["message"]]


def offline(page: Page, is_offline: bool) -> None:
    page.context.set_offline(is_offline)


def forgive(tabs: Tabs) -> None:
    """Chromium writes every request that found no connection, or lost it, on the console."""
    lost = re.compile("net::ERR_(INTERNET_DISCONNECTED|FAILED)$")
    tabs.problems[:] = [one for one in tabs.problems if not lost.search(one)]


def test_a_scanned_device_is_claimed_placed_and_photographed(
    tabs: Tabs, stage: Stage, tmp_path: Path
) -> None:
    (unit,) = units(stage, tmp_path)
    page = tabs.open("ivan", size=PHONE)
    page.add_init_script(CAMERA)
    page.goto(stage.path("field", ""))
    expect(page).to_have_url(re.compile("/installer$"))
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("navigation", name="Main").get_by_role("link")).to_have_text(["Installer"])
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Add a device").click()
    page.get_by_role("button", name="Scan codes").click()
    page.evaluate("code => { window.shown = `https://example.com/?claim=${code}` }", unit["claim_code"])
    expect(page.locator("[data-device]:visible")).to_contain_text("AP45")
    place(page, "Corridor 1")
    page.get_by_label("Photo", exact=True).set_input_files(photo())
    looks_right(page, "installer-photo")
    page.get_by_role("button", name="Keep photo").click()
    expect(page.locator("[data-own-steps] .status")).to_have_text(["Sent"] * 3)
    looks_right(page, "installer-done")
    page.get_by_role("link", name="All devices").click()
    expect(page.get_by_role("link", name="Corridor 1")).to_contain_text("7 days left to change this device")
    (device,) = [one for one in stage.devices("field") if one["mac"] == unit["mac"]]
    kept = stage.api(f"/sites/{device['site_id']}/devices/{device['id']}")
    assert kept["name"] == "Corridor 1"
    page = tabs.open("ada", stage.path("field", f"/devices/{device['id']}"), size=PHONE)
    shown = page.get_by_role("img", name="Photo 1 of Corridor 1")
    shown.scroll_into_view_if_needed()
    expect(shown).to_have_js_property("naturalWidth", 2048)
    assert kept["image1_url"].endswith(shown.get_attribute("src"))
    looks_right(page, "installer-device-with-photo")


def test_what_is_done_without_a_connection_is_done_once_when_it_is_back(
    tabs: Tabs, stage: Stage, tmp_path: Path
) -> None:
    one, two = units(stage, tmp_path, 2)
    page = enter(tabs, stage)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    # The answer to the first claim is lost on its way: the phone does not know that the server has it.
    page.context.route("**/api/v1/installer/**/devices", lambda route: (route.fetch(), route.abort()))
    with page.context.expect_event("requestfailed", lambda lost: lost.url.endswith("/devices")):
        claim(page, one["claim_code"])
    offline(page, True)
    page.context.unroute_all(behavior="wait")
    place(page, "Lost answer", "New site…")
    page.get_by_label("Site name").fill("Annex / East")
    page.get_by_label("Address").fill("Harbour 2")
    page.get_by_label("Country").fill("us")
    page.get_by_role("button", name="Place device").click()
    page.get_by_role("link", name="Without a photo").click()
    claim(page, two["claim_code"])
    place(page, "Second", "Annex / East")
    page.get_by_label("Photo", exact=True).set_input_files(photo())
    page.get_by_role("button", name="Keep photo").click()

    # The page itself opens without a connection, and the queue is there.
    page.goto(stage.path("field", "/installer"))
    expect(page.get_by_text("No connection.")).to_be_visible()
    expect(steps(page, "waiting")).to_have_count(6)
    looks_right(page, "installer-offline")
    assert logged(stage, "Annex") == []

    offline(page, False)
    expect(steps(page, "waiting")).to_have_count(0)
    expect(steps(page, "refused")).to_have_count(0)
    for unit, name in ((one, "Lost answer"), (two, "Second")):
        assert len(logged(stage, f"Claim AP45 {unit['mac']}")) == 1
        assert len(logged(stage, f'Assign AP45 "{unit["mac"]}" to Site "Annex / East"')) == 1
        (device,) = [row for row in stage.devices("field") if row["mac"] == unit["mac"]]
        assert device["name"] == name
    assert len(logged(stage, 'Add Site "Annex / East"')) == 1
    # A reload sends nothing again.
    page.reload()
    expect(page.get_by_role("link", name="Second")).to_be_visible()
    assert len(logged(stage, "Annex / East")) == 3
    forgive(tabs)


def test_a_claim_begun_while_the_page_opens_goes_on(tabs: Tabs, stage: Stage) -> None:
    page = tabs.open("ivan", size=PHONE)
    page.add_init_script(SLOW_TO_REMEMBER)
    for _ in ("a person the phone does not know", "one it knows"):
        page.goto(stage.path("field", "/installer#claim"))
        page.get_by_label("Claim code").fill("ZZZZZ-ZZZZZ-ZZZZZ")
        page.get_by_role("button", name="Claim").click()
        expect(page.get_by_role("heading", name="Name and place")).to_be_visible()
        page.wait_for_timeout(1500)
        at_hand = page.locator("form", has_text="Name and place").locator(".sub")
        expect(at_hand).to_have_text("ZZZZZ-ZZZZZ-ZZZZZ")
        page.goto(stage.path("field", "/installer"))
        page.get_by_role("button", name="Discard").click()
        expect(page.locator("[data-steps] li")).to_have_count(0)


def test_a_refused_step_says_why_and_is_mended_or_discarded(tabs: Tabs, stage: Stage, tmp_path: Path) -> None:
    (unit,) = units(stage, tmp_path)
    page = enter(tabs, stage)
    claim(page, "ZZZZZ-ZZZZZ-ZZZZZ")
    place(page, "Mended")
    page.get_by_role("link", name="Without a photo").click()
    page.get_by_role("link", name="All devices").click()
    expect(steps(page, "refused")).to_contain_text("is not a known claim code")
    expect(steps(page, "waiting")).to_have_count(1)
    looks_right(page, "installer-refused")
    page.get_by_role("button", name="Mend").click()
    expect(page.get_by_label("Claim code")).to_have_value("ZZZZZ-ZZZZZ-ZZZZZ")
    page.get_by_label("Claim code").fill(unit["claim_code"])
    page.get_by_role("button", name="Claim").click()
    page.get_by_role("link", name="All devices").click()
    expect(page.get_by_role("link", name="Mended")).to_contain_text("Primary Site")
    claim(page, "YYYYY-YYYYY-YYYYY")
    page.get_by_role("link", name="Later").click()
    page.get_by_role("button", name="Discard").click()
    expect(steps(page, "refused")).to_have_count(0)


def test_a_queue_waits_for_the_person_who_made_it(tabs: Tabs, stage: Stage, tmp_path: Path) -> None:
    (unit,) = units(stage, tmp_path)
    page = enter(tabs, stage)
    session = [one for one in page.context.cookies() if one["name"] == "sessionid"]
    page.context.clear_cookies(name="sessionid")
    claim(page, unit["claim_code"])
    place(page, "Patient")
    page.get_by_role("link", name="Without a photo").click()
    page.get_by_role("link", name="All devices").click()
    expect(page.get_by_text("You are signed out. 2 changes wait")).to_be_visible()
    expect(page.get_by_role("link", name="Log in")).to_have_attribute("href", re.compile("/login"))

    other = {"name": "sessionid", "value": stage.people["ines"], "url": stage.base}
    page.context.add_cookies([other])  # type: ignore[list-item]
    page.goto(stage.path("field", "/installer"))
    expect(page.get_by_text("2 changes of somebody else wait on this phone")).to_be_visible()
    expect(page.get_by_text("Patient")).to_have_count(0)
    assert logged(stage, f"Claim AP45 {unit['mac']}") == []

    page.context.add_cookies(session)  # type: ignore[arg-type]
    page.reload()
    expect(page.get_by_role("link", name="Patient")).to_be_visible()
    assert len(logged(stage, f"Claim AP45 {unit['mac']}")) == 1


def test_the_claim_window_reads_codes_and_refuses_files_that_are_too_large(
    tabs: Tabs, stage: Stage, tmp_path: Path
) -> None:
    (unit,) = units(stage, tmp_path)
    page = tabs.open("ada")
    page.add_init_script(CAMERA)
    page.goto(stage.path("field", "/inventory"))
    page.get_by_role("link", name="Claim devices").first.click()
    page.get_by_role("button", name="Scan codes").click()
    page.evaluate("code => { window.shown = code }", unit["claim_code"])
    expect(page.get_by_label("Claim codes")).to_have_value(re.compile(r"^[A-Z0-9-]{15,17}$"))
    page.get_by_role("button", name="Stop the camera").click()
    million = {"name": "codes.csv", "mimeType": "text/csv", "buffer": b"ABCDE-FGHIJ-KLMNO\n" * 1_000_000}
    page.get_by_label("Or a CSV file").set_input_files(million)
    expect(page.get_by_text("10,000 claim codes and 5 MB are allowed at once")).to_be_visible()
    page.get_by_label("Or a CSV file").set_input_files([])
    page.get_by_role("button", name="Claim", exact=True).click()
    expect(page.get_by_role("heading", name="1 claimed")).to_be_visible()


def test_the_place_on_a_floorplan_is_tapped(tabs: Tabs, stage: Stage, tmp_path: Path) -> None:
    (unit,) = units(stage, tmp_path)
    page = enter(tabs, stage)
    claim(page, unit["claim_code"])
    page.get_by_label("Name", exact=True).fill("By the stairs")
    page.get_by_label("Site", exact=True).select_option("Primary Site")
    page.get_by_label("Floorplan", exact=True).select_option("Hall")
    page.get_by_role("button", name="Place device").click()
    expect(page.get_by_text("Tap the floorplan where the device is")).to_be_visible()
    plan = page.locator("form svg.floorplan")
    box = plan.bounding_box()
    assert box
    plan.click(position={"x": box["width"] / 4, "y": box["height"] / 2})
    expect(page.get_by_label("From left")).to_have_value(re.compile(r"^1[45]\."))
    looks_right(page, "installer-floorplan")
    page.get_by_label("From top").fill("10")
    page.get_by_role("button", name="Place device").click()
    page.get_by_role("link", name="Without a photo").click()
    expect(page.locator("[data-own-steps] .status")).to_have_text(["Sent"] * 2)
    rows = stage.api(f"/installer{stage.path('field')}/devices", "ivan")
    (placed,) = [row for row in rows if row["mac"] == unit["mac"]]
    assert placed["y"] == 200
    assert 280 < placed["x"] < 320
    page.get_by_role("link", name="All devices").click()
    page.get_by_role("link", name="By the stairs").click()
    page.get_by_role("link", name="Name and place").click()
    expect(page.get_by_label("Floorplan", exact=True)).to_have_value(placed["map_id"])
    expect(page.get_by_label("From top")).to_have_value("10.00")
