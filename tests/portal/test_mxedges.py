"""The Mist Edges of the inventory: their list, their jobs from plan to undo, and the page of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from inventory.identifiers import shown_code
from inventory.models import MistEdge, Unit
from mistadmin.core.models import Job
from tests.portal.conftest import said, text
from tests.portal.test_photos import file
from tests.world import World, call_in, make_devices, make_edges, make_units


@pytest.fixture
def edge_admin(browser: Callable[[str], Client]) -> Client:
    """The browser of a Mist Edge Admin."""
    return browser("max")


@pytest.fixture
def url(acme: str) -> str:
    return f"{acme}/inventory/mxedges"


def do(client: Client, url: str, verb: str, edges: list[MistEdge], **more: str) -> Any:
    sent = {"ids": [str(edge.id) for edge in edges], "confirm": "1", **more}
    return client.post(f"{url}/actions/{verb}", sent, follow=True)


def test_tabs_count_what_each_may_see(
    browser: Callable[[str], Client], acme: str, url: str, world: World
) -> None:
    make_devices(world.acme, 2)
    make_edges(world.acme, 3)
    shown = {
        key: [(tab["label"], tab["count"]) for tab in browser(key).get(path).context["tabs"]]
        for key, path in (("ada", f"{acme}/inventory"), ("max", url), ("ivan", f"{acme}/inventory"))
    }
    types = [("Access Points", 2), ("Switches", 0), ("WAN Edges", 0), ("Mist Edges", 3)]
    assert shown["ada"] == [*types, ("Installed Base", 0)]
    assert shown["max"] == [("Mist Edges", 3)]
    assert [label for label, _ in shown["ivan"]] == ["Access Points", "Switches", "WAN Edges"]
    assert browser("ivan").get(url).status_code == 403
    assert browser("max").get(f"{acme}/inventory")["Location"] == url
    assert browser("max").get(f"{acme}/inventory/rows").status_code == 403


def test_list_shows_what_they_reported_filters_and_downloads(ada: Client, url: str, world: World) -> None:
    first, second = make_edges(world.north, 2)
    call_in([first], version="0.1.2813", agent_version="3.1.1057", ip="10.0.0.7")
    make_devices(world.north)
    page = ada.get(url)
    rows = page.context["slice"].rows
    assert (page.context["counts"]["total"], page.context["unassigned"]) == (2, 0)
    assert {row["mac"] for row in rows} == {first.mac, second.mac}
    assert "0.1.2813" in text(ada.get(url))
    (found,) = ada.get(f"{url}?status=connected").context["slice"].rows
    assert found["mac"] == first.mac
    assert len(ada.get(f"{url}?q=model:me-x").context["slice"].rows) == 2
    assert ada.get(f"{url}?q=type:ap").context["slice"].rows == []
    lines = ada.get(f"{url}.csv").getvalue().decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert "Tunnel Termination Version" in lines[0]
    assert ada.get(f"{url}/rows").status_code == 200


def test_claimed_by_code_and_only_as_what_they_are(edge_admin: Client, url: str, world: World) -> None:
    (edge,), (ap,) = make_units("ME-X1"), make_units()
    page = edge_admin.post(f"{url}/claim", {"codes": f"{edge.claim_code}\n{ap.claim_code}"})
    result = page.context["result"]
    assert [row["mac"] for row in result.added] == [edge.mac]
    assert result.errors == [(ap.claim_code, "is not the code of a Mist Edge")]
    assert Unit.objects.get(mac=ap.mac).org_id is None


def test_created_without_a_code(edge_admin: Client, url: str) -> None:
    refused = edge_admin.post(f"{url}/create", {"name": "", "model": "ME-VM"})
    assert refused.status_code == 422
    assert "name" in refused.context["errors"]
    assert refused.context["values"]["model"] == "ME-VM"
    page = edge_admin.post(f"{url}/create", {"name": "edge-vm", "model": "ME-VM"}, follow=True)
    assert said(page) == ["edge-vm created."]
    assert "edge-vm" in text(page)


def test_a_plan_a_job_and_its_undo_for_every_verb(
    edge_admin: Client, acme: str, url: str, world: World
) -> None:
    edges = make_edges(world.acme, 2)
    planned = edge_admin.post(
        f"{url}/actions/assign", {"ids": [str(edges[0].id)], "site_id": str(world.north.id)}
    )
    assert planned.context["plan"].changing == 1
    assert MistEdge.objects.filter(site=world.north).count() == 0
    assert said(do(edge_admin, url, "assign", edges, site_id=str(world.north.id)))
    assert said(do(edge_admin, url, "rename", edges, pattern="{site}-{ctr}"))
    assert set(MistEdge.objects.values_list("name", "site__name")) == {
        ("North-1", "North"),
        ("North-2", "North"),
    }
    assert said(do(edge_admin, url, "unassign", edges[:1]))
    assert said(do(edge_admin, url, "release", edges[1:]))
    assert MistEdge.objects.count() == 1
    for job in Job.objects.order_by("-created_time")[:2]:
        page = edge_admin.post(f"{acme}/jobs/{job.id}/undo", follow=True)
        assert page.redirect_chain[-1][0] == url
    assert set(MistEdge.objects.values_list("name", "site__name")) == {
        ("North-1", "North"),
        ("North-2", "North"),
    }
    assert edge_admin.get(f"{acme}/jobs").context["slice"].total == 6
    assert Entry.objects.filter(event="inventory.device.released", admin_name__contains="max@").count() == 1


def test_jobs_on_mist_edges_are_not_for_those_who_may_not_see_them(
    browser: Callable[[str], Client], acme: str, url: str, world: World
) -> None:
    do(browser("ada"), url, "rename", make_edges(world.north), pattern="x")
    do(browser("ada"), f"{acme}/inventory", "rename", make_devices(world.north), pattern="y")  # type: ignore[arg-type]
    titles = {
        key: {row["title"] for row in browser(key).get(f"{acme}/jobs").context["slice"].rows}
        for key in ("rita", "max", "ivan")
    }
    assert {key: len(found) for key, found in titles.items()} == {"rita": 2, "max": 1, "ivan": 1}
    assert titles["max"] == {"Rename 1 device to x"}
    assert titles["ivan"] == {"Rename 1 device to y"}
    assert browser("rosa").get(f"{acme}/jobs").status_code == 403


def test_verbs_of_devices_reach_no_mist_edge_and_the_other_way_round(
    ada: Client, acme: str, url: str, world: World
) -> None:
    (edge,), (ap,) = make_edges(world.acme), make_devices(world.acme)
    for place, target in ((f"{acme}/inventory", edge), (url, ap)):
        sent = {"ids": [str(target.id)], "confirm": "1"}
        answer = ada.post(f"{place}/actions/release", sent)
        assert answer.status_code == 422
    assert ada.get(f"{acme}/devices/{edge.id}").status_code == 404
    assert ada.get(f"{url}/{ap.id}").status_code == 404
    assert Unit.objects.filter(org=world.acme).count() == 2


def test_page_of_one_for_each_role(browser: Callable[[str], Client], url: str, world: World) -> None:
    (edge,) = make_edges(world.north)
    call_in([edge], version="0.1.2813", ip="10.0.0.7")
    code = shown_code(edge.claim_code)
    pages = {key: browser(key).get(f"{url}/{edge.id}") for key in ("ada", "max", "rita", "hana")}
    assert {key: page.status_code for key, page in pages.items()} == dict.fromkeys(pages, 200)
    assert {key: code in text(page) for key, page in pages.items()} == {
        **{"ada": True, "max": True},
        **{"rita": False, "hana": False},
    }
    assert pages["ada"].context["entries"]
    assert pages["max"].context["entries"] is None
    assert "Release" not in text(pages["rita"])
    assert "Device connected" in text(pages["hana"])
    assert browser("ivan").get(f"{url}/{edge.id}").status_code == 403
    assert browser("gus").get(f"{url}/{edge.id}").status_code == 404


def test_photos_on_the_page(
    browser: Callable[[str], Client], url: str, world: World, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    (edge,) = make_edges(world.north)
    page, max_ = f"{url}/{edge.id}", browser("max")
    answer = max_.post(f"{page}/images", {"number": "1", "file": file()}, follow=True)
    assert said(answer) == ["Photo added."]
    (address,) = set(re.findall(r'src="([^"]+/images/[^"]+)"', text(browser("rita").get(page))))
    assert browser("rita").get(address)["Content-Type"] == "image/jpeg"
    assert "Add a photo" not in text(browser("rita").get(page))
    assert browser("rita").post(f"{page}/images", {"number": "1", "delete": "1"}).status_code == 403
    assert browser("gus").post(f"{page}/images", {"number": "2", "file": file()}).status_code == 404
    gone = max_.post(f"{page}/images", {"number": "1", "delete": "1"}, follow=True)
    assert said(gone) == ["Photo deleted."]
    assert address not in text(gone)
