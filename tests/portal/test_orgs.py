"""Organization Settings, Site Configuration and configuration documents."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client

from inventory.models import Device
from orgs.models import DeviceProfile, OrgDoc
from sites.models import Site
from tests.portal.conftest import said, text
from tests.world import World, make_devices, make_profile


def test_the_organization_is_renamed(ada: Client, acme: str, world: World) -> None:
    assert said(ada.post(f"{acme}/settings", {"name": "Acme Ltd"}, follow=True)) == [
        "Organization settings saved."
    ]
    assert "Acme Ltd" in text(ada.get(f"{acme}/settings"))
    bad = ada.post(f"{acme}/settings", {"name": ""})
    assert (bad.status_code, set(bad.context["errors"])) == (422, {"name"})


def test_only_super_users_rename_it(browser: Callable[[str], Client], acme: str) -> None:
    for key, status in (("wes", 403), ("otto", 403), ("rita", 403), ("gus", 404), ("", 302)):
        assert browser(key).post(f"{acme}/settings", {"name": "Mine"}).status_code == status


def test_sites_are_created_listed_and_filtered(ada: Client, acme: str, world: World) -> None:
    make_devices(world.north, 2)
    form = {"name": "East", "address": "1 Road", "country_code": "GB", "timezone": "Europe/London"}
    page = ada.post(f"{acme}/sites", form, follow=True)
    assert said(page) == ["Site East created."]
    rows = {row["name"]: row["devices"] for row in page.context["slice"].rows}
    assert rows == {"East": 0, "North": 2, "Primary Site": 0, "South": 0}
    assert [row["name"] for row in ada.get(f"{acme}/sites", {"q": "ea"}).context["slice"].rows] == ["East"]
    assert ("GB", "Britain (UK)") in page.context["countries"]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": "north"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "E", "timezone": "Mars/Base"}, "timezone"),
    ],
)
def test_a_bad_site_comes_back_as_typed(ada: Client, acme: str, form: dict[str, str], field: str) -> None:
    page = ada.post(f"{acme}/sites", {**form, "address": "1 Long Road"})
    assert page.status_code == 422
    assert set(page.context["errors"]) == {field}
    assert 'value="1 Long Road"' in text(page)


def test_a_site_is_changed(ada: Client, acme: str, world: World) -> None:
    url = f"{acme}/sites/{world.north.id}"
    form = {"name": "Far North", "address": "2 Road", "country_code": "", "timezone": "UTC", "notes": "cold"}
    page = ada.post(url, form, follow=True)
    assert said(page) == ["Site saved."]
    assert {page.context["values"][key] for key in ("name", "address", "notes")} == {
        "Far North",
        "2 Road",
        "cold",
    }
    assert set(ada.post(url, {**form, "name": "South"}).context["errors"]) == {"name"}
    assert ada.get(f"{acme}/sites/{world.overseas.id}").status_code == 404


def test_a_site_is_deleted_by_its_typed_name(ada: Client, acme: str, world: World) -> None:
    (device,) = make_devices(world.north)
    url = f"{acme}/sites/{world.north.id}/delete"
    wrong = ada.post(url, {"name": "north"})
    assert (wrong.status_code, set(wrong.context["errors"])) == (422, {"name"})
    assert said(ada.post(url, {"name": "North"}, follow=True)) == ["Site North deleted."]
    assert not Site.objects.filter(id=world.north.id).exists()
    assert Device.objects.get(id=device.id).site is None


def test_only_super_users_create_and_delete_sites(
    browser: Callable[[str], Client], acme: str, world: World
) -> None:
    for key, status in (("wes", 403), ("rita", 403), ("gus", 404), ("", 302)):
        assert browser(key).post(f"{acme}/sites", {"name": "Mine"}).status_code == status
        url = f"{acme}/sites/{world.north.id}/delete"
        assert browser(key).post(url, {"name": "North"}).status_code == status
    assert Site.objects.filter(org=world.acme).count() == 3


def test_a_document_is_created_changed_and_deleted(ada: Client, acme: str) -> None:
    body = {"applies": {"site_ids": []}, "unheard_of": {"kept": True}}
    page = ada.post(f"{acme}/templates/create", {"name": "Guests", "body": json.dumps(body)}, follow=True)
    assert said(page) == ["WLAN Template created."]
    doc = OrgDoc.objects.get(name="Guests")
    url = f"{acme}/templates/{doc.id}"
    shown = json.loads(ada.get(url).context["values"]["body"])
    assert shown == body
    del shown["applies"]
    ada.post(url, {"name": "Visitors", "body": json.dumps(shown)})
    doc.refresh_from_db()
    assert (doc.name, doc.body) == ("Visitors", {"unheard_of": {"kept": True}})
    assert said(ada.post(f"{url}/delete", follow=True))[-1] == "WLAN Template Visitors deleted."
    assert not OrgDoc.objects.exists()


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": "", "body": "{}"}, "name"),
        ({"name": "X", "body": "{oops"}, "body"),
        ({"name": "X", "body": "[]"}, "body"),
        ({"name": "X", "body": '{"type": "toaster"}'}, "body"),
    ],
)
def test_a_bad_document_comes_back_as_typed(ada: Client, acme: str, form: dict[str, str], field: str) -> None:
    page = ada.post(f"{acme}/deviceprofiles/create", form)
    assert page.status_code == 422
    assert set(page.context["errors"]) == {field}
    assert page.context["values"] == form
    assert not DeviceProfile.objects.exists()


def test_profiles_of_every_type_are_listed(ada: Client, acme: str, world: World) -> None:
    make_profile(world.acme, "Ward"), make_profile(world.acme, "Core", "switch")
    rows = ada.get(f"{acme}/deviceprofiles").context["slice"].rows
    assert [row["name"] for row in rows] == ["Core", "Ward"]


def test_observers_read_documents_and_change_none(
    browser: Callable[[str], Client], acme: str, world: World
) -> None:
    ward = make_profile(world.acme)
    url = f"{acme}/deviceprofiles/{ward.id}"
    assert "Save" not in text(browser("rita").get(url))
    for path in (url, f"{url}/delete", f"{acme}/deviceprofiles/create"):
        assert browser("rita").post(path, {"name": "Mine", "body": "{}"}).status_code == 403
        assert browser("gus").post(path, {"name": "Mine", "body": "{}"}).status_code == 404
    ward.refresh_from_db()
    assert ward.name == "Ward"
