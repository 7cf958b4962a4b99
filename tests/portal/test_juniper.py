"""Juniper Account Integration in the settings, and the page Installed Base."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Entry
from deviceapi.simulator.juniper.server import AccountService
from inventory.models import InstalledDevice
from orgs.models import JuniperAccount
from tests.juniper.conftest import HOSPITAL, service
from tests.portal.conftest import HTMX, said, text
from tests.world import World, call_in, make_asset, make_devices, make_juniper_account, name_devices

Browser = Callable[[str], Client]
__all__ = ["service"]


@pytest.fixture
def base(acme: str) -> str:
    return f"{acme}/inventory/installed-base"


@pytest.fixture
def installed(world: World) -> list[Any]:
    """Two switches at a site, one of which calls, and three devices that nobody has claimed."""
    devices = make_devices(world.north, 2, model="EX4100-48P")
    name_devices(world.north, devices, "core-{ctr}")
    call_in(devices[:1], ip="10.1.1.1")
    assets = [make_asset(one.serial, contract="Core 17") for one in devices]
    assets += [make_asset(f"=SUM{n}", model="SRX345", type="gateway", version="22.4R3") for n in range(3)]
    assets += [make_asset("OLD", contract_time=1), make_asset("ROUTER", type="router")]
    make_juniper_account(world.acme, assets=assets)
    return devices


def serials(page: Any) -> set[str]:
    return {row["serial"] for row in page.context["slice"].rows}


def test_rows_are_joined_to_the_devices_of_the_organization(ada: Client, base: str, installed: Any) -> None:
    page = ada.get(base)
    rows = {row["serial"]: row for row in page.context["slice"].rows}
    live, silent = (rows[one.serial] for one in installed)
    assert (live["status"], live["device_name"], live["device_site_name"]) == ("connected", "core-1", "North")
    assert silent["status"] == "never"
    assert rows["=SUM0"]["status"] == "unclaimed"
    assert f"devices/{installed[0].id}" in text(page)
    assert {"OLD", "ROUTER"}.isdisjoint(rows)
    assert "2 left out" in text(page)
    assert "Adopt Switches" in text(page)
    assert "Adopt WAN Edges" in text(page)


def test_filters_sort_and_words(ada: Client, base: str, installed: Any) -> None:
    first, second = (one.serial for one in installed)
    srx = {"=SUM0", "=SUM1", "=SUM2"}
    for query, found in (
        ({"model": "SRX345"}, srx),
        ({"status": "connected"}, {first}),
        ({"status": "never"}, {second}),
        ({"status": "disconnected"}, set()),
        ({"status": "unclaimed"}, srx),
        ({"status": "nonsense"}, {first, second, *srx}),
        ({"q": "core 17"}, {first, second}),
        ({"q": "CORE-1"}, {first}),
        ({"q": "10.1.1.1"}, {first}),
        ({"q": "abc north"}, {first, second}),
        ({"q": "22.4r3", "model": "SRX345"}, srx),
    ):
        assert serials(ada.get(base, query)) == found, query
    rows = ada.get(base, {"sort": "-model", "limit": "25"}).context["slice"].rows
    assert [row["model"] for row in rows] == ["SRX345"] * 3 + ["EX4100-48P"] * 2
    assert "16 words" in text(ada.get(base, {"q": "a " * 20}))


def test_download_has_every_column_and_starts_no_formula(ada: Client, base: str, installed: Any) -> None:
    complete = b"".join(ada.get(f"{base}.csv").streaming_content).decode("utf-8-sig").splitlines()
    assert complete[0].startswith("Serial,Status,Model,Name,Site,")
    assert len(complete) == 6
    assert not [line for line in complete if line.startswith("=")]
    view = b"".join(ada.get(f"{base}.csv", {"columns": "model", "q": "core"}).streaming_content).decode()
    assert view.splitlines()[0].endswith("Serial,Model")
    assert len(view.splitlines()) == 3


def test_tab_counts_each_serial_once(browser: Browser, acme: str, world: World, installed: Any) -> None:
    make_juniper_account(world.acme, "Sold on", assets=[make_asset("=SUM1", name="newer owner")])
    for path in ("inventory", "inventory/installed-base"):
        tabs = browser("ada").get(f"{acme}/{path}").context["tabs"]
        assert [(tab["label"], tab["count"]) for tab in tabs][-1] == ("Installed Base", 5)
    # Of two that know a serial the longer contract counts, which is that of the account linked last here.
    shown = browser("ada").get(f"{acme}/inventory/installed-base?columns=sold_as&q=SUM1")
    assert [row["name"] for row in shown.context["slice"].rows] == ["newer owner"]
    assert "Installed Base" not in text(browser("ivan").get(f"{acme}/inventory"))


@pytest.mark.parametrize(
    ("who", "status"),
    [("otto", 200), ("rita", 200), ("hana", 200), ("ivan", 403), ("rosa", 403), ("gus", 404), ("", 302)],
)
def test_who_sees_it(browser: Browser, base: str, installed: Any, who: str, status: int) -> None:
    for path in (base, f"{base}.csv", f"{base}/progress"):
        assert browser(who).get(path).status_code == status, path
    refused = browser(who).post(f"{base}/refresh").status_code
    assert refused == (status if status > 300 else 403)


def test_refresh_is_asked_for_once_and_shows_until_it_is_done(
    ada: Client, base: str, world: World, installed: Any, pay: Any
) -> None:
    assert said(ada.post(f"{base}/refresh", follow=True)) == ["Refreshing Installed Base."]
    assert said(ada.post(f"{base}/refresh", follow=True)) == ["A refresh is under way already."]
    assert Entry.objects.filter(event="inventory.installed_base.asked").count() == 1
    page = ada.get(base)
    assert "Refreshing…" in text(page)
    assert f"{base}/progress" in text(page)
    assert ada.get(f"{base}/progress", headers=HTMX).status_code == 204
    pay()
    # Nobody has configured a service here: the old rows stay, and the page says why.
    assert ada.get(f"{base}/progress", headers=HTMX)["HX-Refresh"] == "true"
    page = ada.get(base)
    assert "No account service is configured" in text(page)
    assert "Its devices are shown as they were" in text(page)
    assert len(serials(page)) == 5
    assert "Stale" in text(ada.get(f"/orgs/{world.acme.id}/settings"))


def test_nothing_linked_says_what_to_do(browser: Browser, base: str, settings: Any) -> None:
    assert "MISTADMIN_JUNIPER_URL" in text(browser("ada").get(base))
    settings.JUNIPER_URL = "https://accounts.example"
    assert "Add Juniper Account" in text(browser("ada").get(base))
    assert "A Super User links one" in text(browser("rita").get(base))


def test_account_is_linked_and_unlinked_in_the_settings(
    ada: Client, acme: str, service: Callable[..., AccountService], pay: Any
) -> None:
    assert "Accounts cannot be linked yet" in text(ada.get(f"{acme}/settings"))
    service()
    assert "Add Juniper Account" in text(ada.get(f"{acme}/settings"))
    wrong = ada.post(
        f"{acme}/settings/juniper/link", {"username": HOSPITAL.username, "password": "wrong-secret"}
    )
    assert wrong.status_code == 422
    assert "does not accept this e-mail and password" in text(wrong)
    assert HOSPITAL.username in text(wrong)
    assert "wrong-secret" not in text(wrong)
    right = {"username": f" {HOSPITAL.username} ", "password": HOSPITAL.password}
    page = ada.post(f"{acme}/settings/juniper/link", right, follow=True)
    assert said(page) == [f"Juniper account {HOSPITAL.name} linked."]
    assert "Ada Admin (ada@example.com)" in text(page)
    again = ada.post(f"{acme}/settings/juniper/link", right, headers=HTMX)
    assert (again.status_code, "already linked" in text(again)) == (422, True)
    assert "Nothing has been read" in text(ada.get(f"{acme}/inventory/installed-base"))
    pay()
    account = JuniperAccount.objects.get()
    url = f"{acme}/settings/juniper/{account.id}/unlink"
    assert "leaves Installed Base" in text(ada.get(url))
    assert said(ada.post(url, follow=True)) == [f"Juniper account {HOSPITAL.name} unlinked."]
    assert not InstalledDevice.objects.exists()
    assert ada.post(url).status_code == 404


@pytest.mark.parametrize("who", ["wes", "otto", "rita", "ivan", "gus", ""])
def test_only_super_users_link(browser: Browser, acme: str, world: World, who: str) -> None:
    account = make_juniper_account(world.acme)
    wanted = {"gus": 404, "": 302}.get(who, 403)
    for path in ("link", f"{account.id}/unlink"):
        assert browser(who).get(f"{acme}/settings/juniper/{path}").status_code == wanted
        assert browser(who).post(f"{acme}/settings/juniper/{path}").status_code == wanted
    assert JuniperAccount.objects.count() == 1
    if who in ("wes", "otto"):
        page = text(browser(who).get(f"{acme}/settings"))
        assert "ABC Corp" in page
        assert "/unlink" not in page


def test_unlinking_in_another_organization_is_not_found(browser: Browser, world: World) -> None:
    account = make_juniper_account(world.acme)
    path = f"/orgs/{world.globex.id}/settings/juniper/{account.id}/unlink"
    assert browser("gus").get(path).status_code == browser("gus").post(path).status_code == 404
    assert JuniperAccount.objects.filter(created_time__gt=timezone.now() - timedelta(minutes=5)).exists()


def test_page_costs_the_same_for_many_rows(ada: Client, base: str, world: World, installed: Any) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            ada.get(base)
        return len(captured)

    make_juniper_account(world.acme, "Few", assets=[make_asset("F1")])
    ada.get(base)
    few = cost()
    make_juniper_account(world.acme, "More", assets=[make_asset(f"M{n}") for n in range(60)])
    assert cost() == few <= 15
