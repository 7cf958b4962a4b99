"""Lists as people want them: columns, rows on a page, saved views, downloads of what is shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ListPreference, SavedView
from audit.models import Entry
from inventory.actions import update_device
from inventory.models import Device
from mistadmin.core.tables import tables
from orgs.models import DeviceProfile
from tests.portal.conftest import HTMX, said, text
from tests.world import (
    SYSTEM,
    UNKNOWN,
    World,
    grant,
    make_asset,
    make_devices,
    make_edges,
    make_juniper_account,
    make_profile,
    name_devices,
)


@pytest.fixture
def fleet(world: World) -> list[Device]:
    """W1 and W2 at North, W3 nowhere; W1 has reported."""
    devices = [*make_devices(world.north, 2), *make_devices(world.acme, 1, "AP43")]
    for number, device in enumerate(devices, start=1):
        name_devices(world.acme, [device], f"W{number}")
    update_device(SYSTEM, Device.objects.get(id=devices[0].id), changes={"notes": "=behind the door"})
    Device.objects.filter(id=devices[0].id).update(
        ip="10.0.0.7", ext_ip="203.0.113.9", dns_suffix="ward.example", hostname="ap-door", version="0.14"
    )
    return [Device.objects.get(id=device.id) for device in devices]


@pytest.fixture
def lists(acme: str) -> str:
    return f"{acme}/lists/inventory"


def heads(page: Any) -> list[str]:
    return [column.label for column in page.context["table"].columns]


def names(page: Any) -> list[str]:
    return [row["name"] for row in page.context["slice"].rows]


def ids(page: Any) -> list[str]:
    return sorted(str(row["id"]) for row in page.context["slice"].rows)


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


USUAL = [
    "Name",
    "Status",
    "Site",
    "Device Profile",
    "Model",
    "MAC",
    "LLDP neighbour",
    "Firmware",
    "Last seen",
]


def test_columns_are_chosen_by_the_address(ada: Client, acme: str, fleet: list[Device]) -> None:
    url = f"{acme}/inventory"
    assert heads(ada.get(url)) == USUAL
    page = ada.get(url, {"columns": "notes,ip,nonsense,ip,name"})
    assert heads(page) == ["Name", "Notes", "IP address"]
    assert "=behind the door" in text(page)
    assert "10.0.0.7" in text(page)
    assert set(page.context["slice"].rows[0]) <= {
        *("id", "mac", "name", "adopted", "cluster_id"),
        *("notes", "ip", "uptime"),
    }
    assert heads(ada.get(url, {"columns": "nonsense"})) == USUAL


@pytest.mark.parametrize("key", sorted(tables()))
def test_every_column_shows_and_sorts_both_ways(
    ada: Client, acme: str, world: World, fleet: list[Device], key: str
) -> None:
    make_juniper_account(world.acme, assets=[make_asset(one.serial) for one in fleet[:2]])
    table = tables()[key]
    make_edges(world.acme, 2)
    url = f"{acme}/{table.path}"
    every = [column.key for column in table.columns if column.listed]
    page = ada.get(url, {"columns": ",".join(every)})
    assert [column.key for column in page.context["table"].columns] == every
    for column in table.columns:
        if column.order:
            up, down = (ada.get(url, {"sort": sort}) for sort in (column.key, f"-{column.key}"))
            assert ids(up) == ids(down)
            assert 'aria-sort="ascending"' in text(up) or column.key not in up.context["table"].keys.split(
                ","
            )
            assert ada.get(f"{url}.csv", {"sort": f"-{column.key}"}).status_code == 200


def test_columns_and_rows_are_remembered_per_person_and_list(
    browser: Callable[[str], Client], acme: str, lists: str, world: World, fleet: list[Device]
) -> None:
    ada = browser("ada")
    form = {
        "columns": ["name", "model", "serial", "site"],
        "order": ["name", "serial", "site", "model", "status"],
        "limit": "25",
        "query": "type=ap&q=w1&page=3&limit=5&columns=mac",
    }
    saved = ada.post(f"{lists}/columns", form)
    assert query_of(saved["Location"]) == {"type": "ap", "q": "w1"}
    page = ada.get(f"{acme}/inventory")
    assert heads(page) == ["Name", "Serial", "Site", "Model"]
    assert page.context["table"].page.limit == 25
    assert heads(ada.get(f"{acme}/sites"))[1] == "Country"
    assert heads(browser("wes").get(f"{acme}/inventory")) == USUAL
    rows = ada.get(f"{acme}/inventory/rows?columns=mac&limit=100", headers=HTMX)
    assert heads(rows) == ["Name", "MAC"], "an open page keeps its columns"
    entry = Entry.objects.get(event="accounts.list.arranged")
    assert (entry.org_id, entry.admin_id) == (None, world.ada.admin.id)
    assert entry.after == {"columns": ["name", "serial", "site", "model"], "limit": 25}
    ada.post(f"{lists}/columns", {"reset": "1", "limit": "25"})
    assert heads(ada.get(f"{acme}/inventory")) == USUAL
    assert ListPreference.objects.count() == 1


def test_columns_move_without_scripts(ada: Client, lists: str) -> None:
    order = [row["column"].key for row in ada.get(f"{lists}/columns").context["rows"]]
    form = {"order": order, "columns": ["name", "site"], "move": "up:site", "limit": "50"}
    page = ada.post(f"{lists}/columns", form)
    assert [row["column"].key for row in page.context["rows"]][:3] == ["name", "site", "status"]
    assert [row["column"].key for row in page.context["rows"] if row["shown"]] == ["name", "site"]
    assert page.context["limit"] == 50
    first = ada.post(f"{lists}/columns", {"order": order, "columns": order, "move": "up:status"})
    assert first.context["rows"][0]["column"].key == "name"
    assert not ListPreference.objects.exists()


def test_unknown_columns_are_not_remembered(ada: Client, lists: str) -> None:
    answer = ada.post(f"{lists}/columns", {"columns": ["name", "password"], "query": ""})
    assert answer.status_code == 422
    assert not ListPreference.objects.exists()


def test_claim_codes_only_for_who_may_claim_wherever_they_look(
    browser: Callable[[str], Client], acme: str, world: World, fleet: list[Device]
) -> None:
    code = Device.objects.get(name="W1").claim_code
    query = {"columns": "claim_code", "sort": "claim_code"}
    shown = text(browser("wes").get(f"{acme}/inventory", query))
    assert code[:5] in shown
    grant(world.ivan.admin, world.acme, "observer")
    for key in ("rita", "ivan"):
        page = browser(key).get(f"{acme}/inventory", query)
        assert heads(page) == USUAL
        assert page.context["table"].sort == "name"
        assert code[:5] not in text(page)
        for file in (query, {}):
            assert "Claim Code" not in rows_of(browser(key).get(f"{acme}/inventory.csv", file))[0]
    assert rows_of(browser("wes").get(f"{acme}/inventory.csv"))[0]["Claim Code"].replace("-", "") == code


def save(client: Client, lists: str, name: str, query: dict[str, str], **form: str) -> str:
    """Save a view; where it leads."""
    answer = client.post(f"{lists}/views/create", {"name": name, "query": urlencode(query), **form})
    assert answer.status_code == 302, text(answer)
    return str(answer["Location"])


def test_a_view_keeps_filters_order_and_columns(
    ada: Client, acme: str, lists: str, world: World, fleet: list[Device]
) -> None:
    query = {"type": "ap", "site": str(world.north.id), "sort": "-name", "columns": "name,ip"}
    url = save(ada, lists, "North", {**query, "page": "7", "limit": "5", "nonsense": "x"})
    page = ada.get(url)
    assert (names(page), heads(page)) == (["W2", "W1"], ["Name", "IP address"])
    assert (page.context["view"]["name"], page.context["view"]["changed"]) == ("North", False)
    view = SavedView.objects.get()
    assert view.query == query
    assert query_of(url) == {**query, "view": str(view.id)}
    changed = ada.get(url.replace("sort=-name", "sort=name"))
    assert changed.context["view"]["changed"]
    assert "Update “North”" in text(changed)
    ada.post(f"{lists}/views/{view.id}", {"replace": "1", "query": changed.context["list_query"]})
    assert SavedView.objects.get().query["sort"] == "name"
    entry = Entry.objects.get(event="accounts.view.updated")
    assert (entry.org_id, entry.before["query"]["sort"], entry.after["query"]["sort"]) == (
        None,
        "-name",
        "name",
    )


def test_the_address_alone_carries_a_view(
    browser: Callable[[str], Client], acme: str, lists: str, fleet: list[Device]
) -> None:
    url = save(browser("ada"), lists, "Mine", {"type": "ap", "q": "w3", "columns": "name,model"})
    page = browser("rita").get(url)
    assert (names(page), heads(page), page.context["view"]) == (["W3"], ["Name", "Model"], None)


def test_views_are_renamed_shared_and_deleted(
    browser: Callable[[str], Client], acme: str, lists: str, world: World
) -> None:
    ada, rita = browser("ada"), browser("rita")
    save(ada, lists, "Disconnected", {"type": "ap", "status": "disconnected"})
    view = SavedView.objects.get()
    place = f"{lists}/views/{view.id}"
    assert rita.get(place).status_code == rita.get(f"{lists}/views/{UNKNOWN}").status_code == 404
    assert rita.get(f"{acme}/inventory").context["views"] == []
    ada.post(place, {"name": "Lost", "shared": "1"})
    assert [view["name"] for view in rita.get(f"{acme}/inventory").context["views"]] == ["Lost"]
    assert Entry.objects.get(event="accounts.view.updated").org_id == world.acme.id
    assert "Shared by Ada Admin" in text(rita.get(place))
    rita.post(place, {"name": "Hers", "default": "1"})
    view.refresh_from_db()
    assert view.name == "Lost"
    assert rita.post(f"{place}/delete").status_code == 403
    assert browser("wes").post(place, {"name": "Found", "shared": "1"}).status_code == 302
    deleted = browser("wes").post(f"{place}/delete", {"query": "q=x"}, follow=True)
    assert said(deleted)[-1] == "View Found deleted."
    assert not SavedView.objects.exists()
    assert rita.get(f"{acme}/inventory").status_code == 200, "the default view is gone"


def test_view_of_a_filter_with_nul_is_refused(ada: Client, lists: str) -> None:
    page = ada.post(f"{lists}/views/create", {"name": "Mine", "query": "q=%00x"})
    assert page.status_code == 400
    assert not SavedView.objects.exists()


def test_only_who_may_shares_and_names_are_unique(
    browser: Callable[[str], Client], lists: str, world: World
) -> None:
    rita = browser("rita")
    refused = rita.post(f"{lists}/views/create", {"name": "All", "shared": "1", "query": ""})
    assert refused.status_code == 403
    assert not SavedView.objects.exists()
    save(rita, lists, "All", {})
    again = rita.post(f"{lists}/views/create", {"name": "ALL", "query": ""})
    assert (again.status_code, set(again.context["errors"])) == (422, {"name"})
    save(browser("ada"), lists, "All", {})
    assert rita.post(f"{lists}/views/create", {"name": "", "query": ""}).status_code == 422


def test_a_list_opens_with_the_default_view(ada: Client, acme: str, lists: str, fleet: list[Device]) -> None:
    url = save(ada, lists, "First", {"type": "ap", "q": "w1"}, default="1")
    assert ada.get(f"{acme}/inventory")["Location"] == url
    other = save(ada, lists, "Second", {"type": "ap", "q": "w2"}, default="1")
    assert ada.get(f"{acme}/inventory")["Location"] == other
    assert names(ada.get(f"{acme}/inventory", {"view": ""})) == ["W1", "W2", "W3"]
    assert names(ada.get(f"{acme}/inventory", {"type": "ap"})) == ["W1", "W2", "W3"]
    view = SavedView.objects.get(name="Second")
    ada.post(f"{lists}/views/{view.id}", {"name": "Second"})
    assert ada.get(f"{acme}/inventory").status_code == 200
    assert Entry.objects.filter(event="accounts.view.defaulted").count() == 3


def test_lists_of_others_are_closed(browser: Callable[[str], Client], acme: str, world: World) -> None:
    for rest in ("columns", "views/create"):
        assert browser("rosa").get(f"{acme}/lists/inventory/{rest}").status_code == 403
        assert browser("rosa").get(f"{acme}/lists/sites/{rest}").status_code == 200
        assert browser("gus").get(f"{acme}/lists/inventory/{rest}").status_code == 404
        assert browser("ada").get(f"{acme}/lists/nonsense/{rest}").status_code == 404
        assert browser("").get(f"{acme}/lists/inventory/{rest}").status_code == 302
    save(browser("ada"), f"{acme}/lists/inventory", "Shared", {}, shared="1")
    view = SavedView.objects.get()
    globex = f"/orgs/{world.globex.id}/lists/inventory/views/{view.id}"
    assert browser("gus").get(globex).status_code == 404
    assert browser("gus").post(f"{globex}/delete").status_code == 404
    assert browser("ada").get(f"{acme}/lists/sites/views/{view.id}").status_code == 404
    assert browser("rosa").get(f"{acme}/lists/inventory/views/{view.id}").status_code == 403


def test_the_file_has_what_the_page_shows(ada: Client, acme: str, world: World, fleet: list[Device]) -> None:
    query = {"type": "ap", "site": str(world.north.id), "sort": "-name", "columns": "notes,lldp,status,mac"}
    page = ada.get(f"{acme}/inventory", query)
    link = f"{acme}/inventory.csv?{page.context['list_query']}"
    assert link.replace("&", "&amp;") in text(page)
    rows = rows_of(ada.get(link))
    assert list(rows[0]) == ["Name", "Notes", "LLDP neighbour", "Status", "MAC"]
    assert [row["Name"] for row in rows] == ["W2", "W1"]
    assert (rows[1]["Notes"], rows[1]["Status"]) == ("'=behind the door", "never")
    whole = rows_of(ada.get(f"{acme}/inventory.csv"))
    assert len(whole) == 3
    assert list(whole[0])[:3] == ["Name", "Status", "Site"]
    assert list(whole[0])[-1] == "Claimed (UTC)"


def test_sites_are_listed_in_pages_and_as_a_file(
    browser: Callable[[str], Client], acme: str, world: World, fleet: list[Device]
) -> None:
    ada, url = browser("ada"), f"{acme}/sites"
    assert names(ada.get(url, {"sort": "-devices"})) == ["North", "Primary Site", "South"]
    assert names(ada.get(url, {"sort": "-devices", "limit": 2, "page": 2})) == ["South"]
    assert names(ada.get(url, {"limit": 2, "page": 9})) == ["South"]
    rows = rows_of(ada.get(f"{url}.csv", {"columns": "devices,id", "q": "nor"}))
    assert rows == [{"Name": "North", "Devices": "2", "Site ID": str(world.north.id)}]
    assert [row["Name"] for row in rows_of(ada.get(f"{url}.csv"))] == ["North", "Primary Site", "South"]
    assert "Devices" not in heads(browser("rosa").get(url))


@pytest.mark.parametrize(
    "typed", ["north", "ward-profile", "203.0.113", "ward.example", "ap-door", "10.0.0.7 w1", "0.14"]
)
def test_typing_finds_a_device_by_every_field_the_list_shows(
    ada: Client, acme: str, world: World, fleet: list[Device], typed: str
) -> None:
    profile: DeviceProfile = make_profile(world.acme, "Ward-Profile")
    Device.objects.filter(id=fleet[0].id).update(deviceprofile=profile)
    found = text(ada.get(f"{acme}/inventory/suggest", {"q": typed}))
    assert f"/devices/{fleet[0].id}" in found
    assert "W1" in names(ada.get(f"{acme}/inventory", {"q": typed}))
    if typed == "ward.example":
        assert "DNS suffix: ward.example" in found
    assert "No device matches" in text(ada.get(f"{acme}/inventory/suggest", {"q": "nothing"}))


def test_menu_of_a_row_means_that_row_alone(
    ada: Client, acme: str, world: World, fleet: list[Device]
) -> None:
    form = {"only": str(fleet[2].id), "ids": str(fleet[0].id), "all_matching": "1", "type": "ap"}
    asked = text(ada.post(f"{acme}/inventory/actions/release", form))
    assert "Release 1 device?" in asked
    assert "W3" in asked
    assert 'name="all_matching"' not in asked


def test_a_page_of_the_list_costs_at_most_twelve_queries(
    ada: Client, acme: str, lists: str, world: World, fleet: list[Device]
) -> None:
    every = ",".join(column.key for column in tables()["inventory"].columns)
    ada.get(f"{acme}/inventory")
    for query in ({"view": ""}, {"columns": every, "q": "a", "sort": "-site"}):
        make_devices(world.north, 3)
        save(ada, lists, f"View {Device.objects.count()}", {}, shared="1")
        for path, most in (("inventory", 12), ("inventory/rows", 11), ("sites", 12)):
            with CaptureQueriesContext(connection) as captured:
                assert ada.get(f"{acme}/{path}", query).status_code == 200
            assert len(captured) <= most, [one["sql"] for one in captured]
