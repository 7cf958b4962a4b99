"""What a page weighs on the wire, with everything it loads."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import Tabs
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

MOST = 60_000  # bytes, compressed


def test_inventory_weighs_at_most_60_kilobytes_with_all_its_assets(tabs: Tabs, stage: Stage) -> None:
    page = tabs.open("ada")
    protocol = page.context.new_cdp_session(page)
    protocol.send("Network.enable")
    sizes: list[float] = []
    protocol.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(stage.path("hospital", "/inventory"))
    expect(page.locator("#rows tr")).to_have_count(100)
    page.wait_for_load_state("networkidle")
    assert len(sizes) > 7
    assert sum(sizes) <= MOST, f"{sum(sizes):,.0f} bytes in {len(sizes)} answers"
