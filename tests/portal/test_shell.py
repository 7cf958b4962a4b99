"""What surrounds every page: the site selector, the updates behind the bulb, the width of the menu."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mistadmin.portal.updates import releases
from sites.actions import delete_site
from tests.portal.conftest import HTMX, text
from tests.world import SYSTEM, World, make_devices, make_site


def test_a_chosen_site_is_remembered_by_the_pages_that_know_sites(
    ada: Client, acme: str, world: World
) -> None:
    make_devices(world.north)
    make_devices(world.south)
    page = ada.post(f"{acme}/site", {"site_id": str(world.north.id)}, follow=True)
    assert {row["site_name"] for row in page.context["slice"].rows} == {"North"}
    logs = text(ada.get(f"{acme}/logs"))
    assert "Site North, choose" in logs
    assert f'href="{acme}/inventory?site={world.north.id}"' in logs
    ada.post(f"{acme}/site", {"site_id": ""})
    assert f'href="{acme}/inventory"' in text(ada.get(f"{acme}/logs"))


def test_a_chosen_site_that_is_gone_is_forgotten(ada: Client, acme: str, world: World) -> None:
    site = make_site(world.acme, name="Annex")
    ada.post(f"{acme}/site", {"site_id": str(site.id)})
    delete_site(SYSTEM, site)
    assert "Site all sites, choose" in text(ada.get(f"{acme}/logs"))


def test_sites_are_found_while_one_types_however_many_there_are(ada: Client, acme: str, world: World) -> None:
    for number in range(30):
        make_site(world.acme, name=f"Ward {number:02}")
    first = ada.get(f"{acme}/site", headers=HTMX)
    assert (len(first.context["found"].rows), first.context["found"].more) == (12, True)
    with CaptureQueriesContext(connection) as captured:
        found = ada.get(f"{acme}/site", {"q": "ward 2"}, headers=HTMX)
    assert [row["name"] for row in found.context["found"].rows][:2] == ["Ward 02", "Ward 12"]
    assert sum("sites_site" in query["sql"] for query in captured) == 1


@pytest.mark.parametrize(("key", "status"), [("gus", 404), ("rita", 302), ("", 302)])
def test_strangers_choose_no_site(
    browser: Callable[[str], Client], acme: str, world: World, key: str, status: int
) -> None:
    answer = browser(key).post(f"{acme}/site", {"site_id": str(world.north.id)})
    assert answer.status_code == status


def test_a_foreign_site_cannot_be_chosen(ada: Client, acme: str, world: World) -> None:
    assert ada.post(f"{acme}/site", {"site_id": str(world.overseas.id)}).status_code == 400


def test_the_bulb_counts_what_is_new_until_it_was_read(ada: Client, acme: str) -> None:
    lines = sum(len(release.lines) for release in releases())
    assert lines > 20
    ada.cookies["updates_seen"] = str(lines - 3)
    assert "Feature Updates, 3 new" in text(ada.get(f"{acme}/logs"))
    page = ada.get("/updates")
    assert [item["new"] for item in page.context["releases"][0]["items"]][:4] == [True, True, True, False]
    assert "<code>python3 run.py</code>" in text(page)
    assert 'aria-label="Feature Updates"' in text(ada.get(f"{acme}/logs"))
    ada.cookies["updates_seen"] = "nonsense"
    assert ada.get(f"{acme}/logs").context["unread_updates"] == lines


def test_the_menu_stays_as_narrow_as_it_was_left(ada: Client, acme: str) -> None:
    assert 'aria-expanded="true">' in text(ada.get(f"{acme}/logs")).partition("data-narrows")[2]
    ada.cookies["menu"] = "narrow"
    page = text(ada.get(f"{acme}/logs"))
    assert 'data-menu="narrow"' in page
    assert 'aria-expanded="false">' in page.partition("data-narrows")[2]


@pytest.mark.parametrize("shown", ["http://[", "http%3A//%5B", "//\u2100.example"])
def test_a_page_that_is_no_address_is_refused(ada: Client, acme: str, shown: str) -> None:
    headers = {**HTMX, "HX-Current-URL": shown, "HX-Current-URL-URI-AutoEncoded": "true"}
    for form in (f"{acme}/settings", f"{acme}/inventory/actions/unassign"):
        assert ada.post(form, {"name": "Acme"}, headers=headers).status_code == 400
    assert Client().get(f"{acme}/inventory", headers=headers).status_code == 400
