"""Configuration documents: one suite, run for every kind of the catalog."""

import pytest

from mistadmin.core.resources import catalog
from tests.world import UNKNOWN

KINDS = sorted(catalog())


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def path(kind, world):
    return f"/orgs/{world.acme.id}/{kind}"


def test_life_of_a_document(api, path, world):
    ada = api("ada")
    doc = ada.post(path, {"name": "One", "odd": {"kept": [1, None], "empty": None}}).ok()
    assert (doc["name"], doc["org_id"]) == ("One", str(world.acme.id))
    assert doc["odd"] == {"kept": [1, None], "empty": None}
    one = f"{path}/{doc['id']}"
    assert ada.get(one).ok() == doc
    changed = ada.put(one, {"more": 2, "id": str(UNKNOWN), "org_id": "x", "created_time": 1}).ok()
    assert (changed["odd"], changed["more"]) == (doc["odd"], 2)
    assert (changed["id"], changed["created_time"]) == (doc["id"], doc["created_time"])
    assert changed["modified_time"] > doc["modified_time"]
    assert "odd" not in ada.put(one, {"odd": None}).ok()
    ada.delete(one).ok()
    ada.get(one).expect(404)
    messages = [e["message"] for e in ada.get(f"/orgs/{world.acme.id}/logs").ok()["results"][:4]]
    assert [text.split()[0] for text in messages] == ["Delete", "Update", "Update", "Add"]


def test_everything_read_can_be_written_back_without_an_entry(api, path, world, owed):
    ada = api("ada")
    doc = ada.post(path, {"name": "One"}).ok()
    before = owed()
    assert ada.put(f"{path}/{doc['id']}", doc).ok() == doc
    assert owed() == before


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": None}, {"name": "x" * 256}, {"name": ["x"]}])
def test_bad_names_are_refused(api, path, body):
    assert list(api("ada").post(path, body).expect(400)["fields"]) == ["name"]


def test_list_is_sorted_paged_and_of_one_kind(api, path, world):
    ada = api("ada")
    for name in ("b", "a", "c"):
        ada.post(path, {"name": name}).ok()
    for other in KINDS:
        ada.post(f"/orgs/{world.acme.id}/{other}", {"name": "z"}).ok()
    assert [doc["name"] for doc in ada.get(path).ok()] == ["a", "b", "c", "z"]
    page = ada.get(path, limit=3, page=2)
    assert [doc["name"] for doc in page.ok()] == ["z"]
    assert page.headers["X-Page-Total"] == "4"


def test_other_organizations_and_other_kinds_have_their_own(api, kind, path, world):
    doc = api("ada").post(path, {"name": "One"}).ok()
    api("gus").get(f"{path}/{doc['id']}").expect(404)
    api("gus").get(f"/orgs/{world.globex.id}/{kind}/{doc['id']}").expect(404)
    for other in KINDS:
        if other != kind:
            api("ada").get(f"/orgs/{world.acme.id}/{other}/{doc['id']}").expect(404)


@pytest.mark.parametrize(
    ("who", "reads", "writes"), [("wes", 200, 200), ("rita", 200, 403), ("ivan", 403, 403)]
)
def test_who_may(api, path, who, reads, writes):
    doc = api("ada").post(path, {"name": "One"}).ok()
    api(who).get(path).expect(reads)
    api(who).get(f"{path}/{doc['id']}").expect(reads)
    api(who).post(path, {"name": "Two"}).expect(writes)
    if writes == 403:
        api(who).put(f"{path}/{doc['id']}", {"name": "Three"}).expect(403)
        api(who).delete(f"{path}/{doc['id']}").expect(403)
        assert [one["name"] for one in api("ada").get(path).ok()] == ["One"]


class TestDeviceProfiles:
    @pytest.fixture
    def profiles(self, world):
        return f"/orgs/{world.acme.id}/deviceprofiles"

    def test_list_is_of_access_points_unless_another_type_is_asked_for(self, api, profiles):
        ada = api("ada")
        for name, kind in (("Ward", "ap"), ("Core", "switch"), ("Edge", "gateway")):
            assert ada.post(profiles, {"name": name, "type": kind}).ok()["type"] == kind
        assert [doc["name"] for doc in ada.get(profiles).ok()] == ["Ward"]
        assert [doc["name"] for doc in ada.get(profiles, type="switch").ok()] == ["Core"]
        assert [doc["name"] for doc in ada.get(profiles, type="all").ok()] == ["Core", "Edge", "Ward"]

    def test_name_is_taken_once_per_type(self, api, profiles):
        ada = api("ada")
        ada.post(profiles, {"name": "Ward"}).ok()
        assert "already exists" in ada.post(profiles, {"name": "Ward"}).expect(400)["reason"]
        ada.post(profiles, {"name": "Ward", "type": "switch"}).ok()

    def test_null_type_is_the_default(self, api, profiles):
        ada = api("ada")
        doc = ada.post(profiles, {"name": "Core", "type": "switch"}).ok()
        assert ada.put(f"{profiles}/{doc['id']}", {"type": None}).ok()["type"] == "ap"

    def test_unknown_type_is_refused(self, api, profiles):
        assert list(api("ada").post(profiles, {"name": "x", "type": "toaster"}).expect(400)["fields"]) == [
            "type"
        ]


def test_wlan_template_checks_where_it_applies(api, world):
    path = f"/orgs/{world.acme.id}/templates"
    wish = {"name": "Guest", "applies": {"org_id": "", "site_ids": [str(world.north.id)]}}
    assert api("ada").post(path, wish).ok()["applies"] == {"site_ids": [str(world.north.id)]}
    refused = api("ada").post(path, {"name": "Bad", "applies": {"site_ids": ["x"]}}).expect(400)
    assert list(refused["fields"]) == ["applies.site_ids.0"]
