"""Site groups in the portal: made with their sites, changed, deleted; roles follow the sites at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from sites.models import SiteGroup
from tests.portal.conftest import HTMX, text
from tests.world import UNKNOWN, World, grant, make_admin, make_sitegroup


@pytest.fixture
def groups(acme: str) -> str:
    return f"{acme}/sitegroups"


def _names(group: SiteGroup) -> list[str]:
    return sorted(group.sites.values_list("name", flat=True))


def test_a_group_is_made_with_its_sites(ada: Client, groups: str, world: World) -> None:
    sites = [str(world.north.id), str(world.south.id)]
    assert ada.post(f"{groups}/create", {"name": "Coast", "sites": sites}).status_code == 302
    group = SiteGroup.objects.get(org=world.acme)
    assert _names(group) == ["North", "South"]
    assert "Coast" in text(ada.get(groups))
    told = Entry.objects.filter(event="sites.site.updated", object_id=world.north.id).get()
    assert (told.before, told.after) == ({"sitegroup_ids": []}, {"sitegroup_ids": [str(group.id)]})


def test_a_change_keeps_other_groups_of_the_sites(ada: Client, groups: str, world: World) -> None:
    hills = make_sitegroup(world.acme, "Hills", world.north)
    coast = make_sitegroup(world.acme, "Coast", world.south)
    form = text(ada.get(f"{groups}/{coast.id}", headers=HTMX))
    assert form.count(" checked>") == 1
    ada.post(f"{groups}/{coast.id}", {"name": "Shore", "sites": [str(world.north.id)]})
    coast.refresh_from_db()
    assert (coast.name, _names(coast), _names(hills)) == ("Shore", ["North"], ["North"])


def test_a_role_at_the_group_follows_its_sites_at_once(
    ada: Client, groups: str, acme: str, world: World
) -> None:
    coast = make_sitegroup(world.acme, "Coast", world.north)
    walter = make_admin("walter")
    grant(walter, world.acme, "observer", group=coast)
    browser = Client()
    browser.force_login(walter)

    def seen() -> list[int]:
        return [browser.get(f"{acme}/sites/{site.id}").status_code for site in (world.north, world.south)]

    assert seen() == [200, 404]
    ada.post(f"{groups}/{coast.id}", {"name": "Coast", "sites": [str(world.south.id)]})
    assert seen() == [404, 200]
    ada.post(f"{groups}/{coast.id}", {"name": "Coast"})
    assert browser.get(f"{acme}/sites").status_code == 403


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"name": ""}, "must not be empty"),
        ({"name": "Hills"}, "already exists"),
        ({"name": "Coast", "sites": ["nonsense"]}, "does not exist any more"),
        ({"name": "Coast", "sites": [str(UNKNOWN)]}, "does not exist any more"),
        ({"name": "Coast", "sites": ["{overseas}"]}, "does not exist any more"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    ada: Client, groups: str, world: World, form: dict[str, Any], problem: str
) -> None:
    make_sitegroup(world.acme, "Hills")
    sites = [one.format(overseas=world.overseas.id) for one in form.get("sites", [])]
    answer = ada.post(f"{groups}/create", {**form, "sites": sites})
    assert answer.status_code == 422
    assert problem in text(answer).lower()
    assert SiteGroup.objects.filter(org=world.acme).count() == 1


def test_deleting_asks_and_leaves_the_sites(ada: Client, groups: str, world: World) -> None:
    coast = make_sitegroup(world.acme, "Coast", world.north)
    assert "Its sites stay as they are." in text(ada.get(f"{groups}/{coast.id}/delete", headers=HTMX))
    assert ada.post(f"{groups}/{coast.id}/delete").status_code == 302
    assert not SiteGroup.objects.filter(org=world.acme).exists()
    world.north.refresh_from_db()


def test_whoever_reaches_one_group_sees_it_alone(
    browser: Callable[[str], Client], groups: str, world: World
) -> None:
    make_sitegroup(world.acme, "Coast", world.north)
    make_sitegroup(world.acme, "Hills", world.south)
    page = text(browser("ivan").get(groups))
    assert "Coast" in page
    assert "Hills" not in page
    assert "Create Site Group" not in page
