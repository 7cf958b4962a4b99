"""The dry run of auto-provisioning, and the re-evaluation that does what it says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from autoprovision.engine.explain import Explanation, explain
from autoprovision.engine.facts import Facts
from autoprovision.engine.ruleset import Ruleset
from inventory.models import Device
from orgs.actions import update_setting
from tests.portal.conftest import said, text
from tests.portal.test_autoprovisioning import PROFILE, SITE
from tests.world import SYSTEM, World, make_devices, make_profile, name_devices


def test_dry_run_shows_changes_first_and_agrees_with_the_real_run(
    ada: Client, acme: str, window: str, world: World, pay: Callable[[], int]
) -> None:
    kept, changed, other = make_devices(world.acme, 3)
    make_profile(world.acme, "North")
    for device, name in ((kept, "aaa"), (changed, "North-1"), (other, "bbb")):
        name_devices(world.acme, [device], name)
    pay()
    rules = [{"src": "name", "expression": "split(-)[0]"}]
    changes = {key: {"enable": True, "rules": rules} for key in (SITE, PROFILE)}
    update_setting(SYSTEM, world.acme, changes=changes)
    page = ada.get(f"{window}/dry-run")
    rows = page.context["slice"].rows
    assert [row["device"].name for row in rows] == ["North-1", "aaa", "bbb"]
    assert page.context["counts"] == {"site": 1, "name": 0, "profile": 1, "devices": 3, "unchanged": 2}
    assert page.context["disabled"] == ["AP Name Generation"]
    assert len(ada.get(f"{window}/dry-run", {"only": "changes"}).context["slice"].rows) == 1
    assert len(ada.get(f"{window}/dry-run", {"limit": 2, "page": 2}).context["slice"].rows) == 1
    done = ada.post(f"{window}/re-evaluate", follow=True)
    assert "Re-evaluation has started" in said(done)[0]
    pay()
    changed.refresh_from_db()
    assert (changed.site.name, changed.deviceprofile.name) == ("North", "North")
    assert "Nothing would change" in text(ada.get(f"{window}/dry-run", {"only": "changes"}))


def test_dry_run_decides_every_device_and_explains_those_of_the_page(
    ada: Client, acme: str, window: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_devices(world.acme, 30)
    changes = {SITE: {"enable": True, "rules": [{"src": "model", "model": "AP45", "value": "North"}]}}
    update_setting(SYSTEM, world.acme, changes=changes)
    Device.objects.filter(org=world.acme).update(last_seen=timezone.now())
    explained: list[str] = []

    def counted(facts: Facts, rules: Ruleset) -> Explanation:
        explained.append(facts.mac)
        return explain(facts, rules)

    ada.get(f"{window}/dry-run")  # the first visit of an organization is written into its log
    monkeypatch.setattr("autoprovision.queries.explain", counted)
    with CaptureQueriesContext(connection) as small:
        page = ada.get(f"{window}/dry-run", {"limit": 3, "page": 4})
    rows = page.context["slice"].rows
    assert explained == [row["device"].mac for row in rows]
    assert len(rows) == 3
    assert page.context["counts"] == {"site": 30, "name": 0, "profile": 0, "devices": 30, "unchanged": 0}
    assert "12 of 30" in text(page)
    assert 'rel="prev"' in text(page)
    assert 'rel="next"' in text(page)
    assert "There are fewer pages than that." in text(ada.get(f"{window}/dry-run", {"page": 99}))
    make_devices(world.acme, 30)
    with CaptureQueriesContext(connection) as large:
        ada.get(f"{window}/dry-run", {"limit": 20})
    assert len(large) == len(small)


@pytest.mark.parametrize(("key", "status"), [("rita", 403), ("gus", 404), ("", 302)])
def test_others_do_not_reevaluate(
    browser: Callable[[str], Client], window: str, key: str, status: int
) -> None:
    assert browser(key).post(f"{window}/re-evaluate").status_code == status
