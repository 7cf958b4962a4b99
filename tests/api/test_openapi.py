"""Our own API document: what it is, and what it says of requests and answers."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.fixture(scope="module")
def paths():
    return document()["paths"]


def document(**headers):
    answer = Client().get("/api/openapi.json", headers=headers)
    assert answer["Content-Type"].partition(";")[0].endswith("json")
    return answer.json()


def schema_of(operation, status="200", media="application/json"):
    return operation["responses"][status]["content"][media]["schema"]


@pytest.mark.parametrize("headers", [{}, {"Accept": "*/*"}, {"Accept": "application/json"}])
def test_it_is_json_for_whoever_asks(headers):
    """Null as a type, which the shapes write, came with version 3.1."""
    assert document(**headers)["openapi"].startswith("3.1")


@pytest.mark.parametrize("page", ["/api/openapi.json", "/api/docs"])
def test_a_wrong_credential_keeps_nobody_from_reading_it(page):
    assert Client().get(page, headers={"Authorization": "Token nobody's"}).status_code == 200


def test_lists_are_lists_with_their_page(paths):
    listed = paths["/api/v1/orgs/{org_id}/sites"]["get"]
    assert schema_of(listed)["type"] == "array"
    assert {"X-Page-Total", "X-Page-Limit", "X-Page-Page"} <= set(listed["responses"]["200"]["headers"])
    assert {"page", "limit", "name"} <= {one["name"] for one in listed["parameters"]}


def test_files_are_told_from_json(paths):
    export = paths["/api/v1/sites/{site_id}/devices/export"]["get"]
    assert list(export["responses"]["200"]["content"]) == ["text/csv"]
    assert paths["/api/v1/sites/{site_id}/maps/{map_id}/image"]["post"]["requestBody"]["content"][
        "multipart/form-data"
    ]["schema"]["required"] == ["file"]


def test_refusals_are_told_with_their_shape(paths):
    changed = paths["/api/v1/sites/{site_id}"]["put"]["responses"]
    assert {"400", "401", "403", "404", "409", "412", "413", "415", "429"} <= set(changed)
    assert schema_of({"responses": changed}, "409") == {"$ref": "#/components/schemas/Error"}
    assert "Retry-After" in changed["429"]["headers"]


def test_tags_of_documents_and_their_304_are_told(paths):
    read = paths["/api/v1/orgs/{org_id}/setting"]["get"]
    assert "ETag" in read["responses"]["200"]["headers"]
    assert "content" not in read["responses"]["304"]


def test_what_is_created_is_linked_to_what_takes_its_id(paths):
    created = paths["/api/v1/orgs/{org_id}/sites"]["post"]["responses"]["200"]["links"]
    assert created["deleteSite"] == {
        "operationId": "deleteSite",
        "parameters": {"site_id": "$response.body#/id"},
    }
    group = paths["/api/v1/orgs/{org_id}/sitegroups"]["post"]["responses"]["200"]["links"]
    assert group["getOrgSiteGroup"]["parameters"]["org_id"] == "$request.path.org_id"


def test_the_body_of_a_delete_is_told(paths):
    unlink = paths["/api/v1/orgs/{org_id}/setting/juniper/unlink_account"]["delete"]
    assert "name" in unlink["requestBody"]["content"]["application/json"]["schema"]["properties"]


def test_files_of_the_portal_are_no_operations(paths):
    assert [path for path in paths if not path.startswith("/api/v1/")] == []
