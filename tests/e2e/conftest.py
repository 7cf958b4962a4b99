"""One instance with its cast, one Chromium, and tabs that must stay without problems."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from deviceapi.simulator.juniper.server import AccountService
from mistadmin.demo.instance import Instance
from tests.e2e.browsing import TIMEOUT, Tabs, find_chromium, launch
from tests.e2e.stage import Stage, build_stage

expect.set_options(timeout=TIMEOUT)


# Of this folder, not of the session: while Playwright runs, Django refuses the ORM to tests elsewhere.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    program = find_chromium()
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = launch(playwright, program)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def stage(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A server, worker and beat in a folder of their own, with the cast of tests/e2e/cast.py."""
    # A free port: nobody answers there until a test starts the account service again.
    with AccountService("127.0.0.1", 0) as service:
        juniper, settings = service.server_address[1], {"MISTADMIN_JUNIPER_URL": service.address}
    with Instance(tmp_path_factory.mktemp("e2e") / "home", settings) as instance:
        instance.start()
        yield build_stage(instance, juniper)


@pytest.fixture
def tabs(browser: Browser, stage: Stage) -> Iterator[Tabs]:
    """Tabs of this test."""
    tabs = Tabs(browser, stage)
    yield tabs
    tabs.close()
