"""ETag of every single document that is changed as a whole: If-None-Match and 304, If-Match and 412."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from django.db import connection
from drf_spectacular.generators import SchemaGenerator

from audit.models import Entry
from mistadmin.core.secrets import MASK
from mistadmin.core.versions import version_of
from tests.arch.routes import operations
from tests.arch.test_access_matrix import AT_MSP, Ids
from tests.client import ApiClient
from tests.portal.test_lists_race import at_once
from tests.world import UNKNOWN, World, make_admin, make_devices, make_org, make_site, make_sitegroup

METHODS: Final = {(one.method, one.path) for one in operations()}
# PUT is an operation there: on many devices, or what installers ask for by names.
NO_DOCUMENT: Final = {
    "orgs/{org_id}/inventory",
    "installer/orgs/{org_id}/sites/{site_name}",
    "installer/orgs/{org_id}/devices/{device_mac}",
    # Read in the list of administrators alone; tests/api/test_admins.py has their tags.
    "orgs/{org_id}/admins/{admin_id}",
    "orgs/{org_id}/invites/{invite_id}",
    "installer/orgs/{org_id}/sites/{site_name}/maps/{map_id}",
    "msps/{msp_id}/orgs",
    # Read in the list of administrators alone.
    "msps/{msp_id}/invites/{invite_id}",
}
DOCUMENTS: Final = sorted({path for method, path in METHODS if method == "put"} - NO_DOCUMENT)
ORG: Final = "orgs/{org_id}"
# Deleted only when nothing else is against it; what the tag says then is tested beside that.
BOUND: Final = {ORG, "self", "msps/{msp_id}", "msps/{msp_id}/orgs/{org_id}"}
DELETABLE: Final = [path for path in DOCUMENTS if ("delete", path) in METHODS and path not in BOUND]
CHANGES: Final = {
    "self": {"phone": "1"},
    "setting": {"ui_idle_timeout": 7},
    "{device_id}": {"notes": "x"},
    "{admin_id}": {"privileges": [{"scope": "msp", "role": "write"}]},
}
ROUNDS: Final = 15
OLD: Final = '"0123456789abcdef"'


@pytest.fixture
def at(world: World) -> Callable[[str], str]:
    """`at(path)`: the address of a real document of that kind."""
    ids = Ids(world)
    return lambda path: f"/{path.format(**ids.of(path))}"


def change(path: str) -> dict[str, Any]:
    """Something to change in a document of this path."""
    return CHANGES.get(path.rpartition("/")[2], {"name": "Renamed"})


def owner(api: Callable[[str], ApiClient], path: str) -> ApiClient:
    """Who may change a document of this path."""
    return api("mia" if path.startswith(AT_MSP) else "ada")


def get(client: ApiClient, url: str, **headers: str) -> Any:
    return client.send("GET", url, headers=headers)


def tag(client: ApiClient, url: str) -> str:
    found: str = client.get(url).headers["ETag"]
    return found


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_tag_changes_with_the_document_and_not_otherwise(api, at, path):
    ada, url = owner(api, path), at(path)
    first = tag(ada, url)
    assert tag(ada, url) == first
    changed = ada.put(url, change(path))
    assert changed.headers["ETag"] not in ("", first)
    assert changed.headers["ETag"] == tag(ada, url)
    assert ada.put(url, change(path)).headers["ETag"] == changed.headers["ETag"]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_who_has_the_answer_already_gets_304_without_a_body(api, at, path):
    ada, url = owner(api, path), at(path)
    first = tag(ada, url)
    for known in (first, f"W/{first}", f"{OLD}, {first}", "*"):
        reply = get(ada, url, **{"If-None-Match": known})
        assert (reply.status, reply.body, reply.headers["ETag"]) == (304, None, first)
    assert "Content-Type" not in reply.headers
    ada.put(url, change(path))
    get(ada, url, **{"If-None-Match": first}).ok()


@pytest.mark.parametrize("path", DOCUMENTS)
def test_an_edit_of_an_older_version_is_refused_and_writes_nothing(api, at, path):
    ada, url = owner(api, path), at(path)
    before, entries = ada.get(url), Entry.objects.count()
    for stale in (OLD, f"W/{before.headers['ETag']}"):
        refused = ada.put(url, change(path), **{"If-Match": stale}).expect(412)
        assert refused == {
            "detail": "This was changed since you read it. Read it again, then repeat your change."
        }
    assert (ada.get(url).body, Entry.objects.count()) == (before.body, entries)
    ada.put(url, change(path), **{"If-Match": f"{OLD}, {before.headers['ETag']}"}).ok()
    ada.put(url, {}, **{"If-Match": before.headers["ETag"]}).expect(412)
    ada.put(url, {}, **{"If-Match": "*"}).ok()
    ada.put(url, {}).ok()


@pytest.mark.parametrize("path", DELETABLE)
def test_only_the_version_that_was_read_is_deleted(api, at, path):
    ada, url = owner(api, path), at(path)
    read = tag(ada, url)
    ada.put(url, change(path)).ok()
    ada.delete(url, **{"If-Match": read}).expect(412)
    ada.delete(url, **{"If-Match": tag(ada, url)}).ok()
    ada.delete(url, **{"If-Match": "*"}).expect(404)


def test_only_the_organization_that_was_read_is_deleted(api):
    ada = api("ada")
    url = f"/orgs/{ada.post('/orgs', {'name': 'Third'}).ok()['id']}"
    read = tag(ada, url)
    ada.put(url, {"name": "Fourth"}).ok()
    ada.delete(url, **{"If-Match": read}).expect(412)
    ada.get(f"{url}/sites").ok()
    ada.delete(url, **{"If-Match": tag(ada, url)}).ok()


@pytest.mark.parametrize("header", ["", "x", "1", '"', 'W/"', '"a" "b"', '"a",', "*, *", 'w/"a"', '"a b"'])
def test_a_malformed_header_is_refused(api, world, header):
    ada, url = api("ada"), f"/sites/{world.north.id}"
    for reply in (
        ada.put(url, {"name": "Far North"}, **{"If-Match": header}),
        ada.delete(url, **{"If-Match": header}),
        get(ada, url, **{"If-None-Match": header}),
    ):
        assert "must be * or a list of tags in double quotes" in reply.expect(400)["detail"]
    assert ada.get(url).ok()["name"] == "North"


def test_what_is_absent_is_404_whatever_is_matched(api, world):
    for header in ("*", OLD):
        assert api("ada").put(f"/sites/{UNKNOWN}", {}, **{"If-Match": header}).status == 404
        assert api("gus").put(f"/sites/{world.north.id}", {}, **{"If-Match": header}).status == 404


def test_our_api_document_tells_of_the_headers():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    told = {
        (method, path.removeprefix("/api/v1/"))
        for path, methods in paths.items()
        for method, operation in methods.items()
        if {one["name"] for one in operation.get("parameters", [])} & {"If-Match", "If-None-Match"}
    }
    assert told == {(method, path) for method, path in METHODS if path in DOCUMENTS}
    assert "412" in paths["/api/v1/sites/{site_id}"]["put"]["responses"]


def test_new_documents_have_a_tag(api, world):
    ada, acme = api("ada"), f"/orgs/{world.acme.id}"
    for path in (f"{acme}/sites", f"{acme}/sitegroups", f"{acme}/templates", f"{acme}/deviceprofiles"):
        made = ada.post(path, {"name": "New"})
        url = f"/sites/{made.body['id']}" if path.endswith("/sites") else f"{path}/{made.body['id']}"
        assert made.headers["ETag"] == tag(ada, url)
    assert tag(ada, acme) == ada.put(acme, {}).headers["ETag"]
    assert "ETag" in ada.post("/orgs", {"name": "Third"}).headers
    assert "ETag" not in ada.get(f"{acme}/sites").headers


def test_a_reader_who_sees_masks_matches_the_same_version(api, world):
    ada, wes, acme = api("ada"), api("wes"), f"/orgs/{world.acme.id}"
    made = ada.post(f"{acme}/templates", {"name": "Guests", "auth": {"psk": "hunter2 hunter2"}}).ok()
    url = f"{acme}/templates/{made['id']}"
    masked = api("rita").get(url)
    assert masked.body["auth"]["psk"] == MASK
    wes.put(url, {"auth": {"psk": MASK, "vlan": 7}}, **{"If-Match": masked.headers["ETag"]}).ok()
    ada.put(url, {"auth": {"psk": "hunter3 hunter3", "vlan": 7}}).ok()
    wes.put(url, {"name": "X"}, **{"If-Match": masked.headers["ETag"]}).expect(412)
    # To the cache of a reader a mask is another answer than the secret behind it.
    shown = get(api("rita"), url, **{"If-None-Match": tag(ada, url)})
    assert (shown.status, shown.body["auth"]["psk"]) == (200, MASK)


def test_a_change_of_a_secret_alone_is_a_new_version(api, world):
    ada, url = api("ada"), f"/orgs/{world.acme.id}/setting"
    ada.put(url, {"cloudshark": {"apitoken": "one"}, "api_policy": {"no_reveal": True}}).ok()
    read = tag(ada, url)
    ada.put(url, {"cloudshark": {"apitoken": "two"}}).ok()
    assert ada.get(url).body["cloudshark"] == {"apitoken": MASK}
    ada.put(url, {"ui_idle_timeout": 5}, **{"If-Match": read}).expect(412)


def test_what_is_not_the_document_does_not_make_an_edit_stale(api, world):
    ada, (device,) = api("ada"), make_devices(world.north)
    urls = {
        f"/orgs/{world.acme.id}": lambda: ada.put(f"/orgs/{world.acme.id}/setting", {"tags": ["a"]}),
        f"/sites/{world.north.id}": lambda: ada.put(f"/sites/{world.north.id}/setting", {"vars": {"a": "b"}}),
        f"/sites/{world.north.id}/devices/{device.id}": lambda: type(device).objects.update(connected=True),
    }
    for url, meanwhile in urls.items():
        read = tag(ada, url)
        meanwhile()
        assert get(ada, url, **{"If-None-Match": read}).status == 200, "the answer is another one"
        ada.put(url, {"name": "Mine"}, **{"If-Match": read}).ok()


def test_a_group_is_renamed_while_sites_come_and_go(api, world):
    ada, group = api("ada"), make_sitegroup(world.acme, "Coast")
    url = f"/orgs/{world.acme.id}/sitegroups/{group.id}"
    read = tag(ada, url)
    ada.put(f"/sites/{world.north.id}", {"sitegroup_ids": [str(group.id)]}).ok()
    assert get(ada, url, **{"If-None-Match": read}).ok()["site_ids"] == [str(world.north.id)]
    ada.put(url, {"name": "Shore"}, **{"If-Match": read}).ok()


@pytest.mark.parametrize("value", [1e16, 1.0, -0.0, 1.5e-9, 2**53 + 1, "ä\u2028", [1, {"b": None, "a": 0.1}]])
def test_what_was_written_has_the_version_that_is_read(api, world, value):
    ada, url = api("ada"), f"/sites/{world.north.id}"
    written = ada.put(url, {"custom": {"value": value}}).headers["ETag"]
    read = tag(ada, url)
    assert written.partition(".")[0] == read.partition(".")[0]
    ada.put(url, {"custom": None}, **{"If-Match": written}).ok()


def test_the_tag_says_nothing_of_a_secret(world, settings):
    document = {"name": "Guests", "psk": "hunter2"}
    named = version_of(world.north, document)
    assert named != version_of(world.south, document), "equal secrets in two documents would show"
    settings.SECRET_KEY = "another"
    assert named != version_of(world.north, document), "without the key nobody can try secrets"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="needs PostgreSQL: SQLite lets one writer in at a time, so there is no race to lose",
)
@pytest.mark.parametrize("method", ["put", "delete"])
def test_of_two_edits_at_once_exactly_one_wins(method: str) -> None:
    admin = make_admin("Alma")
    org = make_org("Acme", by=admin)
    for turn in range(ROUNDS):
        url = f"/sites/{make_site(org, name=f'Site {turn}').id}"
        match = {"If-Match": tag(ApiClient(admin), url)}
        edits = {
            "put": lambda url=url, match=match: ApiClient(admin).put(url, {"notes": "put"}, **match),
            "delete": lambda url=url, match=match: ApiClient(admin).delete(url, **match),
        }
        statuses: list[int] = []
        pair = (edits["put"], edits[method])
        at_once([lambda edit=edit, said=statuses: said.append(edit().status) for edit in pair])
        gone = ApiClient(admin).get(url).status == 404
        assert sorted(statuses) == [200, 404 if gone else 412]
