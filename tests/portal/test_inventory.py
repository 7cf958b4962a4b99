"""The Inventory page: filters, the refresh, claiming, the bulk verbs and the download."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest
from django.test import Client

from inventory.models import Device
from tests.portal.conftest import HTMX, said, text
from tests.world import UNKNOWN, World, claim, make_devices, make_site, make_units, name_devices


def names(response: object) -> list[str]:
    return [row["name"] for row in response.context["slice"].rows]  # type: ignore[attr-defined]


@pytest.fixture
def fleet(world: World) -> list[Device]:
    """Three access points: W1 and W2 at North, W3 nowhere."""
    devices = [*make_devices(world.north, 2), *make_devices(world.acme, 1, "AP43")]
    for number, device in enumerate(devices, start=1):
        name_devices(world.acme, [device], f"W{number}")
    return [Device.objects.get(id=device.id) for device in devices]


def test_list_counts_filters_and_sorts(ada: Client, acme: str, world: World, fleet: list[Device]) -> None:
    make_devices(world.acme, 1, "EX4400-48P")
    url = f"{acme}/inventory"
    page = ada.get(url)
    assert page.context["counts"] == {"ap": 3, "switch": 1, "gateway": 0, "mxedge": 0, "total": 4}
    assert page.context["unassigned"] == 2
    assert names(page) == ["W1", "W2", "W3"]
    assert names(ada.get(url, {"sort": "-name"})) == ["W3", "W2", "W1"]
    assert names(ada.get(url, {"site": world.north.id})) == ["W1", "W2"]
    assert names(ada.get(url, {"site": "unassigned"})) == ["W3"]
    assert names(ada.get(url, {"q": "ap43"})) == ["W3"]
    assert names(ada.get(url, {"q": fleet[1].mac.upper()})) == ["W2"]
    assert names(ada.get(url, {"status": "connected"})) == []
    assert "No device matches this filter" in text(ada.get(url, {"status": "connected"}))
    assert names(ada.get(url, {"type": "switch"})) == [""]
    assert names(ada.get(url, {"limit": 2, "page": 2})) == ["W3"]
    assert names(ada.get(url, {"limit": 2, "page": 9})) == ["W3"], "past the end is the last page"
    assert names(ada.get(url, {"sort": "nonsense", "type": "nonsense", "status": "nonsense"})) == [
        "W1",
        "W2",
        "W3",
    ]
    assert ada.get(url, {"site": "nonsense"}).status_code == 400
    assert ada.get(url, {"page": "x"}).status_code == 400


def test_refresh_keeps_the_query_and_says_when_nothing_changed(
    ada: Client, acme: str, world: World, fleet: list[Device]
) -> None:
    url = f"{acme}/inventory/rows?site={world.north.id}"
    first = ada.get(url, headers=HTMX)
    assert names(first) == ["W1", "W2"]
    assert f"site={world.north.id}" in text(first)
    same = ada.get(url, headers={**HTMX, "If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    name_devices(world.acme, fleet[:1], "X1")
    changed = ada.get(url, headers={**HTMX, "If-None-Match": first["ETag"]})
    assert names(changed) == ["W2", "X1"]


def test_suggestions(ada: Client, acme: str, fleet: list[Device]) -> None:
    page = text(ada.get(f"{acme}/inventory/suggest", {"q": "w1"}))
    assert f"/orgs/{fleet[0].org_id}/devices/{fleet[0].id}" in page
    assert text(ada.get(f"{acme}/inventory/suggest")).strip() == ""


def test_every_code_gets_its_own_result(ada: Client, acme: str, world: World) -> None:
    new, taken = make_units("AP45", 2), make_units("AP45", 1)
    claim(world.globex, taken)
    codes = [unit.claim_code for unit in new]
    pasted = f"{codes[0].lower()}, {codes[1]};\n{codes[0]}\t{taken[0].claim_code} NOPE"
    page = ada.post(f"{acme}/inventory/claim", {"codes": pasted, "site_id": str(world.north.id)})
    result = page.context["result"]
    assert [len(part) for part in (result.added, result.duplicated, result.errors)] == [2, 0, 3]
    assert "2 claimed, 0 already here, 3 refused" in text(page)
    assert "elongs to another org" in text(page)
    assert "Globex" not in text(page)
    assert Device.objects.filter(site=world.north).count() == 2
    again = ada.post(f"{acme}/inventory/claim", {"codes": codes[0]})
    assert len(again.context["result"].duplicated) == 1


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"codes": " ,;\n"}, "codes"),
        ({"codes": "6JG8E-PTFV2-A9Z2N", "site_id": "nonsense"}, "site_id"),
        ({"codes": "6JG8E-PTFV2-A9Z2N", "site_id": str(UNKNOWN)}, "site_id"),
        ({"codes": "X " * 10_001}, "codes"),
    ],
)
def test_a_bad_claim_keeps_the_text(ada: Client, acme: str, form: dict[str, str], field: str) -> None:
    page = ada.post(f"{acme}/inventory/claim", form)
    assert page.status_code == 422
    assert set(page.context["errors"]) == {field}
    assert page.context["values"]["codes"] == form["codes"]
    assert not Device.objects.exists()


def test_claiming_at_a_foreign_site_is_refused(ada: Client, acme: str, world: World) -> None:
    (unit,) = make_units()
    form = {"codes": unit.claim_code, "site_id": str(world.overseas.id)}
    assert set(ada.post(f"{acme}/inventory/claim", form).context["errors"]) == {"site_id"}


def ids(devices: list[Device]) -> dict[str, list[str]]:
    return {"ids": [str(device.id) for device in devices]}


def test_assign_asks_and_then_moves(ada: Client, acme: str, world: World, fleet: list[Device]) -> None:
    url = f"{acme}/inventory/actions/assign"
    asked = ada.post(url, ids(fleet))
    assert "Assign 3 devices to a site" in text(asked)
    planned = ada.post(url, {**ids(fleet), "site_id": str(world.south.id)})
    assert (planned.context["plan"].changing, planned.context["plan"].noted) == (3, 0)
    assert [row.before["shown"] for row in planned.context["plan"].rows].count("North") == 2
    assert not Device.objects.filter(site=world.south).exists()
    missing = ada.post(url, {**ids(fleet), "confirm": "1", "site_id": ""})
    assert (missing.status_code, set(missing.context["errors"])) == (422, {"site_id"})
    assert all(f'value="{device.id}"' in text(missing) for device in fleet)
    form = {**ids(fleet), "confirm": "1", "site_id": str(world.south.id)}
    done = ada.post(url, form, follow=True)
    assert said(done) == ["3 devices assigned to South."]
    assert Device.objects.filter(site=world.south).count() == 3


def test_assign_to_a_foreign_site_moves_nothing(
    ada: Client, acme: str, world: World, fleet: list[Device]
) -> None:
    form = {**ids(fleet), "confirm": "1", "site_id": str(world.overseas.id)}
    assert ada.post(f"{acme}/inventory/actions/assign", form).status_code == 422
    assert not Device.objects.filter(site=world.overseas).exists()


def test_all_matching_means_the_filter_not_the_page(
    ada: Client, acme: str, world: World, fleet: list[Device]
) -> None:
    form = {"all_matching": "1", "type": "ap", "site": str(world.north.id), "ids": str(fleet[2].id)}
    asked = ada.post(f"{acme}/inventory/actions/unassign", form)
    assert "Unassign 2 devices?" in text(asked)
    assert 'name="all_matching"' in text(asked)
    assert said(ada.post(f"{acme}/inventory/actions/unassign", {**form, "confirm": "1"}, follow=True)) == [
        "2 devices unassigned."
    ]
    assert not Device.objects.filter(site=world.north).exists()


def test_rename_previews_warns_and_renames(ada: Client, acme: str, fleet: list[Device]) -> None:
    url = f"{acme}/inventory/actions/rename"
    assert "Rename 3 devices" in text(ada.post(url, ids(fleet)))
    equal = ada.post(url, {**ids(fleet), "preview": "1", "pattern": "{site}-ap"})
    rows = equal.context["plan"].rows
    assert [row.after["name"] for row in rows] == ["North-ap", "North-ap", "-ap"]
    assert [row.note for row in rows] == ["1 more would be called so", "1 more would be called so", ""]
    assert Device.objects.filter(name="W1").exists()
    wrong = ada.post(url, {**ids(fleet), "confirm": "1", "pattern": "{floor}"})
    assert (wrong.status_code, set(wrong.context["errors"])) == (422, {"pattern"})
    assert 'value="{floor}"' in text(wrong)
    done = ada.post(url, {**ids(fleet), "confirm": "1", "pattern": "{site}-{ctr:3}"}, follow=True)
    assert said(done) == ["3 devices renamed."]
    assert names(done) == ["-003", "North-001", "North-002"]


def test_release_asks_with_the_count(ada: Client, acme: str, fleet: list[Device]) -> None:
    url = f"{acme}/inventory/actions/release"
    assert "Release 1 device?" in text(ada.post(url, ids(fleet[:1])))
    assert Device.objects.count() == 3
    assert said(ada.post(url, {**ids(fleet[:1]), "confirm": "1"}, follow=True)) == ["1 device released."]
    assert Device.objects.count() == 2


def test_what_is_gone_meanwhile_is_reported(ada: Client, acme: str, fleet: list[Device]) -> None:
    gone = Device(id=UNKNOWN)
    form = {**ids([fleet[0], gone]), "confirm": "1"}
    page = ada.post(f"{acme}/inventory/actions/unassign", form, follow=True)
    assert said(page) == ["1 device of 2 could not be changed."]
    assert [row["state"] for row in page.context["slice"].rows] == ["done", "failed"]
    assert "not in this organization any more" in text(page)


def test_nothing_chosen(ada: Client, acme: str) -> None:
    url = f"{acme}/inventory/actions/release"
    assert said(ada.post(url, follow=True)) == ["Select devices first."]
    toast = ada.post(url, headers=HTMX)
    assert json.loads(toast["HX-Trigger"])["toast"]["text"] == "Select devices first."
    assert ada.get(url)["Location"] == f"{acme}/inventory"


def test_htmx_returns_to_the_filtered_list(ada: Client, acme: str, fleet: list[Device]) -> None:
    here = f"{acme}/inventory?q=w1&page=1"
    headers = {**HTMX, "HX-Current-URL": f"http://testserver{here}"}
    form = {**ids(fleet[:1]), "confirm": "1"}
    assert ada.post(f"{acme}/inventory/actions/unassign", form, headers=headers)["HX-Redirect"] == here


@pytest.mark.parametrize("verb", ["assign", "unassign", "rename", "release"])
def test_observers_and_strangers_change_nothing(
    browser: Callable[[str], Client], acme: str, world: World, fleet: list[Device], verb: str
) -> None:
    url, form = f"{acme}/inventory/actions/{verb}", {"site_id": str(world.south.id), "pattern": "X"}
    before = list(Device.objects.order_by("id").values("name", "site_id"))
    for key, status in (("rita", 403), ("gus", 404), ("", 302)):
        for confirm in ({}, {"confirm": "1"}):
            assert browser(key).post(url, {**ids(fleet), **form, **confirm}).status_code == status
    assert list(Device.objects.order_by("id").values("name", "site_id")) == before


def test_an_installer_works_at_the_own_site(
    browser: Callable[[str], Client], acme: str, world: World
) -> None:
    (mine,), (other,) = make_devices(world.north), make_devices(world.south)
    ivan = browser("ivan")
    assert [row["id"] for row in ivan.get(f"{acme}/inventory").context["slice"].rows] == [mine.id]
    form = {**ids([mine]), "confirm": "1", "pattern": "Mine"}
    assert said(ivan.post(f"{acme}/inventory/actions/rename", form, follow=True)) == ["1 device renamed."]
    hidden = ivan.post(f"{acme}/inventory/actions/rename", {**form, **ids([other])})
    assert (hidden.status_code, hidden.context["plan"].refused) == (422, 1)
    assert "not in this organization any more" in text(hidden)
    assert not Device.objects.filter(id=other.id, name="Mine").exists()


def test_csv_is_streamed_with_what_the_filter_says(
    ada: Client, acme: str, world: World, fleet: list[Device]
) -> None:
    make_site(world.acme, name="=HYPERLINK(1)")
    answer = ada.get(f"{acme}/inventory.csv")
    assert answer["Content-Disposition"].startswith('attachment; filename="inventory-acme-')
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [(row["Name"], row["Site"], row["Model"]) for row in rows] == [
        ("W1", "North", "AP45"),
        ("W2", "North", "AP45"),
        ("W3", "", "AP43"),
    ]
    some = ada.get(f"{acme}/inventory.csv", {"q": "w3"})
    assert len(list(csv.reader(io.StringIO(b"".join(some.streaming_content).decode("utf-8-sig"))))) == 2


def test_an_observer_is_not_shown_what_he_cannot_do(
    browser: Callable[[str], Client], acme: str, fleet: list[Device]
) -> None:
    page = text(browser("rita").get(f"{acme}/inventory"))
    assert "/inventory/claim" not in page
    assert "/inventory/actions/" not in page
